//! Databases of several nodes, and links between databases.

use archsim_models::placement::ketama;

use super::*;

/// A cluster: who is the primary, and all commits since it is.
pub(super) struct Group {
    nodes: Vec<usize>,
    primary: usize,
    turns: u64,
    out_since: Time,
    headless: bool,
    commits: Vec<Commit>,
    /// By node: when it has what was committed so far.
    has_all: Vec<Time>,
}

/// A write that is kept for a node that is out.
pub(super) struct Hint {
    by: Rc<Operate>,
    path: Key,
    hop: Span,
}

struct Commit {
    item: Option<(usize, u32)>,
    told: Time,
    /// By node: when it has it, if it is to get it.
    has: Vec<Option<Time>>,
}

impl Group {
    pub(super) fn new(cluster: &Cluster) -> Group {
        Group {
            nodes: cluster.nodes.iter().map(|node| node.at()).collect(),
            primary: 0,
            turns: 0,
            out_since: Time::ZERO,
            headless: false,
            commits: Vec::new(),
            has_all: vec![Time::ZERO; cluster.nodes.len()],
        }
    }

    fn loses(&self, node: usize) -> u64 {
        let lost = |commit: &&Commit| {
            commit.told <= self.out_since && commit.has[node].is_none_or(|has| has > self.out_since)
        };
        self.commits.iter().filter(lost).count() as u64
    }
}

impl Twin {
    /// The cluster of a store, if it has a primary, and which of its nodes it is.
    fn replica(&self, store: usize) -> Option<(usize, usize, Replication)> {
        let at = self.clusters.iter().position(|cluster| cluster.nodes.contains(&store))?;
        let node = self.clusters[at].nodes.iter().position(|&node| node == store)?;
        match &self.plan.clusters[at].kind {
            ClusterKind::Replicated(replication) => Some((at, node, replication.clone())),
            ClusterKind::Sharded(_) | ClusterKind::Quorum(_) => None,
        }
    }

    pub(super) fn quorum(&self, store: usize) -> Option<(usize, Quorum)> {
        let at = self.clusters.iter().position(|cluster| cluster.nodes.contains(&store))?;
        if let ClusterKind::Quorum(quorum) = self.plan.clusters[at].kind { Some((at, quorum)) } else { None }
    }

    /// A coordinator asks those that have copies; false if the operation is at a node.
    pub(super) fn coordinates(&mut self, asked: &Rc<Operate>) -> bool {
        let (None, Some((at, quorum))) = (asked.over, self.quorum(asked.store.get())) else { return false };
        let nodes = self.clusters[at].nodes.clone();
        let first = match asked.item {
            Some((data, number)) => shard(DataId(data as u16), number, nodes.len()),
            None => Stream::keyed(asked.path.with(Key::of_name("place"))).below(nodes.len() as u32) as usize,
        };
        let ring = nodes.iter().cycle().skip(first).take(quorum.copies as usize).copied();
        let (mut copies, missed): (Vec<usize>, Vec<usize>) =
            ring.partition(|&node| self.stores[node].out.is_none());
        let needs = quorum.needs(asked.operation) as usize;
        let key = asked.path.with(Key::of_name("copy"));
        if copies.len() < needs {
            self.answer_operation(asked, Outcome::Failed(Cause::StoreOut));
            return true;
        }
        let mut spare = None;
        if asked.operation == Operation::Read {
            let mut coins = Stream::keyed(key);
            while copies.len() > needs {
                let gone = copies.remove(coins.below(copies.len() as u32) as usize);
                spare = spare.or(Some(gone));
            }
        } else if let Some(window) = quorum.hints {
            for node in missed {
                if self.now.since(self.stores[node].out_since) <= window {
                    let path = key.with(node as u64);
                    self.stores[node].hints.push_back(Hint { by: asked.clone(), path, hop: quorum.hop });
                    self.count_cluster(at, |window| window.hints += 1);
                }
            }
        }
        // Successes that are missing, answers that are to come, and whether it has answered.
        let tally = Rc::new(Cell::new((needs, copies.len(), false)));
        if let (Some(node), Some(after)) = (spare, quorum.speculative) {
            let (tally, asks) = (tally.clone(), asked.clone());
            let rank = self.rank(asked.request.number);
            self.at(self.now + after, Class::Timer, rank, move |twin| {
                let (missing, open, over) = tally.get();
                if !over && twin.stores[node].out.is_none() {
                    tally.set((missing, open + 1, over));
                    twin.count_cluster(at, |window| window.speculative += 1);
                    twin.ask_copy(&asks, node, quorum.hop, &tally);
                }
            });
        }
        for node in copies {
            self.ask_copy(asked, node, quorum.hop, &tally);
        }
        true
    }

