//! Colours, dashes and markers with a fixed meaning, the same in every chart.
//!
//! Okabe and Ito's palette, which readers with any common colour vision can tell apart: the monolith is
//! blue and solid, bare microservices vermillion and dashed, resilient microservices green and dash-dotted,
//! demand black and thin. Red against green never means bad against good, and no meaning rests on colour
//! alone: dash and marker repeat it. Where all arms are of one design, its colour would say nothing: they have
//! the palette's other colours, told apart by dash and marker too.

use plotters::style::{RGBAColor, RGBColor};

use crate::report::{Family, Look};

/// Text, axes and demand.
pub const INK: RGBColor = RGBColor(0x1A, 0x1A, 0x1A);
/// Secondary text; 5.7 : 1 on white.
pub const SOFT: RGBColor = RGBColor(0x5F, 0x5F, 0x5F);
/// Grid lines.
pub const GRID: RGBColor = RGBColor(0xE3, 0xE3, 0xE3);
/// The ground of every chart.
pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
/// Where there is nothing to show.
pub const NOTHING: RGBColor = RGBColor(0xEC, 0xEC, 0xEC);
/// Sky: what there is more than enough of; fills only.
pub const SKY: RGBColor = RGBColor(0x56, 0xB4, 0xE9);
/// Failed calls and the middle of the error ramp.
pub const VERMILLION: RGBColor = RGBColor(0xD5, 0x5E, 0x00);

const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xB2);
const GREEN: RGBColor = RGBColor(0x00, 0x9E, 0x73);

/// Colours for what belongs to no architecture, told apart from those of the families.
const NEUTRAL: [RGBColor; 4] = [
    RGBColor(0xA8, 0x4F, 0x85),
    RGBColor(0x1A, 0x1A, 0x1A),
    RGBColor(0x2F, 0x7F, 0xB0),
    RGBColor(0x96, 0x64, 0x00),
];

/// Arms of one design: orange and sky darkened, reddish purple, and indigo, for black is demand's; then again, with other
/// dashes.
const APART: [RGBColor; 4] = [
    RGBColor(0xB8, 0x6E, 0x00),
    RGBColor(0x2F, 0x7F, 0xB0),
    RGBColor(0xA8, 0x4F, 0x85),
    RGBColor(0x3B, 0x3A, 0x8C),
];
/// Their dashes; five and four, so that twenty arms are told apart.
const APART_DASHES: [&[f64]; 5] =
    [&[], &[14.0, 6.0], &[16.0, 5.0, 4.0, 5.0], &[8.0, 8.0], &[26.0, 6.0, 4.0, 6.0, 4.0, 6.0]];

/// The colour of the `index`-th thing that belongs to no architecture: reddish purple, black, sky and orange, darkened
/// until small text reads well on white.
pub const fn neutral(index: usize) -> RGBColor {
    NEUTRAL[index % NEUTRAL.len()]
}

/// Its marker.
pub const fn neutral_marker(index: usize) -> Marker {
    [Marker::Circle, Marker::Diamond, Marker::Triangle][index % 3]
}

/// The shapes that repeat what a colour says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// ●
    Circle,
    /// ◆
    Diamond,
    /// ▲
    Triangle,
}

/// The colour of lines and marks of an arm.
pub fn colour(look: Look) -> RGBColor {
    let base = match look.family {
        Family::Monolith => BLUE,
        Family::Microservices => VERMILLION,
        Family::Resilient => GREEN,
        Family::Apart => return APART[usize::from(look.tint) % APART.len()],
    };
    // Tints stop at 55 % white, where a 3 px line is still seen on paper.
    let white = [0.0, 0.3, 0.45, 0.55][usize::from(look.tint.min(3))];
    mix(base, PAPER, white)
}

/// The colour of an arm's words: its base colour, darkened until small text reads well on white.
pub fn ink(look: Look) -> RGBColor {
    let pure = if look.family == Family::Apart { colour(look) } else { colour(Look { tint: 0, ..look }) };
    mix(pure, RGBColor(0, 0, 0), 0.25)
}

