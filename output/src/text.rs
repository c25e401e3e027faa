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
    RequestsLost => "{share} % of user requests lost",
    /// The same where there is less room.
    Lost => "{share} % lost",
    /// Before the shades of a key.
    ErrorShare => "error share of calls",
    /// A shade of a key.
    NoCalls => "no calls",
    /// A frame of a key.
    FaultHere => "the fault is here",
    /// A node where the fault was put.
    FaultMark => "{name} ← fault",
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
    MeanInterval => "mean [interval]",
    /// Over the differences of a paired chart.
    Difference => "Difference from {baseline}, {unit}",
    /// Over the slopes of a paired chart.
    Slopes => "Each line is one seed: from {baseline} (grey) to the other arm, {unit}",
    /// The unit of differences between shares.
    PercentagePoints => "percentage points",
    /// Under the name of a compared arm.
    BetterIn => "better in {better} of {seeds}",
}

/// The words of a key with its places filled.
pub fn fill(key: Key, values: &[(&str, &str)]) -> String {
    values.iter().fold(say(key).to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_without_words() {
        assert!(ALL.iter().all(|key| !say(*key).trim().is_empty()));
    }

    #[test]
    fn places_are_filled() {
        assert!(!fill(Key::Lost, &[("share", "3")]).contains('{'));
    }
}
