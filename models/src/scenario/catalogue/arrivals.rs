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
    Page {
        code: "E0545",
        title: "a trace that cannot be read",
        text: "\
E0545: a trace that cannot be read

`file` is the path of a file of values with commas between them, counted from the folder of the scenario. The resolved
form of a scenario has the counts themselves and needs no file.

Instead of

\x20   trace: { file: /home/me/day.csv }

write

\x20   trace: { file: day.csv }

with `day.csv` beside the scenario.
",
    },
    Page {
        code: "E0546",
        title: "a cell of a trace that is no count",
        text: "\
E0546: a cell of a trace that is no count

Each line has a whole number of requests in the chosen column; only the first line may be a head. The message says
which line and column of the file it is about.

Instead of

\x20   1998-06-05 22:00,4031
\x20   1998-06-05 22:01,n/a

write

\x20   1998-06-05 22:00,4031
\x20   1998-06-05 22:01,0
",
    },
    Page {
        code: "E0547",
        title: "a column or stretch that a trace does not have",
        text: "\
E0547: a column or stretch that a trace does not have

`column` is the name that stands in the first line, or a number from 1; `from` and `for` choose periods, each `every`
long, that have to be there.

Instead of

\x20   trace: { file: { path: day.csv, column: 7, from: 25h } }

write

\x20   trace: { file: { path: day.csv, column: 2, from: 16h, for: 40min } }
",
    },
];
