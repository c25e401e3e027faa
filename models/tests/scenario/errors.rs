//! Every error and warning, one by one: a good scenario is spoiled in one place, and the report names the code,
//! the place, the field, what was found and what is allowed.

use archsim_models::scenario::{self, Diagnostic, Unreadable};

const SHOP: &str = "\
archsim: 1
name: shop
system:
  data: { items: {}, orders: {} }
  capabilities:
    home: { work: 2ms, reads: items, calls: [cart, { ads: { optional: true, probability: 50% } }] }
    cart: { work: { uniform: { from: 1ms, to: 5ms } }, writes: orders, calls: [stock] }
    ads: { steps: [{ work: 1ms }, { latency: 3ms }] }
    stock: { work: 1ms, reads: items }
    pay: { work: 1ms, calls: { parallel: [cart, stock] } }
  journeys:
    browse: { share: 75%, enters: home, objective: { within: 1s } }
    buy: { share: 25%, enters: pay }
workload: { arrivals: { poisson: 50/s }, patience: 2s }
run: { warmup: 5s, measure: 60s, windows: { early: { from: 0s, for: 10s } } }
architectures:
  mono:
    deployables: { app: { runs: all, instances: 4, cores: 4 } }
    stores: { oracle: { holds: all, servers: 8 } }
  micro:
    deployables: { each: { instances: 2, cores: 2 }, web: { runs: [home, pay] } }
    stores: { each: { servers: 4 } }
    pools: { default: { connections: 10 } }
    calls:
      default: [{ timeout: 1s }]
      \"home -> ads\": [{ fallback: static }, { retry: { attempts: 2 } }, { preset: hystrix-1.5 }]
  other: { extends: micro, network: { hop: 1ms } }
faults:
  - { at: 20s, for: 10s, hang: ads }
experiment:
  arms: { mono: {}, micro: {}, other: {} }
  control: { without: faults, arms: [micro] }
  claims:
    - { that: ads are optional, measure: availability, journey: browse, arm: micro, at-least: 99% }
";

