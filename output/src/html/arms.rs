//! Arms as they are named in text: with the marker and colour they have in the charts.

use maud::{Markup, html as page};

use crate::palette::{self, Marker};
use crate::report::{ArmInfo, Part};
use crate::text::{Key, say};

/// An arm's marker and title; the name itself if the part does not know it.
pub fn named(part: &Part, arm: &str) -> Markup {
    let known = part.arms.iter().find(|known| known.name == arm);
    page! {
        @if let Some(known) = known {
            span.arm {
                (marker(known)) (known.title)
                @if known.control { " " span.tag { (say(Key::Control)) } }
            }
        } @else { (arm) }
    }
}

fn marker(arm: &ArmInfo) -> Markup {
    let colour = palette::colour(arm.look);
    let fill = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
    page! {
        svg.marker viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
            @match palette::marker(arm.look) {
                Marker::Circle => { circle cx="8" cy="8" r="6" fill=(fill) {} }
                Marker::Diamond => { path d="M8 1 15 8 8 15 1 8Z" fill=(fill) {} }
                Marker::Triangle => { path d="M8 1 15 14H1Z" fill=(fill) {} }
            }
        }
    }
}
