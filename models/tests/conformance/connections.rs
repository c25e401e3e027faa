//! `HikariCP`'s rules, on the simulator's own pool of connections with a small world around it.

use std::collections::BTreeMap;

use archsim_models::pool::{Borrow, ConnectionPool, PoolError, PoolSettings};
use archsim_sim::{Key, Span, Time};

use crate::reading::{Case, Fields, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    Verdict::of(match case.kind.as_str() {
        "config_rule" => rule(case),
        "pool" => pool(case),
        other => Err(Verdict::Skipped(format!("kind `{other}` is not known here"))),
    })
}

fn rule(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["connection_timeout", "idle_timeout", "min_idle"])?;
    let expected = case.expect().fields()?.need("rule")?.text()?;
    let minus_one = |slot: &Slot| if slot.is(-1) { Ok(-1) } else { slot.whole().map(|n| n as i64) };
    let found = if let Some(timeout) = given.get("connection_timeout") {
        match PoolSettings::wait_of_millis(timeout.whole()?) {
            Err(PoolError::WaitTooShort) => "connection timeout below 250 rejected".into(),
            Ok(span) => format!("{} means {} ms", timeout.whole()?, span.as_nanos() / 1_000_000),
            Err(other) => format!("{other:?}"),
        }
    } else if let Some(timeout) = given.get("idle_timeout") {
        match PoolSettings::idle_timeout_of_millis(minus_one(&timeout)?) {
            Err(PoolError::NegativeIdleTimeout) => "negative idle timeout rejected".into(),
            other => format!("{other:?}"),
        }
    } else {
        match PoolSettings::minimum_idle_of(minus_one(&given.need("min_idle")?)?, 10) {
            Err(PoolError::NegativeMinimumIdle) => "negative min_idle rejected".into(),
            other => format!("{other:?}"),
        }
    };
    Verdict::equal("rule", &expected, &found.as_str())
}

fn pool(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    match case.id.as_str() {
        "hik-backend_down_timeout" => nothing_connects(&given, &expect),
        "hik-wait_for_return" => waits_for_a_return(&given, &expect),
        "hik-max_lifetime2" => lives_end(&given, &expect),
        "hik-keepalive_keeps" | "hik-keepalive_too_late" => keeps_alive(&given, &expect),
        "hik-ramp" => ramps(&given, &expect),
        "hik-size_follows_threads" => follows_threads(&given, &expect),
        "hik-saturated_balance" => saturates(&given, &expect),
        other => Err(Verdict::Skipped(format!("what happens in `{other}` is told in words not known here"))),
    }
}

/// The settings that a case names; what it does not name is off, not `HikariCP`'s default, so that it can run for
/// seconds.
fn settings(given: &Fields) -> Result<PoolSettings, Verdict> {
    let span = |name: &str| given.get(name).map(|slot| slot.millis()).transpose();
    let base = PoolSettings::default();
    Ok(PoolSettings {
        maximum: given.need("max_size")?.count()?,
        minimum_idle: given.need("min_idle")?.count()?,
        wait: span("connection_timeout")?.unwrap_or(base.wait),
        idle_timeout: span("idle_timeout")?,
        max_lifetime: span("max_lifetime")?,
        keepalive: span("keepalive")?,
        server_idle_timeout: span("server_idle_timeout")?,
        housekeeping: span("housekeeping")?.unwrap_or(base.housekeeping),
    })
}

/// What is going to happen around the pool.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A connection has been opened, or could not be.
    Opened,
    /// The worker may have something to do.
    Worker,
    Housekeeper,
    /// Someone's work is done: connection, who.
    Done(u32, u64),
    /// Someone has waited long enough.
    GivesUp(u64),
    /// Someone wants a connection.
    Wants(u64),
}

