//! Connections of instances: there when they are wanted, or opened one by one, as the pool itself says.

use super::*;
use archsim_models::pool::{Borrow, ConnectionPool};

/// A pool that opens its connections.
pub(super) struct Opened {
    pub(super) pool: ConnectionPool,
    tried: u64,
    key: Key,
}

impl Pool {
    pub(super) fn plain() -> Pool {
        Pool { in_use: 0, line: Vec::new(), opened: None }
    }
}

impl Twin {
    /// The pools of a new process.
    pub(super) fn start_pools(&mut self, at: usize) {
        let plan = self.plan.clone();
        let process = self.instances[at].process;
        if !self.instances[at].up {
            return;
        }
        for (store, opening) in plan.stores.iter().enumerate() {
            let Some(opening) = opening.opening.as_ref().filter(|_| self.uses(at, store)) else { continue };
            let key = self.dice.with(opening.key).with(at as u64).with(u64::from(process));
            let pool = ConnectionPool::new(opening.settings, key);
            self.instances[at].pools[store].opened = Some(Opened { pool, tried: 0, key });
            self.tend(at, store);
            self.housekeeper(at, store, process);
        }
    }

    /// Whether a program that the instance runs asks the store.
    fn uses(&self, at: usize, store: usize) -> bool {
        let plan = &self.plan;
        let mine = |program: &&Program| program.deployable.at() == self.instances[at].deployable;
        let asks = |it: StoreId| {
            let cluster = plan.clusters.iter().find(|cluster| cluster.nodes[0] == it);
            it.at() == store || cluster.is_some_and(|cluster| cluster.nodes.contains(&StoreId(store as u16)))
        };
        plan.programs.iter().filter(mine).flat_map(|it| it.blocks.iter().flatten()).any(|step| match step {
            Step::Store { store: it, .. } => asks(*it),
            Step::Transaction(step) => asks(step.store),
            Step::Cached(access) => {
                let mut holding = plan.caches.iter().filter(|cache| cache.data.contains(&access.data));
                asks(access.store)
                    || holding.any(|cache| match cache.place {
                        CachePlace::Servers { store: first, cluster, .. } => {
                            (first.at()..first.at() + usize::from(cluster.size())).contains(&store)
                        }
                        CachePlace::Process => false,
                    })
            }
            _ => false,
        })
    }

    /// Something of this process happens to its pool later; class and rank are those of pools.
    fn later(&mut self, when: Time, (at, process): (usize, u32), go: impl FnOnce(&mut Twin) + 'static) {
        self.at(when, Class::Timer, 1 + at as u64, move |twin| {
            let instance = &twin.instances[at];
            if instance.up && instance.process == process {
                go(twin);
            }
        });
    }

    fn housekeeper(&mut self, at: usize, store: usize, process: u32) {
        let every = self.plan.stores[store].opening.as_ref().map(|it| it.settings.housekeeping);
        let Some(every) = every else { return };
        self.later(self.now + every, (at, process), move |twin| {
            let now = twin.now;
            if let Some(opened) = &mut twin.instances[at].pools[store].opened {
                opened.pool.housekeep(now);
            }
            twin.tend(at, store);
            twin.housekeeper(at, store, process);
        });
    }

    /// The worker sets out if a connection is wanted.
    pub(super) fn tend(&mut self, at: usize, store: usize) {
        let (now, plan, process) = (self.now, self.plan.clone(), self.instances[at].process);
        let Some(opened) = &mut self.instances[at].pools[store].opened else { return };
        if !opened.pool.opens(now) {
            return;
        }
        let Some(opening) = &plan.stores[store].opening else { return };
        let key = opened.key.with(Key::of_name("connect")).with(opened.tried);
        opened.tried += 1;
        let span = opening.connect.sample(&mut Stream::keyed(key));
        self.later(now + span, (at, process), move |twin| twin.has_opened(at, store));
    }

    /// Connections that count against a store's limit.
    pub(super) fn open_connections(&self, store: usize) -> u32 {
        let up = self.instances.iter().filter(|instance| instance.up);
        let opened = up.filter_map(|instance| instance.pools[store].opened.as_ref());
        self.stores[store].connections + opened.map(|it| it.pool.total()).sum::<u32>()
    }

    fn has_opened(&mut self, at: usize, store: usize) {
        let (now, process) = (self.now, self.instances[at].process);
        let open = self.open_connections(store);
        let database = &self.stores[store];
        let there = database.out.is_none() && self.plan.stores[store].connections.admits(open);
        let Some(opened) = &mut self.instances[at].pools[store].opened else { return };
        if there {
            if let Some((_, connection)) = opened.pool.opened(now) {
                self.next_has(at, store, connection);
            }
        } else {
            opened.pool.failed(now);
        }
        let Some(opened) = &self.instances[at].pools[store].opened else { return };
        let rested = opened.pool.rests_until();
        self.later(rested, (at, process), move |twin| twin.tend(at, store));
        self.tend(at, store);
    }

    /// Whoever waits longest has the connection.
    fn next_has(&mut self, at: usize, store: usize, connection: u32) {
        let next = self.instances[at].pools[store].line.remove(0);
        next.connection.set(connection);
        self.soon(move |twin| twin.connect(&next, 0));
    }

    /// How many connections had to be asked before there was one; nothing if there is none.
    pub(super) fn take_connection(&mut self, operate: &Operate) -> Option<u64> {
        let (now, most) = (self.now, self.plan.stores[operate.store.get()].pool);
        let pool = &mut self.instances[operate.life.instance].pools[operate.store.get()];
        match &mut pool.opened {
            Some(opened) => match opened.pool.borrow(now, operate.order) {
                Borrow::Connection(connection) => {
                    operate.connection.set(connection);
                    Some(u64::from(opened.pool.checks()))
                }
                Borrow::Wait { .. } => None,
            },
            None if pool.in_use < most => {
                pool.in_use += 1;
                Some(0)
            }
            None => None,
        }
    }

    pub(super) fn give_connection_back(&mut self, operate: &Operate, outcome: Outcome) {
        let (now, at, store) = (self.now, operate.life.instance, operate.store.get());
        if self.instances[at].process != operate.life.process {
            return;
        }
        let connection = operate.connection.get();
        let pool = &mut self.instances[at].pools[store];
        match &mut pool.opened {
            None if pool.line.is_empty() => pool.in_use -= 1,
            None => self.next_has(at, store, 0),
            Some(opened) if outcome == Outcome::Failed(Cause::StoreOut) => opened.pool.evict(connection),
            Some(opened) => {
                if let Some((_, connection)) = opened.pool.give_back(now, connection) {
                    self.next_has(at, store, connection);
                }
            }
        }
        self.tend(at, store);
    }

    /// Whether the store has closed the operation's connection in the meantime.
    pub(super) fn is_broken(&self, operate: &Operate) -> bool {
        if let transactions::Part::Within(tx) = &operate.part {
            return tx.session.borrow().as_ref().is_some_and(|session| self.is_broken(session));
        }
        if operate.over.is_some() || operate.node.is_some() {
            return false;
        }
        let instance = &self.instances[operate.life.instance];
        let opened = instance.pools[operate.store.get()].opened.as_ref();
        instance.process == operate.life.process
            && opened.is_some_and(|opened| opened.pool.is_broken(operate.connection.get()))
    }

    pub(super) fn break_connections(&mut self, store: usize) {
        for instance in &mut self.instances {
            if let Some(opened) = &mut instance.pools[store].opened {
                opened.pool.broken();
            }
        }
    }
}
