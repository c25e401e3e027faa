//! Which node of a sharded store owns a key.
//!
//! | rule | what happens when a node goes | used by |
//! |---|---|---|
//! | [`ketama`] without rehash | its keys have no owner until it is back; no other key moves | `EVCache`, until discovery and connections agree that it is gone |
//! | [`ketama`] with rehash | its keys, and only its, go to their next nodes | ARCUS; memcached clients that eject hosts |
//! | [`modulo`] over the live nodes | nearly all keys move: n of n + 1 | naive clients |

pub mod ketama;
pub mod modulo;

/// Thirty-two well-mixed bits of an item's number, in place of the hash of its key's text.
///
/// Items are numbered by popularity; unmixed numbers would put neighbours in popularity side by side.
#[inline]
pub const fn mixed(item: u32) -> u32 {
    // The finaliser of MurmurHash3 (Appleby): a bijection, so no two items meet.
    let mut bits = item;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x85eb_ca6b);
    bits = (bits ^ (bits >> 13)).wrapping_mul(0xc2b2_ae35);
    bits ^ (bits >> 16)
}
