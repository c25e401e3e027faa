//! The kernel's canonical workloads, each with a known answer, measured in CPU time.
//!
//! ```text
//! cargo bench -p archsim-sim                    all workloads, medians of seven runs
//! cargo bench -p archsim-sim -- W1 W3           only these
//! cargo bench -p archsim-sim -- once W1 100000  one run of 100,000 customers, for an instruction counter
//! ```
//!
//! `benches/instructions.sh` counts instructions with the last form. Clock readings vary on a shared
//! machine; compare only figures of one run, or instructions.

mod chain;
mod hold;
mod queue;
mod steps;

use cpu_time::ProcessTime;

/// What a run of a workload found, beside how long it took.
pub struct Answer {
    /// How many customers, or steps, the run had.
    pub customers: u64,
    /// Events that meant something: arrivals, completions, timers that found what they were set for.
    pub events: u64,
    /// The answer in words, with the known one.
    pub text: String,
}

/// A workload: its name, how many customers a measured run has, and how to run it.
struct Workload {
    name: &'static str,
    customers: u64,
    run: fn(u64) -> Answer,
}

const WORKLOADS: &[Workload] = &[
    Workload { name: "W1", customers: 5_000_000, run: queue::one_server },
    Workload { name: "W2", customers: 3_000_000, run: queue::sixteen_servers },
    Workload { name: "W3", customers: 1_000_000, run: chain::loaded },
    Workload { name: "W3x", customers: 300_000, run: chain::overloaded },
    Workload { name: "H2", customers: 5_000_000, run: |steps| hold::run(100, steps) },
    Workload { name: "H3", customers: 5_000_000, run: |steps| hold::run(1_000, steps) },
    Workload { name: "H4", customers: 5_000_000, run: |steps| hold::run(10_000, steps) },
    Workload { name: "H5", customers: 3_000_000, run: |steps| hold::run(100_000, steps) },
    Workload { name: "H6", customers: 3_000_000, run: |steps| hold::run(1_000_000, steps) },
    Workload { name: "draw", customers: 20_000_000, run: steps::draws },
    Workload { name: "keyed", customers: 20_000_000, run: steps::keyed },
    Workload { name: "record", customers: 20_000_000, run: steps::records },
    Workload { name: "sharing", customers: 2_000_000, run: steps::sharing },
];

const RUNS: usize = 7;

fn main() {
    // `cargo bench` adds an argument of its own.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [once, name, customers] = &wanted[..]
        && once == "once"
    {
        let workload = WORKLOADS.iter().find(|workload| workload.name == name).expect("a workload's name");
        let answer = (workload.run)(customers.parse().expect("a number of customers"));
        println!("{name}: {}", answer.text);
        return;
    }
    println!("CPU ns a customer or step: median of {RUNS} runs (least–greatest)");
    for workload in WORKLOADS.iter().filter(|w| wanted.is_empty() || wanted.iter().any(|name| name == w.name))
    {
        measure(workload);
    }
}

fn measure(workload: &Workload) {
    let mut answer = None;
    let mut nanos: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = ProcessTime::now();
            let found = (workload.run)(workload.customers);
            let spent = start.elapsed().as_nanos() as f64 / found.customers as f64;
            answer = Some(found);
            spent
        })
        .collect();
    nanos.sort_unstable_by(f64::total_cmp);
    let answer = answer.expect("at least one run");
    let events = answer.events as f64 / answer.customers as f64;
    println!(
        "{:8} {:7.1} ({:.1}–{:.1})  {events:.3} events each; {}",
        workload.name,
        nanos[RUNS / 2],
        nanos[0],
        nanos[RUNS - 1],
        answer.text
    );
}
