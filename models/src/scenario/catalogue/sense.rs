//! Values that are right by themselves and make no sense together.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0501",
        title: "a fault after the end",
        text: "\
E0501: a fault after the end

Faults count from the measured start, and this one starts when measuring is over.

Instead of

\x20   run: { measure: 60s }
\x20   faults: [{ at: 90s, for: 5s, hang: x }]

write

\x20   run: { measure: 120s }
",
    },
    Page {
        code: "E0502",
        title: "a window after the end",
        text: "\
E0502: a window after the end

Windows lie within the measured time.

Instead of

\x20   windows: { late: { from: 55s, for: 10s } }   # of 60s

write

\x20   windows: { late: { from: 50s, for: 10s } }
",
    },
    Page {
        code: "E0503",
        title: "too many buckets",
        text: "\
E0503: too many buckets

Every series of a run has as many numbers as there are buckets.

Instead of

\x20   run: { measure: 7d, bucket: 1ms }

write

\x20   run: { measure: 7d, bucket: 10min }
",
    },
    Page {
        code: "E0504",
        title: "points out of order",
        text: "\
E0504: points out of order

The points of a rate over time follow each other in time.

Instead of

\x20   ramp: [{ at: 9s, rate: 5/s }, { at: 3s, rate: 9/s }]

write

\x20   ramp: [{ at: 3s, rate: 9/s }, { at: 9s, rate: 5/s }]
",
    },
    Page {
        code: "E0505",
        title: "slowness that changes nothing",
        text: "\
E0505: slowness that changes nothing

`slow` adds a latency, multiplies the one there is, or both.

Instead of

\x20   slow: { capability: ratings }

write

\x20   slow: { capability: ratings, latency: 5s }
",
    },
    Page {
        code: "E0506",
        title: "between what?",
        text: "\
E0506: between what?

A network fault is between two different ends: two deployables, or `users` and one.

Instead of

\x20   partition: [home]

write

\x20   partition: [home, ratings]
",
    },
    Page {
        code: "E0507",
        title: "each with a list of its own",
        text: "\
E0507: each with a list of its own

`each` makes one entry for every capability (or data set) that no named entry takes. What a
group runs is said in an entry with a name.

Instead of

\x20   deployables: { each: { runs: [a, b] } }

write

\x20   deployables: { ab: { runs: [a, b] }, each: {} }
",
    },
    Page {
        code: "E0508",
        title: "an entry that says not what it is for",
        text: "\
E0508: an entry that says not what it is for

A deployable runs the capability of its own name, a store holds the data set of its own name,
unless they say otherwise. This one has the name of neither.

Instead of

\x20   deployables: { app: {} }

write

\x20   deployables: { app: { runs: all } }
",
    },
    Page {
        code: "E0509",
        title: "fail-fast without parallel",
        text: "\
E0509: fail-fast without parallel

`fail-fast` says whether the failure of a branch ends the wait for the others.

Instead of

\x20   - { call: a, fail-fast: true }

write

\x20   - { parallel: [{ call: a }, { call: b }], fail-fast: true }
",
    },
    Page {
        code: "E0510",
        title: "an architecture too large",
        text: "\
E0510: an architecture too large

More instances or calls than a run can number.

Instead of

\x20   instances: 50_000

write

\x20   instances: 500
",
    },
    Page {
        code: "E0511",
        title: "too many windows",
        text: "\
E0511: too many windows

A run is counted in at most 32 windows: `run`, `before`, `fault`, `after` and 28 of your own.

Instead of

\x20   windows: { w1: { … }, …, w40: { … } }

write fewer, and read finer times off the series in `data/`, which have a number for every `run.bucket`.
",
    },
    Page {
        code: "E0521",
        title: "a fault at no time, or at two",
        text: "\
E0521: a fault at no time, or at two

A fault happens once, at its `at`, or again and again at random, `every` so often. A common cause
(`together`) strikes again and again.

Instead of

\x20   faults: [{ at: 20s, every: 1h, for: 5min, crash: web }]

write

\x20   faults: [{ every: { exponential: 1h }, from: 20s, for: 5min, crash: web }]
",
    },
    Page {
        code: "E0522",
        title: "a fault that is never over",
        text: "\
E0522: a fault that is never over

`for` says how long a fault lasts; of one that happens again and again it is the time of a repair.

Instead of

\x20   faults: [{ every: { exponential: 1h }, crash: web }]

write

\x20   faults: [{ every: { exponential: 1h }, for: { exponential: 5min }, crash: web }]
",
    },
    Page {
        code: "E0523",
        title: "a key of another sort of fault",
        text: "\
E0523: a key of another sort of fault

`from`, `crew` and a distribution as length belong to faults that happen again and again; an
environment is always there, and has none of `at`, `every`, `for`.

Instead of

\x20   faults: [{ at: 20s, for: { exponential: 5s }, crash: web }]

write

\x20   faults: [{ at: 20s, for: 5s, crash: web }]
",
    },
    Page {
        code: "E0524",
        title: "a quorum larger than the whole",
        text: "\
E0524: a quorum larger than the whole

With fewer than `needs` instances up, those that are refuse what comes.

Instead of

\x20   deployables: { ledger: { instances: 3, needs: 4 } }

write

\x20   deployables: { ledger: { instances: 3, needs: 2 } }
",
    },
    Page {
        code: "E0525",
        title: "states that lead nowhere",
        text: "\
E0525: states that lead nowhere

An environment has two states or more, and the shares of those that can follow a state add up to
100%.

Instead of

\x20   states: { fast: { speed: ×1, lasts: 9s, then: { slow: 90% } }, slow: { … } }

write

\x20   states: { fast: { speed: ×1, lasts: 9s, then: { slow: 90%, fast: 10% } }, slow: { … } }
",
    },
    Page {
        code: "E0526",
        title: "no time between two failures",
        text: "\
E0526: no time between two failures

What fails again at the instant at which it was repaired would do so for ever, and no time would
pass.

Instead of

\x20   every: { empirical: [{ value: 0s, weight: 1 }] }

write

\x20   every: { empirical: [{ value: 0s, weight: 1 }, { value: 1h, weight: 9 }] }
",
    },
];
