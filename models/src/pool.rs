//! A client's pool of connections, by `HikariCP`'s rules.
//!
//! The pool is asked and never acts: it says who gets a connection, who waits and until when, and whether its one
//! background worker should open another. Sources: `HikariCP` 5, `HikariPool`, `ConcurrentBag`, `HikariConfig`.
//!
//! ```text
//!  borrow --an idle one, alive--> Connection
//!         '-- none --> waits, first come first served, until the timeout
//!  worker: opens one at a time while   total < maximum  and  (idle < minimum idle  or  waiting > idle)
//!  give back --too old--> closed       --else--> the longest-waiting gets it, or it is idle
//! ```
//!
//! | knob | default | meaning |
//! |---|---|---|
//! | `maximum` | 10 | connections at most |
//! | `minimum_idle` | = maximum | idle ones that the worker provides for |
//! | `wait` | 30 s | how long a borrower waits, at least 250 ms; 0 is 2³¹ − 1 ms |
//! | `idle_timeout` | 10 min | idle ones above the minimum go after this time, when the housekeeper comes |
//! | `max_lifetime` | 30 min | older ones go when they are not in use; each less a random part of up to 2.5 % |
//! | `keepalive` | off | idle ones are pinged so often |
//! | `housekeeping` | 30 s | how often the housekeeper comes |
//!
//! **Pitfalls**
//! * One worker opens one connection at a time: after a fail-over a pool of 100 takes 100 connects in a row.
//! * A pool grows to about the number of concurrent users, not to its maximum; and a small one serves at most
//!   maximum ÷ (time that a connection is held) a second, whatever the database could do.
//!
//! ```
//! use archsim_models::pool::{Borrow, ConnectionPool, PoolSettings};
//! use archsim_sim::{Key, Span, Time};
//!
//! let settings = PoolSettings { maximum: 1, minimum_idle: 1, ..PoolSettings::default() };
//! let mut pool = ConnectionPool::new(settings, Key::new(1, 0));
//! let now = Time::ZERO;
//! assert!(pool.opens(now));
//! assert_eq!(pool.opened(now), None, "nobody waits yet");
//! let Borrow::Connection(first) = pool.borrow(now, 7) else { panic!("one is idle") };
//! assert_eq!(pool.borrow(now, 8), Borrow::Wait { until: now + Span::from_secs(30) });
//! assert_eq!(pool.give_back(now, first), Some((8, first)), "the longest-waiting gets it");
//! ```

use std::collections::VecDeque;

use archsim_sim::{Key, Span, Stream, Time, mutant};

/// `HikariCP`'s `SOFT_TIMEOUT_FLOOR`: a shorter wait is refused.
pub const WAIT_MIN: Span = Span::from_millis(250);
/// A connection idle for longer is checked when it is borrowed (`aliveBypassWindowMs`).
pub const UNCHECKED_MAX: Span = Span::from_millis(500);
/// The worker's pause after it has opened a connection.
pub const PAUSE: Span = Span::from_millis(30);
/// The worker's first pause after a failure; each further one doubles it.
pub const BACKOFF: Span = Span::from_millis(10);
/// The longest of those pauses.
pub const BACKOFF_MAX: Span = Span::from_secs(5);
/// What a wait of 0 means.
const WAIT_OF_ZERO: Span = Span::from_millis(2_147_483_647);
/// Lifetimes up to this one are kept exactly.
const EXACT_LIFETIME_MAX: Span = Span::from_secs(10);

/// How a pool is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Connections at most.
    pub maximum: u32,
    /// Idle connections that the worker provides for.
    pub minimum_idle: u32,
    /// How long a borrower waits.
    pub wait: Span,
    /// Idle ones above the minimum go after this time.
    pub idle_timeout: Option<Span>,
    /// Older ones go.
    pub max_lifetime: Option<Span>,
    /// Idle ones are pinged so often.
    pub keepalive: Option<Span>,
    /// The database closes connections that it has not heard of for so long.
    pub server_idle_timeout: Option<Span>,
    /// How often the housekeeper comes.
    pub housekeeping: Span,
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings {
            maximum: 10,
            minimum_idle: 10,
            wait: Span::from_secs(30),
            idle_timeout: Some(Span::from_secs(600)),
            max_lifetime: Some(Span::from_secs(1_800)),
            keepalive: None,
            server_idle_timeout: None,
            housekeeping: Span::from_secs(30),
        }
    }
}

