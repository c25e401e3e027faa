//! Random networks that are recognised, simulated, and held against their exact answers: all figures together in their
//! intervals at 99.9 %.

use std::fmt::Write;

use archsim_experiments::exact::{disagreements, of_arm};
use archsim_experiments::monte_carlo::{self, Campaign};
use archsim_experiments::results::{Results, keep};
use archsim_experiments::theory;
use archsim_models::scenario::read;
use archsim_sim::Stream;

const NETWORKS: u64 = 24;
const REPLICATIONS: u32 = 12;

/// A scenario of a random network: 2 to 4 stations of all kinds, 1 to 3 journeys through them, open or closed.
fn scenario(number: u64) -> String {
    let mut dice = Stream::named(7, number, "random network");
    let stations = 2 + dice.below(3);
    let journeys = 1 + dice.below(3);
    let closed = dice.below(3) == 0;
    let rate = 40.0;
    let mut capabilities = String::new();
    let mut deployables =
        "      front: { runs: [ROUTES], threads: unbounded, cores: unbounded }\n".to_owned();
    let mut store = false;
    for at in 0..stations {
        let servers = 1 + dice.below(3);
        // Between 30 % and 75 % of what the servers can do, where each journey visits it once.
        let mean = f64::from(servers) / rate * (0.3 + 0.45 * dice.unit());
        let us = (mean * 1e6) as u64;
        match dice.below(4) {
            0 if !store => {
                store = true;
                let _ = writeln!(capabilities, "    s{at}: {{ reads: rows }}");
                let _ = writeln!(deployables, "      s{at}: {{ threads: unbounded, cores: unbounded }}");
                deployables = format!("{deployables}#store {servers} {us}\n");
            }
            1 => {
                let _ = writeln!(
                    capabilities,
                    "    s{at}: {{ work: {{ lognormal: {{ mean: {us}us, cv: 1.5 }} }} }}"
                );
                let _ = writeln!(deployables, "      s{at}: {{ cores: {servers}, threads: unbounded }}");
            }
            2 => {
                let _ =
                    writeln!(capabilities, "    s{at}: {{ work: {{ exponential: {us}us }}, latency: 5ms }}");
                let _ = writeln!(
                    deployables,
                    "      s{at}: {{ cores: {servers}, threads: unbounded, cpu: fifo }}"
                );
            }
            _ => {
                // Two instances of half the servers' work each, chosen at random.
                let copies = 1 + dice.below(2);
                let _ = writeln!(capabilities, "    s{at}: {{ work: {{ exponential: {us}us }} }}");
                let _ = writeln!(
                    deployables,
                    "      s{at}: {{ cores: {servers}, threads: {servers}, queue: unbounded, instances: {copies}, route: random }}"
                );
            }
        }
    }
    let mut entered = String::new();
    let mut routes = Vec::new();
    for journey in 0..journeys {
        let mut calls: Vec<String> = Vec::new();
        for at in 0..stations {
            match dice.below(3) {
                0 if at > 0 => calls.push(format!("{{ s{at}: {{ probability: 50% }} }}")),
                _ => calls.push(format!("s{at}")),
            }
        }
        let _ = writeln!(capabilities, "    j{journey}: {{ calls: [{}] }}", calls.join(", "));
        routes.push(format!("j{journey}"));
        let share = if journey == 0 { 100 - 20 * (journeys - 1) } else { 20 };
        let _ = writeln!(entered, "    ask{journey}: {{ share: {share}%, enters: j{journey} }}");
    }
    let arrivals = if closed {
        format!("closed: {{ users: {}, think: {{ exponential: 200ms }} }}", 5 + dice.below(20))
    } else {
        format!("poisson: {rate}/s")
    };
    let (stores, pools, data, deployables) = match deployables.find("#store ") {
        Some(from) => {
            let line = deployables[from..].lines().next().unwrap().to_owned();
            let words: Vec<&str> = line.split(' ').collect();
            let stores = format!(
                "    stores: {{ db: {{ holds: rows, servers: {}, read: {{ exponential: {}us }}, queue: unbounded, connections: unbounded }} }}\n",
                words[1], words[2]
            );
            let pools = "    pools: { default: { connections: 100_000 } }\n";
            (stores, pools, "  data: { rows: {} }\n", deployables.replace(&(line + "\n"), ""))
        }
        None => (String::new(), "", "", deployables),
    };
    format!(
        "archsim: 1\nsystem:\n{data}  capabilities:\n{capabilities}  journeys:\n{entered}\
         workload: {{ arrivals: {{ {arrivals} }} }}\nrun: {{ warmup: 20s, measure: 120s, drain: 60s }}\n\
         architectures:\n  net:\n    deployables:\n{}{stores}{pools}    network: {{ hop: 500us, user: 1ms, store: 250us, serialise: 0s }}\n",
        deployables.replace("ROUTES", &routes.join(", "))
    )
}

#[test]
fn random_networks_do_what_theory_says() {
    let mut all = Vec::new();
    for number in 0..NETWORKS {
        let text = scenario(number);
        let reading = read("random.yaml", text.as_bytes(), &[]);
        let scenario = reading.scenario.unwrap_or_else(|| panic!("{text}\n{:#?}", reading.diagnostics));
        if let Err(why) = theory::exact(&scenario.arms[0].plan) {
            panic!("not recognised: {why:?}\n{text}");
        }
        let campaign = Campaign {
            plans: vec![&scenario.arms[0].plan],
            seed: 3,
            replications: REPLICATIONS,
            jobs: 1,
            keep: keep(&scenario),
        };
        let runs = monte_carlo::run(&campaign, &false.into(), || {}).unwrap();
        all.push((text, Results { name: "random".to_owned(), scenario, runs, warning: None }));
    }
    let solve = |results: &Results, confidence| {
        of_arm(results, &results.scenario.arms[0], &results.runs.arms[0], confidence).unwrap()
    };
    let figures: usize = all.iter().map(|(_, results)| solve(results, 0.95).pairs.len()).sum();
    assert!(figures > 150, "{figures}");
    // Family-wise (Bonferroni).
    let confidence = 1.0 - 0.001 / figures as f64;
    let wrong: Vec<String> = all
        .iter()
        .flat_map(|(text, results)| {
            disagreements(&solve(results, confidence)).into_iter().map(move |what| format!("{what}\n{text}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {figures} figures:\n{}", wrong.len(), wrong.join("\n"));
}
