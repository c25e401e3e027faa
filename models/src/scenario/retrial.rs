//! Who asks again after having been turned away: `workload.retrial`.

use super::common::{DISTRIBUTION, SHARE};
use super::read::Reader;
use super::scalar::Scalar;
use super::shape::{Record, Shape, default, required};
use super::tree::Node;
use crate::plan::Retrial;

/// `workload.retrial`.
pub static RETRIAL: Shape = Shape::Record(&Record::new(
    "a retrial",
    &[
        required("after", &DISTRIBUTION, "Time until a user who was turned away asks again."),
        default(
            "attempts",
            &Shape::Scalar(Scalar::Limit { min: 2 }),
            "unbounded",
            "queueing theory's retrial queue (Falin & Templeton 1997)",
            "How often a request asks in all, the first time included.",
        ),
        default(
            "share",
            &SHARE,
            "100%",
            "queueing theory's retrial queue (Falin & Templeton 1997)",
            "Share of those turned away who ask again, each time anew.",
        ),
    ],
));

/// Reads a resolved `workload.retrial`. Where nobody comes back there is none.
pub fn read(reader: &mut Reader<'_>, node: &Node, path: &str) -> Option<Retrial> {
    let (at, after_path) = (node.at("after"), format!("{path}.after"));
    let after = reader.distribution(at, &after_path);
    if after.is_zero() {
        reader
            .report
            .error("E0305", at.place, &after_path, "users who ask again at once ask for ever at one instant")
            .found(at.words())
            .allowed("a time above zero")
            .help("`1ms` is as good as none");
    }
    let share = node.at("share").share();
    (share > 0.0).then(|| Retrial { after, attempts: node.at("attempts").limit(), share })
}
