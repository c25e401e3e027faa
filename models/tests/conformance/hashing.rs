//! Owners of keys on ketama's ring.

use archsim_models::placement::ketama::{Ring, hash};

use crate::reading::{Case, Fields};
use crate::report::Verdict;

/// Runs one case.
pub fn run(case: &Case) -> Verdict {
    match case.kind.as_str() {
        "ketama" => Verdict::of(look_ups(case)),
        "ketama_remap" => Verdict::of(remap(case)),
        other => Verdict::Skipped(format!("kind `{other}` is not known here")),
    }
}

fn look_ups(case: &Case) -> Result<(), Verdict> {
    let given = case.given().fields()?;
    given.only(&["nodes", "points_per_node"])?;
    let (nodes, ring) = ring(&given)?;
    let points = given.need("points_per_node")?.whole()? * nodes.len() as u64;
    Verdict::equal("points", &points, &(ring.points() as u64))?;
    let Some(table) = case.expect().fields()?.get("lookups") else {
        return Err(Verdict::Skipped(
            "its table of keys is copied data and not carried: run with ARCHSIM_CONFORMANCE=DIR".into(),
        ));
    };
    for row in table.list()? {
        let texts = row.texts()?;
        let [key, owner] = texts[..] else {
            return Err(Verdict::Unreadable(format!("{}: a key and its node are needed", row.place)));
        };
        Verdict::equal(&format!("{}: {key}", row.place), &owner, &nodes[ring.owner(hash(key)) as usize])?;
    }
    Ok(())
}

fn remap(case: &Case) -> Result<(), Verdict> {
    const KEYS: u32 = 5_000;
    let given = case.given().fields()?;
    given.only(&["nodes", "removed", "keys"])?;
    if given.need("keys")?.text()? != "user:0 .. user:4999" {
        return Err(Verdict::Skipped("other keys than `user:0 .. user:4999` are not known here".into()));
    }
    let (nodes, ring) = ring(&given)?;
    let removed = given.need("removed")?.text()?;
    let (mut before, mut moved) = (vec![0_u64; nodes.len()], 0);
    for key in 0..KEYS {
        let hash = hash(&format!("user:{key}"));
        let (old, new) = (ring.owner(hash), ring.owner_among(hash, |node| nodes[node as usize] != removed));
        before[old as usize] += 1;
        moved += u64::from(new != Some(old));
        if new != Some(old) && nodes[old as usize] != removed {
            return Err(Verdict::Differs(format!("user:{key} moved from a node that is still there")));
        }
    }
    let expect = case.expect().fields()?;
    expect.only(&["keys_per_node_before", "moved", "note"])?;
    let counts = expect.need("keys_per_node_before")?.list()?;
    let counts = counts.iter().map(crate::reading::Slot::whole).collect::<Result<Vec<_>, _>>()?;
    Verdict::equal("keys_per_node_before", &counts, &before)?;
    Verdict::equal("moved", &expect.need("moved")?.whole()?, &moved)
}

fn ring<'a>(given: &Fields<'a>) -> Result<(Vec<&'a str>, Ring), Verdict> {
    let nodes = given.need("nodes")?.texts()?;
    if nodes.is_empty() {
        return Err(Verdict::Unreadable("given.nodes: a ring has nodes".into()));
    }
    let ring = Ring::new(&nodes);
    Ok((nodes, ring))
}
