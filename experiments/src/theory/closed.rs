//! Closed networks of one chain: a fixed number of customers who never leave. Two exact ways to the same numbers.
//!
//! [`mean_values`] is exact mean value analysis (Reiser and Lavenberg, *JACM* 27, 1980), for stations of one server and
//! for delays. [`convolution`] is Buzen's algorithm (*CACM* 16, 1973) with load-dependent stations, and takes several
//! servers too. The recursion of MVA for several servers subtracts and loses all digits under high load (Reiser 1981
//! says so himself); convolution only multiplies and adds positive numbers, here by their logarithms, so that no number
//! of customers overflows.

/// A station of a closed network.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Station {
    /// Work that a customer brings per cycle, over all visits, in seconds.
    pub demand: f64,
    /// How many are served at once; `None` is a delay, where nobody waits.
    pub servers: Option<u32>,
}

/// The steady state of a closed network.
#[derive(Clone, Debug, PartialEq)]
pub struct Closed {
    /// Cycles per second, of all customers together.
    pub throughput: f64,
    /// By station: mean number there.
    pub present: Vec<f64>,
}

/// Exact mean value analysis; `None` if a station has several servers.
pub fn mean_values(stations: &[Station], customers: u32) -> Option<Closed> {
    if stations.iter().any(|station| station.servers.is_some_and(|servers| servers != 1)) {
        return None;
    }
    let mut found = Closed { throughput: 0.0, present: vec![0.0; stations.len()] };
    for n in 1..=customers {
        // Who arrives sees the network as it is with one customer fewer.
        let stay = |(station, present): (&Station, &f64)| match station.servers {
            Some(_) => station.demand * (1.0 + present),
            None => station.demand,
        };
        let stays: Vec<f64> = stations.iter().zip(&found.present).map(stay).collect();
        found.throughput = f64::from(n) / stays.iter().sum::<f64>();
        found.present = stays.into_iter().map(|stay| found.throughput * stay).collect();
    }
    Some(found)
}

/// Buzen's convolution, for any numbers of servers.
pub fn convolution(stations: &[Station], customers: u32) -> Closed {
    let all = customers as usize;
    let weights: Vec<Vec<f64>> = stations.iter().map(|station| station.weights(customers)).collect();
    // Of the stations before each one, and of those after it.
    let none = || {
        let mut weights = vec![f64::NEG_INFINITY; all + 1];
        weights[0] = 0.0;
        weights
    };
    let mut before = vec![none()];
    for weights in &weights {
        before.push(joined(&before[before.len() - 1], weights));
    }
    let mut after = vec![none()];
    for weights in weights.iter().skip(1).rev() {
        after.push(joined(&after[after.len() - 1], weights));
    }
    after.reverse();
    let total = &before[stations.len()];
    let present = (0..stations.len()).map(|at| {
        let others = joined(&before[at], &after[at]);
        let share = |n: usize| libm::exp(weights[at][n] + others[all - n] - total[all]);
        (1..=all).map(|n| n as f64 * share(n)).sum()
    });
    Closed {
        throughput: if all == 0 { 0.0 } else { libm::exp(total[all - 1] - total[all]) },
        present: present.collect(),
    }
}

impl Station {
    /// Logarithms of demandⁿ ÷ (1·2·…·n), where factors stop to grow at the number of servers.
    fn weights(&self, customers: u32) -> Vec<f64> {
        let mut weights = vec![0.0];
        for n in 1..=customers {
            let rate = self.servers.map_or(n, |servers| n.min(servers));
            let last = weights[weights.len() - 1];
            weights.push(last + libm::log(self.demand / f64::from(rate)));
        }
        weights
    }
}

/// The convolution of two lists of logarithms.
fn joined(a: &[f64], b: &[f64]) -> Vec<f64> {
    (0..a.len())
        .map(|n| {
            let terms = || (0..=n).map(|k| a[k] + b[n - k]);
            let most = terms().fold(f64::NEG_INFINITY, f64::max);
            if most.is_finite() {
                most + libm::log(terms().map(|term| libm::exp(term - most)).sum())
            } else {
                most
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn queue(demand: f64, servers: u32) -> Station {
        Station { demand, servers: Some(servers) }
    }

    const fn delay(demand: f64) -> Station {
        Station { demand, servers: None }
    }

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.abs().max(1e-9), "{found} for {expected}");
    }

    #[test]
    fn two_equal_stations_are_worked_out_by_hand() {
        // With two stations of demand 1 and N customers the throughput is N ÷ (N + 1), and each has N ÷ 2.
        for n in [1, 2, 7, 100] {
            let stations = [queue(1.0, 1), queue(1.0, 1)];
            for found in [mean_values(&stations, n).unwrap(), convolution(&stations, n)] {
                near(found.throughput, f64::from(n) / f64::from(n + 1));
                near(found.present[1], f64::from(n) / 2.0);
            }
        }
    }

    #[test]
    fn the_repairmen_s_problem_is_erlang_s_machine_interference() {
        // N machines, c repairmen: birth-death with (N − n)/z up and min(n, c)/s down (Kleinrock, vol. 1, §3.9).
        let (machines, crews, uptime, repair) = (12_u32, 3_u32, 10.0, 2.0);
        let mut weights = vec![1.0];
        for n in 1..=machines {
            let up = f64::from(machines - n + 1) / uptime;
            weights.push(weights[n as usize - 1] * up * repair / f64::from(n.min(crews)));
        }
        let total: f64 = weights.iter().sum();
        let down: f64 = weights.iter().enumerate().map(|(n, w)| n as f64 * w / total).sum();
        let found = convolution(&[delay(uptime), queue(repair, crews)], machines);
        near(found.present[1], down);
        near(found.throughput, (f64::from(machines) - down) / uptime);
    }

    #[test]
    fn both_algorithms_agree_and_everybody_is_somewhere() {
        let stations = [delay(2.0), queue(0.05, 1), queue(0.08, 1), queue(0.03, 1)];
        for n in [1, 5, 40, 400, 1_000] {
            let (a, b) = (mean_values(&stations, n).unwrap(), convolution(&stations, n));
            near(a.throughput, b.throughput);
            for (a, b) in a.present.iter().zip(&b.present) {
                assert!((a - b).abs() < 1e-7 * f64::from(n), "{a} and {b}");
            }
            near(b.present.iter().sum(), f64::from(n));
        }
        assert_eq!(mean_values(&[queue(1.0, 2)], 3), None);
    }
}
