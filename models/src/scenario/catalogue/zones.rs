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
    Page {
        code: "E0574",
        title: "state that requests do not find",
        text: "\
E0574: state that requests do not find

Each instance holds its part of the items, so a request has to go to the instance that holds its item. With
`on-loss: rehash` the items of a lost instance would go to others, which have nothing of them.

Instead of

\x20   subscriber: { instances: 4, state: { holds: subscribers, rebuild: 60s } }

write

\x20   subscriber: { instances: 4, route: { by-key: subscribers }, state: { holds: subscribers, rebuild: 60s } }
",
    },
    Page {
        code: "E0575",
        title: "a registry faster than its heartbeats",
        text: "\
E0575: a registry faster than its heartbeats

Who has a lease renews it with each heartbeat, and the registry counts heartbeats from run to run. Shorten both, or
neither.

Instead of

\x20   eureka: { heartbeat: 30s, lease: 9s }

write

\x20   eureka: { heartbeat: 3s, lease: 9s, eviction: 6s }
",
    },
    Page {
        code: "E0576",
        title: "chance in an access to state",
        text: "\
E0576: chance in an access to state

What an instance holds by itself is read and written a fixed number of times.

Instead of

\x20   reads: { subscribers: { again: 50% } }

write

\x20   reads: { subscribers: { repeat: 2 } }
",
    },
];
