//! Links between databases: an operation on what another database holds.
//!
//! ```text
//!   asked --> the line --> a server works, and keeps its session
//!                              '--row--> the network --> the other database's line and server --> back, row by row
//!                          the server is free, the answer goes out
//! ```
//!
//! While the other database works, or does not answer, the session here is held with its server, the caller's
//! connection and the caller's thread. That is how a stop spreads over a link.

use archsim_sim::{Class, Id, Key, Span, Stream};

use super::World;
use super::entity::{Part, StoreCall, StoreState};
use super::event::Event;
use super::lock;
use super::observe::Observer;
use crate::plan::Operation;
use crate::policy::Outcome;
use crate::record::Cause;

const LINK: u64 = Key::of_name("link");

impl<O: Observer> World<'_, O> {
    /// A server has done its part of an operation; true if the session now waits for another database.
    pub(super) fn goes_over_link(&mut self, id: Id<StoreCall>) -> bool {
        let call = &self.store_calls[id];
        let link = match (call.parent, call.item) {
            (None, Some((data, _))) => self.layout.link_of.get(data.at()).copied().flatten(),
            _ => None,
        };
        let Some(link) = link else { return false };
        self.store_calls[id].link = Some(link);
        self.fetch_row(id, link);
        true
    }

    /// The session asks the other database for the next row.
    fn fetch_row(&mut self, id: Id<StoreCall>, link: u16) {
        let (now, order) = (self.now(), self.next_order());
        let to = self.plan.links[link as usize].to;
        let StoreCall { origin, operation, item, instance, draw, row, .. } = self.store_calls[id];
        let draw = draw.with(LINK).with(u64::from(row));
        let store = self.node((to, operation), item, &origin, instance, draw);
        let settings = &self.plan.stores[store.at()];
        let span = if operation == Operation::Read { &settings.read } else { &settings.write };
        let windows = self.counts.start(now).windows;
        let fetch = StoreCall {
            order,
            store,
            service: span.sample(&mut Stream::keyed(draw)),
            draw,
            parent: Some(id),
            part: Part::Alone,
            awaits: lock::NONE,
            holds: lock::NONE,
            link: Some(link),
            row: 0,
            state: StoreState::Outbound,
            since: now,
            connected: settings.connections.admits(self.stores[store.at()].open()),
            windows,
            ..self.store_calls[id]
        };
        self.counts.store_called(store.at(), now, windows);
        let connected = fetch.connected;
        let fetch = self.store_calls.insert(fetch);
        let call = &mut self.store_calls[id];
        (call.state, call.waits_for) = (StoreState::Linked, Some(fetch));
        if connected {
            self.stores[store.at()].take_connection();
            self.between_databases(fetch, Class::Arrival, Event::StoreReach(fetch));
        } else {
            self.answer_store_call(fetch, Outcome::Failed(Cause::NoConnection));
        }
    }

    /// Something is on its way over a link, or between a coordinator and a node.
    pub(super) fn between_databases(&mut self, id: Id<StoreCall>, class: Class, event: Event) {
        let call = &self.store_calls[id];
        let rank = call.origin.rank;
        let hop = match call.link {
            Some(link) => self.plan.links[link as usize].hop,
            None => self.quorum(call.store).map_or(Span::ZERO, |quorum| quorum.hop),
        };
        self.agenda.schedule(self.agenda.now() + hop, class, rank, event);
    }

    /// A row is there, or will not come; the session may have been cut off in the meantime.
    pub(super) fn row_fetched(&mut self, id: Id<StoreCall>, fetch: Id<StoreCall>, outcome: Outcome) {
        let Some(call) = self.store_calls.get_mut(id).filter(|call| call.waits_for == Some(fetch)) else {
            return;
        };
        call.waits_for = None;
        let Some(link) = call.link else { return };
        call.row += 1;
        if outcome == Outcome::Success && call.row < self.plan.links[link as usize].rows {
            self.fetch_row(id, link);
        } else {
            self.server_done(id, outcome);
        }
    }
}