    fn ask_copy(
        &mut self,
        asked: &Rc<Operate>,
        node: usize,
        hop: Span,
        tally: &Rc<Cell<(usize, usize, bool)>>,
    ) {
        let (tally, waits) = (tally.clone(), asked.clone());
        let then: Then = Box::new(move |twin, outcome| {
            let (missing, open, over) = tally.get();
            let (missing, open) = (missing - usize::from(outcome == Outcome::Success && !over), open - 1);
            let decided = !over && (missing == 0 || open < missing);
            tally.set((missing, open, over || decided));
            if decided {
                let fails = Outcome::Failed(Cause::StoreOut);
                twin.answer_operation(&waits, if missing == 0 { Outcome::Success } else { fails });
            }
        });
        let path = asked.path.with(Key::of_name("copy")).with(node as u64);
        let copy = self.below(asked, node, path, hop, then);
        self.count_store(node, self.now, false);
        let rank = self.rank(asked.request.number);
        self.at(self.now + hop, Class::Arrival, rank, move |twin| twin.at_the_store(&copy));
    }

    /// A node that is up gets the first write that was kept for it.
    pub(super) fn hand_off_next(&mut self, node: usize) {
        self.scheduled += 1;
        let database = &mut self.stores[node];
        let Some(hint) = database.hints.front() else { return };
        let (by, path, hop) = (hint.by.clone(), hint.path, hint.hop);
        if database.out.is_some() || std::mem::replace(&mut database.handing_off, true) {
            return;
        }
        let then: Then = Box::new(move |twin, outcome| {
            let database = &mut twin.stores[node];
            database.handing_off = false;
            if outcome == Outcome::Success {
                database.hints.pop_front();
                if let Some((at, _)) = twin.quorum(node) {
                    twin.count_cluster(at, |window| window.handed_off += 1);
                }
                twin.hand_off_next(node);
            }
        });
        let copy = self.below(&by, node, path, hop, then);
        self.count_store(node, self.now, false);
        let rank = self.rank(by.request.number);
        self.at(self.now + hop, Class::Arrival, rank, move |twin| twin.at_the_store(&copy));
    }

    /// What a session, or a coordinator, asks of another node, `hop` away.
    fn below(&mut self, by: &Rc<Operate>, store: usize, path: Key, hop: Span, then: Then) -> Rc<Operate> {
        self.scheduled += 1;
        let settings = &self.plan.stores[store];
        let span = if by.operation == Operation::Read { &settings.read } else { &settings.write };
        Rc::new(Operate {
            request: by.request.clone(),
            life: by.life.clone(),
            path,
            store: Cell::new(store),
            operation: by.operation,
            item: by.item,
            over: Some(hop),
            work: by.work,
            service: span.sample(&mut Stream::keyed(path)),
            start: self.now,
            order: self.scheduled,
            connected: Cell::new(false),
            connection: Cell::new(0),
            begun: Cell::new(0),
            part: transactions::Part::Alone,
            awaits: Cell::new(false),
            ends: Cell::new(false),
            served: None,
            node: None,
            then: RefCell::new(Some(then)),
        })
    }

    /// The node that an operation goes to.
    pub(super) fn node(
        &mut self,
        store: usize,
        operation: Operation,
        item: Option<(usize, u32)>,
        (request, instance): (&Request, usize),
        path: Key,
    ) -> usize {
        let Some(cluster) = self.clusters.iter().find(|cluster| cluster.nodes.contains(&store)) else {
            return store;
        };
        if self.quorum(store).is_some() {
            return cluster.nodes[0];
        }
        let Some((at, _, replication)) = self.replica(store) else {
            let (data, number) = item.unwrap_or_default();
            let hash = Key::new(u64::from(number), data as u64).bits();
            let deals = self.plan.clusters.iter().find(|it| it.nodes.iter().any(|node| node.at() == store));
            if let Some(Cluster { name, kind: ClusterKind::Sharded(Hashing::Ketama), .. }) = deals {
                let names: Vec<String> = (0..cluster.nodes.len()).map(|at| format!("{name}-{at}")).collect();
                let ring = ketama::Ring::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
                return cluster.nodes[item.map_or(0, |_| ring.owner(hash as u32) as usize)];
            }
            return cluster.nodes[item.map_or(0, |_| (hash % cluster.nodes.len() as u64) as usize)];
        };
        let primary = self.clusters[at].nodes[self.clusters[at].primary];
        let data = item.map(|(data, _)| data).filter(|_| !request.settled.get());
        let region = |place: Option<ZoneId>| place.and_then(|place| self.region_of(place));
        let here = region(self.zone_of(instance));
        let mut near = cluster.nodes.clone();
        near.retain(|&node| {
            let up = self.stores[node].out.is_none();
            up && here.is_some() && region(self.plan.stores[node].zone) == here
        });
        if operation == Operation::Write {
            request.wrote.borrow_mut().extend(data);
            return near.first().copied().filter(|_| replication.writes_own_region).unwrap_or(primary);
        }
        if replication.pinned
            && !replication.writes_own_region
            && data.is_some_and(|data| request.wrote.borrow().contains(&data))
        {
            return primary;
        }
        let mut readable: Vec<usize> = match replication.reads {
            Reads::Primary => return primary,
            Reads::Replicas => cluster.nodes.iter().copied().filter(|&node| node != primary).collect(),
            Reads::Any => cluster.nodes.clone(),
            Reads::OwnRegion => near,
        };
        readable.retain(|&node| self.stores[node].out.is_none());
        if readable.is_empty() {
            return primary;
        }
        let chosen = Stream::keyed(path.with(Key::of_name("replica"))).below(readable.len() as u32);
        readable[chosen as usize]
    }

