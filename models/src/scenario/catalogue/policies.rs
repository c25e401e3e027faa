//! What runs, but probably does not say what was meant: policies around calls.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "W0801",
        title: "a fallback that is not outermost",
        text: "\
W0801: a fallback that is not outermost

Policies outside the fallback see its good answer: a retry outside it never retries. What they
refuse or time out is not replaced.

Instead of

\x20   [{ retry: 3 }, { fallback: static }]

write

\x20   [{ fallback: static }, { retry: 3 }]
",
    },
    Page {
        code: "W0802",
        title: "a breaker in a breaker",
        text: "\
W0802: a breaker in a breaker

The inner one opens first, and its rejections open the outer one.

Instead of

\x20   [breaker, { timeout: 1s }, breaker]

write

\x20   [breaker, { timeout: 1s }]
",
    },
    Page {
        code: "W0803",
        title: "a timeout that can never fire",
        text: "\
W0803: a timeout that can never fire

A shorter timeout stands outside it. (Inside a thread pool a longer one has a meaning: it frees
the pool's thread after the caller has gone.)

Instead of

\x20   [{ timeout: 1s }, { timeout: 5s }]

write

\x20   [{ timeout: 5s }, { retry: 3 }, { timeout: 1s }]
",
    },
    Page {
        code: "W0804",
        title: "attempts cut short",
        text: "\
W0804: attempts cut short

The timeout outside the retry ends the call before all attempts have had their time.

Instead of

\x20   [{ timeout: 1s }, { retry: 3 }, { timeout: 1s }]

write

\x20   [{ timeout: 5s }, { retry: 3 }, { timeout: 1s }]
",
    },
    Page {
        code: "W0805",
        title: "policies for a call that nobody makes",
        text: "\
W0805: policies for a call that nobody makes

The edge is no call of the system: it is the wrong way round, or left over.

Instead of

\x20   calls: { \"ratings -> home\": [{ timeout: 1s }] }

write

\x20   calls: { \"home -> ratings\": [{ timeout: 1s }] }
",
    },
    Page {
        code: "W0806",
        title: "a thread pool without a timeout",
        text: "\
W0806: a thread pool without a timeout

Where the callee hangs, its calls keep the pool's threads, and the bulkhead rejects from then
on.

Instead of

\x20   [{ thread-pool: 10 }]

write

\x20   [{ timeout: 1s }, { thread-pool: 10 }, { timeout: 30s }]
",
    },
    Page {
        code: "W0807",
        title: "a fallback on a required call",
        text: "\
W0807: a fallback on a required call

`optional` is the system's permission to replace an answer. Without it a fallback is left out:
no architecture may make an answer dispensable that the system needs.

Instead of

\x20   calls: [ratings]

write

\x20   calls: [{ ratings: { optional: true } }]
",
    },
    Page {
        code: "W0808",
        title: "a timeout on an in-process call",
        text: "\
W0808: a timeout on an in-process call

A function call runs on the caller's thread, which nobody can take away from it. With a thread
pool inside the timeout it runs on a thread of its own.

Instead of

\x20   \"home -> ratings\": [{ timeout: 1s }]

write

\x20   \"home -> ratings\": [{ timeout: 1s }, { thread-pool: 10 }]
",
    },
    Page {
        code: "W0809",
        title: "default policies that do nothing",
        text: "\
W0809: default policies that do nothing

`default` holds for remote calls without policies of their own, and this architecture has none.
",
    },
    Page {
        code: "W0810",
        title: "retries that multiply",
        text: "\
W0810: retries that multiply

Retries at several places along a path multiply: three attempts at each of three calls are 27 at
the end, just when it is in trouble.

Instead of

\x20   \"a -> b\": [{ retry: 3 }]
\x20   \"b -> c\": [{ retry: 3 }]

write

\x20   \"b -> c\": [{ retry: 3 }]   # next to what fails
",
    },
];
