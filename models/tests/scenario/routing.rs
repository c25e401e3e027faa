//! Branches with shares, repetition, balancers: what they mean, and what is said of the likeliest mistakes.

use archsim_models::plan::{Loads, Plan, Route, Step};
use archsim_models::policy::{BudgetSettings, Layer};
use archsim_models::scenario::{self, Reading};
use archsim_sim::{Order, Sharing, Span};

/// A shop with `steps` of its one entrance, and a `route` to the one callee.
fn read(steps: &str, route: &str) -> Reading {
    let text = format!(
        "\
archsim: 1
system:
  data: {{ rows: {{}} }}
  capabilities:
    home: {steps}
    cart: {{ work: 1ms }}
    stock: {{ work: 1ms }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {{ poisson: 5/s }} }}
architectures:
  one:
    deployables: {{ each: {{ instances: 4, route: {route} }} }}
    stores: {{ each: {{}} }}
"
    );
    scenario::read("shop.yaml", text.as_bytes(), &[])
}

fn plan(steps: &str, route: &str) -> Plan {
    let reading = read(steps, route);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    scenario.arms[0].plan.clone()
}

const USES_ALL: &str = "{ calls: [cart, stock], reads: rows }";

/// The first message: its code, field, and remedy.
fn message(steps: &str, route: &str) -> (&'static str, String, String) {
    let reading = read(steps, route);
    let first = reading.diagnostics.first().expect("a message");
    assert!(first.found.is_some() && first.allowed.is_some());
    assert!(scenario::explain(first.code).is_some_and(|page| page.starts_with(first.code)));
    (first.code, first.path.clone(), first.help.clone().unwrap_or_default())
}

#[test]
fn a_choice_among_calls_is_a_choice_among_steps() {
    let short =
        "{ reads: rows, calls: [{ one-of: [{ share: 60%, calls: cart }, { share: 40%, calls: [stock] }] }] }";
    let long = "{ steps: [{ read: rows }, { one-of: [{ share: 60%, steps: { call: cart } }, \
                { share: 40%, steps: [{ call: stock }] }] }] }";
    let (short, long) = (plan(short, "random"), plan(long, "random"));
    assert_eq!(short, long);
    let home = &short.programs[0];
    let Step::OneOf { branches, .. } = &home.blocks[0][1] else { panic!("{home:?}") };
    let shares: Vec<f64> = branches.iter().map(|branch| branch.0).collect();
    assert_eq!(shares, [0.6, 0.4]);
    assert!(
        matches!(home.blocks[branches[1].1.at()][..], [Step::Call(site)] if short.sites[site.at()].callee.at() == 2)
    );
}

#[test]
fn branches_may_do_nothing_and_stand_in_each_other() {
    let steps = "{ steps: [{ one-of: [{ share: 50% }, { share: 50%, steps: [{ read: rows }, \
                 { parallel: [{ call: cart }, { one-of: [{ share: 10%, steps: { call: stock } }, { share: 90% }] }] }] }] }] }";
    assert_eq!(plan(steps, "random").programs[0].blocks.len(), 1 + 2 + 2 + 2);
}

#[test]
fn once_more_belongs_to_calls_and_accesses() {
    let steps = "{ reads: { rows: { again: 10% } }, calls: [{ cart: { repeat: 2, again: 50% } }, stock] }";
    let plan = plan(steps, "random");
    assert!((plan.sites[0].again - 0.5).abs() < 1e-12 && plan.sites[0].repeat == 2);
    assert!(
        matches!(plan.programs[0].blocks[0][0], Step::Store { again, .. } if (again - 0.1).abs() < 1e-12)
    );
}

#[test]
fn balancers_know_their_own_calls_or_what_instances_report() {
    let route = |text: &str| plan(USES_ALL, text).deployables[0].route;
    let refresh = Span::from_secs(1);
    assert_eq!(route("power-of-two"), Route::POWER_OF_TWO);
    assert_eq!(route("{ power-of: 2 }"), Route::POWER_OF_TWO);
    assert_eq!(route("least-outstanding"), Route::LEAST_OUTSTANDING);
    assert_eq!(
        route("{ power-of: { choices: 3, sees: instance } }"),
        Route::PowerOf(3, Loads::Instances { refresh: Span::ZERO })
    );
    assert_eq!(
        route("{ least-outstanding: { sees: instance, refresh: 1s } }"),
        Route::LeastOutstanding(Loads::Instances { refresh })
    );
}

#[test]
fn mistakes_with_branches() {
    let (code, path, help) = message(
        "{ calls: [{ one-of: [{ share: 60%, calls: cart }, { share: 30%, calls: stock }] }] }",
        "random",
    );
    assert_eq!((code, path.as_str()), ("E0531", "system.capabilities.home.calls.one-of.2.share"));
    assert_eq!(help, "this one would have to be 40%");
    let (code, ..) = message("{ calls: [{ one-of: [{ share: 100%, calls: cart }] }] }", "random");
    assert_eq!(code, "E0211", "one branch is no choice");
    let (code, path, _) = message("{ calls: [{ one-of: [cart, stock] }] }", "random");
    assert_eq!(
        (code, path.as_str()),
        ("E0205", "system.capabilities.home.calls.one-of.1"),
        "shares are not guessed"
    );
    let (code, path, help) = message("{ calls: { cart: { again: 100% } } }", "random");
    assert_eq!((code, path.as_str()), ("E0532", "system.capabilities.home.calls.cart.again"));
    assert!(help.contains("repeat"));
}

