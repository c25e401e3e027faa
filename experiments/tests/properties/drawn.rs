//! Random scenarios that shrink: the twin's plans, of which a failing case keeps as little as it needs.

use archsim_models::plan::Plan;
use proptest::prelude::{Strategy, any};

use crate::both::plans;

/// A plan by seed, and how much of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// Chooses the plan, and the dice of its run.
    pub seed: u64,
    /// Faults that are kept at most.
    pub faults: usize,
    /// Layers that are kept of each onion at most.
    pub layers: usize,
    /// Quarters of its time in which requests come.
    pub quarters: u64,
    /// Whether users may lose patience.
    pub patience: bool,
}

impl Drawn {
    /// The plan.
    pub fn plan(&self) -> Plan {
        let mut plan = plans::plan(self.seed);
        plan.faults.truncate(self.faults);
        for guard in &mut plan.guards {
            guard.layers.truncate(self.layers);
            guard.fallbacks.truncate(self.layers);
        }
        let whole = plan.horizon.as_nanos();
        plan.horizon = archsim_sim::Time::from_nanos(whole / 4 * self.quarters);
        if !self.patience {
            plan.workload.patience = None;
        }
        plan
    }

    /// As it is written to replay it.
    pub fn code(&self) -> String {
        let Drawn { seed, faults, layers, quarters, patience } = self;
        format!("{seed},{faults},{layers},{quarters},{}", u8::from(*patience))
    }

    /// Reads what [`code`](Self::code) wrote.
    pub fn parse(code: &str) -> Option<Drawn> {
        let parts = code.split(',').map(|part| part.parse().ok()).collect::<Option<Vec<u64>>>()?;
        let &[seed, faults, layers, quarters, patience] = parts.as_slice() else { return None };
        let (faults, layers) = (faults as usize, layers as usize);
        Some(Drawn { seed, faults, layers, quarters, patience: patience > 0 })
    }
}

/// Mostly whole plans; a failing one is cut down, a part at a time.
pub fn drawn() -> impl Strategy<Value = Drawn> {
    let most = |most: usize| (0..10 * most).prop_map(move |drawn| drawn.min(most));
    let seed = any::<u32>().prop_map(u64::from).no_shrink();
    (seed, most(4), most(5), most(4), any::<bool>()).prop_map(|(seed, faults, layers, quarters, patience)| {
        Drawn { seed, faults, layers, quarters: quarters.max(1) as u64, patience: patience || seed % 2 == 0 }
    })
}
