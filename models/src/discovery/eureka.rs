//! Eureka: a registry of leases that heartbeats renew, and clients that copy it now and then.
//!
//! ```text
//!   instance ──heartbeat 30 s──► registry ──30 s──► response cache ──30 s──► client ──30 s──► balancer's list
//!                                   │ every 60 s: whose lease is over goes, unless too many are silent at once
//! ```
//!
//! **A lease lives twice as long as it says.** A renewal stores the instant plus the lease, and expiry adds the lease
//! once more: 180 s after the last heartbeat, not 90 s; the original keeps that on purpose. A lease that was never
//! renewed lives 90 s.
//!
//! **Self-preservation.** If no more than 85 % of the expected heartbeats came since the last run, nobody is taken out:
//! the registry rather believes that its own network is broken. Of three instances one can never be taken out: 4 of 6
//! heartbeats are not more than 85 %, which is 5. And never more than 15 % of all go in one run.
//!
//! Sources: Netflix/eureka, `AbstractInstanceRegistry` (`evict`, `internalCancel`, `renew`), `Lease`, `MeasuredRate`,
//! `PeerAwareInstanceRegistryImpl`, `DefaultEurekaServerConfig`, `LeaseInfo`.
//!
//! ```
//! use archsim_models::discovery::eureka::{EurekaSettings, Registry};
//! use archsim_sim::{Key, Span, Stream, Time};
//!
//! let at = |secs| Time::ZERO + Span::from_secs(secs);
//! let mut registry = Registry::new(EurekaSettings::DEFAULT, &vec![Span::ZERO; 20]);
//! registry.died(7, at(100));
//! let mut dice = Stream::keyed(Key::new(1, 0));
//! let gone: Vec<_> = (1..10).filter(|run| registry.evict(at(60 * run), &mut dice) == [7]).collect();
//! assert_eq!(gone, [5], "its last heartbeat was at 90 s: taken out by the first run after 270 s");
//! ```

use archsim_sim::{Span, Stream, Time, mutant};

/// How a registry and its clients are set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EurekaSettings {
    /// Time between heartbeats.
    pub heartbeat: Span,
    /// What a lease says; it lives twice as long after a heartbeat.
    pub lease: Span,
    /// Time between runs that take out whose lease is over.
    pub eviction: Span,
    /// The share of heartbeats below which nobody is taken out, and that stays whatever happens; 0 switches it off.
    pub threshold: f64,
    /// Time between copies of the registry into what clients get.
    pub cache: Span,
    /// Time between fetches of a client.
    pub fetch: Span,
    /// Time between copies of a client into its balancer's list.
    pub list: Span,
}

impl EurekaSettings {
    /// Eureka's and Ribbon's own.
    pub const DEFAULT: EurekaSettings = EurekaSettings {
        heartbeat: Span::from_secs(30),
        lease: Span::from_secs(90),
        eviction: Span::from_secs(60),
        threshold: 0.85,
        cache: Span::from_secs(30),
        fetch: Span::from_secs(30),
        list: Span::from_secs(30),
    };

    /// What a change in the registry takes at most until all balancers know it.
    pub fn delay(&self) -> Span {
        self.cache + self.fetch + self.list
    }

    /// What a client that was born then, and whose own clocks tick with these phases, knows now: the registry as it
    /// was at this instant.
    pub fn known(&self, now: Time, born: Time, phases: Phases) -> Time {
        let listed = last_tick(now, phases.list, self.list).max(born);
        let fetched = last_tick(listed, phases.fetch, self.fetch).max(born);
        last_tick(fetched, Span::ZERO, self.cache)
    }
}

/// When a client's clocks tick first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phases {
    /// Its fetches.
    pub fetch: Span,
    /// Its balancer's.
    pub list: Span,
}

/// The last tick of a clock that ticks at `phase` and then every so often; the start of all if there was none.
fn last_tick(now: Time, phase: Span, every: Span) -> Time {
    let first = Time::ZERO + phase;
    if every.is_zero() {
        return now;
    }
    if now < first {
        return Time::ZERO;
    }
    first + every * ticks(first, now, every)
}

/// Ticks after the first one until now.
fn ticks(first: Time, now: Time, every: Span) -> u64 {
    now.since(first).as_nanos() / every.as_nanos().max(1)
}

/// A registry.
#[derive(Clone, Debug)]
pub struct Registry {
    settings: EurekaSettings,
    clients: Vec<Client>,
    /// Clients of which heartbeats are expected.
    expected: u32,
    /// Heartbeats since the last run of those that have died since.
    counted: u64,
    last_run: Time,
}

#[derive(Clone, Copy, Debug, Default)]
struct Client {
    lease: Option<Lease>,
    /// When its heartbeats begin, if it lives.
    beats: Option<Time>,
}

#[derive(Clone, Copy, Debug)]
struct Lease {
    /// The last renewal that is known for sure.
    last: Time,
    renewed: bool,
}

