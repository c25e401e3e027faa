//! How the page looks: one column of text, two colour schemes, charts always on white.

/// The whole style sheet.
pub const CSS: &str = include_str!("style.css");

#[cfg(test)]
mod tests {
    use super::CSS;

    #[test]
    fn nothing_is_fetched() {
        assert!(!CSS.contains("url(") && !CSS.contains("@import"));
    }

    #[test]
    fn both_schemes_and_paper_are_thought_of() {
        assert!(CSS.contains("prefers-color-scheme: dark") && CSS.contains("@media print"));
    }
}
