//! Single values and their units.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0301",
        title: "no unit",
        text: "\
E0301: no unit

Every number carries its unit. None is guessed: 250 could be milliseconds or seconds.

Instead of

\x20   timeout: 250

write

\x20   timeout: 250ms
",
    },
    Page {
        code: "E0302",
        title: "the wrong unit",
        text: "\
E0302: the wrong unit

Spans are in ns, us, ms, s, min, h or d; rates in /s, /min or /h; shares in %; counts have no
unit.

Instead of

\x20   arrivals: { poisson: 2000ms }

write

\x20   arrivals: { poisson: 2000/s }
",
    },
    Page {
        code: "E0303",
        title: "negative",
        text: "\
E0303: negative

Spans, rates, shares, counts and factors cannot be negative.

Instead of

\x20   warmup: -5s

write

\x20   warmup: 5s
",
    },
    Page {
        code: "E0304",
        title: "not a number",
        text: "\
E0304: not a number

Text stands where a number should.

Instead of

\x20   instances: three

write

\x20   instances: 3
",
    },
    Page {
        code: "E0305",
        title: "zero or too few",
        text: "\
E0305: zero or too few

A value that makes no sense at zero, or a count below the least that works.

Instead of

\x20   instances: 0

write

\x20   instances: 1
",
    },
    Page {
        code: "E0306",
        title: "not true or false",
        text: "\
E0306: not true or false

Only `true` and `false` are flags. YAML once took yes, no, on and off for flags too; what
somebody meant by them is not guessed.

Instead of

\x20   optional: yes

write

\x20   optional: true
",
    },
    Page {
        code: "E0307",
        title: "too large",
        text: "\
E0307: too large

The number is beyond what any scenario needs or can be computed with: spans up to some
centuries, counts up to a thousand million.

Instead of

\x20   instances: 99999999999

write

\x20   instances: 99
",
    },
    Page {
        code: "E0308",
        title: "more than the whole",
        text: "\
E0308: more than the whole

Shares and probabilities are from 0 % to 100 %.

Instead of

\x20   probability: 150%

write

\x20   probability: 50%
",
    },
    Page {
        code: "E0309",
        title: "a distribution that cannot be",
        text: "\
E0309: a distribution that cannot be

The parameters do not fit together, such as a lower end above the upper one, or are beyond what the
distribution can have: a hyperexponential one varies at least as much as an exponential one, so its `cv`
is 1 or more; a Weibull one has a shape of 0.1 or more.

Instead of

\x20   work: { uniform: { from: 5ms, to: 1ms } }

write

\x20   work: { uniform: { from: 1ms, to: 5ms } }
",
    },
    Page {
        code: "E0310",
        title: "not a whole percent",
        text: "\
E0310: not a whole percent

Hystrix truncates the error percentage to a whole number before comparing it.

Instead of

\x20   breaker: { errors: 50.5% }

write

\x20   breaker: { errors: 50% }
",
    },
    Page {
        code: "E0311",
        title: "all items are hot, or none",
        text: "\
E0311: all items are hot, or none

A hot set has items that get more of the requests than others, and there must be some of each.
Where the data set is small, a share of it may come to nothing.

Instead of

\x20   popularity: { hot: { items: 100%, requests: 80% } }

write

\x20   popularity: { hot: { items: 20%, requests: 80% } }
",
    },
];
