//! The command line as scripts see it: exit codes, both streams, and the folder that is left behind.

mod support;

#[cfg(unix)]
use support::Ended;
use support::{Place, SMALL};

#[test]
fn a_run_whose_claims_hold_ends_with_0_and_a_whole_folder() {
    let place = Place::with_small("holds");
    let ended = place.archsim("run small.yaml");
    ended.expect(
        0,
        &["What fails?", "bare loses buyers", "resilient keeps buyers"],
        &["wrote results/small"],
    );
    let files: Vec<String> =
        place.files("results/small").iter().map(|(path, _)| path.display().to_string()).collect();
    for name in ["report.html", "summary.json", "timing.json", "scenario.yaml", "data/runs.csv"] {
        assert!(files.iter().any(|file| file == name), "no {name} in {files:?}");
    }
    for chart in ["blast-radius", "graph", "timeline", "strip", "paired"] {
        assert!(files.contains(&format!("charts/small-{chart}.svg")), "no {chart} in {files:?}");
    }
}

#[test]
fn the_summary_says_everything_for_machines() {
    let place = Place::with_small("summary");
    let ended = place.archsim("run small.yaml --json --quiet --seed 7");
    ended.expect(0, &[], &[]);
    assert_eq!(ended.err, "");
    let summary: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(ended.out, place.read("results/small/summary.json"));
    assert_eq!(summary["schema_version"], 1);
    assert_eq!((&summary["seed"], &summary["replications"]), (&7.into(), &4.into()));
    assert_eq!(summary["verdict"], "holds");
    let part = &summary["parts"][0];
    assert_eq!(part["arms"].as_array().unwrap().len(), 4, "two arms and their controls");
    assert_eq!(part["laws"]["broken"].as_array().unwrap().len(), 0);
    for arm in part["arms"].as_array().unwrap() {
        assert_eq!(arm["fingerprint"].as_str().unwrap().len(), 16);
        let measures = arm["measures"].as_array().unwrap();
        let availability = measures.iter().find(|m| m["measure"] == "availability" && m["window"] == "fault");
        let availability = availability.unwrap();
        assert_eq!(availability["values"].as_array().unwrap().len(), 4);
        let end = |name: &str| availability[name].as_f64().unwrap();
        assert!(end("low") <= end("mean") && end("mean") <= end("high"));
    }
    assert_eq!(part["paired"][0]["baseline"], "bare");
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let place = Place::with_small("jobs");
    place.archsim("run small.yaml --jobs 1 --out one").expect(0, &[], &[]);
    place.archsim("run small.yaml --jobs 2 --out two").expect(0, &[], &[]);
    let (one, two) = (place.files("one"), place.files("two"));
    assert_eq!(one.len(), two.len());
    for ((path, one), (_, two)) in
        one.iter().zip(&two).filter(|((path, _), _)| !path.ends_with("timing.json"))
    {
        assert!(one == two, "{} differs", path.display());
    }
    place.archsim("run small.yaml --seed 2 --out three").expect(0, &[], &[]);
    assert_ne!(place.read("one/data/runs.csv"), place.read("three/data/runs.csv"));
}

#[test]
fn one_run_can_be_made_again_by_itself() {
    let place = Place::with_small("replay");
    place.archsim("run small.yaml --out all").expect(0, &["Laws hold: "], &[]);
    place.archsim("run small.yaml --replication 2 --arm bare --out one").expect(0, &["Laws hold: "], &[]);
    let (all, one) = (place.read("all/data/runs.csv"), place.read("one/data/runs.csv"));
    let (mut all, mut one) = (all.lines(), one.lines());
    assert_eq!(all.next(), one.next());
    let all: Vec<&str> = all.collect();
    let one: Vec<&str> = one.collect();
    assert!(!one.is_empty() && one.len() < all.len());
    assert!(one.iter().all(|row| all.contains(row)), "{one:?}");
    place.archsim("run small.yaml --arm no-such").expect(2, &[], &["there is no arm `no-such`; there are: "]);
}

#[test]
fn the_resolved_scenario_of_a_result_gives_the_same_result() {
    let place = Place::with_small("resolved");
    place.archsim("run small.yaml --out first").expect(0, &[], &[]);
    std::fs::copy(place.path("first/scenario.yaml"), place.path("small.yaml")).unwrap();
    place.archsim("run small.yaml --out second").expect(0, &[], &[]);
    for file in ["summary.json", "scenario.yaml", "data/runs.csv", "report.html"] {
        assert_eq!(place.read(&format!("first/{file}")), place.read(&format!("second/{file}")), "{file}");
    }
}

