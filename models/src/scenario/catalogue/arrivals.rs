//! Who comes, and when: batches, states, schedules and what is there at the start.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0541",
        title: "more at once than may be under way",
        text: "\
E0541: more at once than may be under way

Requests that come at the same instant are all under way at that instant, and `run.in-flight` bounds how many
may be. The run would end at once.

Instead of

\x20   workload: { backlog: 500_000 }

write

\x20   run: { in-flight: 1_000_000 }
",
    },
    Page {
        code: "E0542",
        title: "batches of users who ask one at a time",
        text: "\
E0542: batches of users who ask one at a time

A user of a closed workload asks, waits for the answer, thinks, and asks again: there are no batches.

Instead of

\x20   workload: { arrivals: { closed: { users: 10, think: 1s } }, batch: 5 }

write

\x20   workload: { arrivals: { closed: { users: 50, think: 1s } } }
",
    },
    Page {
        code: "E0543",
        title: "nobody ever comes",
        text: "\
E0543: nobody ever comes

Of the states of modulated arrivals at least one has a rate above zero. Where nobody is to come but at given
instants, that is written `none`.

Instead of

\x20   workload: { arrivals: { modulated: { off: { rate: 0/s, lasts: 1s } } }, schedule: [{ at: 5s }] }

write

\x20   workload: { arrivals: none, schedule: [{ at: 5s }] }
",
    },
    Page {
        code: "E0544",
        title: "requests after the end",
        text: "\
E0544: requests after the end

Arrivals stop at the end of the measured time, and so does `schedule`. Its times count from the measured start.

Instead of

\x20   run: { measure: 60s }
\x20   workload: { schedule: [{ at: 60s }] }

write

\x20   run: { measure: 61s }
\x20   workload: { schedule: [{ at: 60s }] }
",
    },
];
