//! `EVCache`'s zones in turn, and reads that go on to another.

use archsim_models::evcache::{Rotation, ZoneRead};

use crate::reading::{Case, Slot};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "rotation" | "rotation_skip" => Verdict::of(rotation(case)),
        "read" => Verdict::of(read(case)),
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

/// The place of a zone's name.
fn place(zones: &[&str], zone: &Slot) -> Result<u32, Verdict> {
    let name = zone.text()?;
    let found = zones.iter().position(|&other| other == name);
    found.map(|at| at as u32).ok_or_else(|| Verdict::Unreadable(format!("{}: no such zone", zone.place)))
}

fn rotation(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["zones", "skip"])?;
    let zones = given.need("zones")?.texts()?;
    if zones.is_empty() {
        return Err(Verdict::Unreadable("given.zones: there is a zone".into()));
    }
    let skip = given.get("skip").map(|zone| place(&zones, &zone)).transpose()?;
    let mut rotation = Rotation::new(zones.len() as u32);
    let expect = case.expect().fields()?;
    expect.only(&["next"])?;
    for zone in expect.need("next")?.list()? {
        let next = match skip {
            None => rotation.turn(),
            Some(skip) => rotation.turn_past(skip),
        };
        Verdict::equal(&zone.place, &zone.text()?, &zones[next as usize])?;
    }
    Ok(())
}

/// One read: its own zone, then the others in the order given.
fn read(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["local_zone", "fallback_order", "zones_holding_key", "zone_fallback"])?;
    // The original walks backwards from the first: named this way, it comes to the others in the order given.
    let mut zones = vec![given.need("local_zone")?.text()?];
    zones.extend(given.need("fallback_order")?.texts()?.into_iter().rev());
    let holding = given.need("zones_holding_key")?.texts()?;
    let others = if given.need("zone_fallback")?.truth()? { None } else { Some(0) };
    let (mut rotation, mut read) = (Rotation::new(zones.len() as u32), ZoneRead::new(0, others));
    let mut found = None;
    while let Some(zone) = read.next(&mut rotation) {
        let zone = zones[zone as usize];
        if holding.contains(&zone) {
            found = Some(zone);
            break;
        }
    }
    let expect = case.expect().fields()?;
    expect.only(&["found", "tries"])?;
    let expected = expect.get("found").map(|slot| slot.text()).transpose()?;
    Verdict::equal("found", &expected, &found)?;
    Verdict::equal("tries", &expect.need("tries")?.count()?, &read.tries())
}
