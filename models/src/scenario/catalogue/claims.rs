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
];
