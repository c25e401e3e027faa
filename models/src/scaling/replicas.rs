//! How many replicas a metric asks for: Kubernetes' replica calculator.
//!
//! The wish is the present number times what is measured ÷ what is aimed at, rounded up. Everything else is caution
//! about pods of which too little is known:
//!
//! ```text
//!   failed, deleted ── not there          no metric ────── missing: assumed against the direction of the change
//!   pending ────────── ignored            CPU while young ─ ignored: its start-up is no demand
//! ```
//!
//! Source: kubernetes/kubernetes `pkg/controller/podautoscaler/replica_calculator.go` and `metrics/utilization.go`.

use archsim_sim::{Span, Time, mutant};

/// What is known of one pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Where in its life it is.
    pub phase: Phase,
    /// When it started; `None` if that is not known.
    pub started: Option<Time>,
    /// Whether it is ready, and since when it is or is not; `None` if it has not said.
    pub ready: Option<(bool, Time)>,
    /// What was last measured of it; `None` if nothing was.
    pub sample: Option<Sample>,
    /// What it has asked for of the resource, in thousandths; `None` if it has not.
    pub request: Option<u64>,
}

/// Where in its life a pod is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Not yet on a node.
    Pending,
    /// On a node: booting or at work.
    Running,
    /// Failed, or being deleted: no pod any more.
    Gone,
}

/// A measurement: the mean over `window` up to `at`, in thousandths of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample {
    /// When it was taken.
    pub at: Time,
    /// What it is the mean over.
    pub window: Span,
    /// How much.
    pub milli: u64,
}

/// What the calculator is told once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calculator {
    /// A ratio this near to one changes nothing; 0.1 (`--horizontal-pod-autoscaler-tolerance`).
    pub tolerance: f64,
    /// A pod is young for so long, and CPU that it used before it was ready is no demand; 5 min
    /// (`--horizontal-pod-autoscaler-cpu-initialization-period`).
    pub initialisation: Span,
    /// A pod that went unready within this of its start was never ready; 30 s
    /// (`--horizontal-pod-autoscaler-initial-readiness-delay`).
    pub readiness_delay: Span,
}

impl Default for Calculator {
    fn default() -> Self {
        Calculator {
            tolerance: 0.1,
            initialisation: Span::from_secs(300),
            readiness_delay: Span::from_secs(30),
        }
    }
}

/// What a metric is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Use of a resource, in per cent of what the pods asked for.
    Utilisation {
        /// Aimed at.
        percent: u32,
        /// Young pods are ignored only for CPU.
        cpu: bool,
    },
    /// Mean over the pods, in thousandths.
    PodsAverage {
        /// Aimed at.
        milli: u64,
    },
    /// One value from outside the pods, in thousandths: it grows and falls with their number.
    Value {
        /// What was measured.
        measured: u64,
        /// Aimed at.
        milli: u64,
    },
    /// One value from outside, shared out over the pods.
    AverageValue {
        /// What was measured.
        measured: u64,
        /// Aimed at, for each pod.
        milli: u64,
    },
}

/// What a metric asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// How many.
    pub replicas: u32,
    /// What was measured, of the pods that count: whole per cents, or thousandths for each pod.
    pub measured: u64,
    /// The mean use of a pod in thousandths, for a utilisation.
    pub average: Option<u64>,
}

/// Why a metric asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoWish {
    /// Nothing was measured of any pod.
    NoMetrics,
    /// A pod has not said what it needs.
    NoRequest,
}

/// Pods by what is known of them, as places in the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Those that count.
    pub ready: Vec<usize>,
    /// Pending, or too young for their CPU to say anything.
    pub ignored: Vec<usize>,
    /// Nothing was measured of them.
    pub missing: Vec<usize>,
}

impl Calculator {
    /// How many replicas `target` asks for, of `current` ones.
    ///
    /// # Errors
    /// If nothing is known that would allow an answer.
    pub fn wish(&self, now: Time, current: u32, target: Target, pods: &[Pod]) -> Result<Wish, NoWish> {
        match target {
            Target::Utilisation { percent, cpu } => self.utilisation(now, current, percent, cpu, pods),
            Target::PodsAverage { milli } => self.pods_average(now, current, milli, pods),
            Target::Value { measured, milli } => Ok(self.value(current, measured, milli, pods)),
            Target::AverageValue { measured, milli } => Ok(self.average_value(current, measured, milli)),
        }
    }