#[test]
fn a_claim_that_fails_ends_with_3_and_an_undecided_one_with_4() {
    let place = Place::new("claims");
    place.write("fails.yaml", SMALL.replace("at-most: 80%", "at-least: 99%"));
    place.archsim("run fails.yaml --out fails").expect(3, &["✗"], &[]);
    let quiet = place.archsim("run fails.yaml --quiet --out quiet-fails");
    quiet.expect(3, &[], &["fails: "]);
    assert_eq!((quiet.out.as_str(), quiet.err.lines().count()), ("quiet-fails\n", 1), "{}", quiet.err);
    place.write("open.yaml", SMALL.replace("at-least: 80%", "at-least: 91%"));
    place.archsim("run open.yaml --out open").expect(4, &["?"], &[]);
    place.write("small.yaml", SMALL);
    let quiet = place.archsim("run small.yaml --quiet --out quiet");
    quiet.expect(0, &[], &[]);
    assert_eq!((quiet.out.as_str(), quiet.err.as_str()), ("quiet\n", ""));
    // One replication decides nothing at all.
    place.archsim("run small.yaml --replications 1").expect(4, &["One replication"], &[]);
}

#[test]
fn earlier_results_are_kept_and_other_folders_left_alone() {
    let place = Place::with_small("folders");
    place.archsim("run small.yaml --quick").expect(0, &[], &[]);
    place.archsim("run small.yaml").expect(0, &[], &["kept the earlier result in results/small.1"]);
    assert!(place.read("results/small.1/summary.json").contains("\"quick\": true"));
    assert!(place.read("results/small/summary.json").contains("\"quick\": false"));
    std::fs::create_dir(place.path("thesis")).unwrap();
    place.write("thesis/chapter.tex", "years of work");
    place.archsim("run small.yaml --out thesis").expect(2, &[], &["no result of archsim", "--out"]);
    place.archsim("run small.yaml --out small.yaml").expect(2, &[], &["is a file"]);
    place.archsim("run small.yaml --out .").expect(2, &[], &["cannot be replaced"]);
    assert_eq!(place.files("thesis").len(), 1);
}

#[test]
fn what_cannot_be_read_ends_with_2_and_a_remedy() {
    let place = Place::with_small("unreadable");
    std::fs::create_dir(place.path("folder")).unwrap();
    place.write("binary.yaml", [0xff, 0xfe, 0x00, 0x9f]);
    place.write("typo.yaml", SMALL.replace("patience:", "patiense:"));
    place.write("empty.yaml", "");
    place.archsim("run folder/").expect(2, &[], &["directory"]);
    place.archsim("run missing.yaml").expect(2, &[], &["no file `missing.yaml`"]);
    place.archsim("check binary.yaml").expect(2, &["invalid"], &["UTF-8"]);
    place.archsim("check typo.yaml").expect(2, &["invalid"], &["patiense", "did you mean `patience`"]);
    place.archsim("run typo.yaml").expect(2, &[], &["patiense"]);
    place.archsim("check empty.yaml").expect(2, &["invalid"], &["error"]);
    // Everything that is wrong is said at once.
    place.archsim("check missing.yaml folder/ typo.yaml").expect(2, &[], &["missing.yaml", "folder/"]);
    assert!(!place.path("results").exists());
}

#[test]
fn a_mistyped_experiment_finds_the_nearest_name() {
    let place = Place::new("names");
    let ended = place.archsim("run cascading-falure");
    ended.expect(2, &[], &["did you mean `cascading-failure`", "shipped experiments: "]);
    place.archsim("run nothing-like-it").expect(2, &[], &["no experiment and no file"]);
    place.archsim("list").expect(0, &["cascading-failure", "slow-dependency"], &[]);
    let list = place.archsim("list --json").out;
    assert!(serde_json::from_str::<serde_json::Value>(&list).unwrap()["experiments"].is_array());
}

#[test]
fn usage_errors_end_with_2() {
    let place = Place::with_small("usage");
    for words in [
        "",
        "dance",
        "run",
        "run small.yaml --jobs 0",
        "run small.yaml --replications 0",
        "run small.yaml --set x",
    ] {
        place.archsim(words).expect(2, &[], &[]);
    }
    place.archsim("run small.yaml --set workload.arivals.poisson=9/s").expect(2, &[], &["arivals"]);
    place.archsim("--help").expect(0, &["Exit codes"], &[]);
}

