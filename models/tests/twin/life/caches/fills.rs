//! Writes, and what caches are told after them: what is brought, what is taken out, and latches.

use super::*;

impl Twin {
    pub(super) fn write_behind(
        &mut self,
        run: &Rc<Run>,
        access: Access,
        drawn: u32,
        place: Place,
        path: Key,
    ) {
        let (writes, process) = (run.clone(), run.life.process);
        let then: Then = Box::new(move |twin, outcome| {
            let holds = |cache: &usize| twin.plan.caches[*cache].data.contains(&access.data);
            let holding: Vec<usize> = (0..twin.caches.len()).filter(holds).collect();
            let journey = JourneyId(writes.request.journey as u16);
            let own = twin.plan.cache_for(journey, access.data).map(CacheId::at);
            let latch = own.and_then(|own| twin.latch(&writes, own, place, outcome));
            for cache in holding.into_iter().filter(|_| outcome == Outcome::Success) {
                let number = twin.caches[cache].first[access.data.at()] + drawn;
                let access = Access { cache: CacheId(cache as u16), ..access };
                let latch = latch.clone().filter(|_| Some(cache) == own);
                let wish = Wish { access, number, drawn, place };
                twin.bring(&writes, wish, (path, process), Brings::Deletion(latch));
            }
            if latch.is_none() && twin.lives(&writes.life) {
                let wish = Wish { access, number: 0, drawn, place };
                twin.has_it(&writes, wish, outcome);
            }
        });
        self.operation(
            (&run.request, &run.life, run.tx.as_ref()),
            (access.store.at(), Operation::Write, Some((access.data.at(), drawn)), path, access.cost),
            None,
            then,
            Some(Box::new(|_| ())),
        );
    }

    /// What a write waits for after its commit, if for anything.
    pub(super) fn latch(
        &mut self,
        run: &Rc<Run>,
        cache: usize,
        place: Place,
        outcome: Outcome,
    ) -> Option<Latched> {
        let CachePlace::Servers { cluster, .. } = self.plan.caches[cache].place else { return None };
        let needs = cluster.latch.needs(u32::from(cluster.copies));
        if needs == 0 || outcome != Outcome::Success || !self.lives(&run.life) {
            return None;
        }
        // Its place in the order of all that was begun.
        self.scheduled += 1;
        run.life.stop.take();
        let latch = Rc::new((Cell::new(needs), run.clone(), place));
        if cluster.latch_wait < Span::FOREVER {
            let (waits, rank) = (latch.clone(), self.rank(run.request.number));
            self.at(self.now + cluster.latch_wait, Class::Timer, rank, move |twin| {
                if waits.0.get() > 0 {
                    waits.0.set(1);
                    twin.told(&waits);
                }
            });
        }
        Some(latch)
    }

    /// A copy has been told; the last one that is waited for lets the write go on.
    pub(super) fn told(&mut self, latch: &Latched) {
        let (needs, run, place) = &**latch;
        if needs.get() == 0 {
            return;
        }
        needs.set(needs.get() - 1);
        if needs.get() == 0 && self.lives(&run.life) {
            self.go_on(run, *place);
        }
    }

    /// Brings an item to the cache, perhaps with a token, or takes it out.
    pub(super) fn bring(&mut self, run: &Rc<Run>, wish: Wish, (path, process): (Key, u32), brings: Brings) {
        let (fills, token, latch) = match brings {
            Brings::Item(token) => (true, token, None),
            Brings::Deletion(latch) => (false, None, latch),
        };
        let (plan, cache, at) = (self.plan.clone(), wish.access.cache.at(), run.life.instance);
        let (settings, data) = (&plan.caches[cache], &plan.data[wish.access.data.at()]);
        let absent = data.lacks(wish.drawn);
        let gone = !self.instances[at].up || self.instances[at].process != process;
        let unleased = fills && token.is_none() && settings.leases.is_some();
        if gone || (fills && absent && settings.negative.is_none()) || unleased {
            return;
        }
        let path = path.with(Key::of_name("fill"));
        if !fills && let Some(near) = self.caches[cache].near.get_mut(&at) {
            near.delete(wish.number);
        }
        let change = move |node: usize, path: Key| -> Serve {
            Rc::new(move |twin: &mut Twin, _: &Rc<Operate>| {
                if fills && twin.lease_is_good(cache, (node, wish.number), token) {
                    twin.fill_node(cache, node, wish, path);
                }
                if !fills {
                    let held = twin.caches[cache].held.get_mut(&node).expect("it was there");
                    let held = held.delete(wish.number);
                    twin.lease_ends(cache, (node, wish.number), held);
                }
                false
            })
        };
        match settings.place {
            CachePlace::Process if fills => self.fill_node(cache, at, wish, path),
            CachePlace::Process => {
                self.caches[cache].held.get_mut(&at).expect("it was there").delete(wish.number);
            }
            CachePlace::Servers { cluster, .. } => {
                for copy in 0..u32::from(cluster.copies) {
                    let (store, node) = self.cache_node(cache, wish.number, copy);
                    if !fills && node >= usize::from(cluster.shared()) {
                        if let Some(latch) = &latch {
                            self.told(latch);
                        }
                        continue;
                    }
                    let life = self.new_life(at);
                    let path = if copy == 0 { path } else { path.with(u64::from(copy)) };
                    let operation = (store, Operation::Write, None, path, None);
                    let latch = latch.clone();
                    let nobody: Then = Box::new(move |twin, _| {
                        if let Some(latch) = latch {
                            twin.told(&latch);
                        }
                    });
                    self.operation(
                        (&run.request, &life, None),
                        operation,
                        Some(change(node, path)),
                        nobody,
                        None,
                    );
                }
            }
        }
    }

    /// An item is kept, for as long as the cache keeps it.
    pub(in super::super) fn fill_node(&mut self, cache: usize, node: usize, wish: Wish, path: Key) {
        let (plan, now) = (self.plan.clone(), self.now);
        let (settings, data) = (&plan.caches[cache], &plan.data[wish.access.data.at()]);
        let until = match (settings.negative, settings.settings.ttl) {
            (Some(span), _) if data.lacks(wish.drawn) => now + span,
            (_, None) => Time::NEVER,
            (_, Some(ttl)) => {
                let coin = Stream::keyed(path.with(Key::of_name("jitter"))).unit();
                let less = 1.0 - settings.jitter * coin;
                let span = if settings.jitter > 0.0 { ttl.span.scaled(less) } else { ttl.span };
                now + span + settings.stale
            }
        };
        let until = match settings.place {
            CachePlace::Servers { cluster, .. } if node >= usize::from(cluster.shared()) => {
                until.min(now + cluster.gutter_ttl)
            }
            _ => until,
        };
        let held = self.caches[cache].held.get_mut(&node).expect("it was there");
        held.fill_until(until, wish.number, data.bytes);
    }
}
