//! The agenda: what is to happen, in one total order.
//!
//! # The promise
//! Entries come out in the order of **(time, class, rank, scheduling)**:
//!
//! 1. by instant, in whole nanoseconds;
//! 2. at one instant completions before timers before arrivals ([`Class`]): who leaves makes room
//!    before anybody gives up or asks for room;
//! 3. within a class by ascending rank, a number the caller gives, so that an independent
//!    implementation can follow the same rule;
//! 4. entries equal in all three come out in the order in which they were scheduled, as long as fewer
//!    than 2³¹ others were scheduled between them.
//!
//! The order does not depend on whether an entry was given with [`Agenda::schedule`] or
//! [`Agenda::after`].
//!
//! # Limits
//! Ranks have 38 bits (2.7 · 10¹¹); higher bits are dropped. At most 2²⁴ entries (16.7 million) can be
//! pending at once; one more panics with a message that says so, because such a model has lost control
//! of what it schedules.
//!
//! # To cancel is to forget
//! There is no way to take an entry back. An event should carry the [`Id`](crate::Id) of what it is
//! about; when it comes due and the id is stale, nothing happens.
//!
//! ```
//! use archsim_sim::{Agenda, Class, Span, Time};
//!
//! let mut agenda = Agenda::new();
//! let patience = agenda.delay(Span::from_millis(5));
//! agenda.schedule(Time::from_nanos(5_000_000), Class::Arrival, 1, "arrives");
//! agenda.after(patience, Class::Timer, 1, "gives up");
//! agenda.schedule(Time::from_nanos(5_000_000), Class::Completion, 1, "is done");
//! assert_eq!(agenda.pop(), Some("is done"));
//! assert_eq!(agenda.pop(), Some("gives up"));
//! assert_eq!(agenda.pop(), Some("arrives"));
//! assert_eq!(agenda.now(), Time::from_nanos(5_000_000));
//! ```

use crate::heap::NONE;
use crate::lanes::Lanes;
use crate::queue::Queue;
use crate::time::{Span, Time};

/// What kind of event an entry is, which decides who goes first at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// Something is done and makes room.
    Completion = 0,
    /// A span has passed.
    Timer = 1,
    /// Something new comes.
    Arrival = 2,
}

/// A constant span registered with [`Agenda::delay`]; use it with the agenda that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delay {
    span: Span,
    /// Which lane; `None` for the queue.
    lane: Option<u8>,
}

impl Delay {
    /// How long the delay is.
    pub const fn span(self) -> Span {
        self.span
    }
}

const SLOT_BITS: u32 = 24;
const SLOT_MASK: u128 = (1 << SLOT_BITS) - 1;
const RANK_BITS: u32 = 38;
const RANK_MASK: u64 = (1 << RANK_BITS) - 1;
const NO_SLOT: u32 = 1 << SLOT_BITS;

/// Where an event waits while its key is sorted.
struct Slot<E> {
    event: E,
    /// While pending: when it was scheduled, counted modulo 2³². While free: the next free slot.
    link: u32,
}

/// The pending events of a run, least first; see the module's documentation for the order promised.
pub struct Agenda<E: Copy> {
    now: Time,
    queue: Queue,
    lanes: Lanes,
    /// Before this instant the queue alone decides: nothing in lanes or `tied` comes earlier.
    elsewhere: Time,
    /// Keys found equal but for their slots, latest scheduled first; almost always empty.
    tied: Vec<u128>,
    slots: Vec<Slot<E>>,
    free: u32,
    scheduled: u64,
    popped: u64,
}

impl<E: Copy> Default for Agenda<E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<E: Copy> Agenda<E> {
    /// An empty agenda at time zero.
    pub fn new() -> Self {
        Agenda {
            now: Time::ZERO,
            queue: Queue::new(),
            lanes: Lanes::new(),
            elsewhere: time_of(NONE),
            tied: Vec::new(),
            slots: Vec::new(),
            free: NO_SLOT,
            scheduled: 0,
            popped: 0,
        }
    }

    /// Registers a delay that is a constant of the model. Equal spans share a lane; once there are
    /// sixteen lanes, further delays go where all other entries are: slower, with the same order.
    pub fn delay(&mut self, span: Span) -> Delay {
        Delay { span, lane: self.lanes.register(span) }
    }

