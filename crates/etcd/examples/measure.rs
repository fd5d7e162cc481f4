//! Measures a follower of an etcd that runs, and writes into it below `/measure/`:
//!
//! ```sh
//! cargo run --release -p readmostly-etcd --example measure -- http://127.0.0.1:2379 fill
//! cargo run --release -p readmostly-etcd --example measure -- http://127.0.0.1:2379
//! ```
//!
//! The first one writes the keys, in a process of its own, since the second looks at its memory.
//!
//! On Linux, since it reads `/proc`.

use readmostly::paged::Change;
use readmostly::{CowMap, Reader, Watch};
use readmostly_etcd::{Follow, Follower};
use std::collections::HashMap;
use std::env;
use std::error::Error;
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

type Map = CowMap<String, u64>;

const KEYS: u64 = 100_000;
const LONG: Duration = Duration::from_secs(60);

fn follow(url: &str, prefix: &str, check: Option<Duration>) -> Result<Follower<Map>, Box<dyn Error>> {
    let number = |value: &[u8]| std::str::from_utf8(value).ok()?.parse().ok();
    let follower = Follow::prefix([url], prefix)
        .decode(|name| Ok::<_, String>(name.to_owned()), move |_, value| number(value).ok_or("not a number"))
        .check_every(check)
        .timeout(LONG)
        .into(Arc::default())?;
    follower.ready(LONG)?;
    Ok(follower)
}

/// A line of `/proc/self/status`, in MB.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The processor time of all threads with a name.
fn processor(name: &str) -> Duration {
    let mut all = 0;
    for task in fs::read_dir("/proc/self/task").into_iter().flatten().flatten() {
        let read = |file: &str| fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").trim() == name {
            all += read("schedstat").split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
        }
    }
    Duration::from_nanos(all)
}

/// The place in a sorted list.
fn at(sorted: &[i64], per_mille: usize) -> i64 {
    sorted.get((sorted.len().saturating_sub(1)) * per_mille / 1000).copied().unwrap_or(0)
}

/// From etcd's answer to a write to the version that shows it, in microseconds; less than 0: the watch was faster.
fn delays(url: &str, per_second: u64, seconds: u64) -> Result<(), Box<dyn Error>> {
    let prefix = "/measure/delay/";
    let follower = follow(url, prefix, None)?;
    let began = Instant::now();
    let nanos = || i64::try_from(began.elapsed().as_nanos()).unwrap_or(i64::MAX);
    let (answered, shown) = (Mutex::new(HashMap::new()), Mutex::new(HashMap::new()));
    let (next, is_over) = (AtomicU64::new(1), AtomicBool::new(false));
    let count = per_second * seconds;
    let before = processor("etcd");
    let mut took = Duration::ZERO;
    thread::scope(|scope| {
        let took = &mut took;
        let mut watch = Watch::new(Arc::clone(follower.target()));
        let (is_over, shown, nanos) = (&is_over, &shown, &nanos);
        scope.spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                let Some(update) = watch.next_timeout(Duration::from_millis(100)) else { continue };
                let now = nanos();
                let mut shown = shown.lock().unwrap();
                for change in update.old.diff(&update.new) {
                    if let Change::Added { value, .. } | Change::Updated { new: value, .. } = change {
                        shown.insert(*value, now);
                    }
                }
            }
        });
        let writers: Vec<_> = (0..per_second.clamp(1, 16))
            .map(|writer| {
                let (answered, next, follower, began) = (&answered, &next, &follower, &began);
                scope.spawn(move || {
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number > count {
                            return;
                        }
                        let due = Duration::from_secs(number) / u32::try_from(per_second).unwrap_or(1);
                        thread::sleep(due.saturating_sub(began.elapsed()));
                        if follower.put(&format!("{writer}"), number.to_string()).is_ok() {
                            answered.lock().unwrap().insert(number, nanos());
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().expect("a writer has ended");
        }
        *took = began.elapsed();
        thread::sleep(Duration::from_millis(500));
        is_over.store(true, Ordering::SeqCst);
    });
    let used = processor("etcd").saturating_sub(before);
    let (answered, shown) = (answered.into_inner()?, shown.into_inner()?);
    let both = answered.iter().filter_map(|(number, answered)| Some((shown.get(number)? - answered) / 1000));
    let mut delays: Vec<_> = both.collect();
    delays.sort_unstable();
    println!(
        "{per_second}/s asked, {}/s reached: delay in us p50 {} p99 {} max {}; {} of {} seen one by one; processor time \
         of the follower and its writes {used:?} in {took:?}",
        answered.len() as u64 * 1000 / u64::try_from(took.as_millis())?.max(1),
        at(&delays, 500),
        at(&delays, 990),
        at(&delays, 1000),
        delays.len(),
        answered.len(),
    );
    Ok(())
}

/// Lookups in the table for a time, in nanoseconds.
fn lookups(map: &Arc<Map>, time: Duration) -> Vec<i64> {
    let mut reader = Reader::new(Arc::clone(map));
    let (began, mut all, mut n) = (Instant::now(), Vec::new(), 0);
    while began.elapsed() < time {
        n = (n + 7919) % KEYS;
        let name = format!("{n:06}");
        let start = Instant::now();
        let found = reader.load().get(&name).copied();
        all.push(i64::try_from(start.elapsed().as_nanos()).unwrap_or(i64::MAX));
        assert_eq!(found, Some(n));
    }
    all.sort_unstable();
    all
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = env::args().nth(1).unwrap_or_else(|| String::from("http://127.0.0.1:2379"));
    let prefix = "/measure/keys/";
    if env::args().nth(2).is_some() {
        let writer = follow(&url, prefix, None)?;
        for first in (0..KEYS).step_by(125) {
            let all = (first..first + 125)
                .fold(writer.transaction(), |all, n| all.put(&format!("{n:06}"), n.to_string()));
            all.commit()?;
        }
        return Ok(());
    }
    println!("{} processors", thread::available_parallelism()?);

    let before = memory("VmRSS:");
    let began = Instant::now();
    let follower = follow(&url, prefix, None)?;
    println!(
        "{} keys are there after {:?}; processor time {:?}; memory {} MB more, at most {} MB in all",
        follower.target().len(),
        began.elapsed(),
        processor("etcd"),
        memory("VmRSS:").saturating_sub(before),
        memory("VmHWM:"),
    );
    let before = processor("etcd");
    thread::sleep(Duration::from_secs(30));
    println!("idle: processor time {:?} in 30 s", processor("etcd").saturating_sub(before));
    let quiet = lookups(follower.target(), Duration::from_secs(15));
    drop(follower);
    let follower = follow(&url, prefix, Some(Duration::from_millis(1)))?;
    let beside = lookups(follower.target(), Duration::from_secs(15));
    for (what, all) in [("quiet", &quiet), ("beside lists", &beside)] {
        println!(
            "a lookup, {what}, in ns: p50 {} p99 {} p99.9 {} ({})",
            at(all, 500),
            at(all, 990),
            at(all, 999),
            all.len()
        );
    }
    println!("{} lists in that time", follower.status().checks);
    drop(follower);
    delays(&url, 10, 20)?;
    delays(&url, 1_000, 10)
}
