//! Plans made of plans: what a property compares.

use archsim_models::cache::Evict;
use archsim_models::plan::*;
use archsim_models::policy::*;
use archsim_models::record::Record;
use archsim_models::world::{Note, simulate_observed};
use archsim_sim::{Count, Distribution, Limit, Sharing, Span, Stream, Time};

/// What became of every request: its number, when it was settled, and how, in that order.
pub type Answers = Vec<(u64, Time, Outcome)>;

/// All that can be seen of a run but how many events it took: answers, and the record without what counts events.
pub fn seen(plan: &Plan, seed: u64) -> (Answers, Record) {
    let mut answers = Vec::new();
    let record = simulate_observed(plan, seed, 0, &mut |now, request, note| {
        if let Note::Answered(outcome) = note {
            answers.push((request, now, outcome));
        }
    });
    let leftover = archsim_models::record::Leftover::default();
    // A timer that will do nothing keeps a run from being quiet.
    (answers, Record { fingerprint: 0, events: 0, quiet: true, in_flight_max: 0, leftover, ..record })
}

/// The first answer that differs, if it is the answers that do.
pub fn difference(one: &Answers, other: &Answers) -> String {
    let differs = one.iter().zip(other).find(|(one, other)| one != other);
    format!("{} and {} answers, first that differ: {differs:?}", one.len(), other.len())
}

/// Where two records differ first.
pub fn apart(one: &Record, other: &Record) -> String {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    let lines: Vec<&str> = one.lines().collect();
    let place = lines.iter().zip(other.lines()).position(|(one, other)| *one != other).unwrap_or(0);
    let there = lines[place.saturating_sub(12)..=place].iter().map(|line| line.trim()).collect::<Vec<_>>();
    format!("{} instead of {}", there.join(" "), other.lines().nth(place).unwrap_or_default().trim())
}

/// A policy that nothing here can ever make act.
fn idle(dice: &mut Stream) -> Layer {
    const MANY: u32 = 1_000_000;
    match dice.below(7) {
        0 => Layer::Timeout(TimeoutSettings {
            after: Span::from_secs(100_000),
            cancel: dice.chance(0.5),
            deadline: dice.chance(0.5),
        }),
        1 => Layer::Retry(RetrySettings {
            attempts: 5,
            backoff: Backoff::Fixed(Span::from_millis(1)),
            on: Vec::new(),
            budget: None,
            key: 9_999,
        }),
        2 => Layer::Breaker(BreakerSettings { volume: MANY, ..BreakerSettings::default() }),
        3 => Layer::Semaphore(SemaphoreSettings { permits: MANY, wait: Span::ZERO }),
        4 => Layer::Semaphore(SemaphoreSettings { permits: MANY, wait: Span::from_secs(100_000) }),
        5 => Layer::ThreadPool(ThreadPoolSettings { size: MANY, queue: MANY, rejection_threshold: MANY }),
        _ => Layer::RateLimit(RateLimitSettings { rate: 1e9, burst: MANY }),
    }
}

/// The plan with an idle policy around every call, outermost.
pub fn with_idle_policies(plan: &Plan, dice: &mut Stream) -> Plan {
    let mut more = plan.clone();
    for guard in &mut more.guards {
        guard.layers.insert(0, idle(dice));
        guard.fallbacks.insert(0, None);
    }
    let substitutes: Vec<_> =
        plan.guards.iter().flat_map(|it| &it.fallbacks).flatten().map(|it| it.site).collect();
    for (index, site) in more.sites.iter_mut().enumerate() {
        // Substitutes are called without policies.
        if site.guard.is_some() || substitutes.contains(&SiteId(index as u16)) {
            continue;
        }
        site.guard = Some(GuardId(more.guards.len() as u16));
        more.guards.push(Guard {
            deployable: plan.programs[site.caller.at()].deployable,
            callee: plan.programs[site.callee.at()].capability,
            layers: vec![idle(dice)],
            fallbacks: vec![None],
        });
    }
    more
}

