//! Stores: a client's pool of connections with a bounded wait, and servers with a line before them.
//!
//! A connection is held from the moment it is taken until the answer is back: through the network, the line and the
//! server. That is what makes a slow store exhaust the pools of its clients first.

use archsim_sim::{Admission, Class, Delay, Id, Key, Limit, Span, Station, Stream, Time, mutant};

use super::cache::{Role, Supplier};
use super::cluster::Item;
use super::entity::{Child, Frame, Origin, Part, StoreCall, StoreState};
use super::event::Event;
use super::faults::scaled_by_faults;
use super::flow::Left;
use super::observe::Observer;
use super::quorum::Hints;
use super::store_cpu::StoreCpu;
use super::store_outage::Outage;
use super::transaction::{Phase, Transaction};
use super::{Ready, World};
use crate::plan::{Effect, Operation, Plan, StoreId, Wanted};
use crate::policy::Outcome;
use crate::record::Cause;

pub(super) const SEND: u64 = Key::of_name("send");
const REPLY: u64 = Key::of_name("reply");

/// A store's servers.
pub(crate) struct StoreStation {
    pub(super) station: Station<Id<StoreCall>>,
    pub(super) cpu: StoreCpu,
    /// Connections in use, of all clients with plain pools.
    connections: u32,
    /// Connections that are open, in use or not, of all pools that open them.
    pub kept: u32,
    /// Reads of other stores, if it is a cache's node that reads through.
    pub supplier: Supplier,
    /// Set while it is out.
    pub outage: Option<Outage>,
    /// Operations that a silent outage keeps until it ends.
    pub swallowed: Vec<Id<StoreCall>>,
    /// Since when it is out, if it is.
    pub out_since: Time,
    /// Writes that are kept for it, and whether one is under way.
    pub hints: Hints,
    /// Out, and replaced as a primary: it keeps nothing.
    pub fenced: bool,
    /// Whether the plan has anything that slows it; how much is looked up each time, by what holds at that instant.
    pub may_slow: bool,
}

impl StoreStation {
    pub(crate) fn new(plan: &Plan, at: usize) -> Self {
        let store = &plan.stores[at];
        let random = plan.hazards.iter().flat_map(|hazard| &hazard.effects).map(|hit| &hit.effect);
        let slows = |effect: &Effect| matches!(effect, Effect::StoreSlow { store, .. } if store.at() == at);
        StoreStation {
            station: Station::new(Limit::AtMost(store.servers), store.queue, store.order),
            cpu: StoreCpu::new(store.cores),
            connections: 0,
            kept: 0,
            supplier: Supplier::default(),
            outage: None,
            swallowed: Vec::new(),
            out_since: Time::ZERO,
            hints: Hints::default(),
            fenced: false,
            may_slow: plan.faults.iter().map(|fault| &fault.effect).chain(random).any(slows),
        }
    }

    pub(crate) fn connections(&self) -> u64 {
        u64::from(self.connections)
    }

    /// Somebody connects for one operation.
    pub(crate) fn take_connection(&mut self) {
        self.connections += 1;
    }

    /// Connections that count against the store's limit.
    pub(crate) fn open(&self) -> u32 {
        self.connections + self.kept
    }
}

/// An operation that is to begin.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub origin: Origin,
    /// Who waits for it, if its role says that somebody does.
    pub frame: Id<Frame>,
    pub instance: u32,
    pub store: StoreId,
    pub operation: Operation,
    /// What it is about, where that matters.
    pub item: Option<Item>,
    /// Names its draws.
    pub draw: Key,
    pub role: Role,
}

