//! The report as readers get it: folder, page, tables and terminal.

mod fixture;

use std::fs;
use std::path::{Path, PathBuf};

use archsim_output::{
    Chart, Figure, GraphPanel, Heatmap, Paired, Series, Strip, Style, TimePanel, Timeline, csv, html, png,
    svg, table_csv, terminal, write,
};

fn fresh(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn a_report_is_one_folder_with_all_its_files() {
    let folder = fresh("whole-report");
    let report = fixture::report();
    write(&report, &folder).expect("the folder can be written");
    assert!(folder.join("report.html").exists());
    for part in &report.parts {
        for table in &part.tables {
            assert!(folder.join(format!("data/table-{}-{}.csv", part.name, table.name)).exists());
        }
        for figure in &part.figures {
            for file in [format!("charts/{}.svg", figure.id), format!("charts/{}.png", figure.id)] {
                assert!(folder.join(&file).exists(), "{file}");
            }
            let alt =
                fs::read_to_string(folder.join(format!("charts/{}.alt.txt", figure.id))).expect("alt text");
            assert!(alt.starts_with(&figure.title) && alt.contains(&figure.key_numbers[0]));
            assert!(folder.join(format!("data/{}.csv", figure.id)).exists());
        }
    }
}

#[test]
fn figures_of_one_name_do_not_overwrite_each_other() {
    let folder = fresh("twins");
    let mut report = fixture::report();
    let twin = report.parts[0].figures[0].clone();
    report.parts[1].figures.push(twin);
    let error = write(&report, &folder).expect_err("two figures of one name");
    assert!(error.to_string().contains("blast-radius-3"), "{error}");
    report.parts[1].figures.last_mut().expect("the twin").id = "../outside".into();
    assert!(write(&report, &folder).is_err(), "nothing is written outside the folder");
    assert!(!folder.exists(), "nothing is written at all");
}

#[test]
fn the_page_fetches_nothing_and_runs_nothing() {
    let page = html(&fixture::report());
    for foreign in ["<script", "<link", "<img", "<iframe", "url(", "@import", " src="] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    let addresses = page.matches("http").count();
    assert_eq!(addresses, page.matches("http://www.w3.org/2000/svg").count(), "only the name of SVG itself");
}

#[test]
fn headings_never_skip_a_level() {
    let page = html(&fixture::report());
    let levels: Vec<u32> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page[at + 2..].chars().next().and_then(|level| level.to_digit(10)))
        .collect();
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
}

#[test]
fn the_page_can_be_heard_and_read_small() {
    let page = html(&fixture::report());
    assert!(page.contains("<html lang=\"en\">") && page.contains("width=device-width"));
    assert_eq!(page.matches("<svg xmlns").count(), page.matches("<desc").count());
    assert!(page.contains("<th scope=\"col\"") && page.contains("<th scope=\"row\""));
}

#[test]
fn answers_come_before_evidence() {
    let page = html(&fixture::report());
    let order = [
        "<h1>",
        "What was found",
        "In numbers",
        "Claims, checked",
        "<figure",
        "How to read",
        "Assumptions",
        "What is not modelled",
        "How to reproduce",
    ];
    let places: Vec<usize> = order.iter().map(|words| page.find(words).expect(words)).collect();
    assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "{places:?}");
}

#[test]
fn words_of_the_caller_are_escaped() {
    let mut report = fixture::report();
    report.question = "a <b> & \"c\"?".into();
    report.parts[0].figures[0].title = "x < y & z".into();
    let page = html(&report);
    assert!(page.contains("a &lt;b&gt; &amp; &quot;c&quot;?") && page.contains("x &lt; y &amp; z"));
    assert!(!page.contains("a <b>"));
}

#[test]
fn tables_hold_every_value_in_full() {
    let report = fixture::report();
    let table = &report.parts[0].tables[1];
    let text = table_csv(table);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "arm,group,measure,unit,mean,low,high");
    assert_eq!(lines.len(), 1 + table.rows.len() * table.columns.len());
    let mean: f64 = lines[1].split(',').nth(4).expect("a mean").parse().expect("a number");
    assert_eq!(
        Some(mean.to_bits()),
        table.rows[0].cells[0].mean.map(f64::to_bits),
        "written so that it reads back"
    );
}