/// Every random time of a plan.
fn times(plan: &mut Plan, mut change: impl FnMut(&mut Distribution)) {
    for step in plan.programs.iter_mut().flat_map(|program| &mut program.blocks).flatten() {
        if let Step::Work { span, .. } | Step::Latency { span, .. } = step {
            change(span);
        }
    }
    for store in &mut plan.stores {
        change(&mut store.read);
        change(&mut store.write);
    }
    for fault in &mut plan.faults {
        if let Effect::Slow { add: Some(add), .. } | Effect::NetworkDelay { add, .. } = &mut fault.effect {
            change(add);
        }
    }
    for layer in plan.guards.iter_mut().flat_map(|guard| &mut guard.layers) {
        if let Layer::Fallback(FallbackSettings { latency: Some(latency), .. }) = layer {
            change(latency);
        }
    }
    plan.costs.iter_mut().for_each(&mut change);
    if let Arrivals::Closed { think, .. } = &mut plan.workload.arrivals {
        change(think);
    }
    if let Some(session) = &mut plan.workload.session {
        change(&mut session.think);
    }
    if let Some(patience) = &mut plan.workload.patience {
        change(patience);
    }
    if let Some(retrial) = &mut plan.workload.retrial {
        change(&mut retrial.after);
    }
}

/// The plan without what goes wrong at random: its clocks are not times that these transformations know.
fn tame(plan: &mut Plan) {
    plan.hazards.clear();
    plan.environments.clear();
}

/// The plan without ties between different instances: no time is a whole number of milliseconds, or constant. Nor has
/// any instance dice of its own.
pub fn untied(mut plan: Plan) -> Plan {
    tame(&mut plan);
    times(&mut plan, |time| {
        if let Distribution::Constant(span) = *time
            && !span.is_zero()
        {
            *time = Distribution::uniform(span.scaled(0.9), span.scaled(1.1));
        }
    });
    for (index, deployable) in plan.deployables.iter_mut().enumerate() {
        let odd = Span::from_nanos(1_009 + 97 * index as u64);
        deployable.hop += odd;
        deployable.user_hop += odd;
    }
    for cache in plan.caches.iter_mut().filter(|cache| cache.place == CachePlace::Process) {
        // Whom it evicts, and how old is what it starts with, belongs to the number of the instance.
        if cache.settings.evict == Evict::Random {
            cache.settings.evict = Evict::Lru;
        }
        cache.warm = false;
    }
    if let Arrivals::Open { poisson, .. } = &mut plan.workload.arrivals {
        *poisson = true;
    }
    (plan.workload.batch, plan.workload.scheduled) = (Count::Constant(1), Vec::new());
    plan
}

/// The plan with other names, and its deployables in the order `places` says: number d goes to `places[d]`.
pub fn relabelled(plan: &Plan, places: &[u16]) -> Plan {
    let mut other = plan.clone();
    let to = |id: DeployableId| DeployableId(places[id.at()]);
    for (index, deployable) in plan.deployables.iter().enumerate() {
        let name = format!("another {index}");
        other.deployables[places[index] as usize] = Deployable { name, ..deployable.clone() };
    }
    "another".clone_into(&mut other.arm);
    other.capabilities.iter_mut().chain(other.stores.iter_mut().map(|it| &mut it.name)).for_each(|name| {
        name.insert_str(0, "another ");
    });
    other.journeys.iter_mut().for_each(|journey| journey.name.insert_str(0, "another "));
    other.sites.iter_mut().for_each(|site| site.name.clear());
    other.programs.iter_mut().for_each(|program| program.deployable = to(program.deployable));
    other.guards.iter_mut().for_each(|guard| guard.deployable = to(guard.deployable));
    for fault in &mut other.faults {
        match &mut fault.effect {
            Effect::Crash { deployable, .. } | Effect::ZoneCrash { deployable, .. } => {
                *deployable = to(*deployable);
            }
            Effect::CrashOne { group, .. } => {
                group.deployables.iter_mut().for_each(|(deployable, _)| *deployable = to(*deployable));
            }
            Effect::NetworkDelay { from, to: end, .. } | Effect::NetworkLoss { from, to: end, .. } => {
                (*from, *end) = (from.map(to), to(*end));
            }
            _ => {}
        }
    }
    other
}

