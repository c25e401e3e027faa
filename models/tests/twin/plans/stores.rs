//! Stores: servers, lines, processors, locks and transactions, copies and shards, connections that open and go stale.

use archsim_models::plan::*;
use archsim_models::pool::PoolSettings;
use archsim_sim::{Limit, Order};

use super::{DATABASES, Dice, POOLS, at, ms};

impl Dice {
    pub(super) fn store(&mut self, index: u64) -> Store {
        let (read, write) = (1 + self.below(6), 1 + self.below(10));
        let store = Store {
            name: format!("store {index}"),
            servers: 1 + self.below(3) as u32,
            cores: Limit::Unbounded,
            read: self.distribution(read),
            write: self.distribution(write),
            queue: self.limit(5),
            order: self.one_of(&[Order::Fifo, Order::Priority]),
            crowding: self.crowding(),
            connections: self.limit(8),
            hop: ms(self.one_of(&[0, 0, 1])),
            pool: 1 + self.below(4) as u32,
            pool_wait: ms(self.one_of(&[0, 5, 20, 1_000])),
            opening: None,
            locks: None,
            zone: None,
        };
        let opening = (self.stage >= POOLS && self.chance(0.6)).then(|| self.opening(&store));
        Store { opening, ..store }
    }

    /// A store that programs name.
    pub(super) fn asked_store(&mut self) -> StoreId {
        let chosen = self.below(self.asked.len() as u64);
        self.asked[chosen as usize]
    }

    /// What an operation costs of a store's CPU: the first of a plan says how many there are.
    pub(super) fn cost(&mut self, plan: &Plan) -> Option<CostId> {
        if plan.costs.is_empty() || self.chance(0.4) {
            return None;
        }
        Some(CostId(self.below(plan.costs.len() as u64) as u16))
    }

    /// Stores have cores and locks, and operations cost CPU.
    pub(super) fn store_cores(&mut self, plan: &mut Plan) {
        for store in &mut plan.stores {
            store.locks = self.locks();
            store.cores = self.one_of(&[Limit::AtMost(1), Limit::AtMost(2), Limit::Unbounded]);
        }
        plan.costs = (0..2).map(|_| self.distribution(4)).collect();
    }

    pub(super) fn locks(&mut self) -> Option<Locks> {
        self.chance(0.7).then(|| Locks {
            of: self.one_of(&[LockOf::Row, LockOf::Row, LockOf::Table]),
            reads: self.one_of(&[LockReads::Never, LockReads::InTransactions]),
            wait: ms(self.one_of(&[0, 3, 20, 5_000])),
        })
    }

    /// A transaction on one of the stores that can hold it together, of operations, work, a call, and a choice.
    pub(super) fn transaction(
        &mut self,
        plan: &mut Plan,
        program: &Program,
        index: u64,
        blocks: &mut Vec<Vec<Step>>,
    ) -> Option<Step> {
        let quorum = |store: &StoreId| {
            let mut clusters = plan.clusters.iter().filter(|cluster| cluster.nodes.contains(store));
            clusters.any(|cluster| matches!(cluster.kind, ClusterKind::Quorum(_)))
        };
        let stores: Vec<StoreId> = self.asked.iter().copied().filter(|store| !quorum(store)).collect();
        if stores.is_empty() {
            return None;
        }
        let store = self.one_of(&stores);
        let mut block = Vec::new();
        for _ in 0..=self.below(3) {
            let step = self.step_within(plan, store);
            block.push(step);
        }
        // What is read is written.
        if let (true, Some(item)) = (self.chance(0.7), self.wanted(plan)) {
            let item = Some(Wanted { own_key: false, ..item });
            let (read, wait, write) = (self.key(), self.key(), self.key());
            let of = |operation, key| Step::Store {
                store,
                operation,
                repeat: 1,
                again: 0.0,
                item,
                cost: None,
                key,
            };
            let pause = Step::Latency { span: self.distribution(4), key: wait };
            block.extend([of(Operation::Read, read), pause, of(Operation::Write, write)]);
        }
        if self.chance(0.3) {
            blocks.push(vec![self.step_within(plan, store)]);
            let branches = vec![(0.5, BlockId(blocks.len() as u16 - 1)), (0.5, BlockId(blocks.len() as u16))];
            blocks.push(Vec::new());
            block.push(Step::OneOf { branches, key: self.key() });
        }
        if index > 0 && self.chance(0.3) {
            block.push(self.call(plan, program, index));
        }
        blocks.push(block);
        Some(Step::Transaction(TransactionStep {
            store,
            block: BlockId(blocks.len() as u16 - 1),
            optimistic: self.chance(0.4),
            tries: 1 + self.below(4) as u32,
            backoff: self.backoff(),
            key: self.key(),
        }))
    }

