//! The options.

use crate::list::{Domain, Table};
use crate::secret::Secret;
use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use clap::{ArgGroup, Parser};
use readmostly_reload::{Content, Refused, Reload};
use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const NOTES: &str = "\
The list comes from a file or from etcd: one of --list and --etcd is needed, and not both. What is marked (file) goes with --list
alone. --prefix goes with --etcd, and is needed there.

A file is a UTF-8 text with one domain a line. Blank lines and lines that begin with # are skipped. A listed domain blocks
its subdomains too. Of a file that is refused nothing is taken: the list in force stays.

In etcd each key is the prefix and a domain in lower case, as in: etcdctl put /blocked/ads.example ''
Its value is a note for people, or empty; it is not read. A key that is no domain is refused, and the others count. A reload and a
rollback are refused with --etcd: change the keys. While etcd is away the list in force stays.

SIGHUP reloads the file. SIGTERM and SIGINT stop the service when it has answered what runs.

Exit code: 0 after a stop, also when clients that took nothing, or read changes, were cut off; 1 when a request was still sent or
worked on when --drain was over, at a second signal to stop, or when the system failed; 2 when an option or the address is bad.";

/// The shortest domain has so many bytes: two labels of a letter, and a dot.
const SHORTEST_DOMAIN: u64 = 3;

/// Checks domains against a block list over HTTP, and reloads the list while it answers.
#[derive(Clone, Debug, Parser)]
#[command(name = "gatekeeper", version, after_help = NOTES)]
#[command(group(ArgGroup::new("source").required(true).args(["list", "etcd"])))]
pub struct Options {
    /// The block list, a file. The service starts without it as well, and is ready as soon as it is there and good
    #[arg(long, value_name = "FILE", env = "GATEKEEPER_LIST")]
    pub list: Option<PathBuf>,

    /// Follows etcd in place of a file: the members of one cluster, such as http://10.0.0.1:2379,http://10.0.0.2:2379
    #[arg(long, value_name = "URL", env = "GATEKEEPER_ETCD", value_delimiter = ',', requires = "prefix")]
    pub etcd: Vec<String>,

    /// What the keys of etcd begin with, such as /blocked/. The rest of a key is a domain
    #[arg(long, value_name = "P", env = "GATEKEEPER_PREFIX", requires = "etcd", conflicts_with = "list", value_parser = NonEmptyStringValueParser::new())]
    pub prefix: Option<String>,

    /// The address to listen on; port 0 takes any that is free
    #[arg(long, value_name = "ADDRESS", env = "GATEKEEPER_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The token that reload and rollback ask for. Without it they are for this machine only. The variable keeps it from `ps`
    #[arg(long, env = "GATEKEEPER_TOKEN", hide_env_values = true, value_parser = Secret::read)]
    pub token: Option<Secret>,

    /// (file) How often to look at it, in seconds; where the system tells of changes they are seen sooner
    #[arg(long, value_name = "S", env = "GATEKEEPER_POLL", conflicts_with = "etcd", default_value = "2", value_parser = seconds_from(0.001))]
    pub poll: Duration,

    /// (file) How long a changed one must be the same before it is taken, in seconds
    #[arg(long, value_name = "S", env = "GATEKEEPER_SETTLE", conflicts_with = "etcd", default_value = "0.1", value_parser = seconds_from(0.0))]
    pub settle: Duration,

    /// (file) Refuses one of fewer domains. An empty one is always refused
    #[arg(long, value_name = "N", env = "GATEKEEPER_MIN_SIZE", conflicts_with = "etcd", default_value_t = 1,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub min_size: usize,

    /// (file) Refuses one that is smaller than this share of the list in force, in percent
    #[arg(long, value_name = "PERCENT", env = "GATEKEEPER_MIN_SHARE", conflicts_with = "etcd", default_value_t = 50,
          value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_share: u8,

    /// (file) Refuses one of more bytes
    #[arg(long, value_name = "BYTES", env = "GATEKEEPER_MAX_LIST", conflicts_with = "etcd", default_value_t = 64 << 20)]
    pub max_list: u64,

    /// (file) How many characters of a bad line to show in the log, to all who ask for the status, and on the page; 0 for none
    #[arg(long, value_name = "N", env = "GATEKEEPER_EXCERPT", conflicts_with = "etcd", default_value_t = 60,
          value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub excerpt: u16,

    /// Keeps a copy of the last good list, and starts from it while the list is not good or etcd is away. It is a file with --list, and
    /// with --etcd a folder, of which each process needs one of its own
    #[arg(long, value_name = "PATH", env = "GATEKEEPER_LAST_GOOD")]
    pub last_good: Option<PathBuf>,

