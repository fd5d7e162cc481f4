//! The options.

use std::path::PathBuf;

use clap::Parser;

const LIST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/blocklist/data/disposable-email-domains-1.0.59.txt");
const UPDATE: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/examples/blocklist/data/disposable-email-domains-1.0.62.txt");

/// Keeps an index of a list up to date by what changes in the list.
///
/// Loads a list of domains, and starts a thread that keeps an index of it: the
/// domains by their suffix. Then it reloads the list to the update, adds one domain,
/// adds a thousand more one by one, and reloads the list as it was. The thread sleeps
/// until there is a new version, finds what has changed since the last one, applies
/// that to its index, and compares the index with one that is built anew.
#[derive(Debug, Parser)]
#[command(name = "follow", after_help = NOTES, verbatim_doc_comment)]
pub(crate) struct Args {
    /// The list to start with
    #[arg(long, value_name = "FILE", default_value = LIST)]
    pub(crate) list: PathBuf,

    /// The list to reload to
    #[arg(long, value_name = "FILE", default_value = UPDATE)]
    pub(crate) update: PathBuf,
}

const NOTES: &str = "\
A list is a UTF-8 file with one domain a line; blank lines and lines that start
with # are skipped.

Exit code: 0 when all went well; 1 when the index was not the one that is built
anew; 2 when an option or a file is bad.";
