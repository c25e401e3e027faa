//! A report as one page that opens offline, reads on a phone, prints, and can be heard.
//!
//! Answers come before evidence: the question, the findings and the verdicts fill the first screen; tables,
//! claims and charts follow; how to read them, what they assume and how to make them again stand at the end.

mod arms;
mod parts;
mod style;

use maud::{DOCTYPE, Markup, PreEscaped, html as page};

use crate::report::{Meta, Part, Report, Verdict};
use crate::svg::sentence;
use crate::text::{Key, bind, fill, say};

/// The report as one self-contained HTML document.
pub fn html(report: &Report) -> String {
    page! {
        (DOCTYPE)
        html lang=(say(Key::LanguageTag)) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (report.question) " · " (report.title) }
                style { (PreEscaped(style::CSS)) }
            }
            body {
                header { (opening(report)) }
                main {
                    (findings(report))
                    @for part in &report.parts { (parts::section(part, report.parts.len() > 1)) }
                    (how_to_read(report))
                    (assumptions(report))
                    section {
                        h2 { (say(Key::NotModelled)) }
                        p { (say(Key::NotModelledText)) }
                    }
                    (reproduce(report))
                    (details(report))
                }
                footer { p { "archsim " (report.meta.version) } }
            }
        }
    }
    .into_string()
}

fn opening(report: &Report) -> Markup {
    page! {
        p.kicker { (report.title) }
        h1 { (report.question) }
        p.expected { strong { (say(Key::Expected)) } " " (prose(&report.expectation)) }
        @if let Some(why) = &report.meta.partial {
            p.notice { strong { (say(Key::Partial)) } " " (prose(why)) }
        }
        @if report.meta.quick { p.notice { (say(Key::Quick)) } }
    }
}

/// The findings and how the claims stand, on the first screen.
fn findings(report: &Report) -> Markup {
    page! {
        section {
            h2 { (say(Key::Findings)) }
            ul.findings {
                @for part in &report.parts {
                    li {
                        @if report.parts.len() > 1 {
                            p.where { a href={ "#" (part.name) } { (part.title) } }
                        }
                        p.finding { (prose(&part.headline)) }
                        (verdicts(part))
                    }
                }
            }
        }
    }
}

fn verdicts(part: &Part) -> Markup {
    let count = |verdict| part.claims.iter().filter(|claim| claim.verdict == verdict).count();
    page! {
        @if !part.claims.is_empty() {
            p.verdicts {
                @for verdict in [Verdict::Holds, Verdict::Fails, Verdict::Undecided] {
                    @if count(verdict) > 0 {
                        span.verdict.(class(verdict)) {
                            span aria-hidden="true" { (sign(verdict)) " " }
                            (fill(counted(verdict), &[("count", &count(verdict).to_string())]))
                        }
                        " "
                    }
                }
            }
        }
    }
}

/// The sign of a verdict, the same in HTML and on the terminal.
pub fn sign(verdict: Verdict) -> char {
    match verdict {
        Verdict::Holds => '✓',
        Verdict::Fails => '✗',
        Verdict::Undecided => '?',
    }
}

/// The word of a verdict.
pub fn word(verdict: Verdict) -> &'static str {
    say(match verdict {
        Verdict::Holds => Key::Holds,
        Verdict::Fails => Key::Fails,
        Verdict::Undecided => Key::Undecided,
    })
}

/// The key for a number of claims with one verdict.
pub fn counted(verdict: Verdict) -> Key {
    match verdict {
        Verdict::Holds => Key::CountHold,
        Verdict::Fails => Key::CountFail,
        Verdict::Undecided => Key::CountUndecided,
    }
}

fn class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::Undecided => "undecided",
    }
}

fn how_to_read(report: &Report) -> Markup {
    let level = confidence(&report.meta);
    let seeds = report.meta.replications.to_string();
    page! {
        section {
            h2 { (say(Key::HowToRead)) }
            ul {
                li { (fill(Key::ReadSeeds, &[("seeds", &seeds)])) }
                li { (fill(Key::ReadIntervals, &[("level", &level)])) }
                li { (say(Key::ReadVerdicts)) }
                li { (say(Key::ReadLooks)) }
                li { (say(Key::ReadBands)) }
            }
        }
    }
}

fn assumptions(report: &Report) -> Markup {
    page! {
        @if report.parts.iter().any(|part| !part.notes.is_empty()) {
            section {
                h2 { (say(Key::Assumptions)) }
                @for part in report.parts.iter().filter(|part| !part.notes.is_empty()) {
                    @if report.parts.len() > 1 { h3 { (part.title) } }
                    ul { @for note in &part.notes { li { (prose(note)) } } }
                }
            }
        }
    }
}

fn reproduce(report: &Report) -> Markup {
    let meta = &report.meta;
    page! {
        section {
            h2 { (say(Key::Reproduce)) }
            p { (say(Key::ReproduceText)) }
            pre tabindex="0" { code { (meta.command) } }
            dl {
                dt { (say(Key::Version)) } dd { "archsim " (meta.version) }
                dt { (say(Key::Seed)) } dd { (meta.seed) }
                dt { (say(Key::Replications)) } dd { (meta.replications) }
                @for part in &report.parts {
                    dt { (fill(Key::ScenarioOf, &[("part", &part.title)])) } dd { code { (part.scenario_hash) } }
                }
            }
        }
    }
}

fn details(report: &Report) -> Markup {
    page! {
        @if report.parts.iter().any(|part| !part.laws.is_empty()) {
            section {
                h2 { (say(Key::Checks)) }
                ul {
                    @for part in &report.parts {
                        @for law in &part.laws {
                            li {
                                @if report.parts.len() > 1 { (part.title) ": " }
                                (prose(law))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A sentence of the caller: words in backticks become code, and numbers keep their units.
pub fn prose(text: &str) -> Markup {
    let text = bind(&sentence(text));
    page! {
        @for (index, piece) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (piece) } } @else { (piece) }
        }
    }
}

/// A confidence level as people say it, e.g. `95 %`.
pub fn confidence(meta: &Meta) -> String {
    format!("{} %", crate::number::percent(meta.confidence))
}
