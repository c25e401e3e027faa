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
];