    /// The instant of the entry popped last.
    #[inline]
    pub fn now(&self) -> Time {
        self.now
    }

    /// Adds an event at the instant `at`, which must not be in the past (a release build moves it to now).
    #[inline]
    pub fn schedule(&mut self, at: Time, class: Class, rank: u64, event: E) {
        debug_assert!(at >= self.now, "{at} is before {}: the past cannot be scheduled", self.now);
        let at = at.max(self.now);
        let key = self.key(at, class, rank, event);
        self.queue.push(key);
    }

    /// Adds an event one `delay` from now.
    #[inline]
    pub fn after(&mut self, delay: Delay, class: Class, rank: u64, event: E) {
        let key = self.key(self.now + delay.span, class, rank, event);
        match delay.lane {
            Some(lane) => {
                if self.lanes.push(lane, key, SLOT_MASK) {
                    self.elsewhere = self.elsewhere.min(time_of(key));
                }
            }
            None => self.queue.push(key),
        }
    }

    /// Takes the first event out and moves the clock to its instant.
    #[inline]
    pub fn pop(&mut self) -> Option<E> {
        self.pop_by(Time::NEVER)
    }

    /// As [`pop`](Self::pop), if the first event comes at `end` or before; nothing otherwise.
    #[inline]
    pub fn pop_by(&mut self, end: Time) -> Option<E> {
        let (key, next) = match self.queue.first_two() {
            Some((key, next)) if time_of(key) < self.elsewhere => {
                if time_of(key) > end {
                    return None;
                }
                self.queue.drop_first();
                (key, next)
            }
            None if time_of(self.queue.least()) < self.elsewhere => {
                if time_of(self.queue.least()) > end {
                    return None;
                }
                (self.queue.pop_from_heap(), self.queue.least())
            }
            _ if end < Time::NEVER && self.peek().is_none_or(|at| at > end) => return None,
            _ => return self.pop_from_anywhere(),
        };
        // Only entries of one instant can be tied, and nearly always this one has its for itself.
        if time_of(key) == time_of(next) {
            return self.pop_perhaps_tied(key);
        }
        Some(self.release(key))
    }

    /// The instant of the first entry.
    #[inline]
    pub fn peek(&self) -> Option<Time> {
        let least = self.least().min(self.tied.last().copied().unwrap_or(NONE));
        (least != NONE).then_some(time_of(least))
    }

    /// How many events are pending.
    pub fn len(&self) -> usize {
        (self.scheduled - self.popped) as usize
    }

    /// Whether nothing is pending.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many events have been popped since the start.
    pub fn popped(&self) -> u64 {
        self.popped
    }

    /// Stores the event and makes the key that leads to it.
    #[inline]
    fn key(&mut self, at: Time, class: Class, rank: u64, event: E) -> u128 {
        debug_assert!(rank <= RANK_MASK, "rank {rank} does not fit {RANK_BITS} bits");
        self.scheduled += 1;
        let link = self.scheduled as u32;
        let slot = self.free;
        if let Some(place) = self.slots.get_mut(slot as usize) {
            self.free = place.link;
            *place = Slot { event, link };
        } else {
            return self.key_in_new_slot(at, class, rank, Slot { event, link });
        }
        pack(at, class, rank, slot)
    }

    #[cold]
    #[inline(never)]
    fn key_in_new_slot(&mut self, at: Time, class: Class, rank: u64, slot: Slot<E>) -> u128 {
        assert!(
            self.slots.len() < NO_SLOT as usize,
            "more than 2^{SLOT_BITS} events are pending: the model schedules faster than it can ever act"
        );
        self.slots.push(slot);
        pack(at, class, rank, self.slots.len() as u32 - 1)
    }

    /// The least key of queue and lanes, or `NONE`.
    #[inline]
    fn least(&self) -> u128 {
        self.queue.least().min(self.lanes.least())
    }

    /// Takes the least key of queue and lanes out; `NONE` if there is none.
    fn take_least(&mut self) -> u128 {
        if self.lanes.least() < self.queue.least() {
            let key = self.lanes.pop();
            self.elsewhere = time_of(self.lanes.least());
            key
        } else {
            self.queue.pop()
        }
    }

