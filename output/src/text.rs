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
    /// Label of a time axis.
    TimeAxis => "time, s",
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
        assert!(!fill(Key::TimeAxis, &[]).contains('{'));
    }
}
