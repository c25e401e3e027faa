//! The laws that rest on the accounts of stations and journeys.

use archsim_models::plan::Plan;
use archsim_models::record::{Flow, Presence, Record};

use super::{Balance, Law};

/// Every account of a run: whose, in which window, and what it says.
fn each_flow<'r>(plan: &'r Plan, record: &'r Record) -> impl Iterator<Item = (String, bool, &'r Flow)> {
    let windows = || plan.windows.iter().map(|w| w.name.as_str()).chain(["start to end"]);
    let named = move |of: String, flows: &'r [Flow], whole: &'r Flow, station: bool| {
        let flows = flows.iter().chain([whole]);
        windows().zip(flows).map(move |(window, flow)| (format!("{of}, {window}"), station, flow))
    };
    let journeys = plan.journeys.iter().zip(&record.journeys);
    let deployables = plan.deployables.iter().zip(&record.deployables);
    let stores = plan.stores.iter().zip(&record.stores);
    let journeys =
        journeys.flat_map(move |(j, r)| named(format!("journey {}", j.name), &r.flows, &r.whole, false));
    let deployables =
        deployables.flat_map(move |(d, r)| named(format!("deployable {}", d.name), &r.flows, &r.whole, true));
    let servers =
        stores.clone().flat_map(move |(s, r)| named(format!("store {}", s.name), &r.flows, &r.whole, true));
    let cores = stores.flat_map(move |(s, r)| {
        named(format!("cores of store {}", s.name), &r.cpu.flows, &r.cpu.whole, true)
    });
    let homes = plan.zones.regions.homes.iter().zip(&record.homes);
    let homes = homes.flat_map(move |(h, r)| named(format!("home {}", h.name), &r.flows, &r.whole, false));
    let locks = plan.stores.iter().zip(&record.stores).flat_map(move |(s, r)| {
        named(format!("locks of store {}", s.name), &r.locks.flows, &r.locks.whole, true)
    });
    let sessions = record.sessions.iter();
    let sessions = sessions.flat_map(move |r| named("sessions".to_owned(), &r.flows, &r.whole, false));
    journeys.chain(sessions).chain(homes).chain(deployables).chain(servers).chain(cores).chain(locks)
}

pub(super) fn flows(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    for (of, station, flow) in each_flow(plan, record) {
        let left = flow.refused + flow.completed + flow.withdrawn + flow.failed;
        balance(Law::Conservation, flow.before() + flow.arrived == left + flow.after(), &|| {
            format!(
                "{of}: {} there and {} came, {left} left and {} there",
                flow.before(),
                flow.arrived,
                flow.after()
            )
        });
        passes(&of, "in line", flow.waited, &flow.line, balance);
        passes(&of, "in service", flow.started, &flow.service, balance);
        time(Law::Little, &of, "in line", &flow.line, balance);
        let law = if station { Law::Utilisation } else { Law::Little };
        time(law, &of, "in service", &flow.service, balance);
    }
}

fn passes(of: &str, place: &str, came: u64, there: &Presence, balance: &mut Balance<'_>) {
    balance(Law::Conservation, there.before + came == there.ended + there.after, &|| {
        let Presence { before, after, ended, .. } = there;
        format!("{of}: {before} {place} and {came} more, {ended} ended and {after} are there")
    });
}

fn time(law: Law, of: &str, place: &str, there: &Presence, balance: &mut Balance<'_>) {
    balance(law, there.level_nanos == there.visit_nanos, &|| {
        let Presence { level_nanos, visit_nanos, .. } = there;
        format!("{of}: {level_nanos} ns {place} by the station, {visit_nanos} ns by its visits")
    });
}

