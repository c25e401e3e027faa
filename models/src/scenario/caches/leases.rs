//! Leases, as they are written.

use archsim_sim::Span;

use crate::plan::Leases;
use crate::scenario::tree::Node;

/// Reads resolved leases.
pub fn read(node: &Node) -> Leases {
    let old = match node.at("others").choice() {
        Some(("stale", span)) => span.span(),
        _ => Span::ZERO,
    };
    Leases {
        every: node.at("every").span(),
        old,
        retry: node.at("retry").span(),
        retries: node.at("retries").limit(),
    }
}
