//! Draws the picture of the README from a run of the shipped experiment:
//! `cargo run --release -p archsim-experiments --example readme-picture`.

use std::error::Error;
use std::fs;
use std::path::Path;

use archsim_experiments::results::{Asked, Results, keep};
use archsim_experiments::{figures, monte_carlo, shipped};
use archsim_models::scenario::read;
use archsim_output::{png_card, svg_card};

const EXPERIMENT: &str = "cascading-failure";
const PART: &str = "streaming";
const SEED: u64 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let experiment = shipped::named(EXPERIMENT).ok_or("the experiment is not shipped")?;
    let part = experiment.parts.iter().find(|part| part.name == PART).ok_or("it has no such part")?;
    let scenario = read(part.file, part.text.as_bytes(), &[]).scenario.ok_or("its scenario is invalid")?;
    let campaign = monte_carlo::Campaign {
        plans: scenario.arms.iter().map(|arm| &arm.plan).collect(),
        seed: SEED,
        replications: scenario.experiment.replications.default,
        jobs: 0,
        keep: keep(&scenario),
    };
    let runs = monte_carlo::run(&campaign, &false.into(), || {})?;
    let results = Results { name: PART.to_owned(), scenario, runs, warning: None };
    let asked = Asked {
        name: EXPERIMENT.to_owned(),
        command: String::new(),
        seed: SEED,
        quick: false,
        left_out: Vec::new(),
    };
    let drawn = figures::figures(&results, &asked);
    let figure = drawn.iter().find(|figure| figure.id.ends_with("blast-radius")).ok_or("it is not drawn")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(format!("{EXPERIMENT}.svg")), svg_card(figure))?;
    fs::write(folder.join(format!("{EXPERIMENT}.png")), png_card(figure))?;
    Ok(())
}
