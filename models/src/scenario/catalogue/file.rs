//! The file as a whole, and YAML itself.

use super::Page;

pub(super) const PAGES: &[Page] = &[
    Page {
        code: "E0001",
        title: "there is no such file",
        text: "\
E0001: there is no such file

The name given on the command line leads to no file.

Instead of

\x20   archsim check shop.yml

write

\x20   archsim check shop.yaml
",
    },
    Page {
        code: "E0002",
        title: "the file is a directory",
        text: "\
E0002: the file is a directory

A scenario is one file; name it, not the folder that it lies in.

Instead of

\x20   archsim check scenarios/

write

\x20   archsim check scenarios/shop.yaml
",
    },
    Page {
        code: "E0003",
        title: "the file cannot be read",
        text: "\
E0003: the file cannot be read

The operating system refuses, usually for want of permission. The message says what it said.
",
    },
    Page {
        code: "E0100",
        title: "this is not YAML",
        text: "\
E0100: this is not YAML

The text breaks a rule of YAML, so nothing behind that place can be trusted; this error
therefore comes alone.
Most often a bracket, a brace or a quote is left open, or lines that belong together are
indented unlike.

Instead of

\x20   run: { measure: 60s

write

\x20   run: { measure: 60s }
",
    },
    Page {
        code: "E0101",
        title: "the file is empty",
        text: "\
E0101: the file is empty

There is nothing in it but white space and comments.

Instead of

\x20   # to be written

write

\x20   archsim: 1
\x20   system: …
",
    },
    Page {
        code: "E0102",
        title: "the file is not UTF-8",
        text: "\
E0102: the file is not UTF-8

Some bytes are no text in UTF-8. The place is that of the first such byte.
",
    },
    Page {
        code: "E0103",
        title: "the file is too large",
        text: "\
E0103: the file is too large

Scenarios have a few hundred lines; a file of many megabytes is something else.
",
    },
    Page {
        code: "E0104",
        title: "aliases expand to too much",
        text: "\
E0104: aliases expand to too much

A few aliases of aliases can stand for billions of values. There is a limit on how many values a
file may hold in all.

Instead of

\x20   a: &a [x, x]
\x20   b: &b [*a, *a]
\x20   c: &c [*b, *b]   # and so on

write

\x20   deployables: { each: { instances: 2 } }
",
    },
    Page {
        code: "E0105",
        title: "nested too deep",
        text: "\
E0105: nested too deep

No scenario needs so many levels. Usually a bracket was opened again and again.
",
    },
    Page {
        code: "E0106",
        title: "more than one document",
        text: "\
E0106: more than one document

A line `---` starts another YAML document, and a file holds one scenario.

Instead of

\x20   archsim: 1
\x20   ---
\x20   archsim: 1

write

\x20   archsim: 1     # two architectures of one scenario, or two files
",
    },
    Page {
        code: "E0107",
        title: "a key that is no name",
        text: "\
E0107: a key that is no name

YAML allows lists and maps as keys; scenarios do not.

Instead of

\x20   { [a, b]: 1 }

write

\x20   { a: 1, b: 1 }
",
    },
    Page {
        code: "E0108",
        title: "text over several lines without quotes",
        text: "\
E0108: text over several lines without quotes

A line that is indented further than the one before does not start a new key: YAML reads it as
more text of the value before, without any error of its own. So text without quotes must end on
its line.

Instead of

\x20   run:
\x20     measure: 60s
\x20      warmup: 10s

write

\x20   run:
\x20     measure: 60s
\x20     warmup: 10s
",
    },
    Page {
        code: "E0109",
        title: "tags are not used",
        text: "\
E0109: tags are not used

`!name` marks a type in YAML. Scenarios have no use for it.

Instead of

\x20   work: !span 2ms

write

\x20   work: 2ms
",
    },
    Page {
        code: "E0110",
        title: "a tab",
        text: "\
E0110: a tab

YAML is indented with spaces only. Let the editor replace tabs by spaces.
",
    },
    Page {
        code: "E0111",
        title: "another version of the language",
        text: "\
E0111: another version of the language

The first line says which version of the language the file is written in. This archsim cannot
read that one.

Instead of

\x20   archsim: 2

write

\x20   archsim: 1
",
    },
    Page {
        code: "E0112",
        title: "no version of the language",
        text: "\
E0112: no version of the language

The first line of a scenario is `archsim: 1`, so that files written today are still understood
when the language changes.

Instead of

\x20   system: { … }

write

\x20   archsim: 1
\x20   system: { … }
",
    },
    Page {
        code: "E0113",
        title: "not a scenario",
        text: "\
E0113: not a scenario

The file is YAML, but a list or a single value. A scenario is a map.

Instead of

\x20   - system

write

\x20   archsim: 1
\x20   system: …
",
    },
    Page {
        code: "E0114",
        title: "--set without a value",
        text: "\
E0114: --set without a value

`--set` takes a path and a value with `=` between them.

Instead of

\x20   --set run.measure=

write

\x20   --set run.measure=2min
",
    },
    Page {
        code: "E0115",
        title: "--set leads nowhere",
        text: "\
E0115: --set leads nowhere

Each step of the path is a key of what the step before leads to. An entry of a list is named by
its one key (`timeout`, `timeout#2` for the second) or by its number, from 1.

Instead of

\x20   --set run.mesure=2min

write

\x20   --set run.measure=2min
",
    },
];
