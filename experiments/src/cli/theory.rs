//! What queueing theory knows of each arm, or why it knows nothing, as `archsim check --theory` prints it.

use archsim_models::scenario::{Arm, Scenario};

use super::loads::{aligned, number, percent, time};
use crate::theory::{self, Exact, Network};

/// All arms, controls included: the fault may be all that stands in the way.
pub fn text(scenario: &Scenario) -> String {
    let parts: Vec<String> = scenario.arms.iter().map(arm).collect();
    parts.join("\n")
}

fn arm(arm: &Arm) -> String {
    match theory::exact(&arm.plan) {
        Ok((network, exact)) => {
            let refused = if exact.refused > 0.0 {
                let share = crate::words::share(exact.refused);
                ["    turned away: ", &share, "\n"].concat()
            } else {
                String::new()
            };
            format!("  {}: {}\n{}{refused}", arm.name, exact.model, tables(&network, &exact))
        }
        Err(reasons) => {
            let reasons: Vec<String> = reasons.iter().map(|reason| format!("    {reason}\n")).collect();
            format!("  {}: not product form\n{}", arm.name, reasons.concat())
        }
    }
}

fn tables(network: &Network, exact: &Exact) -> String {
    let head = |words: [&str; 3]| words.map(str::to_owned).to_vec();
    let mut queues = vec![head(["queue", "utilisation", "number present"])];
    queues.extend(network.queues.iter().zip(&exact.queues).map(|(queue, state)| {
        let busy = state.utilisation.map_or_else(|| "–".to_owned(), percent);
        vec![queue.name.clone(), busy, number(state.present)]
    }));
    let mut journeys = vec![head(["journey", "mean latency", "answers"])];
    journeys.extend(network.classes.iter().zip(&exact.responses).map(|(class, &response)| {
        let answers = format!("{}/s", number(exact.throughput * class.share));
        vec![class.name.clone(), time(response), answers]
    }));
    aligned(&queues) + &aligned(&journeys)
}