/// Lengths of dashes and gaps in pixels; empty is solid.
pub fn dash(look: Look) -> &'static [f64] {
    match look.family {
        Family::Monolith => &[],
        Family::Microservices => &[14.0, 6.0],
        Family::Resilient => &[16.0, 5.0, 4.0, 5.0],
        Family::Apart => APART_DASHES[usize::from(look.tint) % APART_DASHES.len()],
    }
}

/// Dashes of demand.
pub const DASH_DEMAND: &[f64] = &[6.0, 4.0];
/// Dots of objectives.
pub const DASH_OBJECTIVE: &[f64] = &[3.0, 4.0];

/// The marker of an arm.
pub fn marker(look: Look) -> Marker {
    match look.family {
        Family::Monolith => Marker::Circle,
        Family::Microservices => Marker::Diamond,
        Family::Resilient => Marker::Triangle,
        Family::Apart => neutral_marker(usize::from(look.tint)),
    }
}

/// White for no errors over vermillion for half to black for all: darker is always worse.
pub fn error_ramp(share: f64) -> RGBColor {
    let share = share.clamp(0.0, 1.0);
    if share < 0.5 {
        mix(PAPER, VERMILLION, share * 2.0)
    } else {
        mix(VERMILLION, RGBColor(0, 0, 0), (share - 0.5) * 2.0 * 0.92)
    }
}

/// `from` with the share `part` of `to` mixed in.
pub fn mix(from: RGBColor, to: RGBColor, part: f64) -> RGBColor {
    let channel = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    RGBColor(channel(from.0, to.0), channel(from.1, to.1), channel(from.2, to.2))
}

/// A colour with opacity 0–1.
pub fn veil(colour: RGBColor, opacity: f64) -> RGBAColor {
    RGBAColor(colour.0, colour.1, colour.2, opacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: RGBColor) -> f64 {
        let channel = |value: u8| {
            let share = f64::from(value) / 255.0;
            if share <= 0.040_45 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
        };
        0.2126 * channel(colour.0) + 0.7152 * channel(colour.1) + 0.0722 * channel(colour.2)
    }

    fn contrast_on_white(colour: RGBColor) -> f64 {
        1.05 / (luminance(colour) + 0.05)
    }

    #[test]
    fn words_read_on_white() {
        for family in [Family::Monolith, Family::Microservices, Family::Resilient, Family::Apart] {
            for tint in 0..4 {
                let contrast = contrast_on_white(ink(Look { family, tint }));
                assert!(contrast >= 4.5, "{family:?} tint {tint}: {contrast:.2}");
            }
        }
        assert!(contrast_on_white(SOFT) >= 4.5);
        assert!(NEUTRAL.into_iter().all(|colour| contrast_on_white(colour) >= 4.2), "bold and large enough");
    }

    #[test]
    fn the_families_keep_their_fixed_colours_and_dashes() {
        let pure = |family| Look { family, tint: 0 };
        assert_eq!(colour(pure(Family::Monolith)), RGBColor(0x00, 0x72, 0xB2));
        assert_eq!(colour(pure(Family::Microservices)), RGBColor(0xD5, 0x5E, 0x00));
        assert_eq!(colour(pure(Family::Resilient)), RGBColor(0x00, 0x9E, 0x73));
        let lengths =
            [Family::Monolith, Family::Microservices, Family::Resilient].map(|f| dash(pure(f)).len());
        assert_eq!(lengths, [0, 2, 4], "solid, dashed, dash-dotted");
    }

    #[test]
    fn arms_of_one_design_are_told_apart() {
        let looks = (0..20).map(|tint| Look { family: Family::Apart, tint });
        let pens: Vec<_> = looks.clone().map(|look| (colour(look), dash(look))).collect();
        let twice = |at: usize| pens[..at].contains(&pens[at]);
        assert!((0..20).all(|at| !twice(at)));
        // Neighbours differ in colour, dash and marker.
        let all: Vec<Look> = looks.collect();
        assert!(all.windows(2).all(|pair| {
            colour(pair[0]) != colour(pair[1])
                && dash(pair[0]) != dash(pair[1])
                && marker(pair[0]) != marker(pair[1])
        }));
    }

    #[test]
    fn more_errors_are_darker() {
        let steps: Vec<f64> = (0..=20).map(|step| luminance(error_ramp(f64::from(step) / 20.0))).collect();
        assert!(steps.windows(2).all(|pair| pair[0] > pair[1]));
    }
}
