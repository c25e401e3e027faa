//! The house rules of the charts, checked on the SVG that readers get.
//!
//! A chart that breaks one of them is wrong, however its data look; the report of `fixture` has every kind
//! of chart in its smallest and largest form.

mod fixture;
mod stressed;

use archsim_output::{Chart, Figure, csv, html, png, png_card, svg, svg_card};
use roxmltree::{Document, Node};

/// SVG units to a pixel of the slide.
const FINE: f64 = 10.0;

/// The charts of the report, and the same with names, titles and numbers that are hard to place.
fn figures() -> Vec<Figure> {
    let plain: Vec<Figure> = fixture::report().parts.into_iter().flat_map(|part| part.figures).collect();
    let hard = plain.iter().cloned().map(stressed::stressed);
    plain.iter().cloned().chain(hard).collect()
}

/// One text of a chart, in pixels.
struct Words {
    text: String,
    x: f64,
    y: f64,
    px: f64,
    bold: bool,
    anchor: String,
}

impl Words {
    fn of(node: Node) -> Self {
        let number =
            |name: &str| node.attribute(name).and_then(|value| value.parse::<f64>().ok()).expect("a number");
        Words {
            text: node.text().unwrap_or_default().trim().to_owned(),
            x: number("x") / FINE,
            y: number("y") / FINE,
            px: number("font-size") / FINE,
            bold: node.attribute("font-weight") == Some("bold"),
            anchor: node.attribute("text-anchor").unwrap_or("start").to_owned(),
        }
    }

    /// Left and right end when every letter is `em` wide on average.
    fn ends(&self, em: f64) -> (f64, f64) {
        let wide = self.text.chars().count() as f64 * em * self.px;
        match self.anchor.as_str() {
            "start" => (self.x, self.x + wide),
            "end" => (self.x - wide, self.x),
            _ => (self.x - wide / 2.0, self.x + wide / 2.0),
        }
    }
}

fn words(document: &Document) -> Vec<Words> {
    document.descendants().filter(|node| node.has_tag_name("text")).map(Words::of).collect()
}

/// Runs a check on every figure's SVG.
fn each(check: impl Fn(&Figure, &Document)) {
    for figure in figures() {
        let text = svg(&figure);
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{}: {error}", figure.id));
        check(&figure, &document);
    }
}

#[test]
fn every_chart_stands_on_white_paper() {
    each(|figure, document| {
        let first = document
            .root_element()
            .children()
            .find(|node| node.is_element() && node.attribute("fill").is_some());
        let first = first.expect("something is drawn");
        let of = |name| first.attribute(name);
        assert!(first.has_tag_name("rect"), "{}", figure.id);
        assert_eq!(
            (of("fill"), of("x"), of("width"), of("height")),
            (Some("#FFFFFF"), Some("0"), Some("16000"), Some("9000"))
        );
    });
}

#[test]
fn every_chart_says_what_it_shows_to_those_who_cannot_see_it() {
    each(|figure, document| {
        let find =
            |name| document.descendants().find(|node| node.has_tag_name(name)).and_then(|node| node.text());
        assert_eq!(find("title"), Some(figure.title.as_str()));
        let description = find("desc").expect("a description");
        assert!(description.contains(&figure.alt));
        assert!(figure.key_numbers.iter().all(|number| description.contains(number)), "{description}");
        assert_eq!(document.root_element().attribute("role"), Some("img"));
    });
}

#[test]
fn the_finding_is_the_title_and_the_origin_the_footer() {
    each(|figure, document| {
        let words = words(document);
        let large: Vec<&str> =
            words.iter().filter(|words| words.px >= 28.0).map(|words| words.text.as_str()).collect();
        let shown = large.join(" ").replace('\u{a0}', " ");
        assert!(figure.title.starts_with(shown.trim_end_matches('…')) && shown.len() > 20, "{shown}");
        assert!(words.iter().any(|words| words.text == figure.footer), "{}", figure.id);
        assert!(words.iter().any(|words| words.text.starts_with(&figure.subtitle[..20])), "{}", figure.id);
    });
}

#[test]
fn no_text_is_smaller_than_sixteen_pixels() {
    each(|figure, document| {
        for words in words(document) {
            assert!(words.px >= 15.99, "{}: `{}` is {} px", figure.id, words.text, words.px);
        }
    });
}

#[test]
fn no_text_leaves_the_sheet_even_in_a_wide_font() {
    each(|figure, document| {
        for words in words(document) {
            let (left, right) = words.ends(if words.bold { 0.6 } else { 0.58 });
            assert!(left >= 0.0 && right <= 1600.0, "{}: `{}` spans {left}–{right}", figure.id, words.text);
            assert!(words.y >= 16.0 && words.y <= 884.0, "{}: `{}` at {}", figure.id, words.text, words.y);
        }
    });
}