    /// How many old versions to keep, for rollback and for readers of changes that come back; 0 for none
    #[arg(long, value_name = "N", env = "GATEKEEPER_KEEP", default_value_t = 20,
          value_parser = clap::value_parser!(u16).range(0..=1_000))]
    pub keep: u16,

    /// How many domains a batch may have
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_BATCH", default_value_t = 10_000,
          value_parser = RangedU64ValueParser::<usize>::new().range(1..))]
    pub max_batch: usize,

    /// How many bytes the body of a request may have
    #[arg(long, value_name = "BYTES", env = "GATEKEEPER_MAX_BODY", default_value_t = 1 << 20,
          value_parser = RangedU64ValueParser::<usize>::new().range(SHORTEST_DOMAIN..))]
    pub max_body: usize,

    /// How many batches to work on, and to send answers of, at a time; one more is told to come back later
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_BATCHES", default_value_t = 256,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_batches: u32,

    /// How many searches in changes to work on, and to send answers of, at a time
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_SEARCHES", default_value_t = 64,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_searches: u32,

    /// How many connections to serve; one more is told to come back later
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_CONNECTIONS", default_value_t = 10_000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_connections: u32,

    /// How many of them may read changes; 0 for none
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_STREAMS", default_value_t = 1_000,
          value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub max_streams: u32,

    /// How many different events, each a whole list or a change between two, those are sent at a time. One that needs another waits, and
    /// gets the newest later
    #[arg(long, value_name = "N", env = "GATEKEEPER_MAX_VERSIONS", default_value_t = 64,
          value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub max_versions: u16,

    /// How long a client may be silent, take to send a request, or take nothing of an answer, in seconds
    #[arg(long, value_name = "S", env = "GATEKEEPER_IDLE", default_value = "30", value_parser = seconds_from(0.1))]
    pub idle: Duration,

    /// How long a stop waits for what runs, in seconds
    #[arg(long, value_name = "S", env = "GATEKEEPER_DRAIN", default_value = "10", value_parser = seconds_from(0.0))]
    pub drain: Duration,

    /// How many threads answer; a start needs eight more [default: one for each core]
    #[arg(long, value_name = "N", env = "GATEKEEPER_THREADS", value_parser = clap::value_parser!(u16).range(1..=1_024))]
    pub threads: Option<u16>,
}

impl Options {
    /// Says what is wrong with them together, or must not be shown as the parser of options would.
    pub fn check(&self) -> Result<(), String> {
        if let Some(token) = &self.token {
            token.check()?;
        }
        for (option, path) in [("--list", &self.list), ("--last-good", &self.last_good)] {
            let relative = path.as_ref().filter(|path| path.is_relative());
            if let Some((path, error)) = relative.zip(env::current_dir().err()) {
                return Err(format!(
                    "{option} {} is no path from the root, and the working folder cannot be told: {error}: give a whole path, or start \
                     in a folder that is there",
                    path.display()
                ));
            }
        }
        let (most, size) = (self.max_list, self.min_size);
        // Each has a line, and the last line needs no end.
        let least = size as u128 * u128::from(SHORTEST_DOMAIN + 1) - 1;
        if u128::from(most) < least {
            let domains = if size == 1 { "domain needs" } else { "domains need" };
            return Err(format!(
                "--max-list {most} has no room for the {least} bytes that {size} {domains} at least: raise it, or lower \
                 --min-size"
            ));
        }
        let paths = self.list.as_ref().zip(self.last_good.as_ref());
        if let Some(why) = paths.and_then(|(list, copy)| not_for_a_copy(list, copy)) {
            return Err(format!("choose another file with --last-good, on no way to that of --list: {why}"));
        }
        Ok(())
    }

    /// Says where the list comes from.
    pub fn source(&self) -> String {
        match (&self.list, &self.prefix) {
            (Some(list), _) => list.display().to_string(),
            (None, prefix) => {
                format!("{} in etcd at {}", prefix.as_deref().unwrap_or_default(), self.etcd.join(", "))
            }
        }
    }
}

/// Why a copy of the list cannot be there, by the check of the reload itself: that refuses before it looks at any file. Of what it looks at
/// after that nothing is taken, and so nothing is written.
fn not_for_a_copy(list: &Path, copy: &Path) -> Option<String> {
    let nothing = |_: &Content| Err::<[(Domain, ()); 0], _>(Refused::new("this is no load"));
    let probe = Reload::file(list).parse(nothing).last_good(copy).limit(0).settle(Duration::ZERO).poll(None);
    let error = probe.into(Arc::<Table>::default()).err()?;
    error.failure.file.is_none().then(|| error.failure.to_string())
}

/// Reads a time that is no shorter than this.
fn seconds_from(least: f64) -> impl Fn(&str) -> Result<Duration, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse::<f64>() {
        Ok(seconds) if (least..=86_400.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err(format!("not a number of seconds from {least} to 86400")),
    }
}