/// A setting that `HikariCP` refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// A wait above zero but below 250 ms.
    WaitTooShort,
    /// The idle timeout is negative.
    NegativeIdleTimeout,
    /// The minimum of idle ones is negative.
    NegativeMinimumIdle,
}

impl PoolSettings {
    /// The wait that so many milliseconds mean.
    pub fn wait_of_millis(millis: u64) -> Result<Span, PoolError> {
        match Span::from_millis(millis) {
            Span::ZERO => Ok(WAIT_OF_ZERO),
            span if span < WAIT_MIN => Err(PoolError::WaitTooShort),
            span => Ok(span),
        }
    }

    /// The idle timeout that so many milliseconds mean; 0 is never.
    pub fn idle_timeout_of_millis(millis: i64) -> Result<Option<Span>, PoolError> {
        let millis = u64::try_from(millis).map_err(|_| PoolError::NegativeIdleTimeout)?;
        Ok((millis > 0).then(|| Span::from_millis(millis)))
    }

    /// The minimum of idle ones that so many mean; never more than the maximum.
    pub fn minimum_idle_of(count: i64, maximum: u32) -> Result<u32, PoolError> {
        let count = u64::try_from(count).map_err(|_| PoolError::NegativeMinimumIdle)?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX).min(maximum))
    }
}

/// What a borrower is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Borrow {
    /// Here is one.
    Connection(u32),
    /// Wait; at this time give up.
    Wait {
        /// When.
        until: Time,
    },
}

/// A connection that is not in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Idle {
    connection: u32,
    since: Time,
    ends: Time,
    broken: bool,
}

/// A connection that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Used {
    connection: u32,
    ends: Time,
    broken: bool,
}

/// One client's pool for one store.
#[derive(Clone, Debug)]
pub struct ConnectionPool {
    settings: PoolSettings,
    /// The last one given back is last.
    idle: Vec<Idle>,
    used: Vec<Used>,
    waiting: VecDeque<u64>,
    opening: bool,
    /// The worker rests until then.
    rests_until: Time,
    backoff: Span,
    next_connection: u32,
    lifetimes: Stream,
    /// Idle connections that the last borrower had asked whether they live.
    checks: u32,
}

impl ConnectionPool {
    /// A pool without connections yet; `key` names the draws of lifetimes.
    pub fn new(settings: PoolSettings, key: Key) -> Self {
        ConnectionPool {
            settings,
            idle: Vec::new(),
            used: Vec::new(),
            waiting: VecDeque::new(),
            opening: false,
            rests_until: Time::ZERO,
            backoff: BACKOFF,
            next_connection: 0,
            lifetimes: Stream::keyed(key),
            checks: 0,
        }
    }

    /// Someone wants a connection: the one given back last, if it lives. Else they wait.
    pub fn borrow(&mut self, now: Time, who: u64) -> Borrow {
        self.checks = 0;
        while let Some(idle) = self.idle.pop() {
            self.checks += u32::from(idle.ends > now && now.since(idle.since) > UNCHECKED_MAX);
            if self.lives(now, &idle) {
                self.used.push(Used { connection: idle.connection, ends: idle.ends, broken: idle.broken });
                return Borrow::Connection(idle.connection);
            }
        }
        self.waiting.push_back(who);
        Borrow::Wait { until: now + self.settings.wait }
    }

    /// How many idle connections the last borrower had asked first whether they live: a round trip each.
    pub fn checks(&self) -> u32 {
        self.checks
    }

    /// The database has closed all connections. Nobody is told: whoever borrows one that was idle for long has it
    /// checked and gets another, and whoever has one fails with it.
    pub fn broken(&mut self) {
        self.idle.iter_mut().for_each(|idle| idle.broken = true);
        self.used.iter_mut().for_each(|used| used.broken = true);
    }

    /// Whether the database has closed a connection that is in use.
    pub fn is_broken(&self, connection: u32) -> bool {
        self.used.iter().any(|used| used.connection == connection && used.broken)
    }

    /// A connection failed whoever had it, and is closed.
    pub fn evict(&mut self, connection: u32) {
        self.used.retain(|used| used.connection != connection);
    }

    /// Whoever borrowed has waited long enough; false if they have a connection by now.
    pub fn gives_up(&mut self, who: u64) -> bool {
        let place = self.waiting.iter().position(|&waiting| waiting == who);
        if let Some(place) = place {
            self.waiting.remove(place);
        }
        place.is_some()
    }

