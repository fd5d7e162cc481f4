//! How late a change is, and what the question of a new connection costs etcd.

use crate::contenders::{Map, ours};
use crate::figures::at;
use crate::server::Server;
use crate::writer::{block_on, connect, write};
use crate::{Outcome, PREFIX, name, value};
use etcd_client::GetOptions;
use readmostly::Watch;
use readmostly::paged::Change;
use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_mins(1);
/// How many puts `etcdctl` makes in an idle cluster.
const PUTS: u64 = 300;
const RATE: u64 = 1_000;
const SECONDS: u64 = 15;
/// Numbers of `etcdctl`, which no others write.
const OWN: u64 = 1 << 40;

/// Has `etcdctl` put a number, and returns when it said that it has.
fn put(server: &Server, number: u64) -> Outcome<Instant> {
    let key = format!("{PREFIX}{}", name(number % 1_000));
    let mut child = server.ctl(&["put", &key, &value(number)]).spawn()?;
    let mut said = [0; 3];
    child.stdout.take().ok_or("no pipe")?.read_exact(&mut said)?;
    let at = Instant::now();
    if !child.wait()?.success() || &said != b"OK\n" {
        return Err("etcdctl has failed".into());
    }
    Ok(at)
}

/// How long after an answer a number was seen, in milliseconds; less than 0: before it.
fn row(what: &str, answered: &[(u64, Instant)], seen: &HashMap<u64, Instant>) {
    let late = |(number, answered): &(u64, Instant)| {
        let seen = *seen.get(number)?;
        let before = answered.saturating_duration_since(seen).as_secs_f64();
        Some((seen.saturating_duration_since(*answered).as_secs_f64() - before) * 1e3)
    };
    let mut late: Vec<_> = answered.iter().filter_map(late).collect();
    let [p50, p99, most] = [500, 990, 1000].map(|place| at(&mut late, place));
    println!("| {what} | {} | {p50:.2} | {p99:.2} | {most:.2} |", late.len());
}

/// From an answer to the version that shows the change, as a thread sees it that waits for versions.
pub(crate) fn delays(server: &Server) -> Outcome {
    let follower = ours(&server.url).into(Arc::<Map>::default())?;
    follower.ready(LONG)?;
    let mut watch = Watch::new(Arc::clone(follower.target()));
    let is_over = AtomicBool::new(false);
    let mut idle = Vec::new();
    let mut busy = Vec::new();
    let (written, seen) = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = HashMap::new();
            while !is_over.load(Ordering::SeqCst) {
                let Some(update) = watch.next_timeout(Duration::from_millis(100)) else { continue };
                let now = Instant::now();
                for change in update.old.diff(&update.new) {
                    if let Change::Added { value, .. } | Change::Updated { new: value, .. } = change {
                        seen.insert(value.parse::<u64>().unwrap_or(0), now);
                    }
                }
            }
            seen
        });
        let mut run = || {
            for number in OWN..OWN + PUTS {
                idle.push((number, put(server, number)?));
            }
            let writer = scope.spawn(|| write(&server.url, 0..RATE * SECONDS, Some(RATE)));
            let mut number = OWN + PUTS;
            while !writer.is_finished() {
                busy.push((number, put(server, number)?));
                number += 1;
            }
            writer.join().map_err(|_| "the writer has panicked")?
        };
        let written = run();
        thread::sleep(Duration::from_millis(500));
        is_over.store(true, Ordering::SeqCst);
        (written, watcher.join())
    });
    let seen = seen.map_err(|_| "the watcher has panicked")?;
    let written: Vec<_> = written?.iter().map(|answered| (answered.number, answered.at)).collect();
    println!("## The delay\n");
    println!(
        "From an answer to the version that shows the change, as a thread sees it that waits for versions. Less than 0: the version was there \
         before the answer. Where a version was overtaken before that thread looked, the change is not counted.\n"
    );
    println!("| the answer | counted | p50, ms | p99, ms | longest, ms |\n|---|---:|---:|---:|---:|");
    row("`etcdctl put`, idle", &idle, &seen);
    row(&format!("`etcdctl put`, beside {RATE} changes a second"), &busy, &seen);
    row(&format!("those {RATE} changes a second, to their writer"), &written, &seen);
    println!();
    Ok(())
}

/// What a new connection asks: the number of keys at a revision.
pub(crate) fn counts(server: &Server) -> Outcome {
    let kinds = [
        ("one key", "/m/000000"),
        ("1,000 keys", "/m/000"),
        ("10,000 keys", "/m/00"),
        ("100,000 keys", "/m/"),
    ];
    let (rounds, each) = (10, 50);
    let mut all = kinds.map(|_| (Vec::new(), Vec::new()));
    block_on(async {
        let mut client = connect(&server.url).await?;
        let first = client.get(PREFIX, None).await?;
        let revision = first.header().ok_or("no header")?.revision();
        for round in 0..rounds {
            for turn in 0..kinds.len() {
                let nth = (turn + round) % kinds.len();
                let before = server.processor();
                for _ in 0..each {
                    let options = GetOptions::new().with_prefix().with_count_only().with_revision(revision);
                    let began = Instant::now();
                    client.get(kinds[nth].1, Some(options)).await?;
                    all[nth].0.push(began.elapsed().as_secs_f64() * 1e3);
                }
                let used = server.processor().saturating_sub(before);
                all[nth].1.push(used.as_secs_f64() * 1e3 / f64::from(each));
            }
        }
        Ok(())
    })?;
    println!("## The question of a new connection\n");
    println!(
        "How many keys there were at the revision that is known, which is asked for on each new connection. Asked by gRPC. A read of one key costs as much as \
         the first line.\n"
    );
    println!("| a count of | p50, ms | p99, ms | etcd's processor ms for one |\n|---|---:|---:|---:|");
    for ((what, _), (times, used)) in kinds.iter().zip(&mut all) {
        println!("| {what} | {:.2} | {:.2} | {:.2} |", at(times, 500), at(times, 990), at(used, 500));
    }
    println!();
    Ok(())
}
