//! Domains that a sign-up service refuses. All threads check them, single ones are added by hand, and each addition is confirmed when it is on
//! disk. Kill it at any moment, take the list away, and start it again: what it has confirmed is in force within milliseconds.
//!
//! ```sh
//! cargo run --release -p readmostly-persist --example blocklist -- --store /tmp/store \
//!     --list examples/blocklist/data/disposable-email-domains-1.0.62.txt
//! cargo run --release -p readmostly-persist --example blocklist -- --store /tmp/store --list gone.txt
//! ```
//!
//! Exit codes: 0 all is well; 1 a check was wrong; 2 there is nothing to start from, or it cannot be saved, or nobody reads what it
//! says.

use clap::Parser;
use readmostly::paged::PagedMap;
use readmostly::{CowMap, Reader};
use readmostly_persist::{Options, Store};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A write clones the entries of a page, so the text is shared.
type Domain = Arc<str>;

/// Where a domain has come from: a new list does not take away what was added by hand.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum By {
    List,
    Hand,
}

type Blocked = CowMap<Domain, By>;

#[derive(Parser)]
struct Args {
    /// The folder of the store.
    #[arg(long, value_name = "DIR")]
    store: PathBuf,
    /// A file with one domain a line. If it cannot be read, the list of the last start stays in force.
    #[arg(long, value_name = "FILE")]
    list: PathBuf,
    /// How long it runs.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            warn(format_args!("blocklist: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Says what is wrong to whoever listens; `eprintln!` panics where nobody does.
fn warn(what: impl Display) {
    let _ = writeln!(io::stderr(), "{what}");
}

fn run(args: &Args) -> Result<bool, Box<dyn Error>> {
    let store: Store<PagedMap<Domain, By>> = Store::open(&args.store, Options::new().schema(1))?;
    let blocked = Arc::new(start(&store, &args.list)?);
    let checks = Checks::default();
    thread::scope(|scope| {
        let threads = thread::available_parallelism().map_or(2, usize::from);
        let (blocked, checks) = (&blocked, &checks);
        let readers: Vec<_> =
            (0..threads).map(|seed| scope.spawn(move || check(blocked, seed, checks))).collect();
        let confirmed = add_by_hand(&store, blocked, checks, Duration::from_secs(args.seconds));
        checks.stop.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("a reader does not panic");
        }
        confirmed
    })?;
    let (done, wrong) = (checks.done.load(Ordering::Relaxed), checks.wrong.load(Ordering::Relaxed));
    writeln!(io::stdout(), "{done} checks, {wrong} of them wrong")?;
    Ok(wrong == 0)
}

/// The domains as they were saved last, with what the list has changed since then.
fn start(store: &Store<PagedMap<Domain, By>>, list: &Path) -> Result<Blocked, Box<dyn Error>> {
    let began = Instant::now();
    let (blocked, from) = match store.load()? {
        Some(loaded) => {
            for skipped in &loaded.skipped {
                warn(format_args!("skipped {}: {}", skipped.file.display(), skipped.reason));
            }
            (Blocked::from(loaded.value), format!("from {}", loaded.id))
        }
        None => (Blocked::default(), "from nothing".to_owned()),
    };
    writeln!(
        io::stdout(),
        "started in {:?} with {} domains, {} of them added by hand, {from}",
        began.elapsed(),
        blocked.load().len(),
        by_hand(&blocked)
    )?;
    let began = Instant::now();
    match read(list) {
        Ok(domains) => {
            let changed = blocked.update(|draft| {
                let added = draft.iter().filter(|(_, by)| **by == By::Hand);
                let added: Vec<_> = added.map(|(domain, by)| (Arc::clone(domain), *by)).collect();
                draft.assign(domains.into_iter().map(|domain| (domain, By::List)).chain(added))
            });
            writeln!(
                io::stdout(),
                "took {changed} changes from {} in {:?}",
                list.display(),
                began.elapsed()
            )?;
        }
        Err(error) if blocked.load().is_empty() => return Err(error),
        Err(error) => warn(format_args!("the list before stays in force: {error}")),
    }
    Ok(blocked)
}

/// Takes all of the file or nothing.
fn read(list: &Path) -> Result<Vec<Domain>, Box<dyn Error>> {
    let text = std::fs::read_to_string(list).map_err(|error| format!("{}: {error}", list.display()))?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let domains: Vec<Domain> = lines.map(|line| line.to_ascii_lowercase().into()).collect();
    if domains.is_empty() {
        return Err(format!("{}: there is no domain in it", list.display()).into());
    }
    Ok(domains)
}

fn by_hand(blocked: &Blocked) -> usize {
    blocked.load().values().filter(|by| **by == By::Hand).count()
}

fn added(number: usize) -> Domain {
    format!("added-by-hand-{number}.example").into()
}

/// Adds a domain, saves in the background, and says so when it is on disk; again and again.
fn add_by_hand(
    store: &Store<PagedMap<Domain, By>>,
    blocked: &Blocked,
    checks: &Checks,
    span: Duration,
) -> Result<(), Box<dyn Error>> {
    let began = Instant::now();
    let mut out = io::stdout().lock();
    for number in by_hand(blocked).. {
        blocked.insert(added(number), By::Hand);
        let (before, saving) = (checks.done.load(Ordering::Relaxed), Instant::now());
        let saved = store.save_in_background(blocked.snapshot()).wait()?;
        let (took, meanwhile) = (saving.elapsed(), checks.done.load(Ordering::Relaxed) - before);
        writeln!(
            out,
            "confirmed {number}: {:?} {} of {} bytes in {took:?}, {meanwhile} checks meanwhile",
            saved.kind, saved.id, saved.bytes
        )?;
        out.flush()?;
        if began.elapsed() >= span {
            break;
        }
    }
    Ok(())
}

#[derive(Default)]
struct Checks {
    stop: AtomicBool,
    done: AtomicU64,
    wrong: AtomicU64,
}

/// Checks domains that are blocked, each with one that is not, until it is told to stop.
fn check(blocked: &Arc<Blocked>, seed: usize, checks: &Checks) {
    let listed: Vec<Domain> = blocked.load().keys().cloned().collect();
    let mut reader = Reader::new(Arc::clone(blocked));
    for (number, domain) in listed.iter().cycle().skip(seed * 1_000).enumerate() {
        let table = reader.load();
        let wrong = !table.contains_key(domain) || table.contains_key("honest.example");
        checks.wrong.fetch_add(wrong.into(), Ordering::Relaxed);
        // Counted now and then, so that the threads do not wait for each other.
        if number % 256 == 255 {
            checks.done.fetch_add(512, Ordering::Relaxed);
            if checks.stop.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}