/// A pool, a database that takes some time to connect, and a clock.
struct Around {
    pool: ConnectionPool,
    settings: PoolSettings,
    connect: Option<Span>,
    work: Span,
    now: Time,
    agenda: BTreeMap<(Time, u32), Event>,
    number: u32,
    /// Who waits, and since when.
    since: BTreeMap<u64, Time>,
    /// Who gave up, when, after how long.
    given_up: Vec<(Time, Span)>,
    /// Who got a connection, after how long.
    got: Vec<(u64, u32, Span)>,
    most_active: u32,
    most_total: u32,
    /// Whoever has finished wants one again, until so many have finished.
    again: u64,
}

impl Around {
    /// `connect` is how long a connection takes, or nothing if none can be had.
    fn new(settings: PoolSettings, connect: Option<Span>, work: Span) -> Self {
        let mut around = Around {
            pool: ConnectionPool::new(settings, Key::new(1, 0)),
            settings,
            connect,
            work,
            now: Time::ZERO,
            agenda: BTreeMap::new(),
            number: 0,
            since: BTreeMap::new(),
            given_up: Vec::new(),
            got: Vec::new(),
            most_active: 0,
            most_total: 0,
            again: 0,
        };
        around.at(Time::ZERO, Event::Worker);
        around.at(Time::ZERO + settings.housekeeping, Event::Housekeeper);
        around
    }

    fn at(&mut self, time: Time, event: Event) {
        self.agenda.insert((time, self.number), event);
        self.number += 1;
    }

    fn until(&mut self, time: Time) {
        while let Some((&(at, number), &event)) = self.agenda.first_key_value() {
            if at > time {
                break;
            }
            self.agenda.remove(&(at, number));
            self.now = at;
            self.happens(event);
            self.most_active = self.most_active.max(self.pool.active());
            self.most_total = self.most_total.max(self.pool.total());
        }
        self.now = time;
    }

    fn happens(&mut self, event: Event) {
        let now = self.now;
        match event {
            Event::Wants(who) => match self.pool.borrow(now, who) {
                Borrow::Connection(connection) => self.gets(who, connection, now),
                Borrow::Wait { until } => {
                    self.since.insert(who, now);
                    self.at(until, Event::GivesUp(who));
                }
            },
            Event::GivesUp(who) => {
                if self.pool.gives_up(who) {
                    let since = self.since.remove(&who).unwrap_or(now);
                    self.given_up.push((now, now.since(since)));
                }
            }
            Event::Done(connection, who) => {
                if let Some((next, connection)) = self.pool.give_back(now, connection) {
                    let since = self.since.remove(&next).unwrap_or(now);
                    self.gets(next, connection, since);
                }
                if self.again > 0 {
                    self.again -= 1;
                    self.at(now, Event::Wants(who));
                }
            }
            Event::Opened if self.connect.is_none() => self.pool.failed(now),
            Event::Opened => {
                if let Some((who, connection)) = self.pool.opened(now) {
                    let since = self.since.remove(&who).unwrap_or(now);
                    self.gets(who, connection, since);
                }
            }
            Event::Housekeeper => {
                self.pool.housekeep(now);
                self.at(now + self.settings.housekeeping, Event::Housekeeper);
            }
            Event::Worker => {}
        }
        self.let_the_worker_work();
    }

    fn let_the_worker_work(&mut self) {
        if self.pool.opens(self.now) {
            let takes = self.connect.unwrap_or(Span::ZERO);
            self.at(self.now + takes, Event::Opened);
        } else if self.pool.rests_until() > self.now {
            let wakes = (self.pool.rests_until(), u32::MAX);
            self.agenda.entry(wakes).or_insert(Event::Worker);
        }
    }

    fn gets(&mut self, who: u64, connection: u32, since: Time) {
        self.got.push((who, connection, self.now.since(since)));
        self.at(self.now + self.work, Event::Done(connection, who));
    }
}

const AT_ONCE: Option<Span> = Some(Span::ZERO);
const LONG: Span = Span::from_secs(1_000_000);

fn after(span: Span) -> Time {
    Time::ZERO + span
}

