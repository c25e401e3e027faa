//! How far a run is, and how to stop it.

use std::io::IsTerminal;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::exit::Exit;

/// A bar on standard error, if that is a terminal.
pub fn bar(runs: u64, quiet: bool) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
    if quiet || !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{prefix} [{bar:32}] {pos}/{len} runs  {elapsed} (about {eta} left)";
    // The template is a constant; should it be wrong, the plain bar does.
    bar.set_style(
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("=> "),
    );
    bar
}

/// Makes Ctrl-C ask for a clean end: the first press sets the flag, the second ends the process at once.
pub fn interrupted() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let pressed = move || {
        if set.swap(true, Ordering::Relaxed) {
            process::exit(i32::from(Exit::Interrupted.code()));
        }
        eprintln!(
            "\ninterrupted: runs under way are finished and kept; press Ctrl-C again to give up at once"
        );
    };
    // Without a handler Ctrl-C ends the process, as everywhere else.
    let _ = ctrlc::set_handler(pressed);
    flag
}
