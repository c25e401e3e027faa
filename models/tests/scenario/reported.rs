//! What a report has to say of a mistake, whichever it is.

use archsim_models::scenario::{self, Diagnostic, Reading};

/// The report has `code` for the field `path`, says what was found and what is allowed, and the code has a page.
pub fn reported(reading: &Reading, code: &str, path: &str) -> Diagnostic {
    let found = reading.diagnostics.iter().find(|it| it.code == code);
    let Some(found) = found else { panic!("{code} is not among {:#?}", reading.diagnostics) };
    assert_eq!(found.path, path, "{code}");
    assert!(found.found.is_some() && found.allowed.is_some(), "{found:#?}");
    assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
    found.clone()
}

/// What is reported of `text` with one place of it spoiled.
pub fn spoiled(text: &str, old: &str, new: &str, code: &str, path: &str) -> Diagnostic {
    assert!(text.contains(old), "{code}: `{old}` is not in the scenario");
    reported(&scenario::read("shop.yaml", text.replacen(old, new, 1).as_bytes(), &[]), code, path)
}