/// The plan in which all times are whole milliseconds, and all factors powers of two, so that all times double
/// exactly.
pub fn exact(mut plan: Plan) -> Plan {
    tame(&mut plan);
    let whole = |nanos: f64| Span::from_millis((nanos / 1e6).round() as u64);
    times(&mut plan, |time| *time = Distribution::constant(whole(time.mean())));
    for deployable in &mut plan.deployables {
        deployable.sharing = Sharing::Fifo;
        deployable.speed = if deployable.speed > 1.0 { 2.0 } else { 1.0 };
        deployable.crowding.coherency = 0.0;
    }
    for store in &mut plan.stores {
        store.crowding.coherency = 0.0;
        // Shares of a core are rounded to the nanosecond.
        store.cores = Limit::Unbounded;
    }
    for fault in &mut plan.faults {
        match &mut fault.effect {
            Effect::Slow { factor, .. } | Effect::Busy { factor, .. } | Effect::StoreSlow { factor, .. } => {
                *factor = if *factor > 1.0 { 4.0 } else { 0.5 };
            }
            _ => {}
        }
    }
    for layer in plan.guards.iter_mut().flat_map(|guard| &mut guard.layers) {
        if let Layer::Retry(RetrySettings { backoff, .. }) = layer
            && !matches!(backoff, Backoff::None | Backoff::Fixed(_))
        {
            *backoff = Backoff::Exponential { base: Span::from_millis(2), cap: Span::from_millis(8) };
        }
        if let Layer::RateLimit(RateLimitSettings { rate, .. }) = layer {
            *rate = 64.0;
        }
    }
    if matches!(plan.workload.arrivals, Arrivals::Modulated { .. }) {
        plan.workload.arrivals = steadily(100.0, plan.horizon);
    }
    if let Arrivals::Open { rate, poisson } = &mut plan.workload.arrivals {
        *poisson = false;
        for segment in rate {
            let gap = if segment.rate_from > 100.0 { 125.0 } else { 62.5 };
            (segment.rate_from, segment.rate_until) = (gap, gap);
        }
    }
    plan
}

/// The plan in slow motion: everything takes twice as long, and comes half as often.
pub fn doubled(plan: &Plan, dice: &mut Stream) -> Plan {
    let mut slow = plan.clone();
    let later = |time: &mut Time| *time = Time::from_nanos(2 * time.as_nanos());
    times(&mut slow, |time| {
        if let Distribution::Constant(span) = time {
            *span = *span * 2;
        }
    });
    for deployable in &mut slow.deployables {
        deployable.hop = deployable.hop * 2;
        deployable.user_hop = deployable.user_hop * 2;
        deployable.serialise = deployable.serialise * 2;
        deployable.crowding.adds = deployable.crowding.adds * 2;
        if let Route::LeastOutstanding(Loads::Instances { refresh })
        | Route::PowerOf(_, Loads::Instances { refresh }) = &mut deployable.route
        {
            *refresh = *refresh * 2;
        }
    }
    // Twice the work, or half the speed.
    if dice.chance(0.5) {
        let once = plan.programs.iter().flat_map(|program| &program.blocks).flatten();
        let twice = slow.programs.iter_mut().flat_map(|program| &mut program.blocks).flatten();
        for (one, other) in once.zip(twice) {
            if matches!(one, Step::Work { .. }) {
                other.clone_from(one);
            }
        }
        for (deployable, once) in slow.deployables.iter_mut().zip(&plan.deployables) {
            deployable.speed /= 2.0;
            deployable.serialise = once.serialise;
        }
    }
    for store in &mut slow.stores {
        (store.hop, store.pool_wait) = (store.hop * 2, store.pool_wait * 2);
        store.crowding.adds = store.crowding.adds * 2;
    }
    for cache in &mut slow.caches {
        if let Some(ttl) = &mut cache.settings.ttl {
            ttl.span = ttl.span * 2;
        }
        if let CachePlace::Servers { timeout, .. } = &mut cache.place
            && *timeout < Span::FOREVER
        {
            *timeout = *timeout * 2;
        }
    }
    slow.guards.iter_mut().flat_map(|guard| &mut guard.layers).for_each(slower);
    for fault in &mut slow.faults {
        later(&mut fault.from);
        later(&mut fault.until);
    }
    for window in &mut slow.windows {
        later(&mut window.from);
        later(&mut window.until);
    }
    if let Arrivals::Open { rate, .. } = &mut slow.workload.arrivals {
        for segment in rate {
            later(&mut segment.from);
            later(&mut segment.until);
            (segment.rate_from, segment.rate_until) = (segment.rate_from / 2.0, segment.rate_until / 2.0);
        }
    }
    slow.workload.scheduled.iter_mut().for_each(|it| later(&mut it.at));
    slow.journeys.iter_mut().for_each(|journey| journey.within = journey.within * 2);
    slow.bucket = slow.bucket * 2;
    [&mut slow.warmup, &mut slow.horizon, &mut slow.end].into_iter().for_each(later);
    slow
}