/// Spoils the shop by putting `new` in place of `old`; the report must have `code` at the first `at` from there
/// on, for the field `path`.
fn spoiled(old: &str, new: &str, code: &str, at: &str, path: &str) -> Diagnostic {
    let start = SHOP.find(old).unwrap_or_else(|| panic!("{code}: `{old}` is not in the scenario"));
    let text = SHOP.replacen(old, new, 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    let found = reading.diagnostics.iter().find(|it| it.code == code);
    let Some(found) = found else { panic!("{code} is not among {:#?}", reading.diagnostics) };
    println!("{}\n", found.render(&text, false));
    let from = if text[start..].contains(at) { start } else { 0 };
    let byte =
        from + text[from..].find(at).unwrap_or_else(|| panic!("{code}: `{at}` is not in the spoiled text"));
    let line = text[..byte].matches('\n').count() + 1;
    let column = text[..byte].rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    assert_eq!((found.line, found.column), (line, column), "{code}: place");
    assert_eq!(found.path, path, "{code}: path");
    assert_eq!(found.file, "shop.yaml");
    assert!(
        found.found.is_some() && found.allowed.is_some(),
        "{code} says what was found and what is allowed"
    );
    assert!(scenario::explain(code).is_some_and(|page| page.starts_with(code)));
    assert_eq!(reading.scenario.is_some(), reading.diagnostics.iter().all(|it| it.code.starts_with('W')));
    found.clone()
}

#[test]
fn the_shop_itself_is_good() {
    let reading = scenario::read("shop.yaml", SHOP.as_bytes(), &[]);
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
}

#[test]
fn files() {
    for (why, code) in [
        (Unreadable::Missing, "E0001"),
        (Unreadable::Directory, "E0002"),
        (Unreadable::Refused("permission denied".to_owned()), "E0003"),
    ] {
        let diagnostic = Diagnostic::for_file("shop.yaml", &why);
        assert_eq!((diagnostic.code, diagnostic.line), (code, 1));
        assert!(diagnostic.help.is_some() && diagnostic.render("", false).contains(code));
    }
}

#[test]
fn yaml() {
    spoiled("hop: 1ms } }", "hop: 1ms }", "E0100", "faults:", "");
    spoiled("work: 2ms", "work: !span 2ms", "E0109", "2ms", "");
    spoiled("network: { hop: 1ms }", "network: { [a, b]: 1ms }", "E0107", "[a", "");
    spoiled("name: shop\n", "name: shop\n  title: x\n", "E0100", ": x", "");
    spoiled("name: shop\n", "name: shop\n  one two\n", "E0108", "shop", "");
    spoiled("run: {", "---\nrun: {", "E0106", "---", "");
    spoiled("  - { at", "\t- { at", "E0110", "\t", "");
    spoiled("archsim: 1", "archsim: 2", "E0111", "2", "archsim");
    spoiled("archsim: 1\n", "", "E0112", "name", "archsim");
}

#[test]
fn keys() {
    let unknown = spoiled(
        "instances: 4",
        "instnaces: 4",
        "E0201",
        "instnaces",
        "architectures.mono.deployables.app.instnaces",
    );
    assert_eq!(unknown.help.as_deref(), Some("did you mean `instances`?"));
    spoiled(
        "servers: 8",
        "servers: 8, servers: 9",
        "E0202",
        "servers: 9",
        "architectures.mono.stores.oracle.servers",
    );
    spoiled("share: 25%, ", "", "E0203", "{ enters: pay", "system.journeys.buy.share");
    spoiled("items: {}", "items:", "E0204", "items", "system.data.items");
    spoiled("{ share: 25%, enters: pay }", "[pay]", "E0205", "[pay]", "system.journeys.buy");
    spoiled(
        "fallback: static",
        "fallback: statics",
        "E0206",
        "statics",
        "architectures.micro.calls.home -> ads.fallback",
    );
    spoiled("poisson: 50/s", "poison: 50/s", "E0206", "poison", "workload.arrivals.poison");
    spoiled(
        "{ retry: { attempts: 2 } }",
        "{ retries: 2 }",
        "E0206",
        "retries",
        "architectures.micro.calls.home -> ads.retries",
    );
    spoiled("web: {", "\"w b\": {", "E0207", "\"w b\"", "architectures.micro.deployables.w b");
    spoiled(", hang: ads", "", "E0208", "{ at: 20s", "faults.1");
    spoiled("hang: ads", "hang: ads, error: ads", "E0208", "error", "faults.hang");
    spoiled(
        "{ work: 1ms }, { latency",
        "{ work: 1ms, latency: 1ms }, { latency",
        "E0208",
        "latency: 1ms",
        "system.capabilities.ads.steps.work",
    );
    spoiled(
        "poisson: 50/s",
        "closed: { users: 5, think: exponential }",
        "E0209",
        "exponential",
        "workload.arrivals.closed.think",
    );
    spoiled(
        "patience: 2s",
        "patience: { uniform: { from: 1s }, to: 5s }",
        "E0210",
        "to: 5s",
        "workload.patience",
    );
    spoiled(
        "parallel: [cart, stock]",
        "parallel: []",
        "E0211",
        "[]",
        "system.capabilities.pay.calls.parallel",
    );
    spoiled("\"home -> ads\"", "home-ads", "E0212", "home-ads", "architectures.micro.calls.home-ads");
    spoiled("app: {", "all: {", "E0213", "all", "architectures.mono.deployables.all");
}

#[test]
fn who_comes_and_when() {
    let poisson = "arrivals: { poisson: 50/s }";
    let modulated = |states: &str| format!("arrivals: {{ modulated: {{ {states} }} }}");
    let path = |rest: &str| format!("workload.{rest}");
    for (wrong, code, at, rest) in [
        (format!("{poisson}, batch: 0"), "E0305", "0,", "batch"),
        (format!("{poisson}, batch: {{ geometric: 0.5 }}"), "E0309", "geometric", "batch.geometric"),
        (format!("{poisson}, batch: 300_000"), "E0541", "300_000", "batch"),
        ("arrivals: { closed: { users: 3, think: 1s } }, batch: 2".to_owned(), "E0542", "2,", "batch"),
        (modulated("on: { rate: 0/s, lasts: 1s }"), "E0543", "{ on:", "arrivals.modulated"),
        (modulated("on: { rate: 5/s, lasts: 0s }"), "E0305", "0s", "arrivals.modulated.on.lasts"),
        (
            modulated("on: { rate: 5/s, lasts: 1s, then: { of: 100% } }"),
            "E0401",
            "of:",
            "arrivals.modulated.on.then.of",
        ),
        (modulated("on: { rate: 5/s }"), "E0203", "{ rate: 5", "arrivals.modulated.on.lasts"),
        (format!("{poisson}, schedule: {{ at: 60s }}"), "E0544", "60s", "schedule.1.at"),
        (format!("{poisson}, schedule: {{ at: 5s, journey: buys }}"), "E0401", "buys", "schedule.1.journey"),
        (format!("{poisson}, backlog: 300_000"), "E0541", "300_000", "backlog"),
        (format!("{poisson}, backlog: 5s"), "E0302", "5s", "backlog"),
        (format!("{poisson}, retrial: {{ after: 0s }}"), "E0305", "0s", "retrial.after"),
        (format!("{poisson}, retrial: {{ after: 1s, attempts: 1 }}"), "E0305", "1 }", "retrial.attempts"),
        (format!("{poisson}, retrial: {{ after: 1s, share: 120% }}"), "E0308", "120%", "retrial.share"),
        (format!("{poisson}, retrial: {{ share: 50% }}"), "E0203", "{ share", "retrial.after"),
    ] {
        spoiled(poisson, &wrong, code, at, &path(rest));
    }
}

#[test]
fn single_values() {
    let timeout = "architectures.micro.calls.default.timeout";
    let no_unit = spoiled("timeout: 1s", "timeout: 250", "E0301", "250", timeout);
    assert!(no_unit.help.is_some_and(|help| help.contains("`250ms`")));
    spoiled("poisson: 50/s", "poisson: 50", "E0301", "50", "workload.arrivals.poisson");
    spoiled(
        "probability: 50%",
        "probability: 0.5",
        "E0301",
        "0.5",
        "system.capabilities.home.calls.ads.probability",
    );
    spoiled("timeout: 1s", "timeout: 1 parsec", "E0302", "1 parsec", timeout);
    spoiled("timeout: 1s", "timeout: 5%", "E0302", "5%", timeout);
    spoiled("poisson: 50/s", "poisson: 50ms", "E0302", "50ms", "workload.arrivals.poisson");
    spoiled("servers: 8", "servers: 8ms", "E0302", "8ms", "architectures.mono.stores.oracle.servers");
    spoiled("warmup: 5s", "warmup: -5s", "E0303", "-5s", "run.warmup");
    spoiled("servers: 8", "servers: eight", "E0304", "eight", "architectures.mono.stores.oracle.servers");
    spoiled("instances: 4", "instances: 0", "E0305", "0", "architectures.mono.deployables.app.instances");
    spoiled("measure: 60s", "measure: 0s", "E0305", "0s", "run.measure");
    spoiled(
        "attempts: 2",
        "attempts: 1",
        "E0305",
        "1",
        "architectures.micro.calls.home -> ads.retry.attempts",
    );
    spoiled(
        "uniform: { from: 1ms, to: 5ms }",
        "lognormal: { mean: 1ms, cv: 0 }",
        "E0305",
        "0 }",
        "system.capabilities.cart.work.lognormal.cv",
    );
    spoiled("optional: true", "optional: yes", "E0306", "yes", "system.capabilities.home.calls.ads.optional");
    spoiled(
        "servers: 8",
        "servers: 99999999999",
        "E0307",
        "99999999999",
        "architectures.mono.stores.oracle.servers",
    );
    spoiled(
        "probability: 50%",
        "probability: 150%",
        "E0308",
        "150%",
        "system.capabilities.home.calls.ads.probability",
    );
    spoiled("to: 5ms", "to: 500us", "E0309", "uniform", "system.capabilities.cart.work.uniform");
    for (wrong, code, at, path) in [
        ("patience-over: server", "E0206", "server", "workload.patience-over"),
        ("patience-over: 20ms", "E0206", "20ms", "workload.patience-over"),
        ("patience-of: wait", "E0201", "patience-of", "workload.patience-of"),
    ] {
        spoiled("patience: 2s", &format!("patience: 2s, {wrong}"), code, at, path);
    }
    let work = "work: { uniform: { from: 1ms, to: 5ms } }";
    for (wrong, code, at, path) in [
        ("{ hyperexponential: { mean: 1ms, cv: 0.5 } }", "E0309", "hyperexponential", ".hyperexponential"),
        ("{ weibull: { mean: 1ms, shape: 0.05 } }", "E0309", "weibull", ".weibull"),
        ("{ hyperexponential: { mean: 1ms } }", "E0208", "{ mean: 1ms }", ".hyperexponential"),
        ("{ hypoexponential: [1ms, 0ms] }", "E0305", "0ms", ".hypoexponential.0ms"),
    ] {
        let path = format!("system.capabilities.cart.work{path}");
        spoiled(work, &format!("work: {wrong}"), code, at, &path);
    }
    spoiled(
        "{ preset: hystrix-1.5 }",
        "{ breaker: { errors: 50.5% } }",
        "E0310",
        "50.5%",
        "architectures.micro.calls.home -> ads.breaker.errors",
    );
}

#[test]
fn names() {
    let unknown = spoiled("enters: home", "enters: hoem", "E0401", "hoem", "system.journeys.browse.enters");
    assert_eq!(unknown.help.as_deref(), Some("did you mean `home`?"));
    spoiled("calls: [stock]", "calls: [stok]", "E0401", "stok", "system.capabilities.cart.calls.stok");
    spoiled("reads: items, calls", "reads: itmes, calls", "E0401", "itmes", "system.capabilities.home.reads");
    spoiled(
        "runs: [home, pay]",
        "runs: [home, pya]",
        "E0401",
        "pya",
        "architectures.micro.deployables.web.runs.pya",
    );
    spoiled(
        "default: { connections: 10 }",
        "oracel: {}",
        "E0401",
        "oracel",
        "architectures.micro.pools.oracel",
    );
    spoiled(
        "\"home -> ads\"",
        "\"home -> adds\"",
        "E0401",
        "\"home",
        "architectures.micro.calls.home -> adds",
    );
    spoiled("hang: ads", "hang: add", "E0401", "add", "faults.hang");
    spoiled("journey: browse", "journey: brows", "E0401", "brows", "experiment.claims.1.journey");
    spoiled("arm: micro", "arm: mikro", "E0401", "mikro", "experiment.claims.1.arm");
    spoiled("arm: micro", "arm: micro, during: late", "E0401", "late", "experiment.claims.1.during");
    spoiled("arm: micro", "arm: micro, versus: mini", "E0401", "mini", "experiment.claims.1.versus");
    spoiled("arms: [micro]", "arms: [mirco]", "E0401", "mirco", "experiment.control.arms.mirco");
    spoiled("control:", "baseline: moon\n  control:", "E0401", "moon", "experiment.baseline");
    spoiled(
        "other: {} }",
        "other: { architecture: others } }",
        "E0401",
        "others",
        "experiment.arms.other.architecture",
    );
}

#[test]
fn parts_that_do_not_fit_together() {
    spoiled("early:", "fault:", "E0402", "fault:", "run.windows.fault");
    spoiled("extends: micro", "extends: mikro", "E0403", "mikro", "architectures.other.extends");
    spoiled(
        "  micro:\n",
        "  micro:\n    extends: other\n",
        "E0404",
        "micro, network",
        "architectures.other.extends",
    );
    spoiled("each: { instances: 2, cores: 2 }, ", "", "E0405", "micro:\n", "architectures.micro");
    spoiled(
        "runs: [home, pay]",
        "runs: [home, pay] }, two: { runs: [stock] }, three: { runs: [stock]",
        "E0406",
        "three",
        "architectures.micro.deployables.three",
    );
    spoiled(
        "    deployables: { app: { runs: all, instances: 4, cores: 4 } }\n",
        "",
        "E0407",
        "mono:\n",
        "architectures.mono",
    );
    spoiled(
        "network: {",
        "routes: { \"cart -> stock\": web }, network: {",
        "E0408",
        "web",
        "architectures.other.routes.cart -> stock",
    );
    spoiled(
        "    stores: { oracle: { holds: all, servers: 8 } }\n",
        "",
        "E0409",
        "mono:\n",
        "architectures.mono",
    );
    let shares = spoiled("share: 25%", "share: 20%", "E0410", "20%", "system.journeys.buy.share");
    assert_eq!(shares.found.as_deref(), Some("75% + 20% = 95%"));
    let ring = spoiled(
        "stock: { work: 1ms, reads: items }",
        "stock: { work: 1ms, calls: home }",
        "E0411",
        "home",
        "system.capabilities.stock.calls",
    );
    assert_eq!(ring.found.as_deref(), Some("home -> cart -> stock -> home"));
    spoiled(
        "oracle: { holds: all, servers: 8 }",
        "oracle: { holds: all, servers: 8 }, items: {}",
        "E0412",
        "items: {}",
        "architectures.mono.stores.items",
    );
    spoiled("hang: ads", "crash: apps", "E0413", "apps", "faults.crash");
    spoiled(
        "network: {",
        "deployables: { each: { instances: { equal-cost: moon } } }, network: {",
        "E0414",
        "moon",
        "architectures.other.deployables.each.instances.equal-cost",
    );
}

#[test]
fn sense() {
    spoiled("at: 20s", "at: 60s", "E0501", "60s", "faults.hang.at");
    spoiled("from: 0s, for: 10s", "from: 55s, for: 10s", "E0502", "early", "run.windows.early");
    spoiled("warmup: 5s", "warmup: 5s, bucket: 1us", "E0503", "1us", "run.bucket");
    let users = "closed: { users: 9, think: 0s }";
    spoiled("poisson: 50/s", users, "E0305", "0s", "workload.arrivals.closed.think");
    let windows: Vec<String> = (0..29).map(|n| format!("w{n}: {{ from: {n}s, for: 1s }}")).collect();
    let early = "early: { from: 0s, for: 10s }";
    spoiled(early, &format!("{early}, {}", windows.join(", ")), "E0511", "{ early", "run.windows");
    spoiled(
        "poisson: 50/s",
        "poisson: { ramp: [{ at: 9s, rate: 1/s }, { at: 3s, rate: 2/s }] }",
        "E0504",
        "{ at: 3s",
        "workload.arrivals.poisson.ramp.2",
    );
    spoiled("hang: ads", "slow: { capability: ads }", "E0505", "{ capability: ads", "faults.slow");
    spoiled("hang: ads", "partition: [web, web]", "E0506", "[web, web]", "faults.partition");
    spoiled(
        "each: { instances: 2",
        "each: { runs: [home], instances: 2",
        "E0507",
        "runs: [home], i",
        "architectures.micro.deployables.each.runs",
    );
    spoiled("runs: all, ", "", "E0508", "app", "architectures.mono.deployables.app");
    spoiled(
        "{ work: 1ms }, { latency",
        "{ work: 1ms, fail-fast: true }, { latency",
        "E0509",
        "{ work: 1ms, f",
        "system.capabilities.ads.steps.work",
    );
    spoiled("instances: 4", "instances: 50_000", "E0510", "mono:\n", "architectures.mono");
}

#[test]
fn claims() {
    spoiled("at-least: 99%", "at-least: 99ms", "E0601", "99ms", "experiment.claims.1.at-least");
    spoiled(
        "measure: availability, journey: browse",
        "measure: p99",
        "E0601",
        "99%",
        "experiment.claims.1.at-least",
    );
    spoiled("at-least: 99%", "between: [99%, 90%]", "E0602", "[99%, 90%]", "experiment.claims.1.between");
    spoiled(
        "at-least: 99%",
        "at-least: 99%, confidence: 100%",
        "E0603",
        "100%",
        "experiment.claims.1.confidence",
    );
    spoiled("measure: availability", "measure: cost", "E0604", "journey", "experiment.claims.1.journey");
    spoiled("measure: availability", "measure: waited", "E0604", "journey", "experiment.claims.1.journey");
    spoiled("measure: availability", "measure: present", "E0601", "99%", "experiment.claims.1.at-least");
    spoiled("measure: availability", "measure: throughput", "E0601", "99%", "experiment.claims.1.at-least");
    let sets = [("faults.hang".to_owned(), "stock".to_owned())];
    let text = SHOP.replacen("journey: browse", "journeys: unrelated", 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &sets);
    let empty = &reading.diagnostics[0];
    assert_eq!((empty.code, empty.line, empty.column), ("E0605", 34, 66));
    assert_eq!(empty.path, "experiment.claims.1.journeys");
    spoiled("measure: availability", "measure: avail", "E0206", "avail", "experiment.claims.1.measure");
}

#[test]
fn warnings() {
    spoiled("    pay: {", "    idle: { work: 1ms }\n    pay: {", "W0701", "idle", "system.capabilities.idle");
    spoiled("items: {}", "items: {}, unused: {}", "W0702", "unused", "system.data.unused");
    spoiled(
        "network: {",
        "routes: { \"ads -> stock\": stock }, network: {",
        "W0703",
        "stock }",
        "architectures.other.routes.ads -> stock",
    );
    spoiled(
        "each: { servers: 4 }",
        "each: { servers: 4 }, idle: { holds: [none] }",
        "E0401",
        "none",
        "architectures.micro.stores.idle.holds.none",
    );
    spoiled("hang: ads", "crash: ads", "W0705", "ads", "faults.crash");
    spoiled(
        "hang: ads",
        "crash: { deployable: web, instances: 9 }",
        "W0705",
        "web",
        "faults.crash.deployable",
    );
    spoiled(
        "control: { without: faults, arms: [micro] }",
        "control: none",
        "W0707",
        "none",
        "experiment.control",
    );
    spoiled(
        "network: {",
        "deployables: { each: { cores: 3, instances: { equal-cost: mono } } }, network: {",
        "W0708",
        "mono",
        "architectures.other.deployables.each.instances.equal-cost",
    );
    spoiled("poisson: 50/s", "poisson: 9000/s", "W0711", "app", "architectures.mono.deployables.app");
    spoiled("poisson: 50/s", "poisson: 900/s", "W0712", "oracle", "architectures.mono.stores.oracle");
    spoiled(
        "instances: 4, cores: 4",
        "instances: 1, cores: 4, threads: 1",
        "W0713",
        "app",
        "architectures.mono.deployables.app",
    );
    spoiled(
        "timeout: 1s",
        "timeout: 30s",
        "W0714",
        "timeout: 30s",
        "architectures.micro.calls.default.timeout",
    );
    spoiled(
        "connections: 10",
        "connections: 40",
        "W0715",
        "each: { servers",
        "architectures.micro.stores.each",
    );
    spoiled(
        "timeout: 1s",
        "timeout: 2ms",
        "W0717",
        "timeout: 2ms",
        "architectures.micro.calls.default.timeout",
    );
    spoiled("within: 1s", "within: 5ms", "W0718", "browse: { share", "system.journeys.browse");
    spoiled(
        "latency: 3ms",
        "latency: 2s",
        "W0716",
        "hystrix-1.5",
        "architectures.micro.calls.home -> ads.preset",
    );
}

#[test]
fn warnings_about_policies() {
    spoiled(
        "{ fallback: static }, { retry: { attempts: 2 } }",
        "{ retry: { attempts: 2 } }, { fallback: static }",
        "W0801",
        "fallback",
        "architectures.micro.calls.home -> ads.fallback",
    );
    spoiled(
        "{ preset: hystrix-1.5 }",
        "breaker, breaker",
        "W0802",
        "breaker]",
        "architectures.micro.calls.home -> ads.breaker#2",
    );
    spoiled(
        "{ timeout: 1s }",
        "{ timeout: 1s }, { timeout: 2s }",
        "W0803",
        "timeout: 2s",
        "architectures.micro.calls.default.timeout#2",
    );
    spoiled(
        "{ timeout: 1s }",
        "{ timeout: 1s }, { retry: 3 }, { timeout: 900ms }",
        "W0804",
        "retry: 3",
        "architectures.micro.calls.default.retry",
    );
    spoiled("\"home -> ads\"", "\"ads -> home\"", "W0805", "\"ads", "architectures.micro.calls.ads -> home");
    spoiled(
        "{ preset: hystrix-1.5 }",
        "{ thread-pool: 10 }",
        "W0806",
        "thread-pool",
        "architectures.micro.calls.home -> ads.thread-pool",
    );
    spoiled("optional: true, ", "", "W0807", "fallback", "architectures.micro.calls.home -> ads.fallback");
    spoiled(
        "cores: 4 } }\n",
        "cores: 4 } }\n    calls: { \"cart -> stock\": [{ timeout: 1s }] }\n",
        "W0808",
        "timeout",
        "architectures.mono.calls.cart -> stock.timeout",
    );
    spoiled(
        "cores: 4 } }\n",
        "cores: 4 } }\n    calls: { default: [{ timeout: 1s }] }\n",
        "W0809",
        "timeout",
        "architectures.mono.calls.default.timeout",
    );
    let storm = spoiled(
        "default: [{ timeout: 1s }]",
        "default: [{ retry: 3 }, { timeout: 1s }]",
        "W0810",
        "retry",
        "architectures.micro.calls.default.retry",
    );
    assert!(storm.message.contains('9') && storm.found.is_some_and(|path| path.contains("cart -> stock")));
}

#[test]
fn an_unused_store_and_too_many_crashes() {
    let text = SHOP.replacen("items: {}", "items: {}, spare: {}", 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    assert!(reading.diagnostics.iter().any(|it| it.code == "W0704"), "{:#?}", reading.diagnostics);
    let text = SHOP.replacen("hang: ads", "crash: { deployable: web, instances: 9 }", 1);
    let text = text.replacen("mono: {}, ", "", 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    assert!(reading.diagnostics.iter().any(|it| it.code == "W0706"), "{:#?}", reading.diagnostics);
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_file() {
    let text = SHOP
        .replacen("work: 2ms", "work: 2", 1)
        .replacen("share: 25%", "share: 150%", 1)
        .replacen("cores: 4", "core: 4", 1)
        .replacen("hang: ads", "hang: adds", 1)
        .replacen("enters: pay", "enters: pai", 1)
        .replacen("journey: browse", "journey: brows", 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    let codes: Vec<&str> = reading.diagnostics.iter().map(|it| it.code).collect();
    assert_eq!(codes, ["E0301", "E0308", "E0401", "E0201", "E0401", "E0401"], "{:#?}", reading.diagnostics);
    assert!(
        reading
            .diagnostics
            .windows(2)
            .all(|pair| (pair[0].line, pair[0].column) < (pair[1].line, pair[1].column))
    );
}

#[test]
fn errors_of_a_set_point_at_it() {
    let sets = [("architectures.micro.calls.default.timeout".to_owned(), "250".to_owned())];
    let reading = scenario::read("shop.yaml", SHOP.as_bytes(), &sets);
    let found = &reading.diagnostics[0];
    assert_eq!((found.code, found.line, found.column), ("E0301", 1, 1));
    assert_eq!(found.file, "--set architectures.micro.calls.default.timeout");
    assert!(found.render(SHOP, false).contains("250"));
    for (path, value, code) in [
        ("run.mesure", "1s", "E0115"),
        ("run..measure", "1s", "E0115"),
        ("run.measure", "", "E0114"),
        ("architectures.micro.calls.default.retry.attempts", "3", "E0115"),
    ] {
        let reading = scenario::read("shop.yaml", SHOP.as_bytes(), &[(path.to_owned(), value.to_owned())]);
        let codes: Vec<&str> = reading.diagnostics.iter().map(|it| it.code).collect();
        assert_eq!(codes, [code], "{path}={value}");
    }
}

#[test]
fn controls_can_be_claimed_of_only_where_there_are_any() {
    let claim = ", arm: micro, at-least: 99% }";
    let text = SHOP.replacen(claim, ", arms: controls, at-least: 99% }", 1);
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    let scenario = reading.scenario.expect("a control was asked for");
    assert_eq!(scenario.experiment.claims[0].arms, ["micro·control"]);

    let without = text.replacen("  control: { without: faults, arms: [micro] }\n", "  control: none\n", 1);
    let reading = scenario::read("shop.yaml", without.as_bytes(), &[]);
    let found = reading.diagnostics.iter().find(|it| it.code == "E0605").expect("nothing is claimed");
    assert_eq!(found.path, "experiment.claims.1.arms");
    assert!(found.help.as_deref().is_some_and(|help| help.contains("without: faults")));
}
