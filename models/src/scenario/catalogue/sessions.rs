//! What users ask for between coming and going, jobs that come back, and groups that are killed from.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0611",
        title: "sessions without end",
        text: "\
E0611: sessions without end

A session ends when it has made its `requests`, or when its user leaves the `walk`: what the shares of a journey miss
to 100 % leaves after it. One of the two has to be there, and has to end it after 256 requests on average and 4096 at
most.

Instead of

\x20   session: { think: 5s, walk: { home: { watch: 100% }, watch: { home: 100% } } }

write

\x20   session: { think: 5s, walk: { home: { watch: 80% }, watch: { home: 70% } } }

or

\x20   session: { think: 5s, requests: { geometric: 8 } }
",
    },
    Page {
        code: "E0612",
        title: "more than all users go on",
        text: "\
E0612: more than all users go on

The shares of what follows on a journey are of all users who have asked for it. They add up to 100 % if nobody
leaves there, and to less if some do.

Instead of

\x20   walk: { home: { search: 70%, watch: 50% } }

write

\x20   walk: { home: { search: 50%, watch: 40% } }
",
    },
    Page {
        code: "E0613",
        title: "sessions of nobody",
        text: "\
E0613: sessions of nobody

A session is what a user does between coming and going: its arrivals are `poisson`, `constant` or `modulated`. Users of a
`closed` workload are always there, and with `arrivals: none` nobody comes but those of `schedule` and `backlog`, who ask
once.

Instead of

\x20   workload: { arrivals: { closed: { users: 100, think: 5s } }, session: { requests: 8, think: 5s } }

write

\x20   workload: { arrivals: { poisson: 3/s }, session: { requests: 8, think: 5s } }
",
    },
    Page {
        code: "E0614",
        title: "more sessions than can be told apart",
        text: "\
E0614: more sessions than can be told apart

Requests of sessions are numbered by session, and there are about four million numbers for sessions. Rates are those of sessions:
each of them makes several requests.

Instead of

\x20   workload: { arrivals: { poisson: 100_000/s }, session: { requests: 10, think: 5s } }

write

\x20   workload: { arrivals: { poisson: 10_000/s }, session: { requests: 10, think: 5s } }
",
    },
    Page {
        code: "E0615",
        title: "runs of a job that overlap",
        text: "\
E0615: runs of a job that overlap

A job with `every` runs `for` so long each time, and is over before it begins again.

Instead of

\x20   jobs: { report: { journey: recompute, arrivals: { constant: 500/s }, every: 10min } }

write

\x20   jobs: { report: { journey: recompute, arrivals: { constant: 500/s }, for: 2min, every: 10min } }
",
    },
    Page {
        code: "E0616",
        title: "too many runs of a job",
        text: "\
E0616: too many runs of a job

A job runs 10,000 times at most. One that is to run more often than that comes all the time.

Instead of

\x20   jobs: { sync: { journey: recompute, arrivals: { constant: 10/s }, for: 1us, every: 2us } }

write

\x20   jobs: { sync: { journey: recompute, arrivals: { constant: 5/s } } }
",
    },
    Page {
        code: "E0617",
        title: "a deployable in two groups",
        text: "\
E0617: a deployable in two groups

Groups that are killed from have coins of their own; a deployable is in one of them at most.

Instead of

\x20   kill: { groups: { edge: [web, api], shop: [api, stock] } }

write

\x20   kill: { groups: { edge: [web], shop: [api, stock] } }
",
    },
];

/// What runs, but probably does not say what was meant.
pub(super) const WARNINGS: &[Page] = &[
    Page {
        code: "W0761",
        title: "a journey to which no walk leads",
        text: "\
W0761: a journey to which no walk leads

The `walk` says what follows on a journey that no session ever asks for: none begins with it (`share: 0%`), and nothing
leads to it.

Instead of

\x20   journeys: { home: { share: 100%, enters: home }, watch: { share: 0%, enters: player } }
\x20   walk: { home: { home: 50% }, watch: { watch: 60% } }

write

\x20   walk: { home: { home: 20%, watch: 30% }, watch: { watch: 60% } }
",
    },
    Page {
        code: "W0762",
        title: "a warm-up shorter than a session",
        text: "\
W0762: a warm-up shorter than a session

Runs start empty: at first there are only the first requests of sessions, and the load grows until as many users leave
as come. A warm-up of three times the mean length of a session, or more, leaves that out of what is measured.

Instead of

\x20   workload: { arrivals: { poisson: 10/s }, session: { requests: 10, think: 5s } }
\x20   run: { warmup: 10s }

write

\x20   workload: { arrivals: { poisson: 10/s }, session: { requests: 10, think: 5s } }
\x20   run: { warmup: 150s }
",
    },
];