    /// Sorts pods by what is known of them.
    pub fn group(&self, now: Time, cpu: bool, pods: &[Pod]) -> Groups {
        let mut groups = Groups::default();
        for (place, pod) in pods.iter().enumerate() {
            let group = match (pod.phase, pod.sample) {
                (Phase::Gone, _) => continue,
                (Phase::Pending, _) => &mut groups.ignored,
                (Phase::Running, None) => &mut groups.missing,
                (Phase::Running, Some(sample)) if cpu && self.says_nothing(now, pod, sample) => {
                    &mut groups.ignored
                }
                (Phase::Running, Some(_)) => &mut groups.ready,
            };
            group.push(place);
        }
        groups
    }

    /// Whether a pod's CPU is no demand yet.
    fn says_nothing(&self, now: Time, pod: &Pod, sample: Sample) -> bool {
        let (Some((ready, since)), Some(started)) = (pod.ready, pod.started) else { return true };
        if started + self.initialisation > now {
            // One whole window must have been measured since it became ready.
            !ready || sample.at < since + sample.window
        } else {
            // Unready ever since it started.
            !ready && started + self.readiness_delay > since
        }
    }

    /// Both ends belong to it.
    fn is_within(&self, ratio: f64) -> bool {
        (1.0 - self.tolerance..=1.0 + self.tolerance).contains(&ratio) && !mutant!("hpa-tolerates-nothing")
    }

    fn utilisation(
        &self,
        now: Time,
        current: u32,
        percent: u32,
        cpu: bool,
        pods: &[Pod],
    ) -> Result<Wish, NoWish> {
        let groups = self.group(now, cpu, pods);
        let alive = || pods.iter().filter(|pod| pod.phase != Phase::Gone);
        if alive().all(|pod| pod.sample.is_none()) {
            return Err(NoWish::NoMetrics);
        }
        if alive().any(|pod| pod.request.is_none()) {
            return Err(NoWish::NoRequest);
        }
        let asked = |places: &[usize]| places.iter().map(|&at| pods[at].request.unwrap_or(0)).sum::<u64>();
        let used: u64 = used(pods, &groups.ready);
        let share = |used: u64, asked: u64| {
            // Whole per cents, as the original truncates them.
            let whole = (used * 100).checked_div(asked).unwrap_or(0);
            (whole, whole as f64 / f64::from(percent.max(1)))
        };
        if groups.ready.is_empty() {
            return Err(NoWish::NoMetrics);
        }
        let requested = asked(&groups.ready);
        let (measured, ratio) = share(used, requested);
        let average = Some(used / groups.ready.len() as u64);
        let replicas = self.replicas(current, &groups, ratio, |assumed| {
            let missing = asked(&groups.missing);
            // All of what they asked for, or the target where that is more.
            let full = missing * u64::from(percent.max(100)) / 100;
            let used = used + if assumed.missing_busy { full } else { 0 };
            let ignored = if assumed.ignored_idle { asked(&groups.ignored) } else { 0 };
            share(used, requested + missing + ignored).1
        });
        Ok(Wish { replicas, measured, average })
    }

    fn pods_average(&self, now: Time, current: u32, milli: u64, pods: &[Pod]) -> Result<Wish, NoWish> {
        let groups = self.group(now, false, pods);
        if groups.ready.is_empty() {
            return Err(NoWish::NoMetrics);
        }
        let used: u64 = used(pods, &groups.ready);
        let mean = |used: u64, of: usize| {
            let mean = used / of as u64;
            (mean, mean as f64 / milli.max(1) as f64)
        };
        let (measured, ratio) = mean(used, groups.ready.len());
        let replicas = self.replicas(current, &groups, ratio, |assumed| {
            let missing = groups.missing.len();
            let used = used + if assumed.missing_busy { milli * missing as u64 } else { 0 };
            let ignored = if assumed.ignored_idle { groups.ignored.len() } else { 0 };
            mean(used, groups.ready.len() + missing + ignored).1
        });
        Ok(Wish { replicas, measured, average: None })
    }

