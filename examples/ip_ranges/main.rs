//! Whose is an address? Ranges of addresses in an ordered map, which are replaced while threads look addresses up.
//!
//! A range is found by its first address: it is the greatest that is not above the one that is asked for (`get_le`). A reload is
//! assigned, so that it touches what differs, and readers see all of it or nothing.
//!
//! `cargo run --release --example ip_ranges`; `-- 1.1.1.1` tells whose that is; `-- --help` lists the options.

mod args;
mod ranges;

use std::io::{self, ErrorKind, Write};
use std::net::Ipv4Addr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::HumanCount;
use readmostly::CowOrdMap;
use readmostly::paged::Change;

use args::Args;
use ranges::{Bad, Range, Ranges, find};

/// An answer was not that of the list.
const WRONG: u8 = 1;
/// An option or a file is bad. It is clap's code, too.
const BAD_INPUT: u8 = 2;

/// How many addresses are looked up in the list itself.
const COMPARED: u32 = 10_000;

fn main() -> ExitCode {
    let args = Args::parse();
    let (mut said, is_right) = (Vec::new(), run(&args));
    let is_right = match is_right {
        Ok(outcome) => outcome.write(&mut said).is_ok() && outcome.is_right,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(BAD_INPUT);
        }
    };
    if let Err(error) = io::stdout().lock().write_all(&said) {
        // Whoever closed the pipe has seen enough; the exit code still counts.
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("error: cannot write the table: {error}");
        }
    }
    if is_right { ExitCode::SUCCESS } else { ExitCode::from(WRONG) }
}

/// What was found.
struct Outcome {
    answers: Vec<(Ipv4Addr, Option<(Ipv4Addr, Range)>)>,
    looked: Vec<Looked>,
    elapsed: Duration,
    reloads: Vec<Reload>,
    is_right: bool,
}

/// What a thread has looked up.
struct Looked {
    addresses: u64,
    found: u64,
    /// Whether each range that it found had the address in it.
    is_right: bool,
}

/// What a reload has changed.
struct Reload {
    len: usize,
    added: u64,
    removed: u64,
    updated: u64,
    took: Duration,
}

fn run(args: &Args) -> Result<Outcome, Bad> {
    let (before, after) = (ranges::read(&args.ranges)?, ranges::read(&args.update)?);
    let table: CowOrdMap<Ipv4Addr, Range> = before.iter().cloned().collect();
    let asked = table.load();
    let owned = |(first, range): (&Ipv4Addr, &Range)| (*first, range.clone());
    let answers = args.addresses.iter().map(|&it| (it, find(&asked, it).map(owned))).collect();
    drop(asked);
    let mut outcome =
        Outcome { answers, looked: vec![], elapsed: Duration::ZERO, reloads: vec![], is_right: true };
    if !args.addresses.is_empty() {
        return Ok(outcome);
    }

    let (stop, start) = (AtomicBool::new(false), Instant::now());
    let (table, is_over) = (&table, &stop);
    thread::scope(|s| {
        let threads: Vec<_> =
            (0..args.threads).map(|seed| s.spawn(move || look(table, seed, is_over))).collect();
        // A third of the time with each.
        for list in [&after, &before] {
            thread::sleep(args.seconds / 3);
            outcome.reloads.push(reload(table, list));
        }
        thread::sleep(args.seconds / 3);
        stop.store(true, Ordering::Relaxed);
        outcome.looked = threads.into_iter().map(|it| it.join().expect("a thread ends well")).collect();
    });
    outcome.elapsed = start.elapsed();
    let first = before.first().map_or(Ipv4Addr::UNSPECIFIED, |entry| entry.0);
    let last = before.last().map_or(Ipv4Addr::BROADCAST, |entry| entry.1.last);
    let table = table.load();
    outcome.is_right = outcome.looked.iter().all(|thread| thread.is_right)
        && addresses(first, last, 0).take(COMPARED as usize).all(|address| {
            let listed = before.iter().find(|(first, range)| (*first..=range.last).contains(&address));
            find(&table, address) == listed.map(|(first, range)| (first, range))
        });
    Ok(outcome)
}

