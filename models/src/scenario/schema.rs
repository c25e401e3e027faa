//! The JSON Schema of the language.

/// The schema.
pub fn schema() -> String {
    String::new()
}
