//! Kubernetes' `HorizontalPodAutoscaler`: replica calculator, grouping of pods, reconciliation, scaling rules.

use archsim_models::scaling::behaviour::{
    Amount, Bounds, Change, Changes, Held, Policy, Rules, Select, Wishes, clamp, hold, limit_down, limit_up,
};
use archsim_models::scaling::hpa::{Decision, Hpa, Metric, Settings};
use archsim_models::scaling::replicas::{Calculator, Phase, Pod, Sample, Target, Wish};
use archsim_sim::{Span, Time};

use crate::reading::{Case, Fields, Slot};
use crate::report::Verdict;

/// Late enough that the originals' zero time, a million seconds ago, is a time.
const NOW: Time = Time::from_nanos(2_000_000_000_000_000);

/// Runs a case of the family `hpa_replicas`.
pub fn replicas(case: &Case) -> Verdict {
    Verdict::of(match case.kind.as_str() {
        "replica_calc" => replica_calc(case),
        "pod_grouping" => pod_grouping(case),
        "controller_reconcile" => reconcile(case),
        kind => Err(Verdict::Skipped(format!("`{kind}` is not known here"))),
    })
}

/// Runs a case of the family `hpa_behavior`.
pub fn behaviour(case: &Case) -> Verdict {
    Verdict::of(match case.kind.as_str() {
        "rate_limit" => rate_limit(case),
        "limit_only" => limit_only(case),
        "clamp_no_rules" => clamp_without_rules(case),
        "stabilize_down_only" => stabilise_down(case),
        "stabilize_up_down" => stabilise_both(case),
        "scale_event_log" => event_log(case),
        kind => Err(Verdict::Skipped(format!("`{kind}` is not known here"))),
    })
}

fn seconds(slot: &Slot<'_>) -> Result<Span, Verdict> {
    Ok(Span::from_secs(slot.whole()?))
}

fn ago(slot: &Slot<'_>) -> Result<Time, Verdict> {
    Ok(Time::from_nanos(NOW.as_nanos() - seconds(slot)?.as_nanos()))
}

fn maybe<'a, T>(
    slot: Option<Slot<'a>>,
    read: impl Fn(&Slot<'a>) -> Result<T, Verdict>,
) -> Result<Option<T>, Verdict> {
    slot.map(|slot| read(&slot)).transpose()
}

fn pod(slot: &Slot<'_>) -> Result<Pod, Verdict> {
    let pod = slot.fields()?;
    let deleting = maybe(pod.get("deleting"), Slot::truth)?.unwrap_or(false);
    let phase = match pod.need("phase")?.text()? {
        _ if deleting => Phase::Gone,
        "failed" => Phase::Gone,
        "pending" => Phase::Pending,
        // The grouping's own tests use pods that have succeeded where any phase would do.
        _ => Phase::Running,
    };
    let since = maybe(pod.get("last_transition_ago_s"), ago)?.unwrap_or(Time::ZERO);
    let ready = maybe(pod.get("ready"), Slot::truth)?.map(|ready| (ready, since));
    let sample = match (maybe(pod.get("usage_milli"), Slot::whole)?, pod.get("metric_ago_s")) {
        (Some(milli), Some(at)) => {
            let window = maybe(pod.get("metric_window_s"), seconds)?.unwrap_or(Span::ZERO);
            Some(Sample { at: ago(&at)?, window, milli })
        }
        _ => None,
    };
    let request = maybe(pod.get("request_milli"), Slot::whole)?;
    Ok(Pod { phase, started: maybe(pod.get("started_ago_s"), ago)?, ready, sample, request })
}

/// The pods that there are: metrics of pods that nobody knows reach the original, and no pod stands behind them.
fn pods(given: &Fields<'_>) -> Result<Vec<Pod>, Verdict> {
    let mut pods = Vec::new();
    for slot in given.need("pods")?.list()? {
        if maybe(slot.fields()?.get("extra_metric_only"), Slot::truth)?.is_none_or(|extra| !extra) {
            pods.push(pod(&slot)?);
        }
    }
    Ok(pods)
}

