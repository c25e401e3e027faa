//! The offered loads and empty-system latencies of all arms, as `archsim check` prints them.

use archsim_models::scenario::Scenario;

use crate::theory::load::{Load, StationLoad};
use crate::words::list;

/// So many stations of an arm are shown; of more, those with the highest load.
const STATIONS_MAX: usize = 12;
const JOURNEYS_MAX: usize = 12;

/// The loads of the arms that are compared, with their names; arms alike stand together.
pub fn loads(scenario: &Scenario) -> Vec<(Vec<&str>, Load)> {
    let mut all: Vec<(Vec<&str>, Load)> = Vec::new();
    for arm in scenario.arms.iter().filter(|arm| arm.control_of.is_none()) {
        let load = Load::of(&arm.plan);
        match all.iter_mut().find(|(_, other)| *other == load) {
            Some((names, _)) => names.push(&arm.name),
            None => all.push((vec![&arm.name], load)),
        }
    }
    all
}

/// All of them as text.
pub fn text(scenario: &Scenario) -> String {
    let arms = loads(scenario);
    let parts: Vec<String> = arms
        .iter()
        .flat_map(|(names, load)| ["\n  ".to_owned(), head(names, load), "\n".to_owned(), tables(load)])
        .collect();
    parts.concat()
}

/// `bare and resilient, offered 50/s, at most 100/s`.
fn head(names: &[&str], load: &Load) -> String {
    let rate = load.rate;
    let names = list(names);
    if rate.at_most {
        return format!(
            "{names}, offered at most {}/s by users who wait for their answers",
            number(rate.mean)
        );
    }
    let peak = if varies(load) {
        format!(" on average, {}/s at the peak", number(rate.peak))
    } else {
        String::new()
    };
    format!("{names}, offered {}/s{peak}", number(rate.mean))
}

fn varies(load: &Load) -> bool {
    load.rate.peak > load.rate.mean * (1.0 + 1e-9)
}

fn tables(load: &Load) -> String {
    let mut shown: Vec<&StationLoad> = load.stations.iter().collect();
    // A stable sort: stations alike stay in the scenario's order.
    if shown.len() > STATIONS_MAX {
        shown.sort_by(|a, b| b.peak.unwrap_or(0.0).total_cmp(&a.peak.unwrap_or(0.0)));
    }
    let left_out = shown.len().saturating_sub(STATIONS_MAX);
    shown.truncate(STATIONS_MAX);
    let mut rows = vec![station_head(varies(load))];
    rows.extend(shown.iter().map(|station| self::station(station, varies(load))));
    let mut text = aligned(&rows);
    if left_out > 0 {
        text = text + "    and " + &left_out.to_string() + " stations with less load\n";
    }
    let mut rows = vec![["journey", "latency when empty", "within"].map(str::to_owned).to_vec()];
    rows.extend(load.journeys.iter().take(JOURNEYS_MAX).map(|calm| {
        let bound = if calm.at_least { "≥ " } else { "" };
        let within = calm.within.map_or_else(|| "–".to_owned(), time);
        vec![calm.journey.clone(), format!("{bound}{}", time(calm.seconds)), within]
    }));
    text += &aligned(&rows);
    if load.journeys.len() > JOURNEYS_MAX {
        text = text + "    and " + &(load.journeys.len() - JOURNEYS_MAX).to_string() + " journeys more\n";
    }
    text
}

fn station_head(varies: bool) -> Vec<String> {
    let peak: &[&str] = if varies { &["at peak"] } else { &[] };
    let words = ["station", "arrivals", "work each", "load"].iter().chain(peak).chain(&["held on average"]);
    words.map(|word| (*word).to_owned()).collect()
}

fn station(station: &StationLoad, varies: bool) -> Vec<String> {
    let store = station.kind == "store";
    let load = |load: Option<f64>| load.map_or_else(|| "–".to_owned(), percent);
    let servers = if station.count == 1 { "server" } else { "servers" };
    let name = if store {
        format!("{}, {} {servers}", station.name, station.count)
    } else {
        format!("{} × {}", station.name, station.count)
    };
    let what = if store { "connections" } else { "threads" };
    let there = station.there.map_or_else(|| "unbounded".to_owned(), number);
    let held = if varies {
        format!("{}, at peak {}, of {there} {what}", number(station.held), number(station.held_peak))
    } else {
        format!("{} of {there} {what}", number(station.held))
    };
    let peak = varies.then(|| load(station.peak));
    let arrivals = format!("{}/s", number(station.arrivals));
    [name, arrivals, time(station.work), load(station.load)].into_iter().chain(peak).chain([held]).collect()
}

/// Columns under their heads: the first and the last begin together, the others end together.
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.first().map_or(0, Vec::len);
    let chars = |text: &str| text.chars().count();
    let width = |column: usize| rows.iter().map(|row| chars(&row[column])).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cell = |(column, text): (usize, &String)| {
            let space = " ".repeat(widths[column] - chars(text));
            let words = column == 0 || column + 1 == columns;
            if words { format!("{text}{space}") } else { format!("{space}{text}") }
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        format!("    {}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Three digits are enough to judge by.
pub fn number(value: f64) -> String {
    let decimals = match value.abs() {
        it if it <= 0.0 || it >= 99.95 => 0,
        it if it >= 9.995 => 1,
        it if it >= 0.9995 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 { text } else { text.trim_end_matches('0').trim_end_matches('.').to_owned() }
}

/// A share in whole per cents; of small ones a digit more, so that they are not nothing.
pub fn percent(share: f64) -> String {
    let decimals = usize::from(share > 0.0 && share < 0.1);
    format!("{:.decimals$} %", share * 100.0)
}

/// Seconds in the unit that suits them.
pub fn time(seconds: f64) -> String {
    match seconds {
        it if it <= 0.0 => "0 ms".to_owned(),
        it if it >= 1.0 => format!("{} s", number(it)),
        it if it >= 1e-3 => format!("{} ms", number(it * 1e3)),
        it => format!("{} us", number(it * 1e6)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        let found = [0.0, 0.0123, 1.0, 3.456, 12.34, 1234.5].map(number);
        assert_eq!(found, ["0", "0.012", "1", "3.46", "12.3", "1234"]);
        assert_eq!([0.0, 4e-6, 0.0123, 2.5].map(time), ["0 ms", "4 us", "12.3 ms", "2.5 s"]);
        assert_eq!([0.0, 0.004, 0.756, 1.2].map(percent), ["0 %", "0.4 %", "76 %", "120 %"]);
    }
}
