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
    Page {
        code: "E0577",
        title: "homes that are no whole",
        text: "\
E0577: homes that are no whole

Every user lives somewhere.

Instead of

\x20   homes: { us-east: 50%, europe: 30% }

write

\x20   homes: { us-east: 50%, us-west: 20%, europe: 30% }
",
    },
    Page {
        code: "E0578",
        title: "regions where nobody lives",
        text: "\
E0578: regions where nobody lives

Which region a user is sent to follows from where he lives, which is the same in every architecture and so belongs to
the system.

Instead of

\x20   system: { … }
\x20   architectures: { two: { regions: { us-east: {}, europe: {} } } }

write

\x20   system: { homes: { us-east: 60%, europe: 40% }, … }
\x20   architectures: { two: { regions: { us-east: {}, europe: {} } } }
",
    },
    Page {
        code: "E0579",
        title: "one thing in two places",
        text: "\
E0579: one thing in two places

A zone is in one region or in none, and the users of a home are sent to one region while all is well. Where an
architecture with regions extends one with zones, both would be there: let the first one have regions too.

Instead of

\x20   one: { zones: [a, b] }
\x20   two: { extends: one, regions: { us-east: { zones: [a, b] }, europe: { zones: [c, d] } } }

write

\x20   one: { regions: { us-east: { zones: [a, b] } } }
\x20   two: { extends: one, regions: { europe: { zones: [c, d] } } }
",
    },
    Page {
        code: "E0580",
        title: "a fail-over that sends nobody anywhere",
        text: "\
E0580: a fail-over that sends nobody anywhere

Users are sent to another region, of which there must be one that takes a share of them; and where they move in steps,
each step goes on from the one before.

Instead of

\x20   fail-over: { shift: { steps: [{ share: 50% }, { after: 10s, share: 30% }] } }

write

\x20   fail-over: { shift: { steps: [{ share: 50% }, { after: 10s, share: 100% }] } }
",
    },
];

/// What runs, but probably does not say what was meant.
pub(super) const WARNINGS: &[Page] = &[
    Page {
        code: "W0741",
        title: "no zone to prefer",
        text: "\
W0741: no zone to prefer

Instead of

\x20   web: { instances: 6, prefer: own-zone }

write

\x20   zones: [a, b, c]
\x20   deployables: { web: { instances: 6, prefer: own-zone } }
",
    },
    Page {
        code: "W0742",
        title: "a registry that never notices",
        text: "\
W0742: a registry that never notices

Eureka takes nobody out when no more than 85 % of the heartbeats come that it expects, cut off to a whole number: it
rather believes that its own network is broken. Of three instances one can never be taken out, for 4 of 6 heartbeats
a minute are not more than 5; of seven one can.

Instead of

\x20   web: { instances: 3, discovery: eureka }

write

\x20   web: { instances: 3, discovery: health-check }

or `eureka: { self-preservation: 0% }`.
",
    },
    Page {
        code: "W0743",
        title: "no room for the users of a lost region",
        text: "\
W0743: no room for the users of a lost region

While a region is out its users come to the others, on top of their own. Where one of those would then be asked for more
work than its cores can do, it does not hold, and fail-over takes the outage there. Headroom that stands ready helps, or
instances that are launched first: `fail-over: { scale: ×2, ready: 60s }`. Netflix calls the regions that grow saviors.
",
    },
    Page {
        code: "W0744",
        title: "homes that matter to nobody",
        text: "\
W0744: homes that matter to nobody

Where users live matters where an architecture has `regions`: which one they are sent to, and how far away it is.
",
    },
    Page {
        code: "W0745",
        title: "an outage that is over before anybody moves",
        text: "\
W0745: an outage that is over before anybody moves

Users begin to move `detect`, `decide` and `ready` after the outage. An outage that is shorter is sat out: nobody is sent
elsewhere, and the users of the region fail for as long as it lasts.
",
    },
    Page {
        code: "W0746",
        title: "a drill that moves nobody",
        text: "\
W0746: a drill that moves nobody

A drill of a region sends its users elsewhere by the architecture's `fail-over`. Without that, and without an
`outage-after`, nothing happens.
",
    },
];