#[test]
fn data_files_hold_exactly_the_plotted_points() {
    let figure = fixture::heatmap(&[0, 3]);
    assert_eq!(csv(&figure).lines().count(), 1 + 2 * (14 * 65 + 65 + 1));
    let figure = fixture::strip();
    assert_eq!(csv(&figure).lines().count(), 1 + 9 * (20 + 3));
    let figure = fixture::paired(&[0, 7]);
    assert_eq!(csv(&figure).lines().count(), 1 + 2 * (20 + 3));
    let figure = fixture::timeline(&[0], false);
    assert_eq!(csv(&figure).lines().count(), 1 + 65 * (3 * 5 + 1));
    let figure = fixture::graph();
    assert_eq!(csv(&figure).lines().count(), 1 + 3 * 2 * (14 + 19));
}

#[test]
fn the_terminal_is_never_overrun() {
    let report = fixture::report();
    for width in [80, 100, 120] {
        let text = terminal(&report, Style { color: false, width });
        assert!(!text.contains('\x1b'), "no colour unless asked for");
        let longest = text.lines().map(|line| line.chars().count()).max();
        assert!(longest <= Some(width), "{longest:?} of {width}");
    }
}

#[test]
fn controls_are_told_in_one_line_and_folded_away_on_the_page() {
    let report = fixture::report();
    let said = &report.parts[0].tables[0].controls;
    let text = terminal(&report, Style { color: false, width: 120 });
    assert!(text.contains(said) && !text.lines().any(|line| line.starts_with("Microservices, no fault")));
    let page = html(&report);
    let details = page.split("<details>").nth(1).expect("controls").replace('\u{a0}', " ");
    assert!(details.contains(said) && details.contains("Microservices, no fault"));
}

#[test]
fn an_exact_number_that_is_the_same_in_all_rows_takes_no_column() {
    let text = terminal(&fixture::report(), Style { color: false, width: 120 });
    assert!(text.contains("In every arm: cost 1.44 core-h"));
}

#[test]
fn a_claim_shows_its_verdict_and_its_measured_value_first() {
    let text = terminal(&fixture::report(), Style { color: false, width: 120 });
    assert!(text.lines().any(|line| line.trim_start().starts_with("✗ −25.0 pp [−26.1, −23.9]")));
    assert!(text.lines().any(|line| line.trim_start().starts_with("? 99.6 %")));
}

/// Charts whose data are missing, empty or not finite.
fn broken_figures() -> Vec<Figure> {
    let whole = fixture::heatmap(&[0]);
    let with = |chart| Figure { chart, ..whole.clone() };
    let mut graph = fixture::graph();
    if let Chart::Graph(chart) = &mut graph.chart {
        chart.edges.push((0, 99));
        chart.panels.push(GraphPanel { node_error: vec![f64::NAN], ..chart.panels[0].clone() });
        chart.panels[1].edge_rate.clear();
    }
    let mut strip = fixture::strip();
    if let Chart::Strip(chart) = &mut strip.chart {
        chart.arms[0].values = vec![f64::NAN, f64::INFINITY];
        chart.arms[1].values.clear();
        chart.arms[2].values = vec![0.0; 20];
        chart.log = true;
    }
    let panel = TimePanel {
        title: "empty".into(),
        unit: String::new(),
        log: true,
        objective: None,
        objective_label: String::new(),
        series: vec![Series { label: "none".into(), ..Series::default() }],
    };
    vec![
        with(Chart::Heatmap(Heatmap {
            panels: vec![],
            bucket_secs: 0.0,
            fault: None,
            fault_label: String::new(),
        })),
        with(Chart::Timeline(Timeline {
            x: vec![],
            fault: Some((0.0, 1.0)),
            fault_label: String::new(),
            panels: vec![panel.clone()],
            beside: vec![panel],
        })),
        with(Chart::Timeline(Timeline {
            x: vec![],
            fault: None,
            fault_label: String::new(),
            panels: vec![],
            beside: vec![],
        })),
        with(Chart::Strip(Strip {
            unit: String::new(),
            percent: false,
            log: false,
            objective: None,
            arms: vec![],
        })),
        with(Chart::Paired(Paired {
            unit: String::new(),
            percent: true,
            baseline: String::new(),
            comparisons: vec![],
        })),
        graph,
        strip,
    ]
}

#[test]
fn bad_data_give_a_poor_chart_but_never_a_panic() {
    for figure in broken_figures() {
        let text = svg(&figure);
        assert!(!text.contains("NaN") && !text.contains("inf"), "{}", figure.id);
        assert!(!csv(&figure).contains("NaN"));
        assert!(png(&figure).len() > 1000);
    }
}