#[test]
fn a_set_changes_the_scenario_and_the_command_that_repeats_it() {
    let place = Place::with_small("set");
    let ended = place.archsim("run small.yaml --set workload.arrivals.poisson=20/s --json --quick");
    let summary: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let command = summary["command"].as_str().unwrap();
    assert_eq!(command, "archsim run small.yaml --seed 1 --quick --set workload.arrivals.poisson=20/s");
    assert!(place.read("results/small/scenario.yaml").contains("20/s"));
}

#[test]
fn a_run_at_its_limit_keeps_what_it_measured_and_decides_nothing() {
    let place = Place::with_small("limit");
    let ended = place.archsim("run small.yaml --set run.in-flight=15 --json");
    ended.expect(4, &[], &["Arm `bare`, replication 1", "run.in-flight", "--set run.in-flight=150"]);
    let summary: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert!(summary["partial"].is_string());
    assert_eq!(summary["verdict"], "undecided");
    assert!(!summary["parts"][0]["stopped"].as_array().unwrap().is_empty());
}

#[test]
fn several_files_make_one_result_with_several_parts() {
    let place = Place::with_small("parts");
    place.write("second.yaml", SMALL.replace("name: small", "name: second"));
    place.archsim("run small.yaml second.yaml --quick").expect(0, &[], &["wrote results/small"]);
    for file in ["scenario-small.yaml", "scenario-second.yaml", "charts/second-strip.svg"] {
        assert!(place.path("results/small").join(file).exists(), "no {file}");
    }
    let runs = place.read("results/small/data/runs.csv");
    assert_eq!(runs.lines().count(), 1 + 2 * 4 * 3, "a head, then parts × arms × replications");
    assert!(runs.starts_with("part,arm,replication,fingerprint,events,requests,stopped_at_s,availability"));
}

#[test]
fn check_says_what_is_there_and_what_it_costs() {
    let place = Place::with_small("check");
    place.archsim("check small.yaml").expect(0, &["ok: small.yaml", "2 arms and 2 controls", "cores"], &[]);
    let resolved = place.archsim("check --resolved small.yaml").out;
    place.write("again.yaml", &resolved);
    assert_eq!(place.archsim("check --resolved again.yaml").out, resolved);
    let json = place.archsim("check --json small.yaml").out;
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["files"][0]["valid"], true);
}

#[test]
fn a_new_scenario_is_checked_and_runs() {
    let place = Place::new("new");
    place.archsim("new my-shop").expect(0, &["wrote my-shop.yaml"], &[]);
    place.archsim("check my-shop.yaml").expect(0, &["ok"], &[]);
    let ended = place.archsim("run my-shop.yaml --quick");
    ended.expect(0, &["When reviews become slow"], &[]);
    let before = place.read("my-shop.yaml");
    place.archsim("new my-shop").expect(2, &[], &["exists already"]);
    place.archsim("new my-shop.yaml").expect(2, &[], &["exists already"]);
    assert_eq!(place.read("my-shop.yaml"), before);
    place.archsim("new Ünfit!").expect(2, &[], &["no name for a scenario"]);
}

#[test]
fn colours_come_only_when_asked_for() {
    let place = Place::with_small("colours");
    assert!(!place.archsim("run small.yaml --quick").out.contains('\u{1b}'));
    assert!(place.archsim("run small.yaml --quick --color always").out.contains('\u{1b}'));
    assert!(place.archsim("run missing.yaml --color always").err.contains('\u{1b}'));
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_keeps_its_complete_replications() {
    use std::process::{Command, Stdio};
    let place = Place::with_small("interrupted");
    let run = Command::new(env!("CARGO_BIN_EXE_archsim"))
        .args(["run", "small.yaml", "--replications", "1000000", "--jobs", "2"])
        .current_dir(place.path(""))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_secs(2));
    let killed = Command::new("kill").args(["-INT", &run.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let ended = Ended::from(run.wait_with_output().unwrap());
    ended.expect(130, &["?"], &["interrupted", "wrote results/small"]);
    let summary: serde_json::Value = serde_json::from_str(&place.read("results/small/summary.json")).unwrap();
    assert!(summary["partial"].as_str().unwrap().contains("interrupted after"));
    assert_eq!(summary["verdict"], "undecided");
    assert!(summary["replications"].as_u64().unwrap() > 1);
}

#[test]
fn names_alone_are_for_scripts() {
    let place = Place::with_small("names");
    let ended = place.archsim("list --names");
    ended.expect(0, &["cascading-failure\n", "slow-dependency\n"], &[]);
    assert!(ended.out.lines().all(|line| !line.contains(' ')), "{}", ended.out);
}