    /// The primary of a store's cluster, if it has one.
    pub(super) fn primary(&self, store: usize) -> Option<usize> {
        let (at, ..) = self.replica(store)?;
        Some(self.clusters[at].nodes[self.clusters[at].primary])
    }

    pub(super) fn is_read_only(&self, operate: &Operate) -> bool {
        let replica = self.replica(operate.store.get());
        operate.operation == Operation::Write
            && replica
                .is_some_and(|(at, node, it)| !it.writes_own_region && self.clusters[at].primary != node)
    }

    fn count_cluster(&mut self, at: usize, count: impl Fn(&mut ClusterWindow)) {
        for window in self.windows(self.now) {
            count(&mut self.seen.clusters[at][window]);
        }
    }

    /// A node has done an operation; when its answer goes, if not now.
    pub(super) fn done_at_node(&mut self, operate: &Operate) -> Option<Time> {
        let (at, node, replication) = self.replica(operate.store.get())?;
        let now = self.now;
        let cluster = &self.clusters[at];
        if operate.operation == Operation::Read {
            let last = cluster.commits.iter().rev().find(|it| it.item.is_some() && it.item == operate.item);
            let stale = last.is_some_and(|commit| commit.has[node].is_none_or(|has| has > now))
                && replication.reads != Reads::Primary;
            self.count_cluster(at, |window| {
                window.reads += 1;
                window.stale += u64::from(stale);
            });
            return None;
        }
        if let transactions::Part::Within(tx) = &operate.part {
            tx.written.borrow_mut().push((operate.item, operate.path));
            return None;
        }
        self.commit(operate.store.get(), operate.item, operate.path)
    }

    /// Something is committed at a node; when its answer goes, if not now.
    pub(super) fn commit(&mut self, store: usize, item: Option<(usize, u32)>, path: Key) -> Option<Time> {
        let (at, node, replication) = self.replica(store)?;
        let now = self.now;
        let cluster = &self.clusters[at];
        let mut has = Vec::new();
        for other in 0..cluster.nodes.len() {
            let up = self.stores[cluster.nodes[other]].out.is_none();
            let path = path.with(Key::of_name("lag")).with(other as u64);
            let lag = replication.lag.sample(&mut Stream::keyed(path));
            has.push(match other {
                _ if other == node => Some(now),
                _ if up => Some((now + lag).max(cluster.has_all[other])),
                _ => None,
            });
        }
        let cluster = &mut self.clusters[at];
        let mut first = None;
        for (other, &has) in has.iter().enumerate().filter(|(other, _)| *other != node) {
            if let Some(has) = has {
                cluster.has_all[other] = has;
                first = Some(first.map_or(has, |first: Time| first.min(has)));
            }
        }
        let told = first.filter(|_| replication.synchronous).unwrap_or(now);
        cluster.commits.push(Commit { item, told, has });
        self.count_cluster(at, |window| window.writes += 1);
        (told > now).then_some(told)
    }

    pub(super) fn commits_until(&mut self, operate: &Rc<Operate>, until: Time) {
        self.stores[operate.store.get()].committing.push(operate.clone());
        let (begun, commits) = (operate.begun.get(), operate.clone());
        self.at(until, Class::Completion, self.rank(operate.request.number), move |twin| {
            if commits.begun.get() == begun {
                twin.stores[commits.store.get()].committing.retain(|it| !Rc::ptr_eq(it, &commits));
                twin.answer_operation(&commits, Outcome::Success);
            }
        });
    }

