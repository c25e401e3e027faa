//! What some caches have besides: leases, reads of their own, latches, warmers, spare nodes, near copies. Their dice are their own, so that all other plans are as they were.

use archsim_models::cache::{CacheSettings, Evict, Room, TimeToLive};
use archsim_models::evcache::Latch;
use archsim_models::plan::*;
use archsim_sim::{Limit, Span, Stream};

use super::{at, ms};

/// Some caches on servers hand out tokens, or read through.
pub fn add(plan: &mut Plan, seed: u64) {
    let mut dice = Stream::named(seed, 0, "caching");
    for cache in &mut plan.caches {
        let CachePlace::Servers { store, cluster, .. } = &mut cache.place else { continue };
        if dice.chance(0.4) {
            cache.near = Some(CacheSettings {
                room: Room::Items(1 + dice.below(3)),
                evict: Evict::Lru,
                ttl: Some(TimeToLive { span: [ms(5), ms(50)][dice.below(2) as usize], sliding: false }),
            });
        }
        let mut throttles = Stream::named(seed, u64::from(store.0), "throttles");
        if throttles.chance(0.4) {
            cache.throttle = Limit::AtMost(1 + throttles.below(2));
        }
        if cluster.copies == 1 && dice.chance(0.4) {
            // Its nodes move to the end, where there is room for spare ones.
            let nodes = plan.stores[store.at()..store.at() + usize::from(cluster.size())].to_vec();
            *store = StoreId(plan.stores.len() as u16);
            cluster.gutter = 1 + dice.below(2) as u16;
            cluster.gutter_ttl = [ms(10), ms(100), Span::FOREVER][dice.below(3) as usize];
            let spare = vec![nodes[0].clone(); usize::from(cluster.gutter)];
            plan.stores.extend(nodes.into_iter().chain(spare));
            let (from, out) = (100 * u64::from(dice.below(6)), 1 + u64::from(dice.below(400)));
            let effect = Effect::StoreOutage { store: *store, silent: dice.chance(0.3) };
            plan.faults.push(Fault { from: at(from), until: at(from + out), effect });
        }
        let mut computed = Stream::named(seed, u64::from(store.0), "expected");
        if cluster.copies == 1 && cluster.gutter == 0 && cache.data.len() == 1 && computed.chance(0.3) {
            // What is not remembered is computed: of a few items only one or two are.
            cache.expected = Some(1 + computed.below(2));
            cache.settings = CacheSettings { evict: Evict::Lru, ttl: None, ..cache.settings };
            (cache.stale, cache.early) = (ms(0), 0.0);
        }
        if dice.chance(0.3) {
            cache.load = Load::Through(match dice.below(3) {
                0 => Limit::Unbounded,
                most => Limit::AtMost(most),
            });
            // Else whoever finds it stale reads the store.
            cache.stale = ms(0);
        } else if cluster.copies == 1 && dice.chance(0.6) {
            cache.leases = Some(leases(&mut dice));
        }
        if dice.chance(0.4) {
            let latches = [Latch::One, Latch::Quorum, Latch::AllButOne, Latch::All];
            cluster.latch = latches[dice.below(4) as usize];
            cluster.latch_wait = [Span::FOREVER, ms(3), ms(20)][dice.below(3) as usize];
        }
        if cluster.copies > 1 && cache.load == Load::Aside && dice.chance(0.5) {
            cluster.warmer = Some([ms(1), ms(3), ms(20)][dice.below(3) as usize]);
        }
    }
    access(plan, &mut dice);
}

/// More is read and written through the caches that have something of it: else little would become of it.
fn access(plan: &mut Plan, dice: &mut Stream) {
    let caches = plan.caches.clone();
    let mut special = caches.iter().enumerate().filter(|(_, cache)| {
        let of_cluster = |cluster: CacheCluster| cluster.gutter > 0 || cluster.warmer.is_some();
        let servers = matches!(cache.place, CachePlace::Servers { cluster, .. } if of_cluster(cluster));
        cache.leases.is_some() || cache.load != Load::Aside || servers
    });
    let Some((at, cache)) = special.next_back() else { return };
    for (number, program) in plan.programs.iter_mut().enumerate() {
        for (operation, chance) in [(Operation::Read, 0.6), (Operation::Write, 0.3), (Operation::Read, 0.3)] {
            if dice.chance(chance) {
                let key = 5_000_000 + 10 * number as u64 + program.blocks[0].len() as u64;
                program.blocks[0].push(Step::Cached(Access {
                    data: cache.data[0],
                    cache: CacheId(at as u16),
                    store: StoreId(0),
                    operation,
                    cost: None,
                    repeat: 1,
                    again: 0.0,
                    own_key: dice.chance(0.3),
                    key,
                }));
            }
        }
    }
}

fn leases(dice: &mut Stream) -> Leases {
    let mut one_of = |all: &[u64]| all[dice.below(all.len() as u32) as usize];
    Leases {
        every: ms(one_of(&[5, 20, 100, 500, 500])),
        old: ms(one_of(&[0, 10, 200, 200])),
        retry: ms(one_of(&[1, 3, 10])),
        retries: match one_of(&[0, 1, 2, 3]) {
            0 => Limit::Unbounded,
            most => Limit::AtMost(most as u32 - 1),
        },
    }
}
