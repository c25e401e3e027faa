//! The steady state of a network that has been recognised.

use super::closed::{self, convolution, mean_values};
use super::erlang;
use super::finite::Finite;
use super::network::{Bounded, Discipline, Network, Population, Queue};
use super::pollaczek;

/// A limit that is reached less often than this counts as none.
const NEVER: f64 = 1e-9;
/// So much room is never full at a single queue that has a steady state worth the name.
const OUT_OF_QUESTION: u32 = 100_000;
/// More users are not worth the time that convolution takes.
const USERS_MAX: u32 = 1_000;

/// What is exactly so.
#[derive(Clone, Debug, PartialEq)]
pub struct Exact {
    /// What the network is called.
    pub model: &'static str,
    /// Answers per second.
    pub throughput: f64,
    /// Probability that a request is turned away.
    pub refused: f64,
    /// By journey: mean time from request to answer, in seconds.
    pub responses: Vec<f64>,
    /// By queue.
    pub queues: Vec<QueueState>,
}

/// One queue in steady state, all copies together.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueState {
    /// Busy cores or servers ÷ all of them; `None` where cores are unlimited.
    pub utilisation: Option<f64>,
    /// Mean number present, those in service included.
    pub present: f64,
    /// Mean number waiting.
    pub waiting: f64,
}

/// Solves a network.
///
/// # Errors
/// Why it has no steady state, or none that is exact.
pub fn solve(network: &Network) -> Result<Exact, Vec<String>> {
    match network.population {
        Population::Open { rate } => open(network, rate),
        Population::Closed { users, think } => closed(network, users, think),
    }
}

/// Work offered to one copy per request.
fn demand(network: &Network, queue: usize) -> f64 {
    let all: f64 = network.classes.iter().map(|class| class.share * class.visits[queue].seconds).sum();
    all / f64::from(network.queues[queue].copies)
}

fn open(network: &Network, rate: f64) -> Result<Exact, Vec<String>> {
    let full = |at: &usize| match network.queues[*at].discipline {
        Discipline::Queue { servers } => rate * demand(network, *at) >= f64::from(servers),
        Discipline::General => rate * demand(network, *at) >= 1.0,
        Discipline::Finite { .. } => false,
    };
    let overload: Vec<String> = (0..network.queues.len())
        .filter(full)
        .map(|at| {
            format!(
                "`{}` is asked for more than it can do: there is no steady state",
                network.queues[at].name
            )
        })
        .collect();
    if !overload.is_empty() {
        return Err(overload);
    }
    let reached: Vec<String> = network
        .limits
        .iter()
        .filter(|limit| reaches(network, rate, limit.most) > NEVER)
        .map(|limit| format!("{} may be too few", limit.what))
        .collect();
    if !reached.is_empty() {
        return Err(reached);
    }
    let mut exact = Exact {
        model: "open network of queues (Jackson; Baskett, Chandy, Muntz and Palacios)",
        throughput: rate,
        refused: 0.0,
        responses: network.classes.iter().map(|class| class.delay).collect(),
        queues: Vec::new(),
    };
    for (at, queue) in network.queues.iter().enumerate() {
        open_queue(network, (at, queue), rate, &mut exact);
    }
    Ok(exact)
}

fn open_queue(network: &Network, (at, queue): (usize, &Queue), rate: f64, exact: &mut Exact) {
    let (load, copies) = (rate * demand(network, at), f64::from(queue.copies));
    let mut carried = load;
    let present = match queue.discipline {
        // Overload has been looked for.
        Discipline::Queue { servers } => erlang::present(servers, load).unwrap_or(f64::INFINITY),
        Discipline::General => {
            exact.model = "M/G/1 (Pollaczek and Khinchine)";
            let squares: f64 =
                network.classes.iter().map(|class| class.share * class.visits[at].squares).sum();
            let wait = pollaczek::wait(rate / copies, load * copies / rate, squares).unwrap_or(f64::INFINITY);
            for (response, class) in exact.responses.iter_mut().zip(&network.classes) {
                *response += class.visits[at].times * wait + class.visits[at].seconds;
            }
            load + rate / copies * wait
        }
        Discipline::Finite { servers, room } => {
            exact.model = if room == servers { "Erlang's loss system" } else { "M/M/c/K" };
            let state = Finite::new(servers, room, load);
            exact.refused = state.refused();
            exact.throughput = rate * (1.0 - exact.refused);
            carried = load * (1.0 - exact.refused);
            state.present()
        }
    };
    if queue.discipline != Discipline::General && load > 0.0 {
        // By Little's law, and because at such a station everybody's time is in proportion to the own work.
        for (response, class) in exact.responses.iter_mut().zip(&network.classes) {
            *response += class.visits[at].seconds * present / carried;
        }
    }
    exact.queues.push(state(queue, carried, present));
}

