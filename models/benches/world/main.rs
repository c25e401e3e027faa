//! What a run of a plan costs: the canonical workloads and a page of microservices, measured in CPU time.
//!
//! ```text
//! cargo bench -p archsim-models --bench world                    everything, medians of five runs
//! cargo bench -p archsim-models --bench world -- W1 S            only these
//! cargo bench -p archsim-models --bench world -- once S 20000    one run of 20,000 requests, for an instruction
//!                                                                counter or a profiler
//! ```
//!
//! Clock readings vary on a shared machine; compare only figures of one run, or instructions.

mod plans;

use std::alloc::System;

use archsim_models::plan::Plan;
use archsim_models::record::Record;
use archsim_models::world::simulate;
use cpu_time::ProcessTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A workload: its name, how many requests a measured run has, and the plan of so many requests.
struct Workload {
    name: &'static str,
    requests: u64,
    plan: fn(u64) -> Plan,
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "W1", requests: 2_000_000, plan: plans::one_server },
    Workload { name: "W2", requests: 2_000_000, plan: plans::sixteen_servers },
    Workload { name: "W3", requests: 400_000, plan: plans::chain },
    Workload { name: "S", requests: 100_000, plan: |requests| plans::microservices(requests, 1) },
    Workload { name: "S long", requests: 1_000_000, plan: |requests| plans::microservices(requests, 1) },
    Workload { name: "S short", requests: 10_000, plan: |requests| plans::microservices(requests, 1) },
    Workload { name: "S 98", requests: 100_000, plan: |requests| plans::microservices(requests, 7) },
    Workload { name: "S 994", requests: 100_000, plan: |requests| plans::microservices(requests, 71) },
];

const RUNS: usize = 5;

fn main() {
    // `cargo bench` adds an argument of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [once, name, requests] = &wanted[..]
        && once == "once"
    {
        let workload = WORKLOADS.iter().find(|workload| workload.name == name).expect("a workload's name");
        let plan = (workload.plan)(requests.parse().expect("a number of requests"));
        println!("{name}: {}", found(&simulate(&plan, 1, 0)));
        return;
    }
    println!("CPU ns a request: median of {RUNS} runs (least–greatest)");
    for workload in WORKLOADS.iter().filter(|w| wanted.is_empty() || wanted.iter().any(|name| name == w.name))
    {
        measure(workload);
    }
}

fn measure(workload: &Workload) {
    let plan = (workload.plan)(workload.requests);
    let mut last = None;
    let mut nanos: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = ProcessTime::now();
            let record = simulate(&plan, 1, 0);
            let spent = start.elapsed().as_nanos() as f64 / record.requests as f64;
            last = Some(record);
            spent
        })
        .collect();
    nanos.sort_unstable_by(f64::total_cmp);
    let record = last.expect("at least one run");
    let median = nanos[RUNS / 2];
    let events = record.events as f64 / record.requests as f64;
    println!(
        "{:8} {median:9.1} ({:.1}–{:.1})  {events:.3} events each, {:.2} million a second; {:.4} allocations each; {}",
        workload.name,
        nanos[0],
        nanos[RUNS - 1],
        events / median * 1e3,
        allocations(workload),
        found(&record)
    );
}

/// Allocations a request once everything has its size: the difference of two run lengths.
fn allocations(workload: &Workload) -> f64 {
    let count = |requests: u64| {
        let plan = (workload.plan)(requests);
        let region = Region::new(ALLOCATOR);
        let record = simulate(&plan, 1, 0);
        let change = region.change();
        ((change.allocations + change.reallocations) as f64, record.requests as f64)
    };
    let (short, long) = (count(workload.requests / 4), count(workload.requests / 2));
    (long.0 - short.0) / (long.1 - short.1)
}

/// The answer in words.
fn found(record: &Record) -> String {
    let (mut mean, mut answered, mut arrived) = (0.0, 0, 0);
    for tally in record.journeys.iter().map(|journey| &journey.windows[0]) {
        mean += tally.latency.mean() * tally.latency.count() as f64;
        answered += tally.answered;
        arrived += tally.arrived;
    }
    let p99 = record.journeys[0].windows[0].latency.quantile(0.99) as f64 / 1e6;
    let attempts: u64 = record.sites.iter().map(|site| site.windows[0].attempts).sum();
    format!(
        "mean {:.4} ms, p99 {p99:.2} ms, {:.3} % answered, {:.1} attempts each",
        mean / answered as f64 / 1e6,
        100.0 * answered as f64 / arrived as f64,
        attempts as f64 / record.requests as f64
    )
}
