//! Claims that cannot be judged.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0601",
        title: "a bound in the wrong unit",
        text: "\
E0601: a bound in the wrong unit

A bound has the unit of what is measured: shares in %, latencies in ms or s, goodput in /s, cost
in core-hours, the others without unit.

Instead of

\x20   measure: p99, at-most: 5%

write

\x20   measure: p99, at-most: 800ms
",
    },
    Page {
        code: "E0602",
        title: "bounds that do not fit",
        text: "\
E0602: bounds that do not fit

`between` takes a lower and an upper bound, in this order.

Instead of

\x20   between: [99%, 90%]

write

\x20   between: [90%, 99%]
",
    },
    Page {
        code: "E0603",
        title: "not a confidence level",
        text: "\
E0603: not a confidence level

Nothing can be claimed with certainty from samples; levels are from 50 % up to, but below, 100
%.

Instead of

\x20   confidence: 100%

write

\x20   confidence: 95%
",
    },
    Page {
        code: "E0604",
        title: "a measure of something else",
        text: "\
E0604: a measure of something else

Latency and availability are of journeys, amplification of a capability, utilisation and
waits of a deployable or store, numbers present and rates of any of these but a capability; cost and blast radius are of the whole arm.

Instead of

\x20   measure: cost, journey: browse

write

\x20   measure: cost
",
    },
    Page {
        code: "E0605",
        title: "a claim about no journey",
        text: "\
E0605: a claim about no journey

`related` and `unrelated` mean the journeys that can, or cannot, reach a capability that a fault
names. Here there is none.

Instead of

\x20   journeys: unrelated

write

\x20   journeys: [sign-in]
",
    },
    Page {
        code: "E0606",
        title: "details that do not fit the measure",
        text: "\
E0606: details that do not fit the measure

`at` belongs to levels, `state` to what is measured of a state, `statistic` to times that a run has
at most once, `as` to shares, `than` to `slower`, `objective` to `time-to-recover`. Some measures
need theirs: without a state there is no time in it.

Instead of

\x20   measure: in-state, deployable: web

write

\x20   measure: in-state, deployable: web, state: { queue: { at-least: 100 } }
",
    },
    Page {
        code: "E0607",
        title: "an instant outside of its window",
        text: "\
E0607: an instant outside of its window

`at` counts from the start of the window that `during` names, and of the measured time without it.
It has to be less than the window's length.

Instead of

\x20   run: { measure: 60s } … measure: queue, deployable: web, at: 90s

write

\x20   run: { measure: 100s } … measure: queue, deployable: web, at: 90s
",
    },
    Page {
        code: "E0608",
        title: "a level of nothing",
        text: "\
E0608: a level of nothing

A level at an instant, and a state, are of one deployable or of one store.

Instead of

\x20   measure: queue, at: 30s

write

\x20   measure: queue, at: 30s, deployable: web
",
    },
    Page {
        code: "E0609",
        title: "a state that is always, or never",
        text: "\
E0609: a state that is always, or never

A level is from zero up to as many as there are threads, servers and places to wait. A state that
takes in all of that, or nothing of it, says nothing in any architecture.

Instead of

\x20   state: { busy: { at-least: 9 } }      # of two instances with four threads each

write

\x20   state: { busy: { at-least: 8 } }
",
    },
];
