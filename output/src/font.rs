//! The typeface of the charts, carried in the binary so that no machine needs one installed.
//!
//! PNG text is drawn with Inter (SIL Open Font License, see `fonts/OFL.txt`). SVG text is drawn by the
//! viewer with whatever its family stack finds, which may be up to a fifth wider; so the layout reserves
//! [`room`], never the exact width.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef};

use crate::text::bind;

/// The family stack written into SVG and HTML.
pub const FAMILY: &str = "Inter, 'Helvetica Neue', Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// How much wider than Inter the widest common substitutes (such as Verdana) set the same words.
const SUBSTITUTE_REGULAR: f64 = 1.13;
/// The same for bold, where the substitutes differ more.
const SUBSTITUTE_BOLD: f64 = 1.22;

static REGULAR: LazyLock<FontRef<'static>> =
    LazyLock::new(|| face(include_bytes!("../fonts/Inter-Regular.otf")));
static BOLD: LazyLock<FontRef<'static>> =
    LazyLock::new(|| face(include_bytes!("../fonts/Inter-SemiBold.otf")));

fn face(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the carried font is whole: a test reads it")
}

/// The carried face of a weight.
pub fn carried(bold: bool) -> &'static FontRef<'static> {
    if bold { &BOLD } else { &REGULAR }
}

/// Width in pixels of `text` set in the carried font at `px` pixels per em.
pub fn width(text: &str, px: f64, bold: bool) -> f64 {
    let font = carried(bold);
    let em = f64::from(font.units_per_em().unwrap_or(1000.0));
    let units: f64 =
        text.chars().map(|letter| f64::from(font.h_advance_unscaled(font.glyph_id(letter)))).sum();
    units / em * px
}

/// Width in pixels to reserve for `text`, whatever font the viewer sets it in.
pub fn room(text: &str, px: f64, bold: bool) -> f64 {
    width(text, px, bold) * if bold { SUBSTITUTE_BOLD } else { SUBSTITUTE_REGULAR }
}

/// `text` broken into at most `lines` lines that each find room in `wide` pixels; what does not fit even
/// then ends in an ellipsis.
pub fn wrap(text: &str, px: f64, bold: bool, wide: f64, lines: usize) -> Vec<String> {
    let mut done: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in bind(text).split(' ').filter(|word| !word.is_empty()) {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if room(&longer, px, bold) <= wide || line.is_empty() {
            line = longer;
        } else {
            done.push(std::mem::replace(&mut line, word.to_owned()));
        }
    }
    done.push(line);
    if done.len() > lines {
        let rest = done.split_off(lines.saturating_sub(1)).join(" ");
        done.push(rest);
    }
    done.into_iter().map(|line| shorten(&line, px, bold, wide)).collect()
}

/// Like [`wrap`], with lines of about equal length instead of a last line of one word.
pub fn wrap_evenly(text: &str, px: f64, bold: bool, wide: f64, lines: usize) -> Vec<String> {
    let broken = wrap(text, px, bold, wide, lines);
    if broken.len() < 2 {
        return broken;
    }
    let mut narrow = wide;
    let mut even = broken;
    while narrow > wide * 0.7 {
        narrow -= 20.0;
        let tried = wrap(text, px, bold, narrow, lines + 1);
        if tried.len() > even.len() || tried.iter().any(|line| line.ends_with('…')) {
            break;
        }
        even = tried;
    }
    even
}

/// `text`, or as much of it as finds room in `wide` pixels, with an ellipsis.
pub fn shorten(text: &str, px: f64, bold: bool, wide: f64) -> String {
    if room(text, px, bold) <= wide {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() {
        let short = format!("{}…", kept.trim_end());
        if room(&short, px, bold) <= wide {
            return short;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_carried_font_has_every_sign_the_charts_use() {
        for bold in [false, true] {
            let missing: String = "Az09%[],.–−×·≥≤±→●◆▲✓✗…µé§"
                .chars()
                .filter(|sign| carried(bold).glyph_id(*sign).0 == 0)
                .collect();
            assert_eq!(missing, "", "bold: {bold}");
        }
    }

    #[test]
    fn wrapped_lines_find_room_and_lose_no_word() {
        let text = "a slow ratings service took down seven of eight services for 61 s";
        let lines = wrap(text, 20.0, false, 300.0, 9);
        assert_eq!(lines.join(" "), bind(text));
        assert!(lines.iter().all(|line| room(line, 20.0, false) <= 300.0));
    }

    #[test]
    fn what_does_not_fit_says_so() {
        let lines = wrap("one two three four five six seven", 20.0, false, 120.0, 2);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].ends_with('…'));
        assert!(room(&lines[1], 20.0, false) <= 120.0);
    }
}