impl<O: Observer> World<'_, O> {
    /// The frame waits for an operation: first for a connection.
    pub(super) fn begin_store_call(
        &mut self,
        id: Id<Frame>,
        (store, operation): (StoreId, Operation),
        wanted: Option<Wanted>,
        (key, repeat): (u64, u32),
    ) {
        let item = wanted.map(|wanted| (wanted.data, self.drawn(id, wanted, (key, repeat))));
        let frame = &self.frames[id];
        let asked = Asked {
            origin: frame.origin,
            frame: id,
            instance: frame.instance,
            store,
            operation,
            item,
            draw: frame.path.with(key).with(u64::from(frame.round)),
            role: Role::Plain,
        };
        self.ask_store(asked);
    }

    /// An operation begins; the frame waits for it, unless nobody does.
    pub(super) fn ask_store(&mut self, asked: Asked) -> Id<StoreCall> {
        let part = self.part_of(&asked);
        let Asked { origin, frame, instance, store, operation, item, draw, role } = asked;
        let store = match part {
            Part::Within(transaction) => {
                self.remember_write_of(&asked);
                let session = self.transactions[transaction].session;
                session.map_or(store, |session| self.store_calls[session].store)
            }
            Part::Optimistic(..) if operation == Operation::Read && self.primary(store).is_some() => {
                self.primary(store).unwrap_or(store)
            }
            _ => self.node((store, operation), item, &origin, instance, draw),
        };
        let work = self.work_of(frame, role, draw);
        let call = self.new_call(Asked { store, ..asked }, part, work);
        // What a coordinator asks for is counted where it is done.
        if self.quorum(store).is_none() {
            let windows = self.counts.start(self.now()).windows;
            self.counts.store_called(store.at(), self.agenda.now(), windows);
        }
        let call = self.store_calls.insert(call);
        if role.is_awaited() {
            self.frames[frame].child = Child::Store(call);
        }
        if let Part::Within(transaction) = part {
            self.transactions[transaction].under_way = Some(call);
            self.store_calls[call].state = StoreState::Outbound;
            self.send_to_store(call, 0);
        } else {
            self.acquire(call);
        }
        call
    }

    /// What an operation has to do with the transaction of its frame.
    fn part_of(&self, asked: &Asked) -> Part {
        let frame = self.frames.get(asked.frame).filter(|_| asked.role.is_awaited());
        match frame.and_then(|frame| frame.transaction) {
            Some(id) if self.transactions[id].session.is_some() => Part::Within(id),
            Some(id) => {
                let last = self.transactions[id].seen.iter().rfind(|(item, _)| Some(*item) == asked.item);
                Part::Optimistic(id, last.map(|(_, version)| *version))
            }
            None => Part::Alone,
        }
    }

    fn remember_write_of(&mut self, asked: &Asked) {
        if asked.operation == Operation::Write {
            self.remember_write(&asked.origin, asked.item);
        }
    }

    /// The session of a transaction gets its connection.
    pub(super) fn open_session(&mut self, asked: Asked, transaction: Id<Transaction>) {
        let Asked { origin, frame, instance, operation, draw, .. } = asked;
        let store = self.node((asked.store, operation), None, &origin, instance, draw);
        let session = self.new_call(Asked { store, ..asked }, Part::Session(transaction), Span::ZERO);
        let session = self.store_calls.insert(StoreCall { service: Span::ZERO, ..session });
        self.transactions[transaction].session = Some(session);
        self.frames[frame].child = Child::Store(session);
        self.acquire(session);
    }

    fn new_call(&mut self, asked: Asked, part: Part, work: Span) -> StoreCall {
        let (now, order) = (self.now(), self.next_order());
        let Asked { origin, frame, instance, store, operation, item, draw, role } = asked;
        let settings = &self.plan.stores[store.at()];
        let span = match operation {
            Operation::Read => &settings.read,
            Operation::Write => &settings.write,
        };
        StoreCall {
            frame,
            instance,
            incarnation: self.instances[instance as usize].incarnation,
            work,
            service: span.sample(&mut Stream::keyed(draw)),
            operation,
            item,
            draw,
            part,
            windows: self.counts.start(now).windows,
            ..StoreCall::new((now, order), origin, store, role)
        }
    }

    /// The call has its pool's connection, after so many were asked whether they live: the operation goes out.
    pub(super) fn connect(&mut self, id: Id<StoreCall>, checks: u32) {
        let Some(call) = self.store_calls.get_mut(id) else { return };
        call.state = StoreState::Outbound;
        let store = call.store.at();
        let station = &mut self.stores[store];
        if self.plan.stores[store].opening.is_none() {
            let limit = self.plan.stores[store].connections;
            call.connected = limit.admits(station.open()) || mutant!("store-takes-all-connections");
            if !call.connected {
                self.answer_store_call(id, Outcome::Failed(Cause::NoConnection));
                return;
            }
            station.connections += 1;
        }
        self.send_to_store(id, checks);
    }

    /// The operation goes out, after a round trip for each connection that was asked whether it lives. A session that
    /// begins stays where it is.
    pub(super) fn send_to_store(&mut self, id: Id<StoreCall>, checks: u32) {
        let begins = self.begins(id);
        let (hop, extra) = self.way_of(id, SEND);
        let (ways, extra) = if begins { (0, Span::ZERO) } else { (1, extra) };
        let way = hop.span() * (ways + 2 * u64::from(checks)) + extra;
        let rank = self.store_calls[id].origin.rank;
        if way.is_zero() {
            self.store_reached(id);
        } else if checks > 0 || !extra.is_zero() {
            self.agenda.schedule(self.now() + way, Class::Arrival, rank, Event::StoreReach(id));
        } else {
            self.agenda.after(hop, Class::Arrival, rank, Event::StoreReach(id));
        }
    }

    /// The caller has waited long enough for a connection.
    pub(super) fn connection_wait_over(&mut self, id: Id<StoreCall>) {
        if self.store_calls.get(id).is_some_and(|c| c.state == StoreState::Connecting) {
            self.leave_line(id);
            let Some(call) = self.store_calls.remove(id) else { return };
            self.finish_store_call(id, &call, Outcome::Failed(Cause::NoConnection));
        }
    }

    /// The operation is at the store.
    pub(super) fn store_reached(&mut self, id: Id<StoreCall>) {
        if !self.store_calls.contains(id) {
            return;
        }
        if let (Part::Session(transaction), true) = (self.store_calls[id].part, self.begins(id)) {
            self.session_open(id, transaction);
            return;
        }
        let refuses = self.is_read_only(&self.store_calls[id]) || self.is_forgotten(&self.store_calls[id]);
        if refuses || self.is_broken(id) {
            self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
            return;
        }
        if self.coordinates(id) {
            return;
        }
        let store = self.store_calls[id].store.at();
        let outage = self.outage_met(store);
        let call = &mut self.store_calls[id];
        let station = &mut self.stores[store];
        match outage {
            Some(Outage::Silent) => {
                call.state = StoreState::Swallowed;
                station.swallowed.push(id);
            }
            Some(Outage::Refusing) => {
                self.counts.stores[store].account.refused();
                self.answer_store_call(id, Outcome::Failed(Cause::StoreOut));
            }
            None => self.at_its_node(id),
        }
    }

    /// Whether it is a session that only gets its connection.
    fn begins(&self, id: Id<StoreCall>) -> bool {
        let Part::Session(transaction) = self.store_calls[id].part else { return false };
        self.transactions.get(transaction).is_some_and(|it| it.phase == Phase::Begins)
    }

    /// The operation is where its data is, and the store serves.
    fn at_its_node(&mut self, id: Id<StoreCall>) {
        if let Part::Session(transaction) = self.store_calls[id].part {
            match self.session_ends_here(id, transaction) {
                None => self.answer_store_call(id, Outcome::Success),
                Some(until) => self.commits_until(id, until),
            }
        } else if self.has_its_lock(id) {
            if self.store_calls[id].work.is_zero() {
                self.stand_in_line(id);
            } else {
                self.compute(id);
            }
        }
    }

    fn commits_until(&mut self, id: Id<StoreCall>, until: Time) {
        let call = &mut self.store_calls[id];
        call.state = StoreState::Committing(until);
        self.agenda.schedule(until, Class::Completion, call.origin.rank, Event::StoreDone(id));
    }

    /// The operation needs a server.
    pub(super) fn stand_in_line(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let call = &mut self.store_calls[id];
        let store = call.store.at();
        call.since = now;
        let priority = call.origin.priority(self.plan);
        let account = &mut self.counts.stores[store].account;
        match self.stores[store].station.arrive(now, id, priority) {
            Admission::Starts => {
                account.starts_at_once(now);
                self.serve(id);
            }
            Admission::Waits => {
                account.waits(now);
                call.state = StoreState::Queued;
            }
            Admission::Refused => {
                account.refused();
                self.answer_store_call(id, Outcome::Failed(Cause::QueueFull));
            }
        }
        self.see_store(store);
    }

    fn serve(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let store_id = self.store_calls[id].store;
        let store = &self.stores[store_id.at()];
        let factor = if store.may_slow { self.slow_factor_of(store_id) } else { 1.0 };
        let call = &mut self.store_calls[id];
        let service = scaled_by_faults(call.service, factor);
        let crowding = &self.plan.stores[store_id.at()].crowding;
        let until = now + crowding.wait(service, store.station.busy());
        call.state = StoreState::Served(until);
        self.agenda.schedule(until, Class::Completion, call.origin.rank, Event::StoreDone(id));
    }

    /// A server has finished: the next in line gets it.
    pub(super) fn store_done(&mut self, id: Id<StoreCall>) {
        let now = self.now();
        let Some(call) = self.store_calls.get(id) else { return };
        if call.state == StoreState::Committing(now) {
            self.answer_store_call(id, Outcome::Success);
            return;
        }
        let stale = call.state != StoreState::Served(now);
        if stale && !(mutant!("outage-spares-the-served") && matches!(call.state, StoreState::Served(_))) {
            // An outage came in between.
            return;
        }
        if mutant!("connection-back-too-early") {
            let early = StoreCall { ..*call };
            self.release(&early);
            self.store_calls[id].incarnation = u32::MAX;
        }
        if !self.goes_over_link(id) {
            self.server_done(id, Outcome::Success);
        }
    }

    /// The operation leaves its server, with its work done or not: the next in line gets it.
    pub(super) fn server_done(&mut self, id: Id<StoreCall>, outcome: Outcome) {
        let now = self.now();
        let (store, since) = (self.store_calls[id].store.at(), self.store_calls[id].since);
        let left = if outcome == Outcome::Success { Left::Completed } else { Left::Failed };
        let account = &mut self.counts.stores[store].account;
        account.leaves(now, since, left);
        if let Some(next) = self.stores[store].station.finish(now) {
            account.starts(now, std::mem::replace(&mut self.store_calls[next].since, now));
            self.serve(next);
        }
        self.see_store(store);
        if outcome != Outcome::Success {
            self.answer_store_call(id, outcome);
            return;
        }
        if !self.is_unchanged(id) {
            self.answer_store_call(id, Outcome::Failed(Cause::Conflict));
            return;
        }
        if self.serve_cache(id) {
            return;
        }
        match self.done_at_node(id) {
            None => self.answer_store_call(id, Outcome::Success),
            Some(until) => self.commits_until(id, until),
        }
    }

    pub(super) fn answer_store_call(&mut self, id: Id<StoreCall>, outcome: Outcome) {
        self.release_locks(id);
        if let Some(early) = self.ends_its_locks(&self.store_calls[id]) {
            self.release_locks(early);
        }
        let call = &mut self.store_calls[id];
        call.state = StoreState::Inbound;
        call.outcome = outcome;
        let rank = call.origin.rank;
        if call.parent.is_some() {
            self.between_databases(id, Class::Completion, Event::StoreAnswer(id));
            return;
        }
        let (hop, extra) = self.way_of(id, REPLY);
        if !extra.is_zero() {
            let at = self.now() + hop.span() + extra;
            self.agenda.schedule(at, Class::Completion, rank, Event::StoreAnswer(id));
        } else if hop.span().is_zero() {
            self.store_answered(id);
        } else {
            self.agenda.after(hop, Class::Completion, rank, Event::StoreAnswer(id));
        }
    }

    /// One way between an operation's client and its store, and what a fault between their zones adds to it.
    pub(super) fn way_of(&self, id: Id<StoreCall>, purpose: u64) -> (Delay, Span) {
        let call = &self.store_calls[id];
        let from = match call.role.node() {
            Some(node) => self.plan.stores[node.at()].zone,
            None => self.instances[call.instance as usize].zone,
        };
        let zones = (from, self.plan.stores[call.store.at()].zone);
        let extra = if self.network.any() {
            // Who is somewhere in a region is in no zone: a cache's node that asks, too.
            let zones = (self.plan.zones.zone(zones.0), self.plan.zones.zone(zones.1));
            self.network.hold_up(&self.troubles, self.now(), zones, call.draw.with(purpose))
        } else {
            Span::ZERO
        };
        let way = self.layout.ways.between(zones.0, zones.1);
        (self.layout.store_hops[call.store.at()].along(way), extra)
    }

    /// The answer is back: the connection is free, the program goes on.
    pub(super) fn store_answered(&mut self, id: Id<StoreCall>) {
        let Some(call) = self.store_calls.remove(id) else { return };
        let store = call.store.at();
        self.stores[store].connections -= u32::from(call.connected);
        if let Some(parent) = call.parent {
            if let Outcome::Failed(_) = call.outcome {
                self.counts.store_failed(store, call.windows);
            }
            if call.link.is_some() {
                self.row_fetched(parent, id, call.outcome);
            } else if call.part == Part::Hint {
                self.hint_done(call.store, call.outcome);
            } else {
                self.copy_answered(parent, call.outcome);
            }
            return;
        }
        let lost = mutant!("connection-lost-on-failure") && call.outcome != Outcome::Success;
        if let Part::Within(transaction) = call.part {
            self.operation_over(transaction);
        } else if !lost && !call.role.is_of_a_node() {
            self.release(&call);
        }
        self.finish_store_call(id, &call, call.outcome);
    }

    fn finish_store_call(&mut self, id: Id<StoreCall>, call: &StoreCall, outcome: Outcome) {
        if let Part::Session(transaction) = call.part {
            self.session_over(transaction, outcome);
            return;
        }
        if let (Outcome::Failed(_), None) = (outcome, self.quorum(call.store)) {
            self.counts.store_failed(call.store.at(), call.windows);
        }
        if call.role != Role::Plain && self.settled_by_cache(id, call, outcome) {
            return;
        }
        let Some(frame) = self.frames.get_mut(call.frame) else { return };
        frame.child = Child::None;
        match outcome {
            Outcome::Failed(cause) => self.fail_frame(call.frame, cause),
            _ => self.ready.push_back(Ready::Frame(call.frame)),
        }
    }

    /// The frame was cancelled: a call that waits for a connection leaves; one at the store runs to its end, for
    /// a database does not stop a statement because the client went away.
    pub(super) fn cancel_store_call(&mut self, id: Id<StoreCall>) {
        if self.store_calls.get(id).is_some_and(|c| c.state == StoreState::Connecting) {
            self.leave_line(id);
            if let Some(call) = self.store_calls.remove(id) {
                self.load_given_up(&call);
                if let Part::Session(transaction) = call.part {
                    self.session_over(transaction, Outcome::Abandoned);
                }
            }
        }
    }

    /// A crashed instance's calls: those in its own line are gone, those at the store run to their end.
    pub(super) fn drop_store_calls_of(&mut self, index: u32) {
        let mut waiting: Vec<_> = self
            .store_calls
            .iter()
            .filter(|(_, c)| c.instance == index && c.state == StoreState::Connecting)
            .map(|(id, c)| (c.order, id))
            .collect();
        // Followers of their reads begin anew: where they happen to lie in memory must not matter.
        waiting.sort_unstable();
        for (_, id) in waiting {
            self.cancel_store_call(id);
        }
    }

    /// What its servers do is counted as it is now.
    pub(super) fn see_store(&mut self, store: usize) {
        let now = self.now();
        let station = &self.stores[store].station;
        self.counts.stores[store].see(now, station.busy(), station.waiting());
    }
}