    /// The ratio times the pods it was measured over; those of which nothing is known are assumed to behave against
    /// the change, which may stop it but never turn it round.
    fn replicas(&self, current: u32, groups: &Groups, ratio: f64, assuming: impl Fn(Assumed) -> f64) -> u32 {
        let ignored_idle = !groups.ignored.is_empty() && ratio > 1.0;
        if !ignored_idle && groups.missing.is_empty() {
            return if self.is_within(ratio) { current } else { times(ratio, groups.ready.len()) };
        }
        let assumed = Assumed { missing_busy: ratio < 1.0, ignored_idle };
        let cautious = assuming(assumed);
        let turned = (ratio < 1.0 && cautious > 1.0) || (ratio > 1.0 && cautious < 1.0);
        if self.is_within(cautious) || turned {
            return current;
        }
        let ignored = if ignored_idle { groups.ignored.len() } else { 0 };
        let replicas = times(cautious, groups.ready.len() + groups.missing.len() + ignored);
        let against = (cautious < 1.0 && replicas > current) || (cautious > 1.0 && replicas < current);
        if against { current } else { replicas }
    }

    fn value(&self, current: u32, measured: u64, milli: u64, pods: &[Pod]) -> Wish {
        let ratio = measured as f64 / milli.max(1) as f64;
        let ready = pods
            .iter()
            .filter(|pod| pod.phase == Phase::Running && pod.ready.is_some_and(|(ready, _)| ready))
            .count();
        let replicas = match current {
            0 => times(ratio, 1),
            _ if self.is_within(ratio) => current,
            _ => times(ratio, ready),
        };
        Wish { replicas, measured, average: None }
    }

    fn average_value(&self, current: u32, measured: u64, milli: u64) -> Wish {
        let shared_out = measured as f64 / (milli.max(1) as f64 * f64::from(current));
        let replicas =
            if self.is_within(shared_out) { current } else { measured.div_ceil(milli.max(1)) as u32 };
        let each = if current == 0 { measured } else { measured.div_ceil(u64::from(current)) };
        Wish { replicas, measured: each, average: None }
    }
}

/// What is assumed of pods of which too little is known.
#[derive(Clone, Copy)]
struct Assumed {
    /// Missing ones use all that they asked for; else nothing.
    missing_busy: bool,
    /// Ignored ones count, and use nothing; else they do not count.
    ignored_idle: bool,
}

fn used(pods: &[Pod], places: &[usize]) -> u64 {
    places.iter().filter_map(|&place| pods[place].sample).map(|sample| sample.milli).sum()
}

fn times(ratio: f64, count: usize) -> u32 {
    (ratio * count as f64).ceil().min(f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG_AGO: Time = Time::ZERO;
    const NOW: Time = Time::from_nanos(1_000_000_000_000_000);

    fn pod(used: Option<u64>, ready: bool) -> Pod {
        let sample = used.map(|milli| Sample { at: NOW, window: Span::from_secs(60), milli });
        let started = Some(LONG_AGO);
        Pod { phase: Phase::Running, started, ready: Some((ready, LONG_AGO)), sample, request: Some(1000) }
    }

    /// Per cent used by each pod, `?` for missing, `u` behind it for unready.
    fn check(pods: &str, target: u32, replicas: u32) {
        let pods: Vec<Pod> = pods
            .split(' ')
            .map(|word| {
                let percent = word.trim_end_matches('u').parse::<u64>().ok();
                pod(percent.map(|percent| percent * 10), !word.ends_with('u'))
            })
            .collect();
        let target = Target::Utilisation { percent: target, cpu: true };
        let wish = Calculator::default().wish(NOW, pods.len() as u32, target, &pods);
        assert_eq!(wish.map(|wish| wish.replicas), Ok(replicas));
    }

    #[test]
    fn the_ratio_times_the_pods_rounded_up() {
        check("100 100 100", 50, 6);
        check("25 25 25", 50, 2);
        // Within the tolerance, both ends included.
        check("110 110 110 110 110 110 110 110 110 110", 100, 10);
        check("111 111 111 111 111 111 111 111 111 111", 100, 12);
        check("90 90 90 90", 100, 4);
    }

    #[test]
    fn little_known_pods_dampen_the_change() {
        // Three at 100 %, one unready: 75 % of four, not 100 % of three.
        check("100 100 100 0u", 50, 6);
        // Three at 20 %, one missing, taken for full: 40 %, four again.
        check("20 20 20 ?", 50, 4);
    }
}