    /// Moves the clock and gives the slot back.
    #[inline]
    fn release(&mut self, key: u128) -> E {
        let slot = (key & SLOT_MASK) as u32;
        self.now = time_of(key);
        self.popped += 1;
        let place = &mut self.slots[slot as usize];
        place.link = self.free;
        self.free = slot;
        place.event
    }

    /// The first of queue, lanes and tied entries; most often it is in a lane.
    #[inline(never)]
    fn pop_from_anywhere(&mut self) -> Option<E> {
        let key = self.lanes.least();
        if !self.tied.is_empty() || key >= self.queue.least() {
            return self.pop_from_queue_or_tied();
        }
        self.lanes.pop();
        self.elsewhere = time_of(self.lanes.least());
        self.pop_unless_tied(key)
    }

    /// The first of queue and tied entries, when no lane's comes before both.
    #[inline(never)]
    fn pop_from_queue_or_tied(&mut self) -> Option<E> {
        if !self.tied.is_empty() {
            return self.pop_tied();
        }
        let key = self.queue.pop();
        if key == NONE { None } else { self.pop_unless_tied(key) }
    }

    /// As [`pop_unless_tied`](Self::pop_unless_tied), out of the usual way.
    #[cold]
    #[inline(never)]
    fn pop_perhaps_tied(&mut self, key: u128) -> Option<E> {
        self.pop_unless_tied(key)
    }

    /// The entry of `key`, which is out already, unless another one ties with it.
    #[inline]
    fn pop_unless_tied(&mut self, key: u128) -> Option<E> {
        if same_but_slot(key, self.queue.least()) || same_but_slot(key, self.lanes.least()) {
            self.tied.push(key);
            return self.pop_tied();
        }
        Some(self.release(key))
    }

    /// Some entries may be equal but for their slots, and slots are reused in any order: whenever that
    /// can decide, all equal entries are gathered and put in the order they were scheduled.
    #[cold]
    fn pop_tied(&mut self) -> Option<E> {
        let first = *self.tied.last()?;
        let least = self.least();
        let mut key = first;
        if same_but_slot(least, first) {
            self.gather(first);
            key = self.tied.pop()?;
        } else if least < first {
            // Something better was scheduled meanwhile; it may be tied in its turn.
            key = self.take_least();
            if same_but_slot(key, self.least()) {
                self.tied.push(key);
                return self.pop_tied();
            }
        } else {
            self.tied.pop();
        }
        self.elsewhere = if self.tied.is_empty() { time_of(self.lanes.least()) } else { Time::ZERO };
        Some(self.release(key))
    }

    /// Moves all keys equal to `first` but for their slots to `tied`, latest scheduled first.
    fn gather(&mut self, first: u128) {
        while same_but_slot(self.least(), first) {
            let key = self.take_least();
            self.tied.push(key);
        }
        let start =
            self.tied.iter().rposition(|&key| !same_but_slot(key, first)).map_or(0, |place| place + 1);
        let Agenda { tied, slots, scheduled, .. } = self;
        // The age counts back from now, so that the counter may wrap.
        let age = |key: u128| (*scheduled as u32).wrapping_sub(slots[(key & SLOT_MASK) as usize].link);
        tied[start..].sort_by_key(|&key| age(key));
    }
}

#[inline]
fn pack(at: Time, class: Class, rank: u64, slot: u32) -> u128 {
    let low = (class as u64) << (RANK_BITS + SLOT_BITS) | (rank & RANK_MASK) << SLOT_BITS | u64::from(slot);
    u128::from(at.as_nanos()) << 64 | u128::from(low)
}

#[inline]
fn time_of(key: u128) -> Time {
    Time::from_nanos((key >> 64) as u64)
}

#[inline]
fn same_but_slot(a: u128, b: u128) -> bool {
    a ^ b <= SLOT_MASK
}

const _: () = assert!(2 + RANK_BITS + SLOT_BITS == 64);

#[cfg(test)]
mod tests {
    use super::*;

    /// A plain list that keeps the promise by searching for the least.
    #[derive(Default)]
    struct Reference {
        pending: Vec<(Time, Class, u64, u64)>,
        scheduled: u64,
    }

    impl Reference {
        fn schedule(&mut self, at: Time, class: Class, rank: u64) -> u64 {
            self.pending.push((at, class, rank, self.scheduled));
            self.scheduled += 1;
            self.scheduled - 1
        }