fn slower(layer: &mut Layer) {
    match layer {
        Layer::Timeout(timeout) => timeout.after = timeout.after * 2,
        Layer::Retry(retry) => {
            match &mut retry.backoff {
                Backoff::Fixed(pause) => *pause = *pause * 2,
                Backoff::Exponential { base, cap } => (*base, *cap) = (*base * 2, *cap * 2),
                _ => {}
            }
            match &mut retry.budget {
                Some(BudgetSettings::Finagle { ttl, reserve, .. }) => {
                    (*ttl, *reserve) = (*ttl * 2, *reserve / 2.0);
                }
                Some(BudgetSettings::Breaker { window, .. }) => *window = *window * 2,
                Some(BudgetSettings::Grpc { .. } | BudgetSettings::Bucket { .. }) | None => {}
            }
        }
        Layer::Breaker(breaker) => {
            breaker.sleep_window = breaker.sleep_window * 2;
            breaker.rolling_window = breaker.rolling_window * 2;
            breaker.health_interval = breaker.health_interval * 2;
        }
        Layer::Semaphore(semaphore) => semaphore.wait = semaphore.wait * 2,
        Layer::RateLimit(limit) => limit.rate /= 2.0,
        Layer::ThreadPool(_) | Layer::Fallback(_) => {}
    }
}

/// The plan where nothing is scarce and the network costs nothing: one instance of each deployable, which makes
/// it the same to call within or across. Timeouts go, for work on one's own thread cannot be left.
pub fn roomy(mut plan: Plan) -> Plan {
    for deployable in &mut plan.deployables {
        (deployable.instances, deployable.needs) = (1, 1);
        deployable.speed = 1.0;
        (deployable.cores, deployable.threads) = (Limit::Unbounded, Limit::Unbounded);
        (deployable.hop, deployable.user_hop, deployable.serialise) = (Span::ZERO, Span::ZERO, Span::ZERO);
        (deployable.mode, deployable.crowding) = (Mode::Blocking, Crowding::NONE);
    }
    for store in &mut plan.stores {
        (store.pool, store.connections) = (1_000_000, Limit::Unbounded);
    }
    // Onions that are shared today might be cut apart.
    for site in &mut plan.sites {
        if let Some(shared) = site.guard {
            site.guard = Some(GuardId(plan.guards.len() as u16));
            plan.guards.push(plan.guards[shared.at()].clone());
        }
    }
    for guard in &mut plan.guards {
        guard.layers.retain(|layer| !matches!(layer, Layer::Timeout(_)));
        guard.fallbacks.truncate(guard.layers.len());
        guard.fallbacks.fill(None);
        for layer in &mut guard.layers {
            if let Layer::Fallback(fallback) = layer {
                fallback.answer = FallbackAnswer::Static;
            }
        }
    }
    stagger(&mut plan);
    without_caches(&mut plan);
    plan.faults.retain(|fault| {
        !matches!(
            fault.effect,
            Effect::Crash { .. }
                | Effect::CrashOne { .. }
                | Effect::ZoneCrash { .. }
                | Effect::ZoneDelay { .. }
                | Effect::ZoneLoss { .. }
                | Effect::NetworkDelay { .. }
                | Effect::NetworkLoss { .. }
                | Effect::CacheLoss { .. }
        )
    });
    plan
}