fn nothing_connects(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "connection_timeout", "backend", "get_at"])?;
    Verdict::equal("backend", &given.need("backend")?.text()?, &"refuses all connections")?;
    let mut around = Around::new(settings(given)?, None, LONG);
    around.at(after(given.need("get_at")?.millis()?), Event::Wants(1));
    around.until(after(Span::from_secs(60)));
    Verdict::equal(
        "result",
        &expect.need("result")?.text()?,
        &if around.got.is_empty() { "timeout" } else { "ok" },
    )?;
    let waited = around.given_up.first().map(|&(_, waited)| waited);
    let least = expect.need("waited_at_least")?.millis()?;
    Verdict::equal("waited long enough", &true, &waited.is_some_and(|waited| waited >= least))
}

fn waits_for_a_return(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "connection_timeout", "held", "one_returned_at", "get_at"])?;
    let back = given.need("one_returned_at")?.millis()?;
    let mut around = Around::new(settings(given)?, AT_ONCE, LONG);
    let held = given.need("held")?.whole()?;
    // Those who hold came before: their connections are there when the clock of the case starts.
    let start = Span::from_secs(1);
    (0..held).for_each(|who| around.at(Time::ZERO, Event::Wants(who)));
    around.at(after(start) + given.need("get_at")?.millis()?, Event::Wants(99));
    around.until(after(start));
    Verdict::equal("held", &held, &(around.got.len() as u64))?;
    let (who, connection, _) = around.got[0];
    around.at(after(start) + back, Event::Done(connection, who));
    around.until(after(start + Span::from_secs(60)));
    let bounds = expect.need("waited_between")?.list()?;
    let [low, high] = &bounds[..] else { return Err(Verdict::Unreadable("two bounds are needed".into())) };
    let waited = around.got.iter().find(|&&(who, ..)| who == 99).map(|&(.., waited)| waited);
    let within = waited.is_some_and(|waited| {
        low.millis().is_ok_and(|low| waited >= low) && high.millis().is_ok_and(|high| waited <= high)
    });
    Verdict::equal(&format!("within its bounds: waited {waited:?}"), &true, &within)
}

fn lives_end(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "max_lifetime", "ops"])?;
    let operations = given.need("ops")?.texts()?;
    Verdict::equal("ops", &operations, &vec!["take", "return", "take", "return", "sleep 800", "take"])?;
    let mut around = Around::new(settings(given)?, AT_ONCE, Span::ZERO);
    around.at(Time::ZERO, Event::Wants(1));
    around.until(Time::ZERO);
    around.at(Time::ZERO, Event::Wants(2));
    around.until(after(Span::from_millis(800)));
    around.at(around.now, Event::Wants(3));
    around.until(around.now);
    let same = |a: usize, b: usize| {
        if around.got[a].1 == around.got[b].1 { "same connection" } else { "different connection" }
    };
    Verdict::equal("second_take", &expect.need("second_take")?.text()?, &same(0, 1))?;
    Verdict::equal("after_sleep", &expect.need("after_sleep")?.text()?, &same(1, 2))?;
    let counts = expect.need("after")?.fields()?;
    Verdict::equal("total", &counts.need("total")?.count()?, &around.pool.total())?;
    Verdict::equal("idle", &counts.need("idle")?.count()?, &around.pool.idle())
}

fn keeps_alive(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "server_idle_timeout", "keepalive", "idle_for"])?;
    let mut around = Around::new(settings(given)?, AT_ONCE, Span::ZERO);
    around.at(Time::ZERO, Event::Wants(1));
    around.until(after(given.need("idle_for")?.millis()?));
    Verdict::equal(
        "connection_open",
        &expect.need("connection_open")?.truth()?,
        &(around.pool.open(around.now) > 0),
    )?;
    around.at(around.now, Event::Wants(2));
    around.until(around.now);
    let next = if around.got[0].1 == around.got[1].1 { "same connection" } else { "different connection" };
    match expect.get("next_take") {
        Some(expected) => Verdict::equal("next_take", &expected.text()?, &next),
        None => Ok(()),
    }
}