        fn pop(&mut self) -> Option<(Time, u64)> {
            let least = self.pending.iter().copied().enumerate().min_by_key(|&(_, entry)| entry)?.0;
            let (at, _, _, number) = self.pending.swap_remove(least);
            Some((at, number))
        }
    }

    fn dice(state: &mut u64, sides: u64) -> u64 {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 33) % sides
    }

    /// Few instants and few ranks, so that nearly every entry has a tie somewhere.
    fn agrees_with_reference(seed: u64, instants: u64, ranks: u64, spans: u64) {
        let mut state = seed;
        let mut agenda = Agenda::new();
        let mut reference = Reference::default();
        let delays: Vec<Delay> = (0..spans).map(|n| agenda.delay(Span::from_nanos(n))).collect();
        for round in 0..3_000_u64 {
            let filling = round % 600 < 300;
            if dice(&mut state, 10) < if filling { 6 } else { 4 } {
                let class = [Class::Completion, Class::Timer, Class::Arrival][dice(&mut state, 3) as usize];
                let rank = dice(&mut state, ranks);
                if dice(&mut state, 2) == 0 {
                    let at = agenda.now() + Span::from_nanos(dice(&mut state, instants));
                    agenda.schedule(at, class, rank, reference.schedule(at, class, rank));
                } else {
                    let delay = delays[dice(&mut state, spans) as usize];
                    let number = reference.schedule(agenda.now() + delay.span(), class, rank);
                    agenda.after(delay, class, rank, number);
                }
            } else {
                let peeked = agenda.peek();
                let expected = reference.pop();
                assert_eq!(peeked, expected.map(|(at, _)| at));
                assert_eq!(agenda.pop(), expected.map(|(_, number)| number), "seed {seed}, round {round}");
                assert!(expected.is_none_or(|(at, _)| at == agenda.now()));
            }
            assert_eq!(agenda.len(), reference.pending.len());
        }
    }

    #[test]
    fn the_order_promised_is_kept_through_heap_and_lanes() {
        for seed in 0..20 {
            agrees_with_reference(seed, 3, 2, 3);
            agrees_with_reference(seed, 1, 1, 1);
            agrees_with_reference(seed, 50, 4, 20);
            agrees_with_reference(seed, 1_000_000, 1_000, 5);
        }
    }

    #[test]
    fn equal_spans_share_a_lane_and_later_ones_use_the_heap() {
        let mut agenda = Agenda::<u8>::new();
        let first = agenda.delay(Span::from_nanos(7));
        assert_eq!(agenda.delay(Span::from_nanos(7)), first);
        for n in 0..40 {
            agenda.delay(Span::from_nanos(n));
        }
        let late = agenda.delay(Span::from_nanos(1_000));
        assert_eq!(late.lane, None);
        agenda.after(late, Class::Timer, 0, 2);
        agenda.after(first, Class::Timer, 0, 1);
        assert_eq!((agenda.pop(), agenda.pop(), agenda.pop()), (Some(1), Some(2), None));
        assert_eq!(agenda.popped(), 2);
    }

    #[test]
    fn the_end_of_time_is_an_instant_like_any_other() {
        let mut agenda = Agenda::new();
        agenda.schedule(Time::NEVER, Class::Arrival, RANK_MASK, 'z');
        agenda.schedule(Time::NEVER, Class::Timer, 0, 'a');
        assert_eq!(agenda.peek(), Some(Time::NEVER));
        assert_eq!((agenda.pop(), agenda.pop(), agenda.pop()), (Some('a'), Some('z'), None));
    }

    #[test]
    fn the_end_of_time_is_an_instant_like_others() {
        let mut agenda = Agenda::new();
        let forever = agenda.delay(Span::FOREVER);
        agenda.after(forever, Class::Timer, 0, 2);
        agenda.schedule(Time::NEVER, Class::Completion, 0, 1);
        agenda.schedule(Time::NEVER, Class::Timer, 0, 3);
        let order: Vec<i32> = std::iter::from_fn(|| agenda.pop()).collect();
        assert_eq!((order, agenda.now()), (vec![1, 2, 3], Time::NEVER));
        assert_eq!((agenda.pop(), agenda.peek()), (None, None));
    }
}