/// Looks addresses up until it is told to stop.
fn look(table: &CowOrdMap<Ipv4Addr, Range>, seed: u64, is_over: &AtomicBool) -> Looked {
    let (first, last) = span(&table.load());
    let mut reader = table.reader();
    let mut looked = Looked { addresses: 0, found: 0, is_right: true };
    for address in addresses(first, last, seed) {
        if let Some((first, range)) = find(reader.load(), address) {
            looked.found += 1;
            looked.is_right &= (*first..=range.last).contains(&address);
        }
        looked.addresses += 1;
        if looked.addresses % 1_024 == 0 && is_over.load(Ordering::Relaxed) {
            break;
        }
    }
    looked
}

/// The first and the last address that there is something to find for.
fn span(ranges: &Ranges) -> (Ipv4Addr, Ipv4Addr) {
    let first = ranges.first_key_value().map_or(Ipv4Addr::UNSPECIFIED, |(first, _)| *first);
    let last = ranges.last_key_value().map_or(Ipv4Addr::BROADCAST, |(_, range)| range.last);
    (first, last)
}

/// Addresses between two, in no order.
fn addresses(first: Ipv4Addr, last: Ipv4Addr, seed: u64) -> impl Iterator<Item = Ipv4Addr> {
    let (first, count) = (u32::from(first), u64::from(u32::from(last) - u32::from(first)) + 1);
    // By the golden ratio each lies far from those before it. (D. Knuth, The Art of Computer Programming, volume 3, 6.4.)
    (seed..).map(move |n| {
        let scattered = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        Ipv4Addr::from(
            first + u32::try_from((scattered * count) >> 32).expect("it is less than their number"),
        )
    })
}

/// Replaces the ranges by those of a list, as one version.
fn reload(table: &CowOrdMap<Ipv4Addr, Range>, list: &[(Ipv4Addr, Range)]) -> Reload {
    let (before, start) = (table.snapshot(), Instant::now());
    table.assign(list.iter().cloned());
    let took = start.elapsed();
    let after = table.snapshot();
    let mut reload = Reload { len: after.len(), added: 0, removed: 0, updated: 0, took };
    for change in before.diff(&after) {
        match change {
            Change::Added { .. } => reload.added += 1,
            Change::Removed { .. } => reload.removed += 1,
            Change::Updated { .. } => reload.updated += 1,
        }
    }
    reload
}

impl Outcome {
    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        for (address, found) in &self.answers {
            match found {
                Some((first, Range { last, number, name })) => {
                    writeln!(out, "{address}: {name} (AS{number}), {first} to {last}")?;
                }
                None => writeln!(out, "{address}: nobody's")?,
            }
        }
        if self.looked.is_empty() {
            return Ok(());
        }
        let sum = |of: fn(&Looked) -> u64| self.looked.iter().map(of).sum::<u64>();
        let (addresses, found) = (sum(|it| it.addresses), sum(|it| it.found));
        let each_millisecond = u128::from(addresses) / self.elapsed.as_millis().max(1);
        writeln!(out, "threads           {:>14}", self.looked.len())?;
        writeln!(out, "lookups           {:>14}", HumanCount(addresses).to_string())?;
        writeln!(out, "in a range        {:>14}", HumanCount(found).to_string())?;
        writeln!(
            out,
            "a millisecond     {:>14}",
            HumanCount(each_millisecond.try_into().unwrap_or(u64::MAX)).to_string()
        )?;
        writeln!(out)?;
        writeln!(out, "reload to   added  removed  updated      took")?;
        for Reload { len, added, removed, updated, took } in &self.reloads {
            let took = format!("{:.1} ms", took.as_secs_f64() * 1_000.0);
            writeln!(out, "{len:>9} {added:>7} {removed:>8} {updated:>8} {took:>9}")?;
        }
        writeln!(out)?;
        let verdict = if self.is_right { "RIGHT" } else { "WRONG" };
        writeln!(out, "{verdict}: {} addresses, beside a search of the list", HumanCount(COMPARED.into()))
    }
}
