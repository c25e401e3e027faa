//! What is compared: an architecture under a workload and faults, ready to run.

use crate::plan::Plan;

/// One thing that is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// What charts call it.
    pub title: String,
    /// The architecture that runs.
    pub architecture: String,
    /// The arm of which it is the control, if it is one.
    pub control_of: Option<String>,
    /// As what it is drawn.
    pub kind: ArmKind,
    /// How far its colour is from that of the design at full strength: 0 is the design itself.
    pub tint: u8,
    /// All arms are of one kind, and it takes more than tints to tell them apart: which of them it is.
    pub apart: Option<u8>,
    /// What runs.
    pub plan: Plan,
    /// What is paid for: instance-cores and servers of stores.
    pub cores: f64,
}

/// As what an arm is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ArmKind {
    /// One deployable.
    Monolith,
    /// Several, whose calls are bare or have timeouts only.
    Microservices,
    /// Several, whose calls are protected.
    Resilient,
}

impl ArmKind {
    /// The name in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            ArmKind::Monolith => "monolith",
            ArmKind::Microservices => "microservices",
            ArmKind::Resilient => "resilient",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<ArmKind> {
        [ArmKind::Monolith, ArmKind::Microservices, ArmKind::Resilient]
            .into_iter()
            .find(|it| it.name() == name)
    }
}

/// Tints of arms of one kind: the first monolith and microservices are the design itself, and so is the last
/// resilient one, to which the others lead.
pub fn tint(arms: &mut [Arm]) {
    for kind in [ArmKind::Monolith, ArmKind::Microservices, ArmKind::Resilient] {
        let same: Vec<usize> =
            (0..arms.len()).filter(|&at| arms[at].kind == kind && arms[at].control_of.is_none()).collect();
        for (place, &at) in same.iter().enumerate() {
            let steps = if kind == ArmKind::Resilient { same.len() - 1 - place } else { place };
            arms[at].tint = u8::try_from(steps).unwrap_or(u8::MAX);
        }
    }
    apart(arms);
    for at in 0..arms.len() {
        let of = arms[at].control_of.as_ref();
        let of = of.and_then(|of| arms.iter().find(|arm| arm.name == *of));
        if let Some((tint, apart)) = of.map(|arm| (arm.tint, arm.apart)) {
            (arms[at].tint, arms[at].apart) = (tint, apart);
        }
    }
}

/// Three arms and more of one kind and none of another.
fn apart(arms: &mut [Arm]) {
    let compared = || arms.iter().filter(|arm| arm.control_of.is_none());
    let kind = arms.first().map(|arm| arm.kind);
    if compared().count() < 3 || compared().any(|arm| Some(arm.kind) != kind) {
        return;
    }
    for (place, arm) in arms.iter_mut().filter(|arm| arm.control_of.is_none()).enumerate() {
        arm.apart = Some(u8::try_from(place).unwrap_or(u8::MAX));
    }
}
