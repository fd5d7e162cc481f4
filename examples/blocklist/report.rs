//! The table at the end.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use indicatif::HumanCount;

use super::job::{AroundReload, Load, Outcome, Reload};
use super::ledger::{Consistent, Fault};
use super::list::ListError;
use super::memory::Memory;
use super::readers::{self, BATCH, Tally};

/// So many faults are shown; the rest are counted.
const FAULTS_SHOWN: usize = 10;

/// Writes the whole table, 80 columns wide.
pub(crate) fn write(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    if cfg!(debug_assertions) {
        writeln!(out, "This is a debug build: its figures say nothing. Use --release.\n")?;
    }
    write_checks(&outcome.tallies, outcome.elapsed, out)?;
    write_latency(&outcome.tallies, out)?;
    write_writes(outcome, out)?;
    write_memory(&outcome.memory, out)?;
    write_versions(outcome, out)?;
    write_judgement(&outcome.judgement, out)
}

fn write_checks(tallies: &[Tally], elapsed: Duration, out: &mut impl Write) -> io::Result<()> {
    let checks = sum(tallies, Tally::checks);
    let share = |part: fn(&Tally) -> u64| percent(sum(tallies, part), checks);
    let rates: Vec<u64> = tallies.iter().map(|tally| per_second(tally.checks(), tally.checking)).collect();
    let slowest = rates.iter().min().copied().unwrap_or(0);
    let fastest = rates.iter().max().copied().unwrap_or(0);
    let auditing: Duration = tallies.iter().map(|tally| tally.auditing).sum();
    let working: Duration = auditing + tallies.iter().map(|tally| tally.checking).sum::<Duration>();

    writeln!(out, "CHECKS, {} threads for {:.1} s", tallies.len(), elapsed.as_secs_f64())?;
    let (listed, clear, malformed) =
        (share(|tally| tally.listed), share(|tally| tally.clear), share(|tally| tally.malformed));
    row(out, "answered", checks, &format!("{listed} % listed, {clear} % clear, {malformed} % malformed"))?;
    row(out, "a second, all threads", per_second(checks, elapsed), "over the whole time")?;
    let audits = percent(nanoseconds(auditing), nanoseconds(working));
    row(out, "a second, one thread", slowest, &format!("to {}, without its audits,", HumanCount(fastest)))?;
    writeln!(out, "  {:38}which took {audits} % of its time\n", "")
}

fn row(out: &mut impl Write, name: &str, count: u64, remark: &str) -> io::Result<()> {
    writeln!(out, "  {name:<22}{:>14}  {remark}", HumanCount(count).to_string())
}

fn write_latency(tallies: &[Tally], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "LATENCY of a check, ns    timed         p50       p99     p99.9           max")?;
    percentiles(out, "whole run", &merged(tallies, |tally| &tally.latency))?;
    percentiles(out, "during the reload", &merged(tallies, |tally| &tally.in_reload))?;
    writeln!(
        out,
        "  One check in {BATCH} is timed, and about {} ns of each figure are the clock's own.",
        clock()
    )?;
    writeln!(out, "  The highest figures hold the time that the system gave to other threads.\n")
}

fn percentiles(out: &mut impl Write, name: &str, latencies: &Histogram<u64>) -> io::Result<()> {
    let count = |n| HumanCount(n).to_string();
    let at = |quantile| count(latencies.value_at_quantile(quantile));
    let (timed, max) = (count(latencies.len()), count(latencies.max()));
    writeln!(out, "  {name:<18}{timed:>11}{:>12}{:>10}{:>10}{max:>14}", at(0.5), at(0.99), at(0.999))
}

fn merged(tallies: &[Tally], part: impl Fn(&Tally) -> &Histogram<u64>) -> Histogram<u64> {
    let mut all = readers::histogram();
    for tally in tallies {
        all.add(part(tally)).expect("all histograms have the same bounds");
    }
    all
}

/// What the clock takes to be read twice, in nanoseconds: the median of many.
fn clock() -> u128 {
    let mut times: Vec<u128> = (0..1_001).map(|_| Instant::now().elapsed().as_nanos()).collect();
    times.sort_unstable();
    times[times.len() / 2]
}