    pub(super) fn step_within(&mut self, plan: &Plan, store: StoreId) -> Step {
        let key = self.key();
        match self.below(5) {
            0 => Step::Work { span: self.distribution(2), key },
            1 => Step::Latency { span: self.distribution(3), key },
            _ => Step::Store {
                store,
                operation: self.one_of(&[Operation::Read, Operation::Write]),
                repeat: 1 + self.below(2) as u32,
                again: 0.0,
                item: self.wanted(plan),
                cost: self.cost(plan),
                key,
            },
        }
    }

    /// An item, if there are data sets.
    pub(super) fn wanted(&mut self, plan: &Plan) -> Option<Wanted> {
        if self.stage < POOLS || self.chance(0.2) {
            return None;
        }
        let data = DataId(self.below(plan.data.len() as u64) as u16);
        Some(Wanted { data, own_key: self.chance(0.4) })
    }

    /// Some stores become clusters, and some data sets are reached over a link.
    pub(super) fn databases(&mut self, plan: &mut Plan) {
        let servers = plan.caches.iter().flat_map(|cache| match cache.place {
            CachePlace::Servers { store, cluster, .. } => store.0..store.0 + cluster.size(),
            CachePlace::Process => 0..0,
        });
        let servers: Vec<StoreId> = servers.map(StoreId).collect();
        let databases: Vec<StoreId> = self.asked.iter().copied().filter(|it| !servers.contains(it)).collect();
        for &first in &databases {
            if self.chance(0.6) {
                let mut nodes = vec![first];
                for _ in 0..=self.below(2) {
                    nodes.push(StoreId(plan.stores.len() as u16));
                    plan.stores.push(plan.stores[first.at()].clone());
                }
                let kind = match self.below(10) {
                    0..5 => self.replication(),
                    5..8 => self.quorum(nodes.len() as u64),
                    _ if plan.stores.len().is_multiple_of(2) => ClusterKind::Sharded(Hashing::Ketama),
                    _ => ClusterKind::Sharded(Hashing::Modulo),
                };
                for &store in nodes.iter().take(2) {
                    if self.chance(0.7) {
                        let (from, length) = (self.below(900), 1 + self.below(400));
                        let effect = Effect::StoreOutage { store, silent: self.chance(0.5) };
                        plan.faults.push(Fault { from: at(from), until: at(from + length), effect });
                    }
                }
                let key = self.key();
                plan.clusters.push(Cluster { name: "cluster".into(), nodes, kind, key });
            }
        }
        if self.chance(0.5) {
            let to = StoreId(plan.stores.len() as u16);
            let store = self.store(u64::from(to.0));
            plan.stores.push(store);
            let (rows, hop) = (1 + self.below(3) as u32, ms(self.one_of(&[0, 1])));
            plan.links.push(Link { from: databases[0], to, data: vec![DataId(0)], rows, hop });
        }
    }

    pub(super) fn quorum(&mut self, nodes: u64) -> ClusterKind {
        let copies = 1 + self.below(nodes);
        ClusterKind::Quorum(Quorum {
            copies: copies as u32,
            read: 1 + self.below(copies) as u32,
            write: 1 + self.below(copies) as u32,
            hop: ms(self.one_of(&[0, 1])),
            speculative: (self.stage >= DATABASES && self.chance(0.6)).then(|| ms(1 + self.below(6))),
            hints: (self.stage >= DATABASES && self.chance(0.7)).then(|| ms(self.one_of(&[0, 100, 5_000]))),
        })
    }

    pub(super) fn replication(&mut self) -> ClusterKind {
        let (lag, fail_over) = (self.one_of(&[0, 40, 200]), self.one_of(&[0, 10, 100]));
        ClusterKind::Replicated(Replication {
            lag: self.distribution(lag),
            reads: self.one_of(&[Reads::Primary, Reads::Replicas, Reads::Replicas, Reads::Any]),
            pinned: self.chance(0.5),
            synchronous: self.chance(0.5),
            fail_over: self.distribution(fail_over),
            writes_own_region: false,
        })
    }

    /// A pool that opens its connections, and closes them soon.
    pub(super) fn opening(&mut self, store: &Store) -> Opening {
        let span = |dice: &mut Dice, choices: &[u64]| Some(dice.one_of(choices)).filter(|&it| it > 0).map(ms);
        let connect = self.one_of(&[0, 2, 10, 40]);
        Opening {
            settings: PoolSettings {
                maximum: store.pool,
                minimum_idle: self.one_of(&[0, 1, store.pool]).min(store.pool),
                wait: store.pool_wait,
                idle_timeout: span(self, &[0, 20, 100]),
                max_lifetime: span(self, &[0, 100, 400, 30_000]),
                keepalive: None,
                server_idle_timeout: span(self, &[0, 600]),
                housekeeping: ms(self.one_of(&[50, 30_000])),
            },
            connect: self.distribution(connect),
            key: self.key(),
        }
    }
}
