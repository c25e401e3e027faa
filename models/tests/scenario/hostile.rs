//! Whatever bytes come, reading them says what is wrong and never panics.

use archsim_models::scenario::{self, Severity};
use archsim_sim::Stream;

const STREAMING: &[u8] = include_bytes!("streaming.yaml");

/// Reads and renders; a scenario is there exactly when no error is.
fn survives(bytes: &[u8]) {
    let reading = scenario::read("hostile.yaml", bytes, &[]);
    let source = String::from_utf8_lossy(bytes);
    let errors = reading.diagnostics.iter().filter(|it| it.severity == Severity::Error).count();
    assert_eq!(reading.scenario.is_none(), errors > 0);
    for diagnostic in &reading.diagnostics {
        assert!(!diagnostic.render(&source, false).is_empty());
        assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
        assert!(scenario::explain(diagnostic.code).is_some(), "{} has no page", diagnostic.code);
    }
}

/// The one code that reading gives first.
fn first(bytes: &[u8]) -> &'static str {
    survives(bytes);
    scenario::read("hostile.yaml", bytes, &[]).diagnostics.first().map_or("none", |it| it.code)
}

#[test]
fn a_file_cut_short_at_any_byte() {
    for end in 0..STREAMING.len() {
        survives(&STREAMING[..end]);
    }
}

#[test]
fn ten_thousand_files_with_some_bytes_changed() {
    const BYTES: &[u8] = b"\0\t\n -:,{}[]&*#?|>%@`\"'!0189azAZ\x7f\xc3\xbf\xe2\xff";
    for number in 0..10_000 {
        let mut stream = Stream::named(7, number, "spoil");
        let mut bytes = STREAMING.to_vec();
        for _ in 0..=stream.below(4) {
            let at = stream.below(bytes.len() as u32) as usize;
            let byte = BYTES[stream.below(BYTES.len() as u32) as usize];
            match stream.below(4) {
                0 => bytes[at] ^= 1 << stream.below(8),
                1 => bytes.insert(at, byte),
                2 => drop(bytes.remove(at)),
                _ => bytes[at] = byte,
            }
        }
        survives(&bytes);
    }
}

#[test]
fn lines_left_out_doubled_and_swapped() {
    let text = std::str::from_utf8(STREAMING).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let mut fewer = lines.clone();
        fewer.remove(at);
        survives(fewer.join("\n").as_bytes());
        let mut more = lines.clone();
        more.insert(at, lines[at]);
        survives(more.join("\n").as_bytes());
        let mut swapped = lines.clone();
        swapped.swap(at, (at * 7 + 3) % lines.len());
        survives(swapped.join("\n").as_bytes());
    }
}

#[test]
fn every_value_replaced_by_an_extreme_one() {
    let text = std::str::from_utf8(STREAMING).expect("UTF-8");
    let extremes = [
        "0",
        "-1",
        "1e308",
        "99999999999999999999999",
        "1_000_000_000",
        "0s",
        "1000000000d",
        "0.0000001ns",
        "100%",
        "0%",
        "1e9/s",
        "1000000000/s",
        "~",
        "[]",
        "{}",
        "\"\"",
        "all",
        "unbounded",
        "[[[]]]",
        "{ a: { b: c } }",
        "×0",
        "NaN",
        "inf",
        "home",
        "_",
        "−5%",
        "0.0001%",
    ];
    for (start, _) in text.match_indices(": ") {
        let rest = &text[start + 2..];
        let end = rest.find([',', '}', ']', '\n']).unwrap_or(rest.len());
        for extreme in extremes {
            let spoiled = format!("{}: {extreme}{}", &text[..start], &rest[end..]);
            survives(spoiled.as_bytes());
        }
    }
}

#[test]
fn deep_nesting() {
    for depth in [70, 300, 5_000] {
        assert_eq!(first(format!("archsim: 1\nsystem: {}", "[".repeat(depth)).as_bytes()), "E0105");
        let map = format!("archsim: 1\nsystem: {}1{}", "{ a: ".repeat(depth), " }".repeat(depth));
        assert_eq!(first(map.as_bytes()), "E0105");
        let mut lines = "archsim: 1\n".to_owned();
        for at in 0..depth {
            lines.extend(std::iter::repeat_n(' ', at.min(400)));
            lines.push_str("a:\n");
        }
        survives(lines.as_bytes());
        survives("- ".repeat(depth).as_bytes());
    }
}

#[test]
fn aliases_that_grow() {
    let mut text = "archsim: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for at in 1..12 {
        let before = format!("*a{}", at - 1);
        text = format!("{text}a{at}: &a{at} [{}]\n", [before.as_str(); 10].join(", "));
    }
    assert_eq!(first(text.as_bytes()), "E0104");
}

#[test]
fn an_alias_of_what_it_stands_in() {
    survives(b"archsim: 1\nsystem: &a { data: *a }\n");
    survives(b"archsim: 1\nsystem: *nowhere\n");
}

#[test]
fn files_that_are_no_scenarios() {
    assert_eq!(first(b""), "E0101");
    assert_eq!(first(b"# only a comment\n\n"), "E0101");
    assert_eq!(first(b"\xff\xfe\x00"), "E0102");
    assert_eq!(first(&vec![b' '; 5 << 20]), "E0103");
    assert_eq!(first(b"just a word"), "E0113");
    assert_eq!(first(b"[1, 2]"), "E0113");
    assert_eq!(first(b"archsim: 1\n---\narchsim: 1\n"), "E0106");
    assert_eq!(first(b"archsim: 1\nsystem:\n\tname: x\n"), "E0110");
    assert_eq!(first(b"\xef\xbb\xbfarchsim: 7\n"), "E0111");
    assert_eq!(first(b"%YAML 1.1\n---\na: b\n"), "E0100");
}

#[test]
fn hostile_sets() {
    let paths = [
        "",
        ".",
        "..",
        "run",
        "run.",
        "run.measure",
        "faults.slow.latency",
        "faults.9",
        "a.b.c",
        "architectures",
    ];
    let values =
        ["", "1", "5s", "[", "{}", "~", "&a *a", "!x y", "- -", "\"", "\u{0}", "{ a: [1, { b: c }] }"];
    for path in paths {
        for value in values {
            let sets = [(path.to_owned(), value.to_owned())];
            let reading = scenario::read("streaming.yaml", STREAMING, &sets);
            for diagnostic in &reading.diagnostics {
                diagnostic.render("", true);
            }
        }
    }
}
