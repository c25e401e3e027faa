//! The language's page says what the code does: its examples read, and its tables are those of the code.
//!
//! `ARCHSIM_BLESS=1 cargo test -p archsim-models --test scenario docs` writes the tables into the page.

use std::fs;
use std::path::PathBuf;

use archsim_models::scenario::{self, reference};

fn page() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/language.md")
}

/// The page with `table` between the marks of that name.
fn with(text: &str, name: &str, table: &str) -> String {
    let (start, end) = (format!("<!-- {name} -->\n"), format!("<!-- end of {name} -->"));
    let from = text.find(&start).expect("a start mark") + start.len();
    let to = text.find(&end).expect("an end mark");
    format!("{}{table}{}", &text[..from], &text[to..])
}

#[test]
fn the_tables_are_those_of_the_code() {
    let text = fs::read_to_string(page()).expect("the page");
    let right = with(&with(&text, "keys", &reference::keys()), "codes", &reference::code_table());
    if std::env::var_os("ARCHSIM_BLESS").is_some() {
        fs::write(page(), right).expect("writing the page");
        return;
    }
    assert!(text == right, "docs/language.md is out of date: see the head of this test for how to renew it");
}

#[test]
fn its_examples_read() {
    let text = fs::read_to_string(page()).expect("the page");
    let mut scenarios = 0;
    for block in text.split("```yaml\n").skip(1) {
        let block = block.split("```").next().expect("an end");
        if block.starts_with("archsim: 1") {
            let reading = scenario::read("example.yaml", block.as_bytes(), &[]);
            assert!(reading.diagnostics.is_empty(), "{:#?}\n{block}", reading.diagnostics);
            scenarios += 1;
        }
    }
    assert!(scenarios >= 2, "the page has whole scenarios");
}

#[test]
fn the_message_it_shows_is_the_one_that_is_printed() {
    let text = fs::read_to_string(page()).expect("the page");
    let good =
        text.split("```yaml\n").nth(1).and_then(|block| block.split("```").next()).expect("a scenario");
    let bad = good.replacen("instances: 4", "instnaces: 4", 1);
    let reading = scenario::read("shop.yaml", bad.as_bytes(), &[]);
    let shown = reading.diagnostics[0].render(&bad, false);
    assert!(text.contains(shown.trim_end()), "{shown}");
}
