//! An arena: records that come and go, found by small ids that know when they are stale.
//!
//! A record's place is reused after it is removed, with a new generation, so an old id finds nothing
//! instead of a stranger. That is how a simulation cancels: the record is removed, and whatever still
//! carries its id (a timer, an answer on its way) matches nothing when it comes.
//!
//! ```
//! use archsim_sim::Arena;
//! let mut arena = Arena::new();
//! let id = arena.insert("first");
//! assert_eq!(arena[id], "first");
//! arena.remove(id);
//! let reused = arena.insert("second");
//! assert_eq!(reused.index(), id.index());
//! assert_eq!(arena.get(id), None);
//! ```

use crate::mutant;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Index, IndexMut};

/// The name of one record of an [`Arena<T>`]: its place and which of the records that lived there.
///
/// Eight bytes whatever `T` is. A place can be reused 2³² times before an id repeats.
pub struct Id<T> {
    index: u32,
    generation: u32,
    of: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The record's place: dense from zero, for tables beside the arena.
    #[inline]
    pub const fn index(self) -> u32 {
        self.index
    }

    /// The id as one number, for example to travel in an event.
    #[inline]
    pub const fn to_bits(self) -> u64 {
        (self.generation as u64) << 32 | self.index as u64
    }

    /// The id whose [`to_bits`](Id::to_bits) gave `bits`.
    #[inline]
    pub const fn from_bits(bits: u64) -> Self {
        Id { index: bits as u32, generation: (bits >> 32) as u32, of: PhantomData }
    }
}

// Derived, these would ask the same of `T`, though no `T` is inside.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.to_bits() == other.to_bits()
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    /// By place, then by generation.
    fn cmp(&self, other: &Self) -> Ordering {
        (self.index, self.generation).cmp(&(other.index, other.generation))
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.to_bits().hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}.{}", self.index, self.generation)
    }
}

#[derive(Clone, Debug)]
struct Entry<T> {
    generation: u32,
    /// The next free place, when this one is free.
    next_free: u32,
    value: Option<T>,
}

const NO_PLACE: u32 = u32::MAX;

/// Records in stable places, with reuse and stale-proof ids.
#[derive(Clone, Debug)]
pub struct Arena<T> {
    entries: Vec<Entry<T>>,
    free: u32,
    len: usize,
}

impl<T> Default for Arena<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Arena<T> {
    /// An empty arena.
    pub const fn new() -> Self {
        Arena { entries: Vec::new(), free: NO_PLACE, len: 0 }
    }

    /// Adds a record. The place freed last is used first.
    #[inline]
    pub fn insert(&mut self, value: T) -> Id<T> {
        self.len += 1;
        let index = self.free;
        if let Some(entry) = self.entries.get_mut(index as usize) {
            self.free = entry.next_free;
            entry.value = Some(value);
            return Id { index, generation: entry.generation, of: PhantomData };
        }
        self.insert_at_end(value)
    }

    #[cold]
    fn insert_at_end(&mut self, value: T) -> Id<T> {
        assert!(self.entries.len() < NO_PLACE as usize, "an arena holds at most 2^32 - 1 records");
        let index = self.entries.len() as u32;
        self.entries.push(Entry { generation: 0, next_free: NO_PLACE, value: Some(value) });
        Id { index, generation: 0, of: PhantomData }
    }

    /// The record, unless it was removed.
    #[inline]
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        let entry = self.entries.get(id.index as usize)?;
        if entry.generation == id.generation || mutant!("timers-outlive") {
            entry.value.as_ref()
        } else {
            None
        }
    }

    /// The record, unless it was removed.
    #[inline]
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        let entry = self.entries.get_mut(id.index as usize)?;
        if entry.generation == id.generation || mutant!("timers-outlive") {
            entry.value.as_mut()
        } else {
            None
        }
    }

    /// Takes the record out; its id and all copies of it are stale from now on.
    #[inline]
    pub fn remove(&mut self, id: Id<T>) -> Option<T> {
        let entry = self.entries.get_mut(id.index as usize)?;
        if entry.generation != id.generation {
            return None;
        }
        let value = entry.value.take()?;
        entry.generation = entry.generation.wrapping_add(1);
        entry.next_free = self.free;
        self.free = id.index;
        self.len -= 1;
        Some(value)
    }

    /// Forgets the record, if it is there; cheaper than to take it out.
    #[inline]
    pub fn discard(&mut self, id: Id<T>) {
        let Some(entry) = self.entries.get_mut(id.index as usize) else { return };
        if entry.generation != id.generation || entry.value.is_none() {
            return;
        }
        entry.value = None;
        entry.generation = entry.generation.wrapping_add(1);
        entry.next_free = self.free;
        self.free = id.index;
        self.len -= 1;
    }

    /// Whether the record is still there.
    #[inline]
    pub fn contains(&self, id: Id<T>) -> bool {
        self.get(id).is_some()
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// All records with their ids, by place.
    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.entries.iter().enumerate().filter_map(|(index, entry)| {
            let id = Id { index: index as u32, generation: entry.generation, of: PhantomData };
            entry.value.as_ref().map(|value| (id, value))
        })
    }
}

impl<T> Index<Id<T>> for Arena<T> {
    type Output = T;

    /// The record of an id known to be live; panics if it is stale.
    #[inline]
    fn index(&self, id: Id<T>) -> &T {
        match self.get(id) {
            Some(value) => value,
            None => stale(id.index, id.generation),
        }
    }
}

impl<T> IndexMut<Id<T>> for Arena<T> {
    #[inline]
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        match self.get_mut(id) {
            Some(value) => value,
            None => stale(id.index, id.generation),
        }
    }
}

#[cold]
fn stale(index: u32, generation: u32) -> ! {
    panic!("record #{index}.{generation} was removed: an id that may be stale is looked up with `get`")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stale_id_matches_nothing_even_when_its_place_is_reused() {
        let mut arena = Arena::new();
        let (a, b) = (arena.insert('a'), arena.insert('b'));
        assert_eq!(arena.remove(a), Some('a'));
        assert_eq!(arena.remove(a), None);
        let c = arena.insert('c');
        assert_eq!(c.index(), a.index());
        assert_ne!(c, a);
        assert!(!arena.contains(a) && arena.contains(b) && arena.contains(c));
        assert_eq!(arena.get_mut(a), None);
        assert_eq!((arena.len(), arena[b], arena[c]), (2, 'b', 'c'));
        let order: Vec<char> = arena.iter().map(|(_, &letter)| letter).collect();
        assert_eq!(order, ['c', 'b']);
    }

    #[test]
    fn an_id_survives_its_journey_as_bits() {
        let mut arena = Arena::new();
        let first = arena.insert(1);
        arena.remove(first);
        let id = arena.insert(2);
        assert_eq!(Id::from_bits(id.to_bits()), id);
        assert_eq!(arena[Id::from_bits(id.to_bits())], 2);
        assert_eq!(std::mem::size_of_val(&id), 8);
    }

    #[test]
    #[should_panic(expected = "was removed")]
    fn indexing_by_a_stale_id_panics() {
        let mut arena = Arena::new();
        let id = arena.insert(());
        arena.remove(id);
        let () = arena[id];
    }
}