#[test]
fn no_two_texts_cover_each_other() {
    each(|figure, document| {
        let words = words(document);
        for (index, one) in words.iter().enumerate() {
            for two in &words[..index] {
                let (a, b) = (one.ends(0.5), two.ends(0.5));
                let beside = a.1 <= b.0 || b.1 <= a.0;
                let apart = (one.y - two.y).abs() >= one.px.min(two.px) - 0.01;
                assert!(beside || apart, "{}: `{}` and `{}`", figure.id, one.text, two.text);
            }
        }
    });
}

#[test]
fn families_keep_their_colours_and_dashes() {
    let text = svg(&fixture::timeline(&[0, 3, 7], false));
    let document = Document::parse(&text).expect("well-formed");
    let pieces = |colour: &str| {
        let lines = document.descendants().filter(|node| node.has_tag_name("polyline"));
        lines
            .filter(|n| n.attribute("stroke") == Some(colour) && n.attribute("stroke-width") == Some("30"))
            .count()
    };
    assert_eq!(pieces("#0072B2"), 3, "the monolith is solid: one line a panel");
    assert!(pieces("#D55E00") > 60, "bare microservices are dashed");
    assert!(pieces("#009E73") > pieces("#D55E00"), "resilient microservices are dash-dotted");
}

#[test]
fn the_fault_is_a_named_grey_band() {
    each(|figure, document| {
        let (Chart::Timeline(_) | Chart::Heatmap(_)) = &figure.chart else { return };
        assert!(words(document).iter().any(|words| words.text.contains("ratings slow")), "{}", figure.id);
        let band = document.descendants().any(|node| {
            node.has_tag_name("rect")
                && node.attribute("fill") == Some("#1A1A1A")
                && node.attribute("opacity") == Some("0.1")
        });
        assert!(band, "{}", figure.id);
    });
}

#[test]
fn the_spread_over_seeds_is_always_drawn() {
    let bands = svg(&fixture::timeline(&[0, 3, 7], false));
    assert!(bands.contains("opacity=\"0.15\"") && bands.contains("opacity=\"0.3\""));
    let runs = svg(&fixture::timeline(&[3, 5], true));
    assert!(
        runs.matches("stroke-width=\"10\"").count() > 2 * 20 * 3,
        "twenty runs of two arms in three panels"
    );
    assert!(!runs.contains("opacity=\"0.15\""), "no band over runs");
}

#[test]
fn a_number_at_the_end_of_a_line_is_never_cut() {
    let figure = stressed::stressed(fixture::timeline(&[0, 3, 7], false));
    let text = svg(&figure);
    let document = Document::parse(&text).expect("well-formed");
    let numbers = words(&document).iter().filter(|words| words.text.ends_with("… ×1.05")).count();
    assert_eq!(numbers, 3 * 3, "three lines in each of three panels, their names cut");
}

#[test]
fn what_is_not_drawn_stands_in_the_data() {
    let mut figure = fixture::timeline(&[0, 3, 7], false);
    let Chart::Timeline(chart) = &mut figure.chart else { panic!("a timeline") };
    let mut beside = chart.panels.pop().expect("a panel");
    beside.title = "Left over".into();
    chart.beside.push(beside);
    assert!(csv(&figure).contains("Left over") && !svg(&figure).contains("Left over"));
    // A point that is missing takes no row.
    let rows = csv(&figure).lines().count();
    let Chart::Timeline(chart) = &mut figure.chart else { panic!("a timeline") };
    chart.beside[0].series[0].median[3] = f64::NAN;
    assert_eq!(csv(&figure).lines().count(), rows - 1);
}

#[test]
fn the_same_figure_gives_the_same_bytes() {
    let figure = fixture::heatmap(&[0, 3, 7]);
    assert_eq!(svg(&figure), svg(&figure));
    assert_eq!(png(&figure), png(&figure));
    assert_eq!(csv(&figure), csv(&figure));
    assert_eq!(html(&fixture::report()), html(&fixture::report()));
}

#[test]
fn a_card_keeps_the_rules_of_the_slide() {
    let figure = fixture::heatmap(&[0, 3, 7]);
    let text = svg_card(&figure);
    let document = Document::parse(&text).expect("well-formed");
    let words = words(&document);
    for (index, one) in words.iter().enumerate() {
        let (left, right) = one.ends(if one.bold { 0.6 } else { 0.58 });
        assert!(left >= 0.0 && right <= 1200.0 && one.px >= 15.99, "`{}`: {left}–{right}", one.text);
        assert!(one.y >= 14.0 && one.y <= 620.0, "`{}` at {}", one.text, one.y);
        for two in &words[..index] {
            let (a, b) = (one.ends(0.5), two.ends(0.5));
            let apart = a.1 <= b.0 || b.1 <= a.0 || (one.y - two.y).abs() >= one.px.min(two.px) - 0.01;
            assert!(apart, "`{}` and `{}`", one.text, two.text);
        }
    }
    assert_eq!(&png_card(&figure)[16..24], &[0, 0, 0x04, 0xB0, 0, 0, 0x02, 0x76]);
}

#[test]
fn a_picture_is_a_slide_of_1600_by_900() {
    let file = png(&fixture::strip());
    assert_eq!(&file[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(&file[16..24], &[0, 0, 0x06, 0x40, 0, 0, 0x03, 0x84]);
}