impl Registry {
    /// All clients are registered since long; `phases` are their first heartbeats.
    pub fn new(settings: EurekaSettings, phases: &[Span]) -> Self {
        let registered = |phase: &Span| Client {
            lease: Some(Lease { last: Time::ZERO, renewed: true }),
            beats: Some(Time::ZERO + *phase),
        };
        Registry {
            settings,
            clients: phases.iter().map(registered).collect(),
            expected: phases.len() as u32,
            counted: 0,
            last_run: Time::ZERO,
        }
    }

    /// Whether it is in the registry.
    pub fn knows(&self, client: usize) -> bool {
        self.clients[client].lease.is_some()
    }

    /// More heartbeats than this must come from run to run, or nobody is taken out.
    pub fn threshold(&self) -> u64 {
        let each = self.settings.eviction.as_secs_f64() / self.settings.heartbeat.as_secs_f64();
        // As the original: the product, cut off.
        (f64::from(self.expected) * each * self.settings.threshold) as u64
    }

    /// It is dead: no more heartbeats.
    pub fn died(&mut self, client: usize, now: Time) {
        let since = self.last_run;
        let beat = self.settings.heartbeat;
        let state = &mut self.clients[client];
        self.counted += beats_in(state, since, now, beat);
        if let (Some(from), Some(lease)) = (state.beats.take(), &mut state.lease)
            && from <= now
        {
            *lease = Lease { last: from + beat * ticks(from, now, beat), renewed: true };
        }
    }

    /// It lives again. When its first heartbeat comes, which [`beats`](Self::beats) is to be told.
    pub fn lives(&mut self, client: usize, now: Time) -> Time {
        let first = now + self.settings.heartbeat;
        self.clients[client].beats = Some(first);
        first
    }

    /// The first heartbeat of a new life: who is not in the registry is registered. True if that is so.
    pub fn beats(&mut self, client: usize, now: Time) -> bool {
        let state = &mut self.clients[client];
        if state.lease.is_some() {
            return false;
        }
        state.lease = Some(Lease { last: now, renewed: false });
        // A registration is no renewal.
        state.beats = Some(now + self.settings.heartbeat);
        self.expected += 1;
        true
    }

    /// It says good-bye: an orderly end.
    pub fn leaves(&mut self, client: usize, now: Time) {
        self.died(client, now);
        if self.clients[client].lease.take().is_some() {
            self.expected = self.expected.saturating_sub(1);
        }
    }

    /// A run: takes out clients whose lease is over, at random if they are too many for one run.
    pub fn evict(&mut self, now: Time, dice: &mut Stream) -> Vec<usize> {
        let (since, beat) = (self.last_run, self.settings.heartbeat);
        let living: u64 = self.clients.iter().map(|client| beats_in(client, since, now, beat)).sum();
        let renewals = living + std::mem::take(&mut self.counted);
        self.last_run = now;
        let preserves = self.settings.threshold > 0.0;
        if preserves && renewals <= self.threshold() && !mutant!("eureka-preserves-nobody") {
            return Vec::new();
        }
        let all = self.clients.iter().filter(|client| client.lease.is_some()).count();
        let stay = (all as f64 * self.settings.threshold) as usize;
        let mut expired: Vec<usize> = (0..self.clients.len()).filter(|&at| self.is_over(at, now)).collect();
        let most = expired.len().min(all - stay);
        for place in 0..most {
            let other = place + dice.below((expired.len() - place) as u32) as usize;
            expired.swap(place, other);
        }
        expired.truncate(most);
        for &client in &expired {
            self.clients[client].lease = None;
            self.expected = self.expected.saturating_sub(1);
        }
        expired
    }

    fn is_over(&self, client: usize, now: Time) -> bool {
        let Client { lease: Some(lease), beats } = self.clients[client] else { return false };
        let lives = beats.is_some_and(|from| from <= now);
        let lasts = self.settings.lease * if lease.renewed { 2 } else { 1 };
        !lives && now > lease.last + lasts
    }
}

