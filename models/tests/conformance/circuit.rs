//! Time lines of Hystrix's circuit breaker, step by step on the simulator's own breaker.

use archsim_models::policy::{Breaker, BreakerSettings, Circuit, Enter, Outcome};
use archsim_models::record::Cause;
use archsim_sim::{Span, Time};

use crate::reading::{Case, Fields, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "timeline" => Verdict::of(timeline(case)),
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

fn timeline(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["config"])?;
    let mut line = TimeLine::new(&given.need("config")?.fields()?)?;
    case.expect().list()?.iter().try_for_each(|step| line.step(step))
}

/// A breaker and the clock of its case.
struct TimeLine {
    breaker: Breaker,
    timeout: Span,
    now: Time,
}

impl TimeLine {
    fn new(config: &Fields) -> Result<Self, Verdict> {
        let known =
            ["error_pct", "volume", "sleep_window", "rolling_window", "health_interval", "execution_timeout"];
        config.only(&known)?;
        let settings = BreakerSettings {
            volume: config.need("volume")?.count()?,
            error_percent: config.need("error_pct")?.count()?,
            sleep_window: config.need("sleep_window")?.millis()?,
            rolling_window: config.need("rolling_window")?.millis()?,
            health_interval: config.need("health_interval")?.width()?,
            forced: None,
            bug_1853: false,
        };
        let timeout = config.need("execution_timeout")?.millis()?;
        Ok(TimeLine { breaker: Breaker::new(settings, Time::ZERO), timeout, now: Time::ZERO })
    }

    /// One step: when, what, and what it is about.
    fn step(&mut self, step: &Slot) -> Result<(), Verdict> {
        let row = step.list()?;
        let [time, operation, rest @ ..] = row.as_slice() else {
            return Err(Verdict::Unreadable(format!("{}: a time and an operation are needed", step.place)));
        };
        let at = &step.place;
        Verdict::equal(&format!("{at}: the clock"), &(Time::ZERO + time.millis()?), &self.now)?;
        match (operation.text()?, rest) {
            ("run", [outcome, latency, expected]) => {
                let executed = self.start(expected)?;
                if executed { self.finish(outcome, latency) } else { Ok(()) }
            }
            ("sleep", [span]) => {
                self.now += span.millis()?;
                Ok(())
            }
            ("start", [expected]) => self.start(expected).map(|_| ()),
            ("finish", [outcome, latency]) => self.finish(outcome, latency),
            ("check", [expected]) => self.check(expected),
            (other, _) => Err(Verdict::Skipped(format!("{at}: `{other}` is not known here in this form"))),
        }
    }

    /// A call comes: whether it was executed.
    fn start(&mut self, expected: &Slot) -> Result<bool, Verdict> {
        let expect = expected.fields()?;
        expect.only(&["executed"])?;
        let executed = self.breaker.enter(self.now) == Enter::Pass;
        Verdict::equal(
            &format!("{}.executed", expected.place),
            &expect.need("executed")?.truth()?,
            &executed,
        )?;
        Ok(executed)
    }

    /// A call ends after its latency; a call that times out, after the timeout.
    fn finish(&mut self, outcome: &Slot, latency: &Slot) -> Result<(), Verdict> {
        let latency = latency.millis()?;
        let (span, outcome) = match outcome.text()? {
            "success" => (latency, Outcome::Success),
            "failure" => (latency, Outcome::Failed(Cause::Error)),
            "timeout" => (self.timeout, Outcome::Failed(Cause::Timeout)),
            "cancel" => (latency, Outcome::Abandoned),
            other => return Err(Verdict::Skipped(format!("outcome `{other}` is not known here"))),
        };
        self.now += span;
        self.breaker.leave(self.now, outcome);
        Ok(())
    }

    fn check(&mut self, expected: &Slot) -> Result<(), Verdict> {
        let expect = expected.fields()?;
        expect.only(&["open", "allowed", "attempt"])?;
        for (name, value) in expect.all() {
            let found = match name {
                "open" => self.breaker.circuit(self.now) != Circuit::Closed,
                "allowed" => self.breaker.admits(self.now),
                _ => self.breaker.enter(self.now) == Enter::Pass,
            };
            Verdict::equal(&value.place, &value.truth()?, &found)?;
        }
        Ok(())
    }
}