pub(super) fn traffic(plan: &Plan, record: &Record, balance: &mut Balance<'_>) {
    for (deployable, found) in plan.deployables.iter().zip(&record.deployables) {
        let (name, traffic, arrived) = (&deployable.name, found.traffic, found.whole.arrived);
        balance(Law::ForcedFlow, traffic.called == traffic.sent, &|| {
            format!("deployable {name}: {} called, {} sent", traffic.called, traffic.sent)
        });
        let known = arrived + traffic.undelivered + traffic.under_way;
        balance(Law::ForcedFlow, traffic.sent == known, &|| {
            format!("deployable {name}: {} sent, {arrived} came: {traffic:?}", traffic.sent)
        });
    }
}

/// What is true when a run ends.
pub(super) fn ends(record: &Record, balance: &mut Balance<'_>) {
    balance(Law::Order, record.backwards == 0, &|| format!("{} events in the past", record.backwards));
    let (left, held) = (&record.leftover, &record.leftover.held);
    let pairs = [
        ("threads", left.threads, held.threads),
        ("jobs", left.jobs, held.jobs),
        ("connections", left.connections, held.connections),
        ("locks", left.locks, held.locks),
        ("attempts known to balancers", left.outstanding, held.outstanding),
        ("requests without an attempt", left.stranded, 0),
    ];
    for (what, there, known) in pairs {
        balance(Law::Release, there == known, &|| format!("{there} {what}, of which {known} are known"));
    }
    balance(Law::Release, left.passages > 0 || left.permits == 0, &|| {
        format!("{} permits are held by no call", left.permits)
    });
    // Whoever waits for an answer that was lost, or for each other, waits for ever.
    let for_ever = left.lost + left.waiting > 0;
    let alive = left.requests + left.attempts + left.frames + left.passages + left.store_calls;
    balance(Law::Release, !record.quiet || for_ever || alive == 0, &|| {
        format!("nothing can happen any more, and yet there is {left:?}")
    });
    let there = record.sessions.as_ref().map_or(0, |it| it.whole.after());
    balance(Law::Conservation, there == left.sessions, &|| {
        format!("{there} sessions in progress by their account, {} in all", left.sessions)
    });
    let in_flight: u64 = record.journeys.iter().map(|journey| journey.whole.after()).sum();
    balance(Law::Conservation, in_flight == left.requests, &|| {
        format!("{in_flight} requests in flight by journey, {} in all", left.requests)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use archsim_models::scenario::read;
    use archsim_models::world::simulate;

    type Spoil = fn(&mut Record);

    fn broken(spoil: Spoil) -> Vec<(Law, String)> {
        let text = include_str!("../cli/starter.yaml").replace("NAME", "shop");
        let sets =
            [("run.measure", "5s"), ("run.warmup", "1s"), ("faults", "[]"), ("experiment.claims", "[]")]
                .map(|(path, value)| (path.to_owned(), value.to_owned()));
        let scenario = read("shop.yaml", text.as_bytes(), &sets).scenario.expect("it is right");
        let plan = &scenario.arms[0].plan;
        let mut record = simulate(plan, 1, 1);
        spoil(&mut record);
        let mut found = Vec::new();
        super::super::check_run(plan, &record, &mut |law, holds, what| {
            if !holds {
                found.push((law, what()));
            }
        });
        found
    }

    #[test]
    fn a_true_record_breaks_no_law_and_a_spoiled_one_its_own() {
        assert_eq!(broken(|_| {}), []);
        let spoiled: [(Law, Spoil); 6] = [
            (Law::Conservation, |record| record.deployables[0].flows[0].completed += 1),
            (Law::Little, |record| record.journeys[0].flows[0].service.visit_nanos += 1),
            (Law::Utilisation, |record| record.deployables[0].whole.service.level_nanos -= 1),
            (Law::ForcedFlow, |record| record.deployables[0].traffic.undelivered += 1),
            (Law::Order, |record| record.backwards = 1),
            (Law::Release, |record| record.leftover.threads += 1),
        ];
        for (law, spoil) in spoiled {
            let found = broken(spoil);
            assert_eq!(found.iter().map(|(law, _)| *law).collect::<Vec<_>>(), [law], "{found:?}");
        }
    }
}
