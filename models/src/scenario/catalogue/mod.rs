//! Every code that a diagnostic can have, with a page for `archsim explain`.
//!
//! A page says what the code means and, where that helps, what to write instead of what. Codes are never given
//! to anything else: scripts and searches rely on them.

mod arrivals;
mod caches;
mod claims;
mod databases;
mod file;
mod names;
mod policies;
mod routing;
mod scaling;
mod sense;
mod sessions;
mod structure;
mod values;
mod warnings;
mod zones;

/// A code's page.
struct Page {
    code: &'static str,
    title: &'static str,
    text: &'static str,
}

/// All pages, in the order of their codes.
const GROUPS: [&[Page]; 23] = [
    file::PAGES,
    structure::PAGES,
    values::PAGES,
    names::PAGES,
    sense::PAGES,
    routing::PAGES,
    arrivals::PAGES,
    scaling::PAGES,
    caches::PAGES,
    zones::PAGES,
    databases::PAGES,
    caches::SPARE,
    claims::PAGES,
    sessions::PAGES,
    caches::EXPECTED,
    warnings::PAGES,
    scaling::WARNINGS,
    caches::WARNINGS,
    zones::WARNINGS,
    databases::WARNINGS,
    sessions::WARNINGS,
    caches::MEMORY,
    policies::PAGES,
];

const COUNT: usize = {
    let (mut count, mut at) = (0, 0);
    while at < GROUPS.len() {
        count += GROUPS[at].len();
        at += 1;
    }
    count
};

static CODES: [(&str, &str); COUNT] = {
    let mut codes = [("", ""); COUNT];
    let (mut count, mut group) = (0, 0);
    while group < GROUPS.len() {
        let mut at = 0;
        while at < GROUPS[group].len() {
            codes[count] = (GROUPS[group][at].code, GROUPS[group][at].title);
            count += 1;
            at += 1;
        }
        group += 1;
    }
    codes
};

/// Every code with a title of one line.
pub fn codes() -> &'static [(&'static str, &'static str)] {
    &CODES
}

/// The page of a code: what it means, and what to write instead.
///
/// ```
/// let page = archsim_models::scenario::explain("E0301").expect("a code");
/// assert!(page.starts_with("E0301: no unit"));
/// assert!(archsim_models::scenario::explain("E9999").is_none());
/// ```
pub fn explain(code: &str) -> Option<&'static str> {
    GROUPS.iter().copied().flatten().find(|page| page.code.eq_ignore_ascii_case(code)).map(|page| page.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_in_order_and_each_is_there_once() {
        assert!(codes().windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
