//! `kill`: instances that are killed on workdays, as Chaos Monkey does.

use archsim_sim::{Key, Span};

use super::{FaultSpec, What, When};
use crate::plan::{Clock, DeployableId, Effect, Hazard, HazardEffect, Workdays};
use crate::scenario::architecture::Architecture;
use crate::scenario::common::{COUNT, FLAG, NAMES, SPAN, SPAN_ABOVE};
use crate::scenario::read::Reader;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Record, Shape, default};
use crate::scenario::tree::{Entry, Node};
use crate::scenario::workload::Run;

/// `kill` of a fault.
pub static KILL: Shape = Shape::Record(
    &Record::new(
        "kills",
        &[
            default(
                "deployables",
                &NAMES,
                "all",
                "Chaos Monkey: what is enabled",
                "Of which deployables; each is a group of its own, with a coin of its own.",
            ),
            default(
                "mean",
                &COUNT,
                "5",
                "Chaos Monkey: meanTimeBetweenKillsInWorkDays in the code; its page says 2",
                "Workdays from kill to kill in a group, on average: on each the coin falls with one in so many.",
            ),
            default(
                "min",
                &COUNT,
                "1",
                "Chaos Monkey: minTimeBetweenKillsInWorkDays",
                "Workdays from kill to kill at least; a kill that would come sooner does not.",
            ),
            default("opens", &SPAN, "9h", "Chaos Monkey: start_hour", "When kills begin, of a day of 24 hours."),
            default("closes", &SPAN_ABOVE, "15h", "Chaos Monkey: end_hour", "When they end."),
            default("day", &SPAN_ABOVE, "24h", "a day", "How long a day lasts; its hours shrink with it."),
            default(
                "first-day",
                &Shape::Scalar(Scalar::Words(&DAYS)),
                "monday",
                "assumed",
                "Which day begins with the measured start, at midnight; Saturday and Sunday are no workdays.",
            ),
            default(
                "silent",
                &FLAG,
                "false",
                "a process that is ended closes its connections",
                "Whether nobody answers at all, instead of a reset.",
            ),
        ],
    )
    .or_short("deployables"),
);
static DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Reads the kills of a fault.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node, path: &str, run: &Run) -> What {
    let items = node.at("deployables").items();
    let all = items.len() == 1 && items[0].text() == Some("all");
    let (opens, closes) = (node.at("opens").span(), node.at("closes").span());
    let whole = Span::from_secs(24 * 3_600);
    if opens >= closes || closes > whole {
        reader
            .report
            .error("E0559", node.place, path, "there is no time for kills between these hours")
            .found(format!("`opens: {opens}`, `closes: {closes}`"))
            .allowed("`opens` before `closes`, which is `24h` at most");
    }
    let day = node.at("day").span();
    let scaled = |hour: Span| day.scaled(hour.as_secs_f64() / whole.as_secs_f64());
    let first = node.at("first-day").text().and_then(|day| DAYS.iter().position(|it| *it == day));
    let clock = Workdays {
        mean: node.at("mean").count(),
        min: node.at("min").count(),
        day,
        opens: scaled(opens),
        closes: scaled(closes),
        first: first.unwrap_or(0) as u32,
    };
    let opened = (0..7).find(|&at| clock.is_workday(at)).map(|at| run.at(day * at + clock.opens));
    if opened.is_some_and(|at| at >= run.horizon) {
        reader
            .report
            .warning("W0729", node.place, path, "nothing is killed before the run ends")
            .found(format!("days of {day}, and {} to measure", run.horizon.since(run.warmup)))
            .allowed("days so short that working hours come within the measured time")
            .help("write `day: 60s`, and a minute stands for a day");
    }
    What::Kill {
        deployables: (!all).then(|| items.iter().map(|item| (item.string(), item.place)).collect()),
        clock,
        silent: node.at("silent").flag(),
    }
}

/// When: for how long each time.
pub(super) fn when(reader: &mut Reader<'_>, item: &Node, kind: &Entry, path: &str) -> Option<When> {
    for key in ["at", "every", "from", "crew"] {
        if let Some(entry) = item.entry(key) {
            reader
                .report
                .error("E0523", entry.place, &format!("{path}.{key}"), "kills have a calendar of their own")
                .found(format!("`{key}: {}`", entry.node.words()))
                .allowed("`mean`, `min`, `day` and hours within `kill`");
        }
    }
    let lasts = super::when::lasts(reader, item, kind, path, "`for: 60s`, until a killed instance is back")?;
    let repair = reader.distribution(&lasts.node, &format!("{path}.for"));
    let day = kind.node.at("day").span();
    if repair.mean() > day.as_nanos() as f64 * 0.7 {
        reader
            .report
            .error(
                "E0560",
                lasts.place,
                &format!("{path}.for"),
                "who is killed is not back before the next kill",
            )
            .found(lasts.node.words())
            .allowed(format!("less than the time between the hours of two days, each of {day}"));
    }
    Some(When::Workdays { repair })
}

/// A hazard for each group that the architecture has.
pub(super) fn lower(specs: &[FaultSpec], architecture: &Architecture, run: &Run) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for spec in specs {
        let When::Workdays { repair } = &spec.when else { continue };
        for part in &spec.parts {
            let What::Kill { deployables, clock, silent } = &part.what else { continue };
            let named = |name: &String| match deployables {
                Some(names) => names.iter().any(|it| it.0 == *name),
                None => true,
            };
            for (at, deployable) in architecture.deployables.iter().enumerate() {
                if !named(&deployable.name) {
                    continue;
                }
                let key = Key::new(spec.key, Key::of_name(&deployable.name)).bits();
                let of = DeployableId(at as u16);
                let effect = Effect::CrashOne { deployable: of, silent: *silent, key };
                hazards.push(Hazard {
                    effects: vec![HazardEffect { effect, boot: deployable.boot, key: part.key }],
                    clock: Clock::Workdays(*clock),
                    every: repair.clone(),
                    repair: repair.clone(),
                    from: run.at(Span::ZERO),
                    crew: None,
                    key,
                });
            }
        }
    }
    hazards
}
