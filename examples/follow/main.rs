//! How does a cache, or an index, that is derived from a table stay up to date?
//!
//! A thread watches the table. It sleeps until there is a new version, and gets that with the one that it has seen before.
//! `old.diff(&new)` finds what has changed, without a look into the pages that both share, and only that is applied to the
//! index. This program does so with an index of a real list of domains, and shows what it takes, beside building the index
//! anew.
//!
//! `cargo run --release --example follow`; `-- --help` lists the options.

mod args;
#[path = "../blocklist/domain.rs"]
mod domain;
mod follower;
mod index;
#[expect(dead_code, reason = "the other example compares lists by hand")]
#[path = "../blocklist/list.rs"]
mod list;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use clap::Parser;
use indicatif::HumanCount;
use readmostly::Watch;

use args::Args;
use follower::{Blocklist, Followed};
use index::Index;
use list::{List, ListError};

/// The index was not the one that is built anew.
const WRONG: u8 = 1;
/// An option or a file is bad. It is clap's code, too.
const BAD_INPUT: u8 = 2;

/// How many domains are added one by one.
const ONE_BY_ONE: usize = 1_000;

/// What was done to the list, and what the follower says of it.
struct Step {
    name: &'static str,
    versions: u64,
    updates: Vec<Followed>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let (steps, index) = match run(&args) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(BAD_INPUT);
        }
    };
    if let Err(error) = write(&steps, &index, &mut io::stdout().lock()) {
        // Whoever closed the pipe has seen enough; the exit code still counts.
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("error: cannot write the table: {error}");
        }
    }
    if all_are_right(&steps) { ExitCode::SUCCESS } else { ExitCode::from(WRONG) }
}

fn run(args: &Args) -> Result<(Vec<Step>, Index), ListError> {
    let (list, update) = (List::read(&args.list)?, List::read(&args.update)?);
    let blocklist: Arc<Blocklist> = Arc::new(list.domains.iter().cloned().collect());
    // It does not keep the list, and so ends with it.
    let watch = Watch::new(Arc::clone(&blocklist)).downgrade();
    let (say, said) = mpsc::channel();
    let follower = thread::spawn(move || follower::follow(watch, &say));

    let mut steps = Vec::new();
    let mut step = |name, f: &dyn Fn(&Blocklist)| {
        let before = blocklist.version();
        f(&blocklist);
        let version = blocklist.version();
        steps.push(Step { name, versions: version - before, updates: wait_for(version, before, &said) });
    };
    step("reload to the update", &|list| _ = list.assign(update.domains.iter().cloned()));
    step("one domain added", &|list| _ = list.insert("one.example".into()));
    step("1,000 added one by one", &|list| {
        (0..ONE_BY_ONE).for_each(|n| _ = list.insert(format!("added-{n}.example").into()));
    });
    step("reload of the old list", &|blocklist| _ = blocklist.assign(list.domains.iter().cloned()));
    drop(blocklist);
    Ok((steps, follower.join().expect("the follower ends with the list")))
}

/// What the follower says until its index shows this version. It says nothing if there was none after `before`.
fn wait_for(version: u64, before: u64, said: &Receiver<Followed>) -> Vec<Followed> {
    let mut updates = Vec::new();
    let mut shown = before;
    while shown < version {
        let followed = said.recv().expect("the follower goes on as long as there is a list");
        shown = followed.version;
        updates.push(followed);
    }
    updates
}

fn all_are_right(steps: &[Step]) -> bool {
    steps.iter().flat_map(|step| &step.updates).all(|update| update.is_right)
}

/// In seven characters, on a slow machine too.
fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    let digits = if ms < 1e3 { 3 } else { 0 };
    format!("{ms:.digits$}")
}

/// Writes the table, 80 columns wide.
fn write(steps: &[Step], index: &Index, out: &mut impl Write) -> io::Result<()> {
    if cfg!(debug_assertions) {
        writeln!(out, "This is a debug build: its figures say nothing. Use --release.\n")?;
    }
    writeln!(out, "WHAT CHANGED, and how long it took for each update, in ms")?;
    writeln!(out, "  {:<22}versions updates  added removed    find   apply rebuild", "")?;
    for Step { name, versions, updates } in steps {
        let count = |of: fn(&Followed) -> usize| HumanCount(updates.iter().map(of).sum::<usize>() as u64);
        let mean = |of: fn(&Followed) -> Duration| {
            let sum: Duration = updates.iter().map(of).sum();
            let updates = u32::try_from(updates.len().max(1)).expect("there are few");
            milliseconds(sum / updates)
        };
        writeln!(
            out,
            "  {name:<22}{:>8}{:>8}{:>7}{:>8}{:>8}{:>8}{:>8}",
            HumanCount(*versions).to_string(),
            HumanCount(updates.len() as u64).to_string(),
            count(|update| update.added).to_string(),
            count(|update| update.removed).to_string(),
            mean(|update| update.find),
            mean(|update| update.apply),
            mean(|update| update.rebuild),
        )?;
    }
    let suffixes = HumanCount(index.suffixes() as u64);
    if let Some((largest, size)) = index.largest() {
        let size = HumanCount(size as u64);
        writeln!(
            out,
            "\nAt the end the index has {suffixes} suffixes; most domains, {size}, are below {largest}"
        )?;
    }
    let updates = steps.iter().map(|step| step.updates.len()).sum::<usize>();
    if all_are_right(steps) {
        writeln!(out, "RIGHT: after each of {updates} updates the index was the one that is built anew.")
    } else {
        writeln!(out, "WRONG: after one of {updates} updates it was not the one that is built anew.")
    }
}
