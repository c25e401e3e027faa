//! Keys and the kinds of things that stand under them.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0201",
        title: "an unknown key",
        text: "\
E0201: an unknown key

Every key is known; a misspelt one is not silently left out. The message lists the keys that
there are and suggests the nearest.

Instead of

\x20   deployables: { app: { runs: all, replica: 3 } }

write

\x20   deployables: { app: { runs: all, instances: 3 } }
",
    },
    Page {
        code: "E0202",
        title: "a key twice",
        text: "\
E0202: a key twice

YAML parsers keep one of the two and say nothing, and rarely the one that was meant.

Instead of

\x20   run: { warmup: 5s, measure: 60s, warmup: 10s }

write

\x20   run: { warmup: 10s, measure: 60s }
",
    },
    Page {
        code: "E0203",
        title: "a key is missing",
        text: "\
E0203: a key is missing

Something cannot be without this key, and there is no sensible default.

Instead of

\x20   journeys: { browse: { share: 100% } }

write

\x20   journeys: { browse: { share: 100%, enters: home } }
",
    },
    Page {
        code: "E0204",
        title: "nothing stands here",
        text: "\
E0204: nothing stands here

A key without a value. If nothing is to be said, an empty map says so.

Instead of

\x20   data: { subscribers: }

write

\x20   data: { subscribers: {} }
",
    },
    Page {
        code: "E0205",
        title: "another kind of thing",
        text: "\
E0205: another kind of thing

A list stands where a map should, a map where a single value should, or the like.

Instead of

\x20   journeys: [browse]

write

\x20   journeys: { browse: { share: 100%, enters: home } }
",
    },
    Page {
        code: "E0206",
        title: "none of the words allowed",
        text: "\
E0206: none of the words allowed

Only certain words may stand here; the message lists them.

Instead of

\x20   route: roundrobin

write

\x20   route: round-robin
",
    },
    Page {
        code: "E0207",
        title: "not a name",
        text: "\
E0207: not a name

Names are ids: they stand in paths, edges, files and charts. They are made of letters, digits,
`-` and `_`.

Instead of

\x20   capabilities: { \"sign in\": {} }

write

\x20   capabilities: { sign-in: {} }
",
    },
    Page {
        code: "E0208",
        title: "several kinds at once, or none",
        text: "\
E0208: several kinds at once, or none

Some maps say what they are by one of their keys, and there must be exactly one of these.

Instead of

\x20   - { at: 10s, for: 5s }

write

\x20   - { at: 10s, for: 5s, hang: ratings }
",
    },
    Page {
        code: "E0209",
        title: "parameters",
        text: "\
E0209: parameters

A word that needs parameters stands alone, or one without parameters has some.

Instead of

\x20   arrivals: poisson

write

\x20   arrivals: { poisson: 200/s }
",
    },
    Page {
        code: "E0210",
        title: "a choice with several keys",
        text: "\
E0210: a choice with several keys

A choice with parameters is a map with one key. Two keys usually mean that something is indented
too little.

Instead of

\x20   work: { lognormal: { mean: 3ms }, cv: 0.5 }

write

\x20   work: { lognormal: { mean: 3ms, cv: 0.5 } }
",
    },
    Page {
        code: "E0211",
        title: "too few",
        text: "\
E0211: too few

An empty list or map where there must be something.

Instead of

\x20   - { parallel: [] }

write

\x20   - { parallel: [{ call: a }, { call: b }] }
",
    },
    Page {
        code: "E0212",
        title: "not an edge",
        text: "\
E0212: not an edge

An edge is two names with an arrow between them.

Instead of

\x20   calls: { home-ratings: [] }

write

\x20   calls: { \"home -> ratings\": [] }
",
    },
    Page {
        code: "E0213",
        title: "a reserved word as name",
        text: "\
E0213: a reserved word as name

Some words mean something of their own wherever a name stands.

Instead of

\x20   deployables: { all: {} }

write

\x20   deployables: { app: { runs: all } }
",
    },
];
