//! Figures made hard: names, titles and numbers that do not fit.

use archsim_output::{Chart, Figure, GraphNode, HeatRow};

/// A name that hardly fits anywhere.
fn long(name: &str) -> String {
    format!("{name}, with everything the platform team ever asked for")
}

/// The same figure with names, titles and numbers that are hard to place.
pub fn stressed(mut figure: Figure) -> Figure {
    figure.id += "-stressed";
    figure.title = format!("{}, and {} ", figure.title, figure.title.to_lowercase()).repeat(2);
    match &mut figure.chart {
        Chart::Heatmap(chart) => {
            for panel in &mut chart.panels {
                panel.arm = long(&panel.arm);
                panel.rows.extend(panel.rows.clone().into_iter().map(|row| HeatRow {
                    name: long(&row.name),
                    faulty: false,
                    ..row
                }));
            }
            chart.fault = Some((0.0, 3.0));
        }
        Chart::Graph(chart) => {
            let extra = (0..12).map(|index| GraphNode {
                name: long(&format!("service {index}")),
                layer: 3,
                optional: true,
                faulty: false,
            });
            chart.nodes.extend(extra);
            chart.nodes.iter_mut().for_each(|node| node.name = long(&node.name));
            chart.panels.iter_mut().for_each(|panel| panel.title = long(&panel.title));
        }
        Chart::Timeline(chart) => {
            for panel in &mut chart.panels {
                panel.title = long(&panel.title);
                panel.series.iter_mut().for_each(|series| series.label = long(&series.label));
            }
            chart.fault = Some((60.0, 65.0));
        }
        Chart::Strip(chart) => {
            for arm in &mut chart.arms {
                arm.arm = long(&arm.arm);
                arm.values
                    .iter_mut()
                    .chain([&mut arm.mean, &mut arm.low, &mut arm.high])
                    .for_each(|value| *value *= 1e6);
            }
            chart.percent = false;
            chart.unit = "requests per fortnight".into();
        }
        Chart::Curves(chart) => {
            chart.y_title = long(&chart.y_title);
            chart.x_title = long(&chart.x_title).repeat(3);
            chart.curves.iter_mut().for_each(|curve| curve.label = long(&curve.label));
        }
        Chart::Capacity(chart) => {
            chart.unit = long(&chart.unit);
            for panel in &mut chart.panels {
                panel.arm = long(&panel.arm);
                panel.demand.iter_mut().chain(&mut panel.capacity).for_each(|value| *value *= 1e6);
            }
        }
        Chart::Frontier(chart) => {
            (chart.x_title, chart.y_title) = (long(&chart.x_title).repeat(3), long(&chart.y_title));
            for arm in &mut chart.arms {
                arm.arm = long(&arm.arm);
                arm.x = (arm.x.0 * 1e6, arm.x.1 * 1e6, arm.x.2 * 1e6);
            }
        }
        Chart::Deviations(chart) => {
            for figure in &mut chart.figures {
                figure.group = long(&figure.group);
                figure.name = long(&figure.name);
                figure.value *= 3.0;
            }
        }
        Chart::Paired(chart) => {
            chart.baseline = long(&chart.baseline);
            chart.comparisons.iter_mut().for_each(|arm| arm.arm = long(&arm.arm));
        }
    }
    figure
}