#[test]
fn mistakes_with_balancers() {
    let path = "architectures.one.deployables.each.route";
    let (code, at, help) = message(USES_ALL, "{ power-of-two: { refresh: 1s } }");
    assert_eq!((code, at), ("E0533", format!("{path}.power-of-two.refresh")));
    assert!(help.contains("sees: instance"));
    let (code, at, _) = message(USES_ALL, "{ power-of: 100 }");
    assert_eq!((code, at), ("E0534", format!("{path}.power-of")));
    let (code, ..) = message(USES_ALL, "power-of");
    assert_eq!(code, "E0209", "of how many?");
    let (code, ..) = message(USES_ALL, "{ power-of: 1 }");
    assert_eq!(code, "E0305", "one is no choice");
}

#[test]
fn stores_and_instances_may_be_crowded_and_go_by_priority() {
    let text = "\
archsim: 1
system:
  data: { rows: {} }
  capabilities: { home: { work: 1ms, reads: rows } }
  journeys: { browse: { share: 100%, enters: home } }
workload: { arrivals: { poisson: 5/s } }
architectures:
  one:
    deployables: { each: { cpu: priority, crowding: { adds: 10ms } } }
    stores: { each: { order: priority, crowding: { contention: 5%, coherency: 0.2% } } }
";
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    let scenario = reading.scenario.unwrap_or_else(|| panic!("{:#?}", reading.diagnostics));
    let plan = &scenario.arms[0].plan;
    assert_eq!(plan.deployables[0].sharing, Sharing::Priority);
    assert_eq!(plan.stores[0].order, Order::Priority);
    let (instance, store) = (plan.deployables[0].crowding, plan.stores[0].crowding);
    let ms = Span::from_millis;
    assert_eq!((instance.work(ms(5), 4), instance.wait(ms(5), 4)), (ms(5), ms(35)));
    assert_eq!((store.wait(ms(1_000), 1), store.wait(ms(1_000), 11)), (ms(1_000), ms(1_720)));
    for (wrong, code) in [("adds: 10", "E0301"), ("contention: 5", "E0301"), ("locks: 5%", "E0201")] {
        let bad = text.replacen("adds: 10ms", wrong, 1);
        let first = &scenario::read("shop.yaml", bad.as_bytes(), &[]).diagnostics[0];
        assert_eq!((first.code, first.line), (code, 9), "{wrong}");
    }
}

/// The retry of a call with this budget, or the first message's code.
fn budget(text: &str) -> Result<Option<BudgetSettings>, &'static str> {
    let text = format!(
        "\
archsim: 1
system:
  capabilities: {{ home: {{ work: 1ms, calls: cart }}, cart: {{ work: 1ms }} }}
  journeys: {{ browse: {{ share: 100%, enters: home }} }}
workload: {{ arrivals: {{ poisson: 5/s }} }}
architectures:
  one:
    deployables: {{ each: {{}} }}
    calls: {{ default: [{{ retry: {{ attempts: 2{text} }} }}] }}
"
    );
    let reading = scenario::read("shop.yaml", text.as_bytes(), &[]);
    let scenario = reading.scenario.ok_or_else(|| reading.diagnostics[0].code)?;
    let Layer::Retry(retry) = &scenario.arms[0].plan.guards[0].layers[0] else { panic!("a retry") };
    Ok(retry.budget)
}

#[test]
fn retries_may_have_a_budget() {
    let finagle = BudgetSettings::Finagle { ttl: Span::from_secs(10), reserve: 10.0, share: 0.2 };
    assert_eq!(budget(""), Ok(None));
    assert_eq!(budget(", budget: finagle"), Ok(Some(finagle)));
    let grpc = BudgetSettings::Grpc { tokens: 100.0, ratio: 0.1 };
    assert_eq!(budget(", budget: { grpc: { tokens: 100 } }"), Ok(Some(grpc)));
    let bucket = BudgetSettings::Bucket { deposit: 0.5, capacity: 10.0 };
    assert_eq!(budget(", budget: { bucket: { deposit: 0.5 } }"), Ok(Some(bucket)));
    let breaker = BudgetSettings::Breaker { failures: 0.1, window: Span::from_secs(10) };
    assert_eq!(budget(", budget: breaker"), Ok(Some(breaker)));
    assert_eq!(budget(", budget: hystrix"), Err("E0206"), "no such budget");
    assert_eq!(budget(", budget: { finagle: { ttl: 10 } }"), Err("E0301"), "ten what?");
    assert_eq!(budget(", budget: 20%"), Err("E0206"), "of what, and for how long?");
}
