//! A report as one page that opens offline.

use maud::{DOCTYPE, PreEscaped, html as page};

use crate::report::Report;
use crate::svg::svg;

/// The report as one self-contained HTML document.
pub fn html(report: &Report) -> String {
    page! {
        (DOCTYPE)
        html lang="en" {
            head { meta charset="utf-8"; title { (report.title) } }
            body {
                h1 { (report.question) }
                @for part in &report.parts {
                    h2 { (part.title) }
                    p { (part.headline) }
                    @for figure in &part.figures { figure { (PreEscaped(svg(figure))) } }
                }
            }
        }
    }
    .into_string()
}
