//! Progress on standard error: a bar on a terminal, and lines for a log elsewhere.

use std::fmt;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

/// How often a log gets a line.
const LINE_EVERY: Duration = Duration::from_secs(1);

/// Shows how far the job is.
#[derive(Debug)]
pub(crate) struct Progress {
    bar: ProgressBar,
    last_line: Instant,
}

impl Progress {
    /// A bar for a run of this length.
    pub(crate) fn new(length: Duration) -> Self {
        let style = ProgressStyle::with_template("{bar:20} {msg}").expect("the template is well-formed");
        Self { bar: ProgressBar::new(milliseconds(length)).with_style(style), last_line: Instant::now() }
    }

    /// Says that something has happened, or begins. It stays on the screen.
    pub(crate) fn say(&self, what: &dyn fmt::Display) {
        self.bar.suspend(|| line(what));
    }

    /// Shows the state of the run.
    pub(crate) fn tick(&mut self, elapsed: Duration, version: u64, domains: usize, checks: u64) {
        let state = format!(
            "{:.1} s: version {}, {} domains, {} checks",
            elapsed.as_secs_f64(),
            HumanCount(version),
            HumanCount(domains as u64),
            HumanCount(checks)
        );
        if !self.bar.is_hidden() {
            self.bar.set_position(milliseconds(elapsed));
            self.bar.set_message(state);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            line(&state);
            self.last_line = Instant::now();
        }
    }

    /// Takes the bar off the screen.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// Who has closed standard error does not want to know.
fn line(what: &dyn fmt::Display) {
    let _ = writeln!(io::stderr(), "{what}");
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
