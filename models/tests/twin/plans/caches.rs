//! Caches before stores: what they hold and where, who asks them, and when they are lost.

use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::plan::*;
use archsim_models::popularity::Popularity;
use archsim_sim::{Limit, Span};

use super::{Dice, at, ms};

impl Dice {
    /// One or two data sets of very few items, each before a cache of its own or both before one.
    pub(super) fn caches(&mut self, plan: &mut Plan) {
        let sets = 1 + self.below(2);
        for index in 0..sets {
            let items = 1 + self.below(5) as u32;
            let exponent = self.one_of(&[0.0, 1.0]);
            let (bytes, key) = (1 + self.below(3) as u32, self.key());
            let popularity = Popularity::zipf(items, exponent);
            let absent = self.one_of(&[0.0, 0.0, 0.4]);
            plan.data.push(DataSet { name: format!("data {index}"), popularity, bytes, absent, key });
        }
        let together = self.chance(0.5);
        for index in 0..if together { 1 } else { sets as u16 } {
            let place = if self.chance(0.5) {
                CachePlace::Process
            } else {
                let cluster = self.cache_cluster();
                let store = StoreId(plan.stores.len() as u16);
                for node in 0..cluster.size() {
                    let servers = self.store(index.into());
                    plan.stores.push(Store { name: format!("cache {index}#{node}"), ..servers });
                }
                let timeout = self.one_of(&[Span::FOREVER, ms(2), ms(10)]);
                CachePlace::Servers { store, timeout, cluster }
            };
            let room = match self.below(3) {
                0 => Room::Unbounded,
                1 => Room::Items(1 + self.below(4) as u32),
                _ => Room::Bytes(1 + self.below(6)),
            };
            let orders = [
                Evict::Lru,
                Evict::Fifo,
                Evict::Clock,
                Evict::Sieve,
                Evict::Lfu,
                Evict::Segmented,
                Evict::Random,
            ];
            let evict = self.one_of(&orders);
            let ttl = self
                .chance(0.6)
                .then(|| TimeToLive { span: ms(self.one_of(&[10, 50, 300])), sliding: self.chance(0.3) });
            plan.caches.push(Cache {
                name: format!("cache {index}"),
                data: if together { (0..sets as u16).map(DataId).collect() } else { vec![DataId(index)] },
                settings: CacheSettings { room, evict, ttl },
                place,
                coalesce: self.one_of(&[Coalesce::None, Coalesce::Instance, Coalesce::Cache]),
                late_fills: true,
                once: self.chance(0.3),
                warm: false,
                expected: None,
                stale: ms(if ttl.is_some_and(|it| !it.sliding) { self.one_of(&[0, 0, 5, 40]) } else { 0 }),
                early: self.one_of(&[0.0, 0.0, 1.0, 4.0]),
                jitter: self.one_of(&[0.0, 0.5]),
                negative: self.one_of(&[None, Some(ms(20))]),
                near: None,
                throttle: Limit::Unbounded,
                leases: None,
                load: Load::Aside,
                serves: None,
                key: self.key(),
            });
        }
    }

    pub(super) fn cache_cluster(&mut self) -> CacheCluster {
        if self.chance(0.4) {
            return CacheCluster::ONE;
        }
        CacheCluster {
            nodes: self.one_of(&[1, 2, 3]),
            copies: self.one_of(&[1, 2, 3]),
            others: self.one_of(&[None, Some(0), Some(1)]),
            hashing: self.one_of(&[Hashing::Ketama, Hashing::Modulo]),
            on_loss: self.one_of(&[OnLoss::Miss, OnLoss::Rehash]),
            ..CacheCluster::ONE
        }
    }

    /// One cache more holds the same data, for one of the journeys; or there is one for that journey alone.
    pub(super) fn apart(&mut self, plan: &mut Plan) {
        let some = self.one_of(&[0, 0, 1, 2]);
        if some == 0 {
            return;
        }
        let mut first = plan.caches[0].clone();
        plan.caches[0].serves = if some == 1 { None } else { Some(vec![JourneyId(0)]) };
        first.serves = Some(vec![JourneyId(plan.journeys.len() as u16 - 1)]);
        (first.name, first.key) = ("apart".into(), self.key());
        if let CachePlace::Servers { store, cluster, .. } = &mut first.place {
            let nodes = plan.stores[store.at()..store.at() + usize::from(cluster.size())].to_vec();
            *store = StoreId(plan.stores.len() as u16);
            plan.stores.extend(nodes);
        }
        if some == 1 || plan.journeys.len() > 1 {
            plan.caches.push(first);
        }
    }

    pub(super) fn access(&mut self, plan: &Plan, key: u64) -> Step {
        let data = self.below(plan.data.len() as u64) as u16;
        let cache = plan.caches.iter().position(|cache| cache.data.contains(&DataId(data)));
        Step::Cached(Access {
            data: DataId(data),
            cache: CacheId(cache.expect("a cache for each data set") as u16),
            store: StoreId(0),
            operation: self.one_of(&[Operation::Read, Operation::Read, Operation::Read, Operation::Write]),
            repeat: 1 + self.below(2) as u32,
            again: self.one_of(&[0.0, 0.0, 0.3]),
            own_key: self.chance(0.3),
            cost: self.cost(plan),
            key,
        })
    }

    /// Caches are lost. Late answers may be dropped where the twin knows what late is: it does not follow work that
    /// became wasted while its request goes on.
    pub(super) fn losses(&mut self, plan: &mut Plan) {
        for cache in 0..plan.caches.len() as u16 {
            if self.chance(0.4) {
                let from = at(300 + 100 * self.below(5));
                let first = self.one_of(&[0, 0, 1]);
                let until = self.one_of(&[u16::MAX, 1, 2]);
                let effect = Effect::CacheLoss { cache: CacheId(cache), from: first, until };
                plan.faults.push(Fault { from, until: from + ms(50), effect });
            }
        }
        let crash = |fault: &Fault| matches!(fault.effect, Effect::Crash { .. });
        let fails_fast = |step: &Step| matches!(step, Step::Parallel { fail_fast: true, .. });
        let steps = plan.programs.iter().flat_map(|program| program.blocks.iter().flatten());
        let wastes = !plan.guards.is_empty()
            || !plan.hazards.is_empty()
            || plan.faults.iter().any(crash)
            || steps.into_iter().any(fails_fast);
        if !wastes && self.chance(0.7) {
            plan.caches.iter_mut().for_each(|cache| cache.late_fills = false);
        }
    }
}
