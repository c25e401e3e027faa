//! `kill`: instances that are killed on workdays, as Chaos Monkey does.

use archsim_sim::{Key, Span};

use super::{FaultSpec, What, When};
use crate::plan::{Clock, DeployableId, Effect, Group, Hazard, HazardEffect, RegionId, Workdays};
use crate::scenario::architecture::Architecture;
use crate::scenario::common::{COUNT, FLAG, NAMES, SPAN, SPAN_ABOVE};
use crate::scenario::place::Place;
use crate::scenario::read::Reader;
use crate::scenario::scalar::Scalar;
use crate::scenario::shape::{Names, Record, Shape, default};
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
                "Of which deployables; each that is in none of the `groups` is a group of its own, with a coin of its own.",
            ),
            default(
                "groups",
                &GROUPS,
                "{}",
                "Chaos Monkey: grouping is by cluster",
                "Deployables that are one group together, by name, as an app or a stack: one coin, and one of all their instances.",
            ),
            default(
                "regions",
                &Shape::Scalar(Scalar::Words(&["independent", "together"])),
                "independent",
                "Chaos Monkey: regionsAreIndependent",
                "Whether what a group has in each region is a group of its own; of architectures with regions.",
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
static GROUPS: Shape =
    Shape::Map(&Names { noun: "group", of: &NAMES, general: None, edges: false, may_be_empty: true });
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
        groups: groups(reader, node.at("groups"), path),
        apart: node.at("regions").text() != Some("together"),
        clock,
        silent: node.at("silent").flag(),
    }
}

/// Deployables that are killed from together; each is in one group at most.
fn groups(reader: &mut Reader<'_>, node: &Node, path: &str) -> Vec<Together> {
    let mut all: Vec<Together> = Vec::new();
    for entry in node.entries() {
        let members: Vec<(String, Place)> =
            entry.node.items().iter().map(|item| (item.string(), item.place)).collect();
        for (name, place) in &members {
            let Some((other, _)) = all.iter().find(|(_, of)| of.iter().any(|it| it.0 == *name)) else {
                continue;
            };
            reader
                .report
                .error(
                    "E0617",
                    *place,
                    &format!("{path}.groups.{}", entry.key),
                    "this deployable is in two groups",
                )
                .found(format!("`{name}` in `{other}` and in `{}`", entry.key))
                .allowed("each deployable in one group at most");
        }
        all.push((entry.key.clone(), members));
    }
    all
}

/// A group's name, and its deployables.
pub(super) type Together = (String, Vec<(String, Place)>);

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

/// A hazard for each group that the architecture has, in each region where these are apart.
pub(super) fn lower(specs: &[FaultSpec], architecture: &Architecture, run: &Run) -> Vec<Hazard> {
    let mut hazards = Vec::new();
    for spec in specs {
        let When::Workdays { repair } = &spec.when else { continue };
        for part in &spec.parts {
            let What::Kill { clock, silent, apart, .. } = &part.what else { continue };
            let regions = if *apart { architecture.zones.regions.names.as_slice() } else { &[] };
            for (name, mut deployables) in killed_from(&part.what, architecture) {
                // Of one alone the boot belongs to the hazard, as that of any other crash.
                let boot = match deployables.as_mut_slice() {
                    [(_, boot)] => std::mem::take(boot),
                    _ => Span::ZERO,
                };
                let key = Key::new(spec.key, Key::of_name(&name));
                let everywhere = regions.is_empty().then_some((key, None));
                let regions = regions.iter().enumerate();
                let each =
                    regions.map(|(at, region)| (key.with(Key::of_name(region)), Some(RegionId(at as u16))));
                for (key, region) in everywhere.into_iter().chain(each) {
                    let group = Group { deployables: deployables.clone(), region };
                    let effect = Effect::CrashOne { group, silent: *silent, key: key.bits() };
                    hazards.push(Hazard {
                        effects: vec![HazardEffect { effect, boot, key: part.key }],
                        clock: Clock::Workdays(*clock),
                        every: repair.clone(),
                        repair: repair.clone(),
                        from: run.at(Span::ZERO),
                        crew: None,
                        key: key.bits(),
                    });
                }
            }
        }
    }
    hazards
}

/// Groups by name, with their deployables and how long each boots: those in none of the groups each by itself, then the
/// groups.
fn killed_from(what: &What, architecture: &Architecture) -> Vec<(String, Vec<(DeployableId, Span)>)> {
    let What::Kill { deployables, groups, .. } = what else { return Vec::new() };
    let is_in = |names: &[(String, Place)], name: &str| names.iter().any(|it| it.0 == name);
    let all = || architecture.deployables.iter().enumerate();
    let exposed =
        |(at, it): (usize, &crate::scenario::architecture::Deployable)| (DeployableId(at as u16), it.boot);
    let named = |name: &str| deployables.as_ref().is_none_or(|names| is_in(names, name));
    let alone = |name: &str| named(name) && !groups.iter().any(|(_, of)| is_in(of, name));
    let singles = all().filter(|(_, it)| alone(&it.name)).map(|it| (it.1.name.clone(), vec![exposed(it)]));
    let together = groups.iter().map(|(name, of)| {
        (name.clone(), all().filter(|(_, it)| is_in(of, &it.name)).map(exposed).collect::<Vec<_>>())
    });
    singles.chain(together).filter(|(_, of)| !of.is_empty()).collect()
}
