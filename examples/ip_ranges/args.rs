//! The options.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use clap::Parser;

const RANGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ip_ranges/data/asn-2025-04-11.csv");
const UPDATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/ip_ranges/data/asn-2026-06-17.csv");

/// More threads than any machine has use for are a slip of the finger.
const MOST_THREADS: u64 = 1_024;
const SECONDS: std::ops::RangeInclusive<f64> = 0.1..=86_400.0;

/// Tells whose an address is, while the ranges of addresses change.
///
/// Loads the ranges, starts threads that look addresses up, and reloads the ranges
/// to the update and back while they run. Each reload is a delta, and readers see
/// all of it or nothing. At the end it shows how fast the lookups were and what the
/// reloads changed, and compares the answers with a search of the list itself.
#[derive(Debug, Parser)]
#[command(name = "ip_ranges", after_help = NOTES, verbatim_doc_comment)]
pub(crate) struct Args {
    /// Addresses to look up and to show, in place of the threads
    pub(crate) addresses: Vec<std::net::Ipv4Addr>,

    /// The ranges to start with
    #[arg(long, value_name = "FILE", default_value = RANGES)]
    pub(crate) ranges: PathBuf,

    /// The ranges to reload to
    #[arg(long, value_name = "FILE", default_value = UPDATE)]
    pub(crate) update: PathBuf,

    /// How many threads look addresses up, 1 to 1024 [default: one for each core]
    #[arg(long, value_name = "N", default_value_t = cores(), hide_default_value = true,
          value_parser = clap::value_parser!(u64).range(1..=MOST_THREADS))]
    pub(crate) threads: u64,

    /// How long they run, in seconds, 0.1 to 86400
    #[arg(long, value_name = "S", default_value = "2", value_parser = seconds)]
    pub(crate) seconds: Duration,
}

const NOTES: &str = "\
A file has one range a line: first address, last address, number of the network,
and its name, as CSV. Ranges ascend and do not overlap.

Exit code: 0 when all went well; 1 when an answer was not that of the list; 2 when
an option or a file is bad.";

fn cores() -> u64 {
    thread::available_parallelism().map_or(1, |count| count.get().try_into().unwrap_or(1))
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if SECONDS.contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number from {} to {}", SECONDS.start(), SECONDS.end())),
    }
}
