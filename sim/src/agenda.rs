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

use crate::heap::{Heap, NONE};
use crate::lane::Lane;
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
    /// Which lane, or `LANES` for the heap.
    lane: u8,
}

impl Delay {
    /// How long the delay is.
    pub const fn span(self) -> Span {
        self.span
    }
}

/// More lanes than this make finding the earliest dearer than what a lane saves.
const LANES: usize = 16;

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
    heap: Heap,
    /// The first key of the earliest lane, or `NONE`.
    lane_least: u128,
    /// Which lane that is.
    lane_earliest: usize,
    lanes: Vec<Lane>,
    /// The first key of each lane, or `NONE`, side by side for a quick comparison.
    lane_firsts: Vec<u128>,
    /// The span of each lane.
    spans: Vec<Span>,
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
            heap: Heap::new(),
            lane_least: NONE,
            lane_earliest: 0,
            lanes: Vec::new(),
            lane_firsts: Vec::new(),
            spans: Vec::new(),
            tied: Vec::new(),
            slots: Vec::new(),
            free: NO_SLOT,
            scheduled: 0,
            popped: 0,
        }
    }

    /// Registers a delay that is a constant of the model. Equal spans share a lane; once there are
    /// sixteen lanes, further delays use the heap: slower, with the same order.
    pub fn delay(&mut self, span: Span) -> Delay {
        let known = self.spans.iter().position(|&other| other == span);
        let lane = known.unwrap_or(self.spans.len());
        if lane < LANES && known.is_none() {
            self.spans.push(span);
            self.lanes.push(Lane::new());
            self.lane_firsts.push(NONE);
        }
        Delay { span, lane: lane.min(LANES) as u8 }
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
        let key = self.key(at.max(self.now), class, rank, event);
        self.heap.push(key);
    }

    /// Adds an event one `delay` from now.
    #[inline]
    pub fn after(&mut self, delay: Delay, class: Class, rank: u64, event: E) {
        let key = self.key(self.now + delay.span, class, rank, event);
        let place = usize::from(delay.lane);
        let Some(lane) = self.lanes.get_mut(place) else {
            return self.heap.push(key);
        };
        if lane.push(key, SLOT_MASK) {
            self.lane_firsts[place] = key;
            if key < self.lane_least {
                self.lane_least = key;
                self.lane_earliest = place;
            }
        }
    }

    /// Takes the first event out and moves the clock to its instant.
    #[inline]
    pub fn pop(&mut self) -> Option<E> {
        if !self.tied.is_empty() {
            return self.pop_tied();
        }
        let heap_least = self.heap.least();
        let key = if self.lane_least < heap_least {
            self.take_from_lane()
        } else if heap_least != NONE {
            self.heap.pop()
        } else {
            return None;
        };
        if same_but_slot(key, self.least()) {
            self.tied.push(key);
            return self.pop_tied();
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
        let link = self.scheduled as u32;
        self.scheduled += 1;
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
    fn key_in_new_slot(&mut self, at: Time, class: Class, rank: u64, slot: Slot<E>) -> u128 {
        assert!(
            self.slots.len() < NO_SLOT as usize,
            "more than 2^{SLOT_BITS} events are pending: the model schedules faster than it can ever act"
        );
        self.slots.push(slot);
        pack(at, class, rank, self.slots.len() as u32 - 1)
    }

    /// The least key of heap and lanes, or `NONE`.
    #[inline]
    fn least(&self) -> u128 {
        self.heap.least().min(self.lane_least)
    }

    /// Takes the least key of heap and lanes out; there must be one.
    fn take_least(&mut self) -> u128 {
        if self.lane_least < self.heap.least() { self.take_from_lane() } else { self.heap.pop() }
    }

    #[inline]
    fn take_from_lane(&mut self) -> u128 {
        let lane = &mut self.lanes[self.lane_earliest];
        let key = lane.pop();
        self.lane_firsts[self.lane_earliest] = lane.first();
        let (mut least, mut earliest) = (NONE, 0);
        for (place, &first) in self.lane_firsts.iter().enumerate() {
            // Two selections instead of a branch, which would be guessed wrong most of the time.
            let less = first < least;
            least = if less { first } else { least };
            earliest = if less { place } else { earliest };
        }
        self.lane_least = least;
        self.lane_earliest = earliest;
        key
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

    /// Some entries may be equal but for their slots, and slots are reused in any order: whenever that
    /// can decide, all equal entries are gathered and put in the order they were scheduled.
    #[cold]
    fn pop_tied(&mut self) -> Option<E> {
        let first = *self.tied.last()?;
        let least = self.least();
        if !same_but_slot(least, first) && least < first {
            // Something better was scheduled meanwhile; it may be tied in its turn.
            let key = self.take_least();
            if same_but_slot(key, self.least()) {
                self.tied.push(key);
                return self.pop_tied();
            }
            return Some(self.release(key));
        }
        if same_but_slot(least, first) {
            self.gather(first);
        }
        self.tied.pop().map(|key| self.release(key))
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
        assert_eq!(usize::from(late.lane), LANES);
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
}