/// Lets every branch start a little later than its neighbours, by a span that is drawn: so that no two calls of one
/// request come to an onion at one instant, where the order in which programs run would decide who is first.
fn stagger(plan: &mut Plan) {
    let mut key = 1_000_000;
    for blocks in plan.programs.iter_mut().map(|program| &mut program.blocks) {
        let steps = blocks.iter().flatten();
        let forked = steps.filter_map(|step| match step {
            Step::Parallel { branches, .. } => Some(branches.clone()),
            _ => None,
        });
        for branch in forked.flatten().collect::<Vec<_>>() {
            key += 1;
            let span = Distribution::uniform(Span::from_micros(100), Span::from_micros(900));
            blocks[branch.at()].insert(0, Step::Latency { span, key });
        }
    }
}

/// Asks the store each time: what a process keeps in its memory depends on who shares it.
fn without_caches(plan: &mut Plan) {
    for step in plan.programs.iter_mut().flat_map(|program| &mut program.blocks).flatten() {
        if let Step::Cached(Access { store, operation, repeat, again, key, .. }) = *step {
            *step = Step::Store { store, operation, repeat, again, item: None, cost: None, key };
        }
    }
}

/// Operations by themselves: whose lock somebody waits for, and what is tried again, depends on who comes when.
fn without_transactions(plan: &mut Plan) {
    plan.stores.iter_mut().for_each(|store| store.locks = None);
    for step in plan.programs.iter_mut().flat_map(|program| &mut program.blocks).flatten() {
        if let Step::Transaction(TransactionStep { block, key, .. }) = *step {
            *step = Step::OneOf { branches: vec![(1.0, block)], key };
        }
    }
}

/// A fixed number of instances, each with a machine to itself, connections that are there at once, no transactions, and
/// users who stay where they are.
pub fn fixed(mut plan: Plan) -> Plan {
    without_transactions(&mut plan);
    plan.fail_over = None;
    for deployable in &mut plan.deployables {
        (deployable.scaling, deployable.warm_up, deployable.reserve) = (None, None, false);
        deployable.nodes = None;
    }
    plan.node_pools.clear();
    plan.faults.retain(|fault| !matches!(fault.effect, Effect::NodeCrash { .. }));
    plan.stores.iter_mut().for_each(|store| store.opening = None);
    plan
}

/// One place, a fixed number of instances that everybody knows, databases and caches of one node: without what deals
/// keys by names, hardware or the number of instances, and without times of its own that slow motion would have to
/// reach.
pub fn plain(plan: Plan) -> Plan {
    let mut plan = fixed(plan);
    plan.zones = Zones::NONE;
    plan.hazards.retain(|hazard| hazard.clock != Clock::Whole);
    plan.faults.retain(|fault| {
        !matches!(
            fault.effect,
            Effect::CrashOne { .. }
                | Effect::RegionOutage { .. }
                | Effect::Evacuate { .. }
                | Effect::Drain { .. }
                | Effect::ZoneCrash { .. }
                | Effect::ZoneDelay { .. }
                | Effect::ZoneLoss { .. }
        )
    });
    plan.clusters.clear();
    plan.links.clear();
    plan.workload.jobs.clear();
    plan.data.iter_mut().for_each(|data| data.absent = 0.0);
    for deployable in &mut plan.deployables {
        deployable.zones.clear();
        (deployable.finding, deployable.state) = (Finding::PLAIN, None);
        if let Route::ByKey(_) = deployable.route {
            deployable.route = Route::RoundRobin;
        }
    }
    for store in &mut plan.stores {
        store.zone = None;
    }
    for cache in &mut plan.caches {
        (cache.stale, cache.negative, cache.serves) = (Span::ZERO, None, None);
        (cache.early, cache.jitter) = (0.0, 0.0);
        (cache.leases, cache.near, cache.load) = (None, None, Load::Aside);
        if let CachePlace::Servers { cluster, .. } = &mut cache.place {
            *cluster = CacheCluster::ONE;
        }
    }
    plan
}

