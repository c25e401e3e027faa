//! The page that says which mutant is caught by what.

use std::fmt::Write as _;
use std::path::Path;

use crate::Trial;
use crate::detectors::DETECTORS;

const HINT: &str =
    "`cargo test --release -p archsim-experiments --features mutants --test mutants -- --write` writes it";

/// Writes the page, or says what of it is out of date: a mutant that is not there, or is first caught by another.
pub fn check_or_write(trials: &[Trial], write: bool) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/validation/mutants.md");
    if write {
        let written = std::fs::write(&path, page(trials));
        return written
            .err()
            .map(|error| format!("docs/validation/mutants.md: {error}"))
            .into_iter()
            .collect();
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    let missing = trials.iter().map(row).filter(|row| !there.lines().any(|line| line.starts_with(row)));
    missing.map(|row| format!("docs/validation/mutants.md has no line `{row}`: {HINT}")).collect()
}

/// The beginning of a mutant's line, up to what caught it first.
fn row(trial: &Trial) -> String {
    let mut heard = DETECTORS.iter().zip(&trial.said).filter(|(_, said)| said.is_some());
    let first = heard.next().map_or("**nothing**", |(detector, _)| detector.name);
    format!("| `{}` | {} | {first} |", trial.mutant.name, trial.mutant.wrong)
}

fn page(trials: &[Trial]) -> String {
    let mut page = String::from(
        "# Negative controls\n\
         A test that has never failed has shown nothing. Below are engines that are wrong on purpose, each by one \
         mechanism, and what notices.\n\
         The lines that are wrong stand where the mechanism is, as `mutant!(\"name\")`, and are constants without the \
         feature `mutants`.\n\n\
         ```\n\
         cargo test --release -p archsim-experiments --features mutants --test mutants            # checks this page\n\
         cargo test --release -p archsim-experiments --features mutants --test mutants -- --write # writes it\n\
         cargo test --release -p archsim-experiments --features mutants --test mutants -- NAME …  # says why\n\
         ```\n\n\
         Every detector is silent without a mutant; a mutant that no detector notices fails the command, and so does \
         this page where a mutant or what first catches it is out of date.\n\n\
         | detector | what it does | catches |\n|---|---|---:|\n",
    );
    for (place, detector) in DETECTORS.iter().enumerate() {
        let caught = trials.iter().filter(|trial| trial.said[place].is_some()).count();
        let _ = writeln!(page, "| {} | {} | {caught} |", detector.name, detector.does);
    }
    let caught = trials.iter().filter(|trial| trial.caught() > 0).count();
    let once = trials.iter().filter(|trial| trial.caught() == 1).count();
    let _ = write!(
        page,
        "\n{caught} of {} mutants are caught, {once} of them by one detector alone. The first that catches is the \
         cheapest: detectors run in the order above.\n\n\
         | mutant | what is wrong | first caught by | and by |\n|---|---|---|---|\n",
        trials.len()
    );
    for trial in trials {
        let heard = DETECTORS.iter().zip(&trial.said).filter(|(_, said)| said.is_some());
        let others: Vec<_> = heard.skip(1).map(|(detector, _)| detector.name).collect();
        let _ = writeln!(page, "{} {} |", row(trial), others.join(", "));
    }
    page
}
