//! Instances that come and go.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0551",
        title: "a number of instances out of bounds",
        text: "\
E0551: a number of instances out of bounds

`instances` is how many there are at the start; an autoscaler keeps their number between `min` and `max`, so that it
has to start there, and `min` cannot be above `max`.

Instead of

\x20   home: { instances: 20, scaling: { hpa: { target: 60%, max: 10 } } }

write

\x20   home: { instances: 4, scaling: { hpa: { target: 60%, max: 10 } } }
",
    },
    Page {
        code: "E0552",
        title: "a share of something unlimited",
        text: "\
E0552: a share of something unlimited

A target such as `60%` or `threads: 70%` is a share of the cores or threads of an instance. Where there is no limit
there is no share; attempts in flight and requests per second need none.

Instead of

\x20   home: { cores: unbounded, scaling: { hpa: { target: 60%, max: 10 } } }

write

\x20   home: { cores: unbounded, scaling: { hpa: { target: { requests: 50/s }, max: 10 } } }
",
    },
    Page {
        code: "E0553",
        title: "steps that do not go outwards",
        text: "\
E0553: steps that do not go outwards

A step holds from `by` up to the `by` of the next one, counted from the threshold as a part of it: of `threshold: 60%`,
`by: 0.5` is 90%. At least one step has to change something.

Instead of

\x20   steps: { threshold: 60%, max: 10, above: [{ by: 0.5, add: 3 }, { by: 0, add: 1 }] }

write

\x20   steps: { threshold: 60%, max: 10, above: [{ by: 0, add: 1 }, { by: 0.5, add: 3 }] }
",
    },
    Page {
        code: "E0554",
        title: "sizes that are not in the order of time",
        text: "\
E0554: sizes that are not in the order of time

Instead of

\x20   schedule: [{ at: 60s, instances: 8 }, { at: 30s, instances: 4 }]

write

\x20   schedule: [{ at: 30s, instances: 4 }, { at: 60s, instances: 8 }]
",
    },
    Page {
        code: "E0555",
        title: "an instance that fits on no node",
        text: "\
E0555: an instance that fits on no node

An instance takes as many cores of a node as it has itself; one with more than a node, or without a limit, would wait
for ever.

Instead of

\x20   nodes: { workers: { cores: 4, max: 10 } }
\x20   deployables: { home: { cores: 8, nodes: workers } }

write

\x20   nodes: { workers: { cores: 8, max: 10 } }
\x20   deployables: { home: { cores: 8, nodes: workers } }
",
    },
    Page {
        code: "E0556",
        title: "instances on nodes that cannot be launched anew",
        text: "\
E0556: instances on nodes that cannot be launched anew

Nodes come and go, and what was on one is launched on another. Only a deployable with `scaling` can do that; a schedule
of one size keeps its number.

Instead of

\x20   home: { instances: 4, nodes: workers }

write

\x20   home: { instances: 4, nodes: workers, scaling: { schedule: [{ at: 0s, instances: 4 }], replace: 30s } }
",
    },
    Page {
        code: "E0557",
        title: "too few nodes for the start",
        text: "\
E0557: too few nodes for the start

What is there when the run starts has found room: each instance on the first node that has enough. A pool starts with as
many nodes as that takes, `min` at least, and never has more than `max`.

Instead of

\x20   nodes: { workers: { cores: 4, max: 2 } }
\x20   deployables: { home: { instances: 6, cores: 2, nodes: workers } }

write

\x20   nodes: { workers: { cores: 4, max: 6 } }
\x20   deployables: { home: { instances: 6, cores: 2, nodes: workers } }
",
    },
    Page {
        code: "E0558",
        title: "equal cost of instances on nodes",
        text: "\
E0558: equal cost of instances on nodes

Where nodes are given they are what is paid for, so that a number of instances cannot make costs equal.

Instead of

\x20   home: { instances: { equal-cost: monolith }, nodes: workers }

write

\x20   home: { instances: 4, nodes: workers }
",
    },
    Page {
        code: "E0559",
        title: "no hours for kills",
        text: "\
E0559: no hours for kills

`opens` and `closes` are hours of a day of 24; kills come between them. How long a day lasts in the run is said by
`day`, and its hours shrink with it.

Instead of

\x20   kill: { opens: 15h, closes: 9h, day: 60s }

write

\x20   kill: { opens: 9h, closes: 15h, day: 60s }
",
    },
    Page {
        code: "E0560",
        title: "killed for longer than to the next kill",
        text: "\
E0560: killed for longer than to the next kill

A group of instances may be hit on two workdays that follow each other. `for` is how long a killed instance is away,
and has to be over by then.

Instead of

\x20   { for: 5min, kill: { day: 60s } }

write

\x20   { for: 300ms, kill: { day: 60s } }
",
    },
];

/// What runs, but probably does not say what was meant.
pub(super) const WARNINGS: &[Page] = &[
    Page {
        code: "W0725",
        title: "a target that is never missed",
        text: "\
W0725: a target that is never missed

A share of cores or threads cannot exceed 100 %. An autoscaler that does nothing within 10 % of its target adds
nothing at a target of 95 %, however much is asked of its instances: 100 ÷ 95 is 1.05. What saturates hides how much
is missing. Requests per second do not saturate.

Instead of

\x20   scaling: { hpa: { target: 95%, max: 10 } }

write

\x20   scaling: { hpa: { target: 60%, max: 10 } }
",
    },
    Page {
        code: "W0726",
        title: "a look at what was seen before",
        text: "\
W0726: a look at what was seen before

Instances are measured over windows, one after the other. An autoscaler that looks more often than a window ends sees
the same one again.

Instead of

\x20   hpa: { target: 60%, max: 10, every: 5s, window: 15s }

write

\x20   hpa: { target: 60%, max: 10, every: 5s, window: 5s }
",
    },
    Page {
        code: "W0727",
        title: "nodes on which nothing runs",
        text: "\
W0727: nodes on which nothing runs

The pool is paid for, and no deployable names it.

Instead of

\x20   nodes: { workers: { cores: 8, max: 10 } }
\x20   deployables: { each: { cores: 2 } }

write

\x20   nodes: { workers: { cores: 8, max: 10 } }
\x20   deployables: { each: { cores: 2, nodes: workers } }
",
    },
    Page {
        code: "W0728",
        title: "fewer nodes than may be wanted",
        text: "\
W0728: fewer nodes than may be wanted

If every deployable on the nodes had as many instances as it may have, some would find no room and wait. That may be
the limit that is meant; autoscalers do not know of it.

Instead of

\x20   nodes: { workers: { cores: 4, max: 2 } }
\x20   deployables: { home: { cores: 2, nodes: workers, scaling: { hpa: { target: 60%, max: 12 } } } }

write

\x20   nodes: { workers: { cores: 4, max: 6 } }
\x20   deployables: { home: { cores: 2, nodes: workers, scaling: { hpa: { target: 60%, max: 12 } } } }
",
    },
    Page {
        code: "W0729",
        title: "kills that come after the end",
        text: "\
W0729: kills that come after the end

The measured start is midnight, and kills come in working hours: with days of 24 h there is none in a run of minutes.

Instead of

\x20   { for: 30s, kill: home }

write

\x20   { for: 300ms, kill: { deployables: home, day: 60s } }
",
    },
];
