//! Every word that this crate itself puts into a chart or a report, in one keyed catalogue.
//!
//! Titles, findings and claims are the caller's; what is here are the labels and explanations around them.
//! A further language is a further column of this catalogue.

/// Declares the keys and their words together, so that none can be without the other.
macro_rules! catalogue {
    ($($(#[$note:meta])* $key:ident => $english:literal,)*) => {
        /// What can be said.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Key { $($(#[$note])* $key,)* }

        /// Every key, for tests.
        #[cfg(test)]
        const ALL: &[Key] = &[$(Key::$key,)*];

        /// The words of a key; `{name}` stands for what [`fill`] puts in.
        pub fn say(key: Key) -> &'static str {
            match key { $(Key::$key => $english,)* }
        }
    };
}

catalogue! {
    /// In a key: what grey names are.
    GreyIsOptional => "grey name: callers may do without it",
    /// What the strip under a heat map shows.
    UserSuccess => "user success",
    /// Under it: its axis.
    FromZero => "0 to 100 %",
    /// Under an arm's name.
    RequestsLost => "{share} % of requests lost, {failing} of {journeys} journeys fail",
    /// The same where there is less room.
    LostAndFailing => "{share} % lost, {failing} of {journeys} journeys fail",
    /// And where there is hardly any.
    Lost => "{share} % lost",
    /// Before the shades of a key.
    ErrorShare => "calls without a useful answer",
    /// A shade of a key.
    NoCalls => "no calls",
    /// A frame of a key.
    FaultHere => "the fault is here",
    /// Behind the name of a node where the fault was put.
    FaultMark => " ← fault",
    /// A ring of a key.
    RingSaturation => "ring: threads in use",
    /// A line of a key.
    EdgeRate => "width: calls per second",
    /// A dashed line of a key.
    EdgeErrors => "calls fail",
    /// Behind the title of a logarithmic axis.
    LogScale => " (log scale)",
    /// At a dotted line.
    Objective => "objective {value}",
    /// Over a column of numbers.
    MeanInterval => "mean [interval], {seeds} seeds",
    /// Over the differences of a paired chart.
    Difference => "Difference from {baseline}, {unit}",
    /// In a key: demand above capacity.
    Missing => "asked for, beyond capacity",
    /// In a key: capacity above demand.
    Idle => "there, not asked for",
    /// Under an arm's name.
    MissingAndIdle => "{missing} % beyond capacity · {idle} % idle",
    /// Over the slopes of a paired chart.
    Slopes => "Each line is one seed: from {baseline} (grey) to the other arm, {unit}",
    /// Over the axis of a chart of deviations.
    OfTolerance => "(simulated − known) ÷ tolerance; the band is where a figure may lie",
    /// The unit of differences between shares.
    PercentagePoints => "percentage points",
    /// Under the name of a compared arm.
    BetterIn => "better in {better} of {seeds} seeds",
    /// The same where there is less room.
    BetterShort => "better in {better} of {seeds}",
    /// The page's language, for screen readers.
    LanguageTag => "en",
    /// Before what the author expected.
    Expected => "Expected:",
    /// Before why a result is partial.
    Partial => "A partial result:",
    /// Above the result of a short run.
    Quick => "A quick look: a short run with few seeds. Intervals are wide; run it in full before you quote it.",
    /// Heading over the findings.
    Findings => "What was found",
    /// Heading over the results of the only part.
    Results => "Results",
    /// Before a warning.
    Mind => "Mind:",
    /// Heading over a table.
    InNumbers => "In numbers",
    /// Heading over claims.
    Claims => "Claims, checked",
    /// Heading over charts.
    Charts => "Charts",
    /// Title of a table's first column.
    Arm => "arm",
    /// Over the rows of control arms, if there is no more to say.
    Controls => "Controls",
    /// Below a table: what is the same in all its rows.
    InEveryArm => "In every arm: {values}",
    /// Below a part on the terminal.
    NotesInReport => "What is assumed, and how to read this, stands in report.html",
    /// Title of a table's column of groups.
    Group => "variant",
    /// Mark of an arm that takes the cause away.
    Control => "control",
    /// A verdict.
    Holds => "holds",
    /// A verdict.
    Fails => "fails",
    /// A verdict.
    Undecided => "undecided",
    /// A number of verdicts.
    CountHold => "holds: {count}",
    /// A number of verdicts.
    CountFail => "fails: {count}",
    /// A number of verdicts.
    CountUndecided => "undecided: {count}",
    /// Behind a measured value.
    Claimed => "claimed: {bound}",
    /// Under a chart on a narrow screen.
    Swipe => "Swipe the chart sideways, or open its file below.",
    /// Before links to a chart's files.
    Files => "Files beside this report:",
    /// Heading.
    HowToRead => "How to read this",
    /// What replications are.
    ReadSeeds => "Every arm ran {seeds} times, each time in another random world, and all arms in the same worlds: \
        the same users, the same faults, the same dice. Differences between arms are therefore taken seed by seed.",
    /// What intervals are.
    ReadIntervals => "A value is the mean over seeds; the brackets behind it are its {level} confidence interval. \
        Where intervals are wide, more replications narrow them.",
    /// What verdicts are.
    ReadVerdicts => "A claim holds if its whole interval is on the claimed side of the bound, fails if a wider one, \
        which allows for the number of cases looked at, is on the other, and is undecided in between. Each end is tested \
        by itself: a verdict of 95 % confidence needs the 90 % interval, which is the one shown with a claim. A control \
        takes the supposed cause away: there the effect must vanish.",
    /// What colours are.
    ReadLooks => "In all charts the monolith is blue, solid and round (●), bare microservices are vermillion, dashed \
        and ◆, microservices with resilience policies are green, dash-dotted and ▲; designs in between are lighter \
        tints of the nearest. Grey marks the fault.",
    /// What bands are.
    ReadBands => "Bands over time hold the middle half (strong) and nine tenths (pale) of the seeds, the thick line is \
        their median. Thin lines are single seeds, drawn where a band would hide that the seeds disagree.",
    /// Heading.
    Assumptions => "Assumptions and notes",
    /// Heading.
    NotModelled => "What is not modelled",
    /// The limits of any such result.
    NotModelledText => "Only what the scenario describes can happen here. People, neighbours on the same machines, bugs \
        and anything else the scenario does not name are absent, and its numbers are assumptions. Read the results as \
        a comparison of designs under equal conditions, not as a forecast for a system of your own.",
    /// Heading.
    Reproduce => "How to reproduce",
    /// Before the command.
    ReproduceText => "The same version, scenario and seed give the same numbers, byte for byte, on any machine.",
    /// A fact of the run.
    Version => "Version",
    /// A fact of the run.
    Seed => "Seed",
    /// A fact of the run.
    Replications => "Replications per arm",
    /// A fact of the run.
    ScenarioOf => "Scenario of {part}",
    /// Heading over the operational laws.
    Checks => "Checks of the simulation itself",
    /// Before the command on the terminal.
    Again => "again:",
}

/// The words of a key with its places filled.
pub fn fill(key: Key, values: &[(&str, &str)]) -> String {
    values.iter().fold(say(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// Units that stay on the line of their number.
const UNITS: [&str; 8] = ["%", "×", "s", "ms", "min", "h", "pp", "px"];

/// `text` with numbers bound to their units, so that no line breaks between the two.
pub fn bind(text: &str) -> String {
    let mut bound = String::with_capacity(text.len());
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        bound.push_str(word);
        let Some(next) = words.peek() else { break };
        let unit = next.trim_end_matches(['.', ',', ';', ':', ')']);
        let number = word.ends_with(|sign: char| sign.is_ascii_digit());
        bound.push(if number && UNITS.contains(&unit) { '\u{a0}' } else { ' ' });
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_without_words() {
        assert!(ALL.iter().all(|key| !say(*key).trim().is_empty()));
    }

    #[test]
    fn numbers_keep_their_units() {
        assert_eq!(
            bind("from 20 s to 40 s, 5.6 × that, 3 % of 7 arms"),
            "from 20\u{a0}s to 40\u{a0}s, 5.6\u{a0}× that, 3\u{a0}% of 7 arms"
        );
    }

    #[test]
    fn places_are_filled() {
        assert!(!fill(Key::Lost, &[("share", "3")]).contains('{'));
    }
}