    pub(super) fn node_changes(&mut self, store: usize, up: bool) {
        let Some((at, node, replication)) = self.replica(store) else { return };
        let (now, key) = (self.now, self.dice.with(self.plan.clusters[at].key));
        let cluster = &mut self.clusters[at];
        if node != cluster.primary || replication.writes_own_region {
            if up {
                let path = key.with(Key::of_name("return")).with(node as u64).with(now.as_nanos());
                let has = now + replication.lag.sample(&mut Stream::keyed(path));
                cluster.has_all[node] = cluster.has_all[node].max(has);
                for commit in &mut cluster.commits {
                    commit.has[node] = commit.has[node].or(Some(has));
                }
                if cluster.headless {
                    self.promote(at, node);
                }
            }
            return;
        }
        cluster.turns += 1;
        cluster.headless = false;
        if !up {
            cluster.out_since = now;
            let turn = cluster.turns;
            let path = key.with(Key::of_name("fail-over")).with(turn);
            let wait = replication.fail_over.sample(&mut Stream::keyed(path));
            self.at(now + wait, Class::Timer, 0, move |twin| {
                let cluster = &twin.clusters[at];
                if cluster.turns != turn {
                    return;
                }
                let others = (0..cluster.nodes.len()).filter(|&other| other != cluster.primary);
                let up = others.filter(|&other| twin.stores[cluster.nodes[other]].out.is_none());
                match up.min_by_key(|&other| cluster.loses(other)) {
                    Some(other) => twin.promote(at, other),
                    None => twin.clusters[at].headless = true,
                }
            });
        }
    }

    fn promote(&mut self, at: usize, node: usize) {
        let now = self.now;
        let cluster = &mut self.clusters[at];
        let lost = cluster.loses(node);
        let (old, new) = (cluster.nodes[cluster.primary], cluster.nodes[node]);
        cluster.primary = node;
        cluster.turns += 1;
        cluster.headless = false;
        cluster.commits.clear();
        cluster.has_all.fill(now);
        self.count_cluster(at, |window| {
            window.fail_overs += 1;
            window.lost += lost;
        });
        self.stores[old].fenced = true;
        let lines = self.instances.iter().filter(|it| it.up).flat_map(|it| &it.pools[old].line);
        let mut waiting: Vec<Rc<Operate>> = lines.cloned().collect();
        waiting.sort_by_key(|operate| operate.order);
        for operate in waiting {
            self.leave_pool_line(&operate);
            operate.store.set(new);
            let instance = operate.life.instance;
            match self.take_connection(&operate) {
                Some(checks) => self.connect(&operate, checks),
                None => self.instances[instance].pools[new].line.push(operate.clone()),
            }
            self.tend(instance, new);
        }
        let locking = self.clear_locks(old);
        for kept in std::mem::take(&mut self.stores[old].swallowed).into_iter().chain(locking) {
            self.answer_operation(&kept, Outcome::Failed(Cause::StoreOut));
        }
        self.break_connections(old);
    }

    /// A session has got so many rows from another database; it needs the next one, or is done.
    pub(super) fn fetch_row(&mut self, session: &Rc<Operate>, row: u32) {
        let plan = self.plan.clone();
        let by = |link: &Link| session.item.is_some_and(|(data, _)| link.data.contains(&DataId(data as u16)));
        let link = plan.links.iter().position(by).filter(|_| session.over.is_none());
        let Some(at) = link.filter(|&at| row < plan.links[at].rows) else {
            return self.leave_server(session, Outcome::Success);
        };
        let link = &plan.links[at];
        let path = session.path.with(Key::of_name("link")).with(u64::from(row));
        let store = self.node(
            link.to.at(),
            session.operation,
            session.item,
            (&session.request, session.life.instance),
            path,
        );
        let settings = &plan.stores[store];
        let (asks, begun) = (session.clone(), session.begun.get());
        let then: Then = Box::new(move |twin, outcome| {
            if asks.begun.get() != begun {
                return;
            }
            if outcome == Outcome::Success {
                twin.fetch_row(&asks, row + 1);
            } else {
                twin.leave_server(&asks, outcome);
            }
        });
        let fetch = self.below(session, store, path, link.hop, then);
        self.count_store(store, self.now, false);
        if !settings.connections.admits(self.open_connections(store)) {
            return self.answer_operation(&fetch, Outcome::Failed(Cause::NoConnection));
        }
        self.stores[store].connections += 1;
        fetch.connected.set(true);
        let rank = self.rank(session.request.number);
        self.at(self.now + link.hop, Class::Arrival, rank, move |twin| twin.at_the_store(&fetch));
    }

    /// A row, or the news that there is none, goes back over a link.
    pub(super) fn answer_row(&mut self, fetch: Rc<Operate>, hop: Span, outcome: Outcome) {
        let rank = self.rank(fetch.request.number);
        self.at(self.now + hop, Class::Completion, rank, move |twin| {
            twin.stores[fetch.store.get()].connections -= u32::from(fetch.connected.get());
            twin.finish_operation(&fetch, outcome);
        });
    }
}
