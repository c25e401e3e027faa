//! Zones, and who is asked where.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0571",
        title: "shares of users that are no whole",
        text: "\
E0571: shares of users that are no whole

Every user comes in through one zone. Zones that say nothing share evenly what the others leave.

Instead of

\x20   zones: [{ a: { users: 80% } }, { b: { users: 30% } }]

write

\x20   zones: [{ a: { users: 70% } }, b]
",
    },
    Page {
        code: "E0572",
        title: "a zone that goes again and again",
        text: "\
E0572: a zone that goes again and again

What is in a zone comes back each in its own time, when the zone is back. An outage of a zone is therefore told with
its instant.

Instead of

\x20   - { every: { exponential: 1h }, for: 5min, zone: a }

write

\x20   - { at: 10min, for: 5min, zone: a }
\x20   - { at: 40min, for: 5min, zone: a }
",
    },
    Page {
        code: "E0573",
        title: "a zone twice",
        text: "\
E0573: a zone twice

Instead of

\x20   zones: [a, b, a]

write

\x20   zones: [a, b, c]
",
    },
];