    /// A connection is given back: who gets it, if anyone waits and it is young enough.
    pub fn give_back(&mut self, now: Time, connection: u32) -> Option<(u64, u32)> {
        let place = self.used.iter().position(|used| used.connection == connection)?;
        let Used { ends, broken, .. } = self.used.swap_remove(place);
        if ends <= now {
            return None;
        }
        self.hand_over(Idle { connection, since: now, ends, broken })
    }

    fn hand_over(&mut self, idle: Idle) -> Option<(u64, u32)> {
        let longest =
            if mutant!("pool-serves-the-last") { self.waiting.pop_back() } else { self.waiting.pop_front() };
        if let Some(who) = longest {
            self.used.push(Used { connection: idle.connection, ends: idle.ends, broken: idle.broken });
            return Some((who, idle.connection));
        }
        self.idle.push(idle);
        None
    }

    /// Whether the worker begins to open a connection now; [`opened`](Self::opened) or
    /// [`failed`](Self::failed) must follow before it is asked again.
    pub fn opens(&mut self, now: Time) -> bool {
        self.retire(now);
        let idle = self.idle.len() as u32;
        let wanted = idle < self.settings.minimum_idle || self.waiting.len() > self.idle.len();
        let room = self.total() < self.settings.maximum || mutant!("pool-without-maximum");
        let begins = !self.opening && now >= self.rests_until && room && wanted;
        self.opening |= begins;
        begins
    }

    /// When the worker may be asked again.
    pub fn rests_until(&self) -> Time {
        self.rests_until
    }

    /// The connection is there: who gets it, if anyone waits.
    pub fn opened(&mut self, now: Time) -> Option<(u64, u32)> {
        self.opening = false;
        self.backoff = BACKOFF;
        self.rests_until = now + PAUSE;
        let connection = self.next_connection;
        self.next_connection += 1;
        let ends = self.settings.max_lifetime.map_or(Time::NEVER, |lifetime| {
            let most = if lifetime > EXACT_LIFETIME_MAX { 0.025 } else { 0.0 };
            now + lifetime.saturating_sub(lifetime.scaled(most * self.lifetimes.unit()))
        });
        self.hand_over(Idle { connection, since: now, ends, broken: false })
    }

    /// It could not be opened: the worker rests, longer each time.
    pub fn failed(&mut self, now: Time) {
        self.opening = false;
        self.rests_until = now + self.backoff;
        self.backoff = Span::from_nanos(self.backoff.as_nanos() * 2).min(BACKOFF_MAX);
    }

    /// The housekeeper comes: idle ones above the minimum that were not used for long are closed.
    pub fn housekeep(&mut self, now: Time) {
        self.retire(now);
        let Some(timeout) = self.settings.idle_timeout else { return };
        let mut spare = (self.idle.len() as u32).saturating_sub(self.settings.minimum_idle);
        self.idle.retain(|idle| {
            let goes = spare > 0 && now.since(idle.since) > timeout;
            spare -= u32::from(goes);
            !goes
        });
    }

    /// Idle ones at the end of their lives are closed at once; those in use when they are given back.
    fn retire(&mut self, now: Time) {
        self.idle.retain(|idle| idle.ends > now);
    }

    /// Whether an idle connection works, as far as the pool finds out before it hands it over.
    fn lives(&self, now: Time, idle: &Idle) -> bool {
        let unchecked = now.since(idle.since) <= UNCHECKED_MAX;
        idle.ends > now && (unchecked || (!idle.broken && self.is_open(now, idle)))
    }

    /// Whether the database has kept it: pings count as signs of life.
    fn is_open(&self, now: Time, idle: &Idle) -> bool {
        let silence = now.since(idle.since);
        let Some(patience) = self.settings.server_idle_timeout else { return true };
        let longest = self.settings.keepalive.map_or(silence, |keepalive| keepalive.min(silence));
        longest < patience
    }

    /// Connections of any kind that the database still keeps open.
    pub fn open(&self, now: Time) -> u32 {
        let open = |idle: &&Idle| idle.ends > now && !idle.broken && self.is_open(now, idle);
        let idle = self.idle.iter().filter(open).count();
        idle as u32 + self.active()
    }

    /// Connections, idle and in use.
    pub fn total(&self) -> u32 {
        self.idle() + self.active()
    }

    /// Connections in use.
    pub fn active(&self) -> u32 {
        self.used.len() as u32
    }

