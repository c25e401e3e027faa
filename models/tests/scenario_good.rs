//! A good scenario, read as a user of the crate would.

use archsim_models::scenario::{self, Reading};

const STREAMING: &[u8] = include_bytes!("scenario_streaming.yaml");

fn read(sets: &[(&str, &str)]) -> Reading {
    let sets: Vec<_> = sets.iter().map(|&(path, value)| (path.to_owned(), value.to_owned())).collect();
    scenario::read("streaming.yaml", STREAMING, &sets)
}

#[test]
fn it_reads() {
    let reading = read(&[]);
    for diagnostic in &reading.diagnostics {
        println!("{}\n", diagnostic.render(std::str::from_utf8(STREAMING).expect("UTF-8"), false));
    }
    let scenario = reading.scenario.expect("no errors");
    println!("{}", scenario.resolved());
    println!("{:?}", scenario.graph);
    for arm in &scenario.arms {
        println!(
            "{} {:?} {} {} {:?}",
            arm.name,
            arm.kind,
            arm.tint,
            arm.cores,
            arm.plan.windows.iter().map(|w| &w.name).collect::<Vec<_>>()
        );
    }
    println!("{:?}", scenario.experiment);
}

#[test]
fn its_resolved_form_reads_to_the_same() {
    let first = read(&[]).scenario.expect("no errors");
    let reading = scenario::read("streaming.yaml", first.resolved().as_bytes(), &[]);
    for diagnostic in &reading.diagnostics {
        println!("{}\n", diagnostic.render(first.resolved(), false));
    }
    let again = reading.scenario.expect("no errors");
    for (a, b) in first.resolved().lines().zip(again.resolved().lines()) {
        assert_eq!(a, b);
    }
    assert_eq!(first.resolved(), again.resolved());
    assert_eq!(first.hash, again.hash);
    assert_eq!(first.arms, again.arms);
    assert_eq!(first.experiment, again.experiment);
    assert_eq!(first.graph, again.graph);
}
