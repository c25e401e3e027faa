//! `runs.csv`: one row per arm and replication, for those who want to do their own statistics.

use csv::Writer;

use crate::findings::Findings;
use crate::monte_carlo::Run;
use crate::summary::significant;

const FIXED: [&str; 7] = ["part", "arm", "replication", "fingerprint", "events", "requests", "stopped_at_s"];

/// The rows of all parts, in order. Columns are those of the main tables; a part that has not measured one leaves it
/// empty. Shares are from 0 to 1, times are seconds.
///
/// # Errors
/// Never in practice: the rows go to memory.
pub fn runs_csv(findings: &[Findings<'_>]) -> std::io::Result<Vec<u8>> {
    let mut keys: Vec<&str> = Vec::new();
    for column in findings.iter().flat_map(|part| &part.columns) {
        if !keys.contains(&column.column.key.as_str()) {
            keys.push(&column.column.key);
        }
    }
    let mut rows = Writer::from_writer(Vec::new());
    rows.write_record(FIXED.iter().chain(&keys))?;
    for part in findings {
        write_part(&mut rows, part, &keys)?;
    }
    rows.into_inner().map_err(csv::IntoInnerError::into_error)
}

fn write_part(rows: &mut Writer<Vec<u8>>, part: &Findings<'_>, keys: &[&str]) -> csv::Result<()> {
    let results = part.results;
    for (arm, runs) in results.arms() {
        let measured: Vec<Option<Vec<Option<f64>>>> = keys
            .iter()
            .map(|key| {
                let column = part.columns.iter().find(|column| column.column.key == *key)?;
                Some(results.measure(&column.quantity, arm, runs).values)
            })
            .collect();
        for (index, run) in runs.iter().enumerate() {
            let value = |values: &Option<Vec<Option<f64>>>| {
                let value = values.as_ref().and_then(|values| significant(values[index]?));
                value.map_or_else(String::new, |value| value.to_string())
            };
            let values = measured.iter().map(value);
            rows.write_record(fixed(&results.name, &arm.name, run).into_iter().chain(values))?;
        }
    }
    Ok(())
}

fn fixed(part: &str, arm: &str, run: &Run) -> [String; FIXED.len()] {
    let record = &run.record;
    let stopped = record.stopped.map(|stopped| (stopped.at_nanos as f64 / 1e9).to_string());
    [
        part.to_owned(),
        arm.to_owned(),
        run.replication.to_string(),
        format!("{:016x}", record.fingerprint),
        record.events.to_string(),
        record.requests.to_string(),
        stopped.unwrap_or_default(),
    ]
}