fn calculator(given: &Fields<'_>) -> Result<Calculator, Verdict> {
    let default = Calculator::default();
    Ok(Calculator {
        // One of ten is written as such in every case.
        tolerance: default.tolerance,
        initialisation: maybe(given.get("cpu_initialization_s"), seconds)?.unwrap_or(default.initialisation),
        readiness_delay: maybe(given.get("initial_readiness_delay_s"), seconds)?
            .unwrap_or(default.readiness_delay),
    })
}

fn target(metric: &str, given: &Fields<'_>, values: &str) -> Result<Target, Verdict> {
    let milli = || given.need("target_milli")?.whole();
    let measured = || -> Result<u64, Verdict> {
        given.need(values)?.list()?.iter().map(Slot::whole).sum::<Result<u64, _>>()
    };
    Ok(match metric {
        "resource_utilization" => {
            Target::Utilisation { percent: given.need("target_percent")?.count()?, cpu: true }
        }
        "pods_average" => Target::PodsAverage { milli: milli()? },
        "object_value" | "external_value" => Target::Value { measured: measured()?, milli: milli()? },
        "object_average_per_pod" | "external_average_per_pod" => {
            Target::AverageValue { measured: measured()?, milli: milli()? }
        }
        other => return Err(Verdict::Skipped(format!("the metric `{other}` is not known here"))),
    })
}

fn replica_calc(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let target = target(given.need("metric")?.text()?, &given, "metric_values_milli")?;
    let pods = pods(&given)?;
    let current = given.need("current_replicas")?.count()?;
    let wish = calculator(&given)?.wish(NOW, current, target, &pods);
    let Some(replicas) = expect.get("replicas") else {
        return Verdict::equal("an error", &true, &wish.is_err());
    };
    let Ok(Wish { replicas: found, measured, average }) = wish else {
        return Err(Verdict::Differs(format!("an answer is expected, found {wish:?}")));
    };
    Verdict::equal("replicas", &replicas.count()?, &found)?;
    for name in ["utilization_percent", "value_milli"] {
        if let Some(expected) = expect.get(name) {
            Verdict::equal(name, &expected.whole()?, &measured)?;
        }
    }
    match expect.get("average_usage_milli") {
        Some(expected) => Verdict::equal("average_usage_milli", &Some(expected.whole()?), &average),
        None => Ok(()),
    }
}

fn pod_grouping(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let cpu = given.need("resource")?.text()? == "cpu";
    let names: Vec<String> = given
        .need("pods")?
        .list()?
        .iter()
        .map(|slot| Ok(slot.fields()?.need("name")?.text()?.to_owned()))
        .collect::<Result<_, Verdict>>()?;
    let groups = calculator(&given)?.group(NOW, cpu, &pods(&given)?);
    let called = |places: &[usize]| places.iter().map(|&at| names[at].as_str()).collect::<Vec<_>>();
    Verdict::equal("ready", &(expect.need("ready_count")?.count()? as usize), &groups.ready.len())?;
    Verdict::equal("ignored", &expect.need("ignored")?.texts()?, &called(&groups.ignored))?;
    Verdict::equal("missing", &expect.need("missing")?.texts()?, &called(&groups.missing))
}

fn reconcile(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let current = given.need("spec_replicas")?.count()?;
    let bounds =
        Bounds { min: given.need("min_replicas")?.count()?, max: given.need("max_replicas")?.count()? };
    let rules = match given.get("scale_up_percent_per_60s") {
        Some(percent) => {
            let policy = Policy { amount: Amount::Percent(percent.count()?), period: Span::from_secs(60) };
            Some([Rules { policies: vec![policy], ..Rules::up() }, Rules::down()])
        }
        None => None,
    };
    let settings = Settings {
        bounds,
        calculator: calculator(&given)?,
        rules,
        down_stabilisation: seconds(&given.need("downscale_stabilization_s")?)?,
    };
    let mut hpa = match given.get("past_recommendations") {
        Some(past) => Hpa::with_past(settings, wishes(&past)?),
        None => Hpa::new(settings),
    };
    let (cpu, others) = (own_pods(&given)?, other_metrics(&given, current)?);
    let mut metrics: Vec<Metric<'_>> = Vec::new();
    if let Some(percent) = given.get("cpu_target_percent") {
        metrics.push(Metric::Of(Target::Utilisation { percent: percent.count()?, cpu: true }, &cpu));
    }
    metrics.extend(others.iter().map(|other| match other {
        Some((target, pods)) => Metric::Of(*target, pods),
        None => Metric::Fails,
    }));
    let found = hpa.look(NOW, current, &metrics);
    Verdict::equal("replicas", &expect.need("desired_replicas")?.count()?, &found.replicas)?;
    match expect.get("limit_reason") {
        Some(reason) => Verdict::equal("a reason", &true, &explains(reason.text()?, found)),
        None => Ok(()),
    }
}

