//! Labels that would cover each other, pushed apart.

/// Places for labels as near as possible to the wanted ones, in the same order, at least `gap` apart and
/// between `low` and `high` (if there is room at all; if not, evenly spread).
pub fn pack(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    let count = wanted.len();
    if count == 0 {
        return Vec::new();
    }
    let gap = gap.min((high - low) / (count.max(2) - 1) as f64);
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| wanted[*a].total_cmp(&wanted[*b]));
    // Labels that touch form a cluster, centred on what its members want; clusters that touch are merged.
    let mut clusters: Vec<(f64, Vec<usize>)> = Vec::new();
    for index in order {
        let mut cluster = (wanted[index].clamp(low, high), vec![index]);
        while let Some((centre, members)) = clusters.pop() {
            let reach = (members.len() + cluster.1.len()) as f64 * gap / 2.0;
            if cluster.0 - centre >= reach {
                clusters.push((centre, members));
                break;
            }
            let merged: Vec<usize> = members.into_iter().chain(cluster.1).collect();
            let half = (merged.len() - 1) as f64 * gap / 2.0;
            let middle = merged.iter().map(|member| wanted[*member]).sum::<f64>() / merged.len() as f64;
            cluster = (middle.clamp(low + half, (high - half).max(low + half)), merged);
        }
        clusters.push(cluster);
    }
    let mut places = vec![0.0; count];
    for (centre, members) in clusters {
        let first = centre - (members.len() - 1) as f64 * gap / 2.0;
        for (step, member) in members.into_iter().enumerate() {
            places[member] = first + step as f64 * gap;
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wanted: &[f64], places: &[f64]) {
        let found = pack(wanted, 20.0, 0.0, 200.0);
        assert!(found.iter().zip(places).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
    }

    #[test]
    fn labels_with_room_stay() {
        check(&[150.0, 10.0, 90.0], &[150.0, 10.0, 90.0]);
    }

    #[test]
    fn labels_that_touch_are_spread_about_their_middle() {
        check(&[100.0, 100.0], &[90.0, 110.0]);
        check(&[100.0, 104.0, 96.0], &[100.0, 120.0, 80.0]);
    }

    #[test]
    fn labels_stay_inside() {
        check(&[200.0, 200.0, 200.0], &[160.0, 180.0, 200.0]);
        check(&[0.0, 1.0], &[0.0, 20.0]);
    }

    #[test]
    fn without_room_they_share_it() {
        let found = pack(&[5.0; 5], 20.0, 0.0, 40.0);
        assert!((found[4] - found[0] - 40.0).abs() < 1e-9);
    }
}