fn state(queue: &Queue, carried: f64, present: f64) -> QueueState {
    QueueState {
        utilisation: (queue.cores > 0).then(|| carried / f64::from(queue.cores)),
        present: present * f64::from(queue.copies),
        waiting: (present - carried).max(0.0) * f64::from(queue.copies),
    }
}

/// An upper bound of the probability that `most` requests are in the network at once (Chernoff): the numbers at all
/// stations are independent, so their generating functions multiply.
fn reaches(network: &Network, rate: f64, most: u32) -> f64 {
    let loads: Vec<(f64, u32, u32)> = network
        .queues
        .iter()
        .enumerate()
        .filter_map(|(at, queue)| match queue.discipline {
            Discipline::Queue { servers } => Some((rate * demand(network, at), servers, queue.copies)),
            Discipline::General | Discipline::Finite { .. } => None,
        })
        .collect();
    if loads.len() < network.queues.len() {
        // How far its number goes is not computed: limits have to be out of question.
        return if most < OUT_OF_QUESTION { 1.0 } else { 0.0 };
    }
    let delays: f64 = network.classes.iter().map(|class| class.share * class.delay * rate).sum();
    let furthest = loads.iter().map(|(load, servers, _)| f64::from(*servers) / load).fold(64.0, f64::min);
    let bound = |step: u32| {
        let z = 1.0 + (furthest - 1.0) * f64::from(step) / 200.0;
        let queues: f64 = loads.iter().map(|&(a, c, copies)| f64::from(copies) * generated(a, c, z)).sum();
        queues + delays * (z - 1.0) - f64::from(most) * libm::log(z)
    };
    libm::exp((1..200).map(bound).fold(0.0, f64::min))
}

/// Logarithm of E\[zᴺ\] in M/M/c.
fn generated(load: f64, servers: u32, z: f64) -> f64 {
    weight(load * z, servers) - weight(load, servers)
}

/// Logarithm of Σ of the unnormalised probabilities of M/M/c: those of n < c, and the geometric rest.
fn weight(load: f64, servers: u32) -> f64 {
    let c = f64::from(servers);
    let mut term = 0.0;
    let mut terms = vec![term];
    for n in 1..=servers {
        term += libm::log(load / f64::from(n));
        terms.push(term - if n == servers { libm::log(1.0 - load / c) } else { 0.0 });
    }
    let most = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    most + libm::log(terms.iter().map(|term| libm::exp(term - most)).sum())
}

fn closed(network: &Network, users: u32, think: f64) -> Result<Exact, Vec<String>> {
    if users > USERS_MAX {
        return Err(vec![format!("more than {USERS_MAX} users take too long to compute")]);
    }
    let small = |limit: &&Bounded| limit.most < users;
    let reached: Vec<String> =
        network.limits.iter().filter(small).map(|limit| format!("{} may be too few", limit.what)).collect();
    if !reached.is_empty() {
        return Err(reached);
    }
    let delay: f64 = network.classes.iter().map(|class| class.share * class.delay).sum();
    let mut stations = vec![closed::Station { demand: think + delay, servers: None }];
    for (at, queue) in network.queues.iter().enumerate() {
        if let Discipline::Queue { servers } = queue.discipline {
            let station = closed::Station { demand: demand(network, at), servers: Some(servers) };
            stations.extend(std::iter::repeat_n(station, queue.copies as usize));
        }
    }
    let found = mean_values(&stations, users).unwrap_or_else(|| convolution(&stations, users));
    let mut responses: Vec<f64> = network.classes.iter().map(|class| class.delay).collect();
    let mut queues = Vec::new();
    let mut first = 1;
    for (at, queue) in network.queues.iter().enumerate() {
        let (present, carried) = (found.present[first], found.throughput * demand(network, at));
        first += queue.copies as usize;
        for (response, class) in responses.iter_mut().zip(&network.classes) {
            *response += class.visits[at].seconds * present / carried;
        }
        queues.push(state(queue, carried, present));
    }
    Ok(Exact {
        model: "closed network of queues (mean value analysis, convolution)",
        throughput: found.throughput,
        refused: 0.0,
        responses,
        queues,
    })
}