fn ramps(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "idle_timeout", "housekeeping", "ops"])?;
    let operations = given.need("ops")?.texts()?;
    Verdict::equal("ops", &operations, &vec!["wait 500", "take 60", "return 60", "wait 500"])?;
    // The first 500 ms are enough for five connections; sixty take as long as they take.
    let mut around = Around::new(settings(given)?, AT_ONCE, Span::from_secs(10));
    around.until(after(Span::from_millis(500)));
    Verdict::equal("total_after_start", &expect.need("total_after_start")?.count()?, &around.pool.total())?;
    (0..60).for_each(|who| around.at(around.now, Event::Wants(who)));
    around.until(around.now + Span::from_secs(5));
    Verdict::equal("total_all_taken", &expect.need("total_all_taken")?.count()?, &around.pool.total())?;
    around.agenda.retain(|_, event| !matches!(event, Event::Done(..)));
    for (who, connection, _) in around.got.clone() {
        around.at(around.now, Event::Done(connection, who));
    }
    around.until(around.now + Span::from_millis(500));
    Verdict::equal(
        "total_500_after_return",
        &expect.need("total_500_after_return")?.count()?,
        &around.pool.total(),
    )
}

fn follows_threads(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&["min_idle", "max_size", "threads", "work", "rest", "connect_time", "iterations"])?;
    Verdict::equal("rest", &0, &given.need("rest")?.whole()?)?;
    let (connect, work) = (given.need("connect_time")?.millis()?, given.need("work")?.millis()?);
    let mut around = Around::new(settings(given)?, Some(connect), work);
    let threads = given.need("threads")?.whole()?;
    around.again = given.need("iterations")?.whole()? - threads;
    (0..threads).for_each(|who| around.at(Time::ZERO, Event::Wants(who)));
    around.until(after(Span::from_secs(60)));
    for (name, found) in [("max_active", around.most_active), ("max_total", around.most_total)] {
        let expected = expect.need(name)?.count()?;
        let tolerance = expect.need(&format!("{name}_tolerance"))?.count()?;
        Verdict::equal(
            &format!("{name} is {found}: near {expected}"),
            &true,
            &(found.abs_diff(expected) <= tolerance),
        )?;
    }
    Ok(())
}

fn saturates(given: &Fields, expect: &Fields) -> Result<(), Verdict> {
    given.only(&[
        "min_idle",
        "max_size",
        "connection_timeout",
        "query_time",
        "initial_burst",
        "submit_every",
    ])?;
    let mut around = Around::new(settings(given)?, AT_ONCE, given.need("query_time")?.millis()?);
    // The pool is full before the burst.
    let start = after(Span::from_secs(10));
    let mut who = 0;
    let mut come = |around: &mut Around, at: Time| {
        around.at(at, Event::Wants(who));
        who += 1;
    };
    (0..given.need("initial_burst")?.whole()?).for_each(|_| come(&mut around, start));
    let stretches = given.need("submit_every")?.list()?;
    let stretches = stretches
        .iter()
        .map(|row| match &row.list()?[..] {
            [from, every] => Ok((from.millis()?, every.width()?)),
            _ => Err(Verdict::Unreadable(format!("{}: two times are needed", row.place))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    // The last stretch is watched for 20 s; what happens in its first 2 s still belongs to the one before.
    let ends = stretches.iter().skip(1).map(|&(from, _)| from);
    let ends: Vec<Span> = ends.chain([stretches[stretches.len() - 1].0 + Span::from_secs(20)]).collect();
    for (&(from, every), &end) in stretches.iter().zip(&ends) {
        let mut at = start + from;
        while at < start + end {
            come(&mut around, at);
            at += every;
        }
    }
    around.until(start + Span::from_secs(60));
    let settled = expect.need("failures_stop_at_submit_interval")?.millis()?;
    for (&(from, every), &end) in stretches.iter().zip(&ends) {
        let (first, last) = (start + from + Span::from_secs(2), start + end);
        let failures = around.given_up.iter().filter(|&&(at, _)| first <= at && at < last).count();
        let place = format!("a wait fails although one comes every {} ms", every.as_nanos() / 1_000_000);
        Verdict::equal(&place, &(every < settled), &(failures > 0))?;
    }
    Ok(())
}
