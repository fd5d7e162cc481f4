//! What a reader notices of lists of all keys.

use crate::contenders::{Locked, Map, Store, list, ours};
use crate::figures::{at, median};
use crate::server::Server;
use crate::writer::{block_on, connect};
use crate::{KEYS, Outcome, name};
use readmostly::Reader;
use readmostly_etcd::Follower;
use std::ffi::OsStr;
use std::fs;
use std::process::{self, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// A turn is no shorter than this, and has so many lists.
const TURN: Duration = Duration::from_secs(4);
const LISTS: u64 = 2;
/// The pause between two lists.
const PAUSE: Duration = Duration::from_millis(100);
/// How many entries are wrong before each list, which it puts right.
const WRONG: usize = 1_000;
const LONG: Duration = Duration::from_mins(1);

/// What lookups took, in nanoseconds: p50, p99, p99.9.
type Figures = [f64; 3];

/// Looks names up for a turn. `lists`: how many there were.
fn lookups(
    server: &Server,
    names: &[String],
    mut found: impl FnMut(&str) -> bool,
    lists: impl Fn() -> u64,
) -> Outcome<Figures> {
    apart(server)?;
    let (began, mut all) = (Instant::now(), Vec::new());
    while began.elapsed() < TURN || lists() < LISTS {
        // To ask for the time and the lists costs more than a lookup.
        for _ in 0..1_000 {
            let name = &names[fastrand::usize(..names.len())];
            let start = Instant::now();
            let is_there = found(name);
            all.push(start.elapsed().as_nanos() as f64);
            assert!(is_there, "{name} is not there");
        }
    }
    Ok([500, 990, 999].map(|place| at(&mut all, place)))
}

/// Runs `body` beside `work`, which is done again and again. Counts how often.
fn beside<T>(work: impl Fn() -> Outcome + Sync, body: impl FnOnce(&AtomicU64) -> Outcome<T>) -> Outcome<T> {
    let (is_over, count) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let worker = scope.spawn(|| -> Outcome {
            while !is_over.load(Ordering::SeqCst) {
                work()?;
                count.fetch_add(1, Ordering::SeqCst);
            }
            Ok(())
        });
        let done = body(&count);
        is_over.store(true, Ordering::SeqCst);
        worker.join().map_err(|_| "it has panicked")??;
        done
    })
}

fn follow(server: &Server, every: Option<Duration>) -> Outcome<Follower<Map>> {
    let follower = ours(&server.url).check_every(every).into(Arc::<Map>::default())?;
    follower.ready(LONG)?;
    Ok(follower)
}

/// Makes entries wrong, and waits until a list has put them right.
fn repair(names: &[String], follower: &Follower<Map>) {
    let before = follower.status();
    let wrong: Arc<str> = "wrong".into();
    follower.target().update(|draft| {
        for _ in 0..WRONG {
            draft.insert(names[fastrand::usize(..names.len())].as_str().into(), Arc::clone(&wrong));
        }
    });
    // The one that ran may have read the table before.
    while follower.status().checks < before.checks + 1 || follower.status().repaired == before.repaired {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Quiet, beside lists into another table, beside lists into this one.
fn of_ours(server: &Server, names: &[String]) -> Outcome<[Figures; 3]> {
    let quiet = follow(server, None)?;
    let reader = || Reader::new(Arc::clone(quiet.target()));
    let mut own = reader();
    let alone = lookups(server, names, |name| own.load().contains_key(name), || LISTS)?;
    let listed = follow(server, Some(PAUSE))?;
    let work = || {
        repair(names, &listed);
        Ok(())
    };
    let mut own = reader();
    let other = beside(work, |count| {
        lookups(server, names, |name| own.load().contains_key(name), || count.load(Ordering::SeqCst))
    })?;
    let mut own = Reader::new(Arc::clone(listed.target()));
    let this = beside(work, |count| {
        lookups(server, names, |name| own.load().contains_key(name), || count.load(Ordering::SeqCst))
    })?;
    Ok([alone, other, this])
}

fn of_lock(server: &Server, names: &[String]) -> Outcome<[Figures; 3]> {
    let [quiet, listed] = [Locked::default(), Locked::default()];
    let resync = |store: &Locked| {
        block_on(async {
            let (all, _) = list(&mut connect(&server.url).await?).await?;
            store.fill(all)
        })
    };
    resync(&quiet)?;
    resync(&listed)?;
    let find = |store: &Locked, name: &str| store.read().get(name).is_some();
    let alone = lookups(server, names, |name| find(&quiet, name), || LISTS)?;
    let work = || {
        thread::sleep(PAUSE);
        resync(&listed)
    };
    let turn = |store: &Locked| {
        beside(work, |count| {
            lookups(server, names, |name| find(store, name), || count.load(Ordering::SeqCst))
        })
    };
    Ok([alone, turn(&quiet)?, turn(&listed)?])
}

fn row(what: &str, rounds: &[[Figures; 3]]) {
    print!("| {what} |");
    for place in 0..3 {
        let at = |kind: usize| median(rounds.iter().map(|round| round[kind][place]));
        let ratio = median(rounds.iter().map(|round| round[2][place] / round[1][place]));
        print!(" {:.0} | {:.0} | {:.0} ({ratio:.2}) |", at(0), at(1), at(2));
    }
    println!();
}

/// Has all threads of this process run on one processor, and this thread on another.
fn apart(server: &Server) -> Outcome {
    let task = fs::read_link("/proc/thread-self")?;
    let task = task.file_name().and_then(OsStr::to_str).ok_or("no number of this thread")?.to_owned();
    let ids = [process::id(), server.id()].map(|id| id.to_string());
    for arguments in [["-apc", "1", &ids[0]], ["-apc", "1", &ids[1]], ["-pc", "0", &task]] {
        let done = Command::new("taskset").args(arguments).stdout(Stdio::null()).status()?;
        if !done.success() {
            return Err("taskset has failed".into());
        }
    }
    Ok(())
}

/// Lookups in a quiet table, and beside lists of all keys that follow one another. It comes last, since it moves threads.
pub(crate) fn reads(server: &Server) -> Outcome {
    let names: Vec<_> = (0..KEYS).map(name).collect();
    let (mut ours, mut lock) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(of_ours(server, &names)?);
        lock.push(of_lock(server, &names)?);
    }
    println!("## Reads beside lists\n");
    println!(
        "One thread looks keys up, on a processor without etcd and the lister: while nothing is listed; beside lists of all {KEYS} keys into another table; \
         and beside lists into the table that is read. In brackets the ratio of the last to the one before. A list of ours puts {WRONG} entries right, \
         in one version; the other store is replaced under its lock, and dropped outside of it.\n"
    );
    println!(
        "| a lookup, ns | p50, none | another | this | p99, none | another | this | p99.9, none | another | this |"
    );
    println!("|---{}|", "|---:".repeat(9));
    row("**readmostly-etcd**", &ours);
    row("etcd-client, a lock", &lock);
    println!();
    Ok(())
}