fn write_writes(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    let Load { read, build, domains } = outcome.load;
    let adds = &outcome.adds;
    let add = |quantile| ms(Duration::from_nanos(adds.value_at_quantile(quantile)));
    writeln!(out, "WRITES, ms                total")?;
    writeln!(out, "  load              {:>11}  read {}, build {}", ms(read + build), ms(read), ms(build))?;
    writeln!(out, "  {:31}{} domains", "", HumanCount(domains as u64))?;
    writeln!(out, "  single add        {:>11}  median of {}; longest {}", add(0.5), adds.len(), add(1.0))?;
    write_reload(&outcome.reload, out)
}

fn write_reload(reload: &Result<Reload, ListError>, out: &mut impl Write) -> io::Result<()> {
    match reload {
        Ok(Reload { read, compare, publish, added, removed, versions }) => {
            let total = ms(*read + *compare + *publish);
            let (read, compare, publish) = (ms(*read), ms(*compare), ms(*publish));
            let (added, removed) = (HumanCount(*added as u64), HumanCount(*removed as u64));
            writeln!(
                out,
                "  reload            {total:>11}  read {read}, compare {compare}, publish {publish}"
            )?;
            writeln!(out, "  {:31}{added} added, {removed} removed; versions published: {versions}\n", "")
        }
        Err(error) => {
            writeln!(out, "  reload               rejected: the old list stayed in force, because of")?;
            writeln!(out, "    {error}\n")
        }
    }
}

fn write_memory(memory: &AroundReload, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "MEMORY, MB               before        peak       after  the reload")?;
    let AroundReload { before, peak, after } = memory;
    let mut row = |name: &str, remark: &str, of: fn(&Memory) -> Option<usize>| {
        let (before, peak, after) = (mb(of(before)), mb(of(peak)), mb(of(after)));
        writeln!(out, "  {name:<14}{before:>15}{peak:>12}{after:>12}  {remark}")
    };
    row("allocated", "counted exactly", |memory| Some(memory.heap))?;
    row("resident", "by the system's account", |memory| memory.resident)?;
    writeln!(out, "  All of the program's is in it: the lists, the addresses, the ledger.\n")
}

fn write_versions(outcome: &Outcome, out: &mut impl Write) -> io::Result<()> {
    let reloads = outcome.reload.as_ref().map_or(0, |reload| reload.versions);
    let (adds, last) = (outcome.adds.len(), outcome.last_version);
    writeln!(out, "VERSIONS")?;
    row(out, "after the first", last, &format!("{adds} by single adds, {reloads} by the reload"))?;
    row(out, "domains in the last", outcome.domains as u64, "with those added by hand")?;
    writeln!(out)
}

fn write_judgement(judgement: &Result<Consistent, Vec<Fault>>, out: &mut impl Write) -> io::Result<()> {
    match judgement {
        Ok(Consistent { readers, published, seen, answers }) => {
            writeln!(out, "CONSISTENT: each version that each of the {readers} readers saw was one of the")?;
            writeln!(out, "  {published} published, in order, whole, and each ended at the last. All")?;
            writeln!(out, "  {seen} sightings were counted and hashed in full;")?;
            writeln!(out, "  {answers} changed answers are as the list changed.")
        }
        Err(faults) => {
            writeln!(out, "NOT CONSISTENT: {} faults", faults.len())?;
            for fault in faults.iter().take(FAULTS_SHOWN) {
                writeln!(out, "  {fault}")?;
            }
            if faults.len() > FAULTS_SHOWN {
                writeln!(out, "  and {} more", faults.len() - FAULTS_SHOWN)?;
            }
            Ok(())
        }
    }
}

fn sum(tallies: &[Tally], part: impl Fn(&Tally) -> u64) -> u64 {
    tallies.iter().map(part).sum()
}

fn per_second(count: u64, time: Duration) -> u64 {
    let rate = u128::from(count) * 1_000_000_000 / time.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

fn percent(part: u64, whole: u64) -> u64 {
    (part * 100 + whole / 2).checked_div(whole).unwrap_or(0)
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn ms(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64() * 1e3)
}

fn mb(bytes: Option<usize>) -> String {
    bytes.map_or_else(
        || "unknown".to_owned(),
        |bytes| format!("{}.{}", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    )
}
