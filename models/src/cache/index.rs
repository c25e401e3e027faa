//! From an item's number to its place.
//!
//! A data set not much larger than the cache has an array with a place for every item; for a larger one a hash
//! table of the held items takes less. Which of the two it is changes no result: neither is ever walked.

use hashbrown::HashTable;

use super::slab::Slab;

/// Items of the data set for every held one, above which a hash table is the smaller of the two.
const ARRAY_RATIO_MAX: u32 = 3;
/// Data sets up to this size always get an array.
const ARRAY_ITEMS_MIN: u32 = 1 << 14;

#[derive(Clone, Debug)]
pub(super) enum Index {
    /// Places plus one; zero is nowhere, so that untouched memory costs nothing.
    Array(Vec<u32>),
    /// Places.
    Table(HashTable<u32>),
}

impl Index {
    /// For a data set of so many items, of which at most so many are held.
    pub fn new(items: u32, most: u32) -> Self {
        if items <= ARRAY_ITEMS_MIN || items / ARRAY_RATIO_MAX <= most {
            Index::Array(vec![0; items as usize])
        } else {
            Index::Table(HashTable::new())
        }
    }

    #[inline]
    pub fn find(&self, slab: &Slab, key: u32) -> Option<u32> {
        match self {
            Index::Array(places) => places[key as usize].checked_sub(1),
            Index::Table(table) => table.find(hash(key), |&place| slab[place].key == key).copied(),
        }
    }

    pub fn insert(&mut self, slab: &Slab, key: u32, place: u32) {
        match self {
            Index::Array(places) => places[key as usize] = place + 1,
            Index::Table(table) => {
                table.insert_unique(hash(key), place, |&place| hash(slab[place].key));
            }
        }
    }

    pub fn remove(&mut self, slab: &Slab, key: u32) {
        match self {
            Index::Array(places) => places[key as usize] = 0,
            Index::Table(table) => {
                if let Ok(entry) = table.find_entry(hash(key), |&place| slab[place].key == key) {
                    entry.remove();
                }
            }
        }
    }

    pub fn clear(&mut self) {
        match self {
            Index::Array(places) => places.fill(0),
            Index::Table(table) => table.clear(),
        }
    }
}

/// Fibonacci hashing, with the good upper bits folded onto the lower ones.
#[inline]
fn hash(key: u32) -> u64 {
    let product = u64::from(key).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    product ^ (product >> 32)
}
