//! A write waits until some of the copies have been told of it, as long as it is willing to: `EVCache`'s latch.
//!
//! A copy that answers with a failure counts too, as in the original (`EVCacheLatchImpl.onComplete`); a write whose wait
//! is over goes on as if nothing were.

use archsim_sim::{Class, Id, Span};

use super::Role;
use crate::plan::{CacheId, CachePlace};
use crate::world::entity::{Child, StoreCall};
use crate::world::event::Event;
use crate::world::observe::Observer;
use crate::world::{Ready, World};

impl<O: Observer> World<'_, O> {
    /// The latch of a write that has been committed, and the cache whose copies it waits for: the one that its journey
    /// asks. None if nobody waits, or for no copy.
    pub(super) fn latched(
        &mut self,
        id: Id<StoreCall>,
        call: &StoreCall,
    ) -> Option<(Id<StoreCall>, CacheId)> {
        if !self.waits_for(call.frame, id) {
            return None;
        }
        let cache = self.access(call.frame)?.cache;
        let CachePlace::Servers { cluster, .. } = self.plan.caches[cache.at()].place else { return None };
        let needs = cluster.latch.needs(u32::from(cluster.copies));
        if needs == 0 {
            return None;
        }
        let latch = self.waits_without_operation(call.frame, call.store, Role::Latch);
        self.store_calls[latch].open = needs;
        if cluster.latch_wait < Span::FOREVER {
            let at = self.agenda.now() + cluster.latch_wait;
            self.agenda.schedule(at, Class::Timer, call.origin.rank, Event::LatchOver(latch));
        }
        Some((latch, cache))
    }

    /// A copy has been told, or could not be.
    pub(super) fn copy_told(&mut self, latch: Id<StoreCall>) {
        let Some(call) = self.store_calls.get_mut(latch) else { return };
        call.open -= 1;
        if call.open == 0 {
            self.latch_over(latch);
        }
    }

    /// Enough copies have been told, or the writer has waited for long enough: it goes on.
    pub(in crate::world) fn latch_over(&mut self, latch: Id<StoreCall>) {
        let Some(frame) = self.store_calls.get(latch).map(|call| call.frame) else { return };
        let waits = self.waits_for(frame, latch);
        self.store_calls.remove(latch);
        if waits {
            self.frames[frame].child = Child::None;
            self.ready.push_back(Ready::Frame(frame));
        }
    }
}