    /// Connections not in use.
    pub fn idle(&self) -> u32 {
        self.idle.len() as u32
    }

    /// How many wait.
    pub fn waiting(&self) -> u32 {
        self.waiting.len() as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Time {
        Time::ZERO + Span::from_millis(millis)
    }

    #[test]
    fn the_worker_opens_one_at_a_time_and_rests() {
        let mut pool = ConnectionPool::new(PoolSettings::default(), Key::new(1, 0));
        assert!(pool.opens(at(0)) && !pool.opens(at(0)), "one at a time");
        pool.opened(at(5));
        assert!(!pool.opens(at(34)) && pool.opens(at(35)), "a pause of 30 ms");
        let mut pauses = Vec::new();
        let mut now = at(35);
        for _ in 0..11 {
            pool.failed(now);
            pauses.push(pool.rests_until().since(now).as_nanos() / 1_000_000);
            now = pool.rests_until();
            assert!(pool.opens(now));
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1_280, 2_560, 5_000, 5_000]);
        pool.opened(now);
        assert!(pool.opens(now + PAUSE));
        pool.failed(now + PAUSE);
        assert_eq!(pool.rests_until(), now + PAUSE + BACKOFF, "success forgets the failures");
    }

    #[test]
    fn who_waits_longest_is_served_first_and_who_gave_up_is_not() {
        let settings = PoolSettings { maximum: 1, minimum_idle: 0, ..PoolSettings::default() };
        let mut pool = ConnectionPool::new(settings, Key::new(1, 0));
        for who in 1..=3 {
            assert_eq!(pool.borrow(at(who), who), Borrow::Wait { until: at(who) + settings.wait });
        }
        assert!(pool.opens(at(3)));
        assert_eq!(pool.opened(at(4)), Some((1, 0)));
        assert!(pool.gives_up(2) && !pool.gives_up(2) && !pool.gives_up(1));
        assert_eq!(pool.give_back(at(5), 0), Some((3, 0)));
        assert_eq!(pool.give_back(at(5), 9), None, "not one of its own");
        assert_eq!((pool.total(), pool.active(), pool.waiting()), (1, 1, 0));
    }

    #[test]
    fn connections_in_use_outlive_their_time() {
        let settings = PoolSettings { max_lifetime: Some(Span::from_secs(1)), ..PoolSettings::default() };
        let mut pool = ConnectionPool::new(settings, Key::new(1, 0));
        pool.opens(at(0));
        pool.opened(at(0));
        assert_eq!(pool.borrow(at(900), 1), Borrow::Connection(0));
        pool.opens(at(2_000));
        assert_eq!(pool.active(), 1, "never taken from whoever uses it");
        assert_eq!(pool.give_back(at(2_000), 0), None);
        assert_eq!(pool.total(), 0);
    }

    #[test]
    fn broken_connections_are_found_out_by_whoever_borrows_them() {
        let mut pool = ConnectionPool::new(PoolSettings::default(), Key::new(1, 0));
        for _ in 0..3 {
            assert!(pool.opens(pool.rests_until()));
            pool.opened(at(0));
        }
        assert_eq!(pool.borrow(at(100), 1), Borrow::Connection(2));
        assert_eq!(pool.give_back(at(300), 2), None);
        pool.broken();
        assert_eq!((pool.borrow(at(800), 2), pool.checks()), (Borrow::Connection(2), 0), "not asked so soon");
        assert!(pool.is_broken(2) && !pool.is_broken(1));
        pool.evict(2);
        assert!(matches!(pool.borrow(at(801), 3), Borrow::Wait { .. }), "both others were asked");
        assert_eq!((pool.checks(), pool.total(), pool.waiting()), (2, 0, 1));
        assert!(pool.opens(at(801)));
        assert_eq!(pool.opened(at(802)), Some((3, 3)));
        assert!(!pool.is_broken(3));
    }

    #[test]
    fn long_lives_end_at_different_times() {
        let mut pool = ConnectionPool::new(PoolSettings::default(), Key::new(1, 0));
        let mut ends = Vec::new();
        for _ in 0..10 {
            assert!(pool.opens(pool.rests_until()));
            pool.opened(at(0));
            ends.push(pool.idle.last().expect("it is idle").ends);
        }
        let (least, most) = (at(1_800_000 - 45_000), at(1_800_000));
        assert!(ends.iter().all(|&end| least <= end && end <= most));
        assert!(ends.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
