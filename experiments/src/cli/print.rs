//! Where words go: results to standard output, the rest to standard error, in colour if that is wanted.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use console::Term;

use super::exit::Exit;

/// When to use colours.
#[derive(Clone, Copy, Debug, Args)]
pub struct ColorFlag {
    /// When to use colours; `auto` looks at the terminal and at `NO_COLOR`
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

/// Prints, with or without colours.
#[derive(Clone, Copy, Debug)]
pub struct Printer {
    color: Color,
}

/// Lines wider than this are hard to read, narrower tables break in the middle.
const WIDTHS: (u16, u16) = (60, 240);
/// Without a terminal: what fits into a report or a log without wrapping.
const WIDTH_OTHERWISE: u16 = 120;

impl Printer {
    /// With the flag as given.
    pub fn new(flag: ColorFlag) -> Self {
        Printer { color: flag.color }
    }

    /// Whether results may be coloured.
    pub fn color_of_results(self) -> bool {
        self.colored(io::stdout().is_terminal())
    }

    /// Whether diagnostics may be coloured.
    pub fn color_of_diagnostics(self) -> bool {
        self.colored(io::stderr().is_terminal())
    }

    fn colored(self, terminal: bool) -> bool {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && !set("NO_COLOR") && !dumb,
        }
    }

    /// Columns of the terminal.
    pub fn width() -> usize {
        let width = Term::stdout().size_checked().map_or(WIDTH_OTHERWISE, |(_, columns)| columns);
        usize::from(width.clamp(WIDTHS.0, WIDTHS.1))
    }

    /// Prints results. Whoever reads them may stop reading; that is no error.
    pub fn results(self, text: &str, exit: Exit) -> Exit {
        let mut out = io::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("cannot write to standard output: {why}"));
                Exit::Error
            }
            _ => exit,
        }
    }

    /// Says what went wrong.
    pub fn error(self, message: &str) {
        self.say("error", "\u{1b}[1;31m", message);
    }

    /// Says what the user should know.
    pub fn warning(self, message: &str) {
        self.say("warning", "\u{1b}[1;33m", message);
    }

    /// Says what was done.
    pub fn note(message: &str) {
        // Nobody is left to complain to when standard error is gone.
        let _ = writeln!(io::stderr().lock(), "{message}");
    }

    fn say(self, level: &str, color: &str, message: &str) {
        if self.color_of_diagnostics() {
            Self::note(&format!("{color}{level}\u{1b}[0m: {message}"));
        } else {
            Self::note(&format!("{level}: {message}"));
        }
    }
}