/// Heartbeats of a registered client after `since` until `now`, both of the same life.
fn beats_in(client: &Client, since: Time, now: Time, every: Span) -> u64 {
    let (Some(from), Some(_)) = (client.beats, client.lease) else { return 0 };
    let until = |at: Time| if at < from { 0 } else { 1 + ticks(from, at, every) };
    until(now).saturating_sub(until(since))
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_sim::Key;

    fn at(secs: u64) -> Time {
        Time::ZERO + Span::from_secs(secs)
    }

    /// So many clients, with phases all over the heartbeat.
    fn registry(clients: u64) -> (Registry, Stream) {
        let phases: Vec<Span> = (0..clients).map(|it| Span::from_millis(29_000 * it / clients)).collect();
        (Registry::new(EurekaSettings::DEFAULT, &phases), Stream::keyed(Key::new(1, 0)))
    }

    /// By run after they have died together at 125 s: how many went.
    fn evicted(clients: u64, dead: usize) -> Vec<usize> {
        let (mut registry, mut dice) = registry(clients);
        registry.evict(at(60), &mut dice);
        registry.evict(at(120), &mut dice);
        (0..dead).for_each(|client| registry.died(client, at(125)));
        (3..12).map(|run| registry.evict(at(60 * run), &mut dice).len()).collect()
    }

    /// T-EUR-1.
    #[test]
    fn of_a_hundred_at_most_fifteen_go_in_one_run() {
        let (mut registry, mut dice) = registry(100);
        assert_eq!(registry.threshold(), 170);
        // Forty leases are over, yet enough heartbeats come: the others beat twice as often as is expected.
        registry.settings.threshold = 0.85;
        (0..40).for_each(|client| registry.died(client, at(1)));
        registry.expected = 60;
        let gone: Vec<usize> = (1..7).map(|run| registry.evict(at(60 * run), &mut dice).len()).collect();
        // 100, 85, 73 there, of which 85 % stay, cut off.
        assert_eq!(gone, [0, 0, 0, 15, 13, 11]);
    }

    /// T-EUR-2.
    #[test]
    fn fourteen_of_a_hundred_are_noticed_and_fifteen_are_not() {
        assert_eq!(evicted(100, 14).iter().sum::<usize>(), 14);
        assert_eq!(evicted(100, 15).iter().sum::<usize>(), 0);
    }

    /// T-EUR-3.
    #[test]
    fn of_three_one_is_never_taken_out() {
        let (registry, _) = registry(3);
        assert_eq!(registry.threshold(), 5);
        assert_eq!(evicted(3, 1).iter().sum::<usize>(), 0);
    }

    /// T-EUR-4: the registry.
    #[test]
    fn a_dead_one_goes_three_to_four_minutes_after_its_last_heartbeat() {
        for phase in 0..30 {
            for dies in 60..130 {
                let phases: Vec<Span> = (0..20).map(|_| Span::from_secs(phase)).collect();
                let mut registry = Registry::new(EurekaSettings::DEFAULT, &phases);
                let mut dice = Stream::keyed(Key::new(1, 0));
                let last = phase + (dies - phase) / 30 * 30;
                let mut gone = 0;
                for run in 1..10 {
                    if at(60 * run) > at(dies) && gone == 0 {
                        registry.died(3, at(dies));
                    }
                    if registry.evict(at(60 * run), &mut dice) == [3] {
                        gone = 60 * run;
                    }
                }
                assert!((181..=240).contains(&(gone - last)), "dies {dies}, last {last}, gone {gone}");
            }
        }
    }

    /// T-EUR-4 and 5: what clients know.
    #[test]
    fn a_change_is_known_to_all_after_a_minute_and_a_half() {
        let settings = EurekaSettings::DEFAULT;
        let mut worst = 0;
        for fetch in 0..30 {
            for list in 0..30 {
                let phases = Phases { fetch: Span::from_secs(fetch), list: Span::from_secs(list) };
                let learns = |change: u64| {
                    (change..change + 200)
                        .find(|&now| settings.known(at(now), Time::ZERO, phases) >= at(change))
                };
                let late = (90..120).filter_map(learns).zip(90..).map(|(learnt, change)| learnt - change);
                worst = worst.max(late.max().unwrap_or(0));
            }
        }
        // In whole seconds: each cache is up to 29 s late.
        assert!((85..90).contains(&worst), "{worst}");
        assert_eq!(settings.delay(), Span::from_secs(90));
        let newborn = Phases { fetch: Span::ZERO, list: Span::ZERO };
        assert_eq!(settings.known(at(100), at(95), newborn), at(90), "who is new fetches at once");
    }

    #[test]
    fn who_comes_back_before_being_missed_stays_and_who_was_taken_out_registers_anew() {
        let (mut registry, mut dice) = registry(20);
        registry.died(4, at(100));
        assert_eq!(registry.lives(4, at(140)), at(170));
        assert!(!registry.beats(4, at(170)), "still there");
        registry.died(5, at(100));
        (1..6).for_each(|run| drop(registry.evict(at(60 * run), &mut dice)));
        assert!(registry.knows(4) && !registry.knows(5));
        assert_eq!((registry.expected, registry.lives(5, at(400))), (19, at(430)));
        assert!(registry.beats(5, at(430)) && registry.knows(5));
        registry.died(5, at(440));
        // Never renewed: it lives 90 s, not 180 s.
        let gone: Vec<u64> = (8..12).filter(|run| registry.evict(at(60 * run), &mut dice) == [5]).collect();
        assert_eq!(gone, [9]);
        registry.leaves(6, at(700));
        assert!(!registry.knows(6));
    }
}
