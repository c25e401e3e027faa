//! Branches, repetition, balancers, and the order of service.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0531",
        title: "shares of branches that do not add up to 100 %",
        text: "\
E0531: shares of branches that do not add up to 100 %

Exactly one branch of `one-of` is taken. To do nothing is a branch too: one without steps.

Instead of

\x20   - { one-of: [{ share: 70%, steps: { read: rows } }] }

write

\x20   - { one-of: [{ share: 70%, steps: { read: rows } }, { share: 30% }] }
",
    },
    Page {
        code: "E0532",
        title: "again and again, for ever",
        text: "\
E0532: again and again, for ever

`again` is the probability that something is done once more, each time it has been done. At 100 % it never ends.

Instead of

\x20   calls: { stock: { again: 100% } }

write, for 1 ÷ (1 − 50 %) = 2 calls in the mean,

\x20   calls: { stock: { again: 50% } }

or, for a fixed number, `repeat: 2`.
",
    },
    Page {
        code: "E0533",
        title: "refresh of what a caller knows by itself",
        text: "\
E0533: refresh of what a caller knows by itself

A caller counts its own calls, and knows their number at once. Old is only what others report.

Instead of

\x20   route: { power-of-two: { refresh: 1s } }

write

\x20   route: { power-of-two: { sees: instance, refresh: 1s } }
",
    },
    Page {
        code: "E0534",
        title: "a choice of too many",
        text: "\
E0534: a choice of too many

`power-of` looks at 2 to 16 instances drawn at random.

Instead of

\x20   route: { power-of: 100 }

write

\x20   route: { power-of: 3 }

or `route: least-outstanding`, which looks at all of them.
",
    },
];
