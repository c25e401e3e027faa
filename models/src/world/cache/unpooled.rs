//! What nodes of caches ask for by themselves, with no instance's pool: a connection of the store's own for each.

use archsim_sim::{Class, Id};

use crate::policy::Outcome;
use crate::record::Cause;
use crate::world::World;
use crate::world::entity::{StoreCall, StoreState};
use crate::world::event::Event;
use crate::world::observe::Observer;
use crate::world::store::SEND;

impl<O: Observer> World<'_, O> {
    /// The operation is there, and its store takes its connection or does not: it is to be sent.
    pub(super) fn begin_unpooled(&mut self, call: &StoreCall) -> Id<StoreCall> {
        let (now, store) = (self.now(), call.store);
        let windows = self.counts.start(now).windows;
        let connected = self.plan.stores[store.at()].connections.admits(self.stores[store.at()].open());
        // What a coordinator asks for is counted where it is done.
        if self.quorum(store).is_none() {
            self.counts.store_called(store.at(), now, windows);
        }
        self.store_calls.insert(StoreCall { state: StoreState::Outbound, connected, windows, ..*call })
    }

    /// The operation is on its way, unless its store has not taken its connection.
    pub(super) fn send_unpooled(&mut self, id: Id<StoreCall>) {
        let call = &self.store_calls[id];
        if !call.connected {
            return self.answer_store_call(id, Outcome::Failed(Cause::NoConnection));
        }
        let (store, rank) = (call.store, call.origin.rank);
        self.stores[store.at()].take_connection();
        let (hop, extra) = self.way_of(id, SEND);
        let way = hop.span() + extra;
        if way.is_zero() {
            self.store_reached(id);
        } else {
            self.agenda.schedule(self.now() + way, Class::Arrival, rank, Event::StoreReach(id));
        }
    }
}
