//! The options.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Parser;

const LIST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/blocklist/data/disposable-email-domains-1.0.59.txt");
const UPDATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/blocklist/data/disposable-email-domains-1.0.62.txt");

/// More threads than any machine has use for are a slip of the finger.
const MOST_THREADS: u64 = 1_024;
const SECONDS: std::ops::RangeInclusive<f64> = 0.1..=86_400.0;

/// Checks sign-up addresses against a list of disposable mail domains, while the list changes.
///
/// Loads the list, starts threads that check a stream of made-up addresses, adds
/// single domains while they run, then reloads the list to the update in one batch.
/// At the end it shows how fast the checks were, what the writes took, and whether
/// every reader saw whole versions, in order, and none but those that were published.
#[derive(Debug, Parser)]
#[command(name = "blocklist", after_help = NOTES, verbatim_doc_comment)]
pub(crate) struct Args {
    /// The list to start with
    #[arg(long, value_name = "FILE", default_value = LIST)]
    pub(crate) list: PathBuf,

    /// The list to reload to, after 60 % of the time
    #[arg(long, value_name = "FILE", default_value = UPDATE)]
    pub(crate) update: PathBuf,

    /// How many threads check addresses, 1 to 1024 [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = cores(), hide_default_value = true,
          value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    pub(crate) threads: u64,

    /// How long they run, in seconds, 0.1 to 86400
    #[arg(long, value_name = "S", default_value = "5", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) seconds: Duration,
}

const NOTES: &str = "\
A list is a UTF-8 file with one domain a line. Letters of every script are
allowed, upper case counts as lower case, blank lines and lines that start with
# are skipped, and a domain may stand there twice. Of a file that cannot be read,
is empty, is not UTF-8 or has a line that is no domain, nothing is taken.

Exit code: 0 when all went well; 1 when a reader saw something it should not
have; 2 when an option or a file is bad. If it is the update that is bad, the
old list stays in force to the end of the run.";

fn cores() -> u64 {
    thread::available_parallelism().map_or(1, |cores| MOST_THREADS.min(cores.get() as u64))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if SECONDS.contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err(format!("not from {} to {} seconds", SECONDS.start(), SECONDS.end()))
    }
}