/// Pods that have long been ready, with what they use and ask for.
fn own_pods(given: &Fields<'_>) -> Result<Vec<Pod>, Verdict> {
    let list = |name: &str| -> Result<Vec<u64>, Verdict> {
        given.get(name).map_or(Ok(Vec::new()), |slot| slot.list()?.iter().map(Slot::whole).collect())
    };
    let (usages, requests) = (list("pod_usage_milli")?, list("pod_request_milli")?);
    let pods = (0..usages.len().max(requests.len()))
        .map(|at| ready_pod(usages.get(at).copied(), requests.get(at).copied()));
    Ok(pods.collect())
}

fn ready_pod(usage: Option<u64>, request: Option<u64>) -> Pod {
    let sample = usage.map(|milli| Sample { at: NOW, window: Span::from_secs(60), milli });
    Pod { phase: Phase::Running, started: Some(Time::ZERO), ready: Some((true, Time::ZERO)), sample, request }
}

/// A metric besides CPU with the pods it is measured of; `None` for one that fails.
type OtherMetric = Option<(Target, Vec<Pod>)>;

/// Metrics besides CPU.
fn other_metrics(given: &Fields<'_>, current: u32) -> Result<Vec<OtherMetric>, Verdict> {
    let Some(metrics) = given.get("other_metrics") else { return Ok(Vec::new()) };
    let metric = |slot: &Slot<'_>| {
        let metric = slot.fields()?;
        if maybe(metric.get("fails"), Slot::truth)?.unwrap_or(false) {
            return Ok(None);
        }
        let pods = match metric.get("per_pod_milli") {
            Some(each) => each
                .list()?
                .iter()
                .map(|slot| Ok(ready_pod(Some(slot.whole()?), None)))
                .collect::<Result<_, _>>()?,
            None => vec![ready_pod(None, None); current as usize],
        };
        Ok(Some((target(metric.need("metric")?.text()?, &metric, "values_milli")?, pods)))
    };
    metrics.list()?.iter().map(metric).collect()
}

fn explains(reason: &str, found: Decision) -> bool {
    match reason {
        "scale_down_stabilized" => found.steadied,
        "within_range" => found.held == Held::Not,
        "below_min" => found.held == Held::Min,
        "above_max" => found.held == Held::Max,
        "scale_up_limit" => found.held == Held::Up,
        "scale_down_limit" => found.held == Held::Down,
        _ => false,
    }
}

fn wishes(slot: &Slot<'_>) -> Result<Wishes, Verdict> {
    let wish = |slot: &Slot<'_>| {
        let wish = slot.fields()?;
        Ok((ago(&wish.need("ago_s")?)?, wish.need("replicas")?.count()?))
    };
    Ok(Wishes::from_past(slot.list()?.iter().map(wish).collect::<Result<_, Verdict>>()?))
}

fn changes(slot: &Slot<'_>) -> Result<Changes, Verdict> {
    let change = |slot: &Slot<'_>| {
        let change = slot.fields()?;
        Ok(Change { at: ago(&change.need("ago_s")?)?, by: change.need("change")?.count()? })
    };
    Ok(Changes::from_past(slot.list()?.iter().map(change).collect::<Result<_, Verdict>>()?))
}

