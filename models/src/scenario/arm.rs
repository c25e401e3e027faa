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
    for at in 0..arms.len() {
        let of = arms[at].control_of.as_ref();
        if let Some(tint) = of.and_then(|of| arms.iter().find(|arm| arm.name == *of)).map(|arm| arm.tint) {
            arms[at].tint = tint;
        }
    }
}
