//! The finding in one sentence, from the numbers of this run.

use archsim_models::scenario::{Measure, Subject};

use crate::measure::Quantity;
use crate::results::Results;
use crate::words::{self, Sense};

/// What a part found: the headline quantity in each design at full strength.
pub fn headline(results: &Results) -> String {
    let quantity = results.headline_quantity();
    let found = values(results, &quantity);
    if found.is_empty() {
        return "Nothing was measured.".to_owned();
    }
    let during = words::sentence(during(&quantity.window));
    let measure = words::title(quantity.measure);
    format!("{during}, {measure}{} is {}.", of_whom(&quantity), words::list(&found))
}

/// When a window is, within a sentence.
pub fn during(window: &str) -> &str {
    if window == "fault" { "during the fault" } else { "over the whole run" }
}

/// The capabilities that are faulty, by name.
pub fn faulty(results: &Results) -> String {
    let graph = &results.scenario.graph;
    let names: Vec<&str> = graph.faulty.iter().map(|&it| graph.capabilities[it].name.as_str()).collect();
    if names.len() > 3 { "what is faulty".to_owned() } else { words::list(&names) }
}

/// Of whom a quantity is, as the middle of a sentence.
pub fn of_whom(quantity: &Quantity) -> &'static str {
    match quantity.subject {
        Subject::Unrelated => " of journeys that never use what is faulty",
        Subject::Related => " of journeys that use what is faulty",
        _ => "",
    }
}

/// The same where what is faulty has just been named.
pub fn of_whom_shortly(quantity: &Quantity) -> &'static str {
    match quantity.subject {
        Subject::Unrelated => " of journeys that never use it",
        Subject::Related => " of journeys that use it",
        _ => "",
    }
}

/// `5 % in “Monolith”`, for each design at full strength.
pub fn values(results: &Results, quantity: &Quantity) -> Vec<String> {
    let value = |(arm, runs): (&archsim_models::scenario::Arm, &[crate::monte_carlo::Run])| {
        let found = results.measure(quantity, arm, runs).estimate?;
        let shown = match quantity.measure {
            Measure::Availability | Measure::Degraded | Measure::Failed => words::share(found.value),
            measure => words::short(measure.unit(), Sense::Value, found),
        };
        Some(format!("{shown} in {}", words::quoted(&arm.title)))
    };
    results.representatives().into_iter().filter_map(value).collect()
}
