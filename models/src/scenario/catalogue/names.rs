//! Names that lead nowhere, and parts that do not fit together.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0401",
        title: "a name that names nothing",
        text: "\
E0401: a name that names nothing

A capability, journey, data set, deployable, store, arm or window of this name does not exist.
The message lists those that do and suggests the nearest.

Instead of

\x20   journeys: { browse: { share: 100%, enters: hoem } }

write

\x20   journeys: { browse: { share: 100%, enters: home } }
",
    },
    Page {
        code: "E0402",
        title: "a window that is always there",
        text: "\
E0402: a window that is always there

`run`, `before`, `fault` and `after` are made from the run and the faults; others may be added
under other names.

Instead of

\x20   windows: { fault: { from: 0s, for: 9s } }

write

\x20   windows: { early: { from: 0s, for: 9s } }
",
    },
    Page {
        code: "E0403",
        title: "extends nothing",
        text: "\
E0403: extends nothing

There is no architecture of that name to extend.

Instead of

\x20   resilient: { extends: microservice }

write

\x20   resilient: { extends: microservices }
",
    },
    Page {
        code: "E0404",
        title: "architectures extend each other in a ring",
        text: "\
E0404: architectures extend each other in a ring

Following `extends` comes back to where it started, so that there is nothing to start from.

Instead of

\x20   a: { extends: b }
\x20   b: { extends: a }

write

\x20   a: { … }
\x20   b: { extends: a }
",
    },
    Page {
        code: "E0405",
        title: "a capability runs nowhere",
        text: "\
E0405: a capability runs nowhere

A capability that is needed is in no deployable of this architecture.

Instead of

\x20   deployables: { web: { runs: [home] } }

write

\x20   deployables: { web: { runs: [home] }, each: {} }
",
    },
    Page {
        code: "E0406",
        title: "a capability in several deployables without a rule",
        text: "\
E0406: a capability in several deployables without a rule

A capability may run twice, such as realtime and batch apart. Then a rule must say which of them
a caller uses. A caller within one of these deployables uses its own without a rule.

Instead of

\x20   deployables: { a: { runs: [x, db] }, b: { runs: [y] }, c: { runs: [db] } }

write

\x20   routes: { \"y -> db\": c }
",
    },
    Page {
        code: "E0407",
        title: "nothing runs",
        text: "\
E0407: nothing runs

The architecture has no deployables.

Instead of

\x20   micro: {}

write

\x20   micro: { deployables: { each: {} } }
",
    },
    Page {
        code: "E0408",
        title: "a rule that leads to the wrong deployable",
        text: "\
E0408: a rule that leads to the wrong deployable

`routes` names a deployable that does not run the capability.

Instead of

\x20   routes: { \"home -> ratings\": web }

write

\x20   routes: { \"home -> ratings\": ratings-batch }
",
    },
    Page {
        code: "E0409",
        title: "data without a store",
        text: "\
E0409: data without a store

A capability reads or writes a data set that no store of this architecture holds.

Instead of

\x20   stores: {}

write

\x20   stores: { oracle: { holds: all } }
",
    },
    Page {
        code: "E0410",
        title: "shares that do not add up",
        text: "\
E0410: shares that do not add up

The shares of the journeys are shares of all requests, so they add up to 100 %.

Instead of

\x20   browse: { share: 60% }
\x20   play: { share: 30% }

write

\x20   browse: { share: 70% }
\x20   play: { share: 30% }
",
    },
    Page {
        code: "E0411",
        title: "calls in a ring",
        text: "\
E0411: calls in a ring

Capabilities call each other so that a request would never end. The message shows the ring.

Instead of

\x20   a: { calls: b }
\x20   b: { calls: a }

write

\x20   a: { calls: b }
\x20   b: { calls: a-lookup }
",
    },
    Page {
        code: "E0412",
        title: "data in several stores",
        text: "\
E0412: data in several stores

Each data set lies in one store of an architecture.

Instead of

\x20   stores: { a: { holds: all }, b: { holds: [history] } }

write

\x20   stores: { a: { holds: [subscribers] }, b: { holds: [history] } }
",
    },
    Page {
        code: "E0413",
        title: "a fault on something that no arm has",
        text: "\
E0413: a fault on something that no arm has

The deployable or store that the fault names is in no arm to which it happens, so that it would
do nothing.

Instead of

\x20   faults: [{ at: 5s, for: 5s, crash: rating }]

write

\x20   faults: [{ at: 5s, for: 5s, crash: ratings }]
",
    },
    Page {
        code: "E0414",
        title: "equal cost with nothing to be equal to",
        text: "\
E0414: equal cost with nothing to be equal to

`equal-cost` names another architecture, whose own instances are all numbers.

Instead of

\x20   instances: { equal-cost: monolit }

write

\x20   instances: { equal-cost: monolith }
",
    },
    Page {
        code: "E0420",
        title: "one data set in two caches",
        text: "\
E0420: one data set in two caches

A read asks one cache first. If two hold the same data set, nothing says which.

Instead of

\x20   caches:
\x20     near: { holds: items, capacity: { items: 1_000 } }
\x20     far: { holds: items, capacity: { items: 9_000 } }

write

\x20   caches:
\x20     near: { holds: items, capacity: { items: 10_000 } }
",
    },
    Page {
        code: "E0421",
        title: "a store and a cache of one name",
        text: "\
E0421: a store and a cache of one name

Measures and faults name stores and caches by their names alone, and the servers of a cache are a
store of its name.

Instead of

\x20   stores: { data: { holds: all } }
\x20   caches: { data: { holds: items, capacity: unbounded } }

write

\x20   stores: { database: { holds: all } }
\x20   caches: { front: { holds: items, capacity: unbounded } }
",
    },
];