/// The plan cut otherwise: program p runs in deployable `homes[p]`.
pub fn recut(plan: &Plan, homes: &[u16]) -> Plan {
    let mut other = plan.clone();
    for (program, home) in other.programs.iter_mut().zip(homes) {
        program.deployable = DeployableId(*home);
    }
    for site in &mut other.sites {
        let home = |program: ProgramId| homes[program.at()];
        site.in_process = home(site.caller) == home(site.callee);
        if let Some(guard) = site.guard {
            other.guards[guard.at()].deployable = DeployableId(home(site.caller));
        }
    }
    other
}

fn steadily(rate: f64, until: Time) -> Arrivals {
    let segment = RateSegment { from: Time::ZERO, until, rate_from: rate, rate_until: rate };
    Arrivals::Open { rate: vec![segment], poisson: true }
}

/// The plan where nothing ever fails: no faults, no policies, no bounds and no impatience; and all of it is measured.
pub fn peaceful(mut plan: Plan) -> Plan {
    tame(&mut plan);
    plan.faults.clear();
    plan.sites.iter_mut().for_each(|site| site.guard = None);
    plan.guards.clear();
    plan.workload.patience = None;
    // Users of a closed workload ask the more the sooner they are answered.
    if matches!(plan.workload.arrivals, Arrivals::Closed { .. }) {
        plan.workload.arrivals = steadily(100.0, plan.horizon);
    }
    // Users who come have the time to ask for all they want.
    if plan.workload.session.is_some() {
        if let Arrivals::Modulated { .. } = plan.workload.arrivals {
            plan.workload.arrivals = steadily(100.0, plan.horizon);
        }
        plan.horizon += Span::from_secs(1_000);
    }
    for deployable in &mut plan.deployables {
        // Calls in a circle of deployables would wait for each other's threads for ever.
        (deployable.threads, deployable.queue) = (Limit::Unbounded, Limit::Unbounded);
        // In a crowd all work is more.
        (deployable.needs, deployable.crowding) = (1, Crowding::NONE);
    }
    for store in &mut plan.stores {
        (store.queue, store.connections) = (Limit::Unbounded, Limit::Unbounded);
        store.pool_wait = Span::from_secs(100_000);
    }
    for cache in &mut plan.caches {
        // Who reads through a cache and hears nothing of it has failed.
        if let CachePlace::Servers { timeout, .. } = &mut cache.place {
            *timeout = Span::FOREVER;
        }
    }
    plan.end += Span::from_secs(10_000);
    plan.windows[0].from = Time::ZERO;
    plan.windows[0].until = plan.end;
    plan
}

/// The same system on other hardware: another number of instances and cores, of another speed, and another network.
pub fn rebuilt(plan: &Plan, dice: &mut Stream) -> Plan {
    let mut other = plan.clone();
    for deployable in &mut other.deployables {
        (deployable.instances, deployable.needs) = (1 + dice.below(3), 1);
        deployable.cores = Limit::AtMost(1 + dice.below(3));
        deployable.speed = [0.5, 1.0, 2.0][dice.below(3) as usize];
        deployable.hop = Span::from_millis(u64::from(dice.below(3)));
    }
    other
}