fn rules(slot: &Slot<'_>) -> Result<Rules, Verdict> {
    let rules = slot.fields()?;
    let policy = |slot: &Slot<'_>| {
        let policy = slot.fields()?;
        let value = policy.need("value")?.count()?;
        let amount = match policy.need("type")?.text()? {
            "pods" => Amount::Pods(value),
            "percent" => Amount::Percent(value),
            other => return Err(Verdict::Unreadable(format!("a policy of the type `{other}`"))),
        };
        Ok(Policy { amount, period: seconds(&policy.need("period_s")?)? })
    };
    let select = match rules.need("select")?.text()? {
        "max" => Select::Max,
        "min" => Select::Min,
        _ => Select::Disabled,
    };
    Ok(Rules {
        stabilisation: seconds(&rules.need("stabilization_window_s")?)?,
        select,
        policies: rules.need("policies")?.list()?.iter().map(policy).collect::<Result<_, _>>()?,
    })
}

fn held(expect: &Fields<'_>, (replicas, held): (u32, Held)) -> Result<(), Verdict> {
    Verdict::equal("replicas", &expect.need("replicas")?.count()?, &replicas)?;
    let found = Decision { replicas, steadied: false, held };
    Verdict::equal("a reason", &true, &explains(expect.need("reason")?.text()?, found))
}

fn rate_limit(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    let count = |name: &str| given.need(name)?.count();
    let (up, down) = (rules(&given.need("scale_up_rules")?)?, rules(&given.need("scale_down_rules")?)?);
    let (ups, downs) =
        (changes(&given.need("scale_up_events")?)?, changes(&given.need("scale_down_events")?)?);
    let bounds = Bounds { min: count("min")?, max: count("max")? };
    let found = hold(NOW, count("current")?, count("desired")?, bounds, [&up, &down], [&ups, &downs]);
    held(&case.expect().fields()?, found)
}

fn limit_only(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    let (ups, downs) =
        (changes(&given.need("scale_up_events")?)?, changes(&given.need("scale_down_events")?)?);
    let (rules, current) = (rules(&given.need("rules")?)?, given.need("current")?.count()?);
    let limit = if given.need("direction")?.text()? == "up" { limit_up } else { limit_down };
    let found = limit(NOW, current, &rules, &ups, &downs);
    Verdict::equal("the limit", &case.expect().fields()?.need("limit")?.count()?, &found)
}

fn clamp_without_rules(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    let count = |name: &str| given.need(name)?.count();
    let bounds = Bounds { min: count("min")?, max: count("max")? };
    held(&case.expect().fields()?, clamp(count("current")?, count("desired")?, bounds))
}

fn stabilise_down(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let mut wishes = wishes(&given.need("past_recommendations")?)?;
    let found = wishes.highest(NOW, given.need("desired")?.count()?, seconds(&given.need("window_s")?)?);
    Verdict::equal("replicas", &expect.need("replicas")?.count()?, &found)?;
    Verdict::equal("noted", &(expect.need("log_length_after")?.count()? as usize), &wishes.list().len())
}

fn stabilise_both(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let mut wishes = wishes(&given.need("past_recommendations")?)?;
    let (up, down) = (seconds(&given.need("up_window_s")?)?, seconds(&given.need("down_window_s")?)?);
    let found =
        wishes.steady(NOW, given.need("current")?.count()?, given.need("desired")?.count()?, up, down);
    Verdict::equal("replicas", &expect.need("replicas")?.count()?, &found)?;
    let Some(log) = expect.get("log_after") else { return Ok(()) };
    let log: Vec<u32> = log.list()?.iter().map(Slot::count).collect::<Result<_, _>>()?;
    Verdict::equal("noted", &log, &wishes.list().iter().map(|&(_, wish)| wish).collect())
}

fn event_log(case: &Case) -> Result<(), Verdict> {
    let (given, expect) = (case.given().fields()?, case.expect().fields()?);
    let mut past = changes(&given.need("past_events")?)?;
    let sum = past.within(NOW, seconds(&given.need("sum_period_s")?)?);
    Verdict::equal("the sum before", &expect.need("sum_before")?.count()?, &sum)?;
    // Without rules nothing is noted, for nobody asks.
    if let Some(given_rules) = given.get("rules") {
        past.note(NOW, given.need("new_change")?.count()?, &rules(&given_rules)?);
    }
    let log: Vec<u32> = expect
        .need("log_after")?
        .list()?
        .iter()
        .map(|slot| slot.fields()?.need("change")?.count())
        .collect::<Result<_, _>>()?;
    Verdict::equal("noted", &log, &past.list().iter().map(|change| change.by).collect())
}
