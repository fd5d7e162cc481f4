//! Many writers and readers, on a disk that fails now and then and stops at last.

use super::options;
use crate::Durable;
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left, Random};
use readmostly::CowVec;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

type List = CowVec<(u8, u32)>;
const WRITERS: u8 = 8;

fn open(disk: &Faulty) -> Durable<List> {
    // A log that is folded every few writes.
    let options = options().log_size(2000);
    Durable::open_on(Arc::new(disk.clone()), Path::new("folder"), options, Default::default).unwrap().0
}

/// What one writer was told: the last that was confirmed, and one that was refused after it.
#[derive(Clone, Copy, Default)]
struct Told {
    confirmed: u32,
    tried: u32,
}

fn of(list: &[(u8, u32)], writer: u8) -> Vec<u32> {
    list.iter().filter(|(by, _)| *by == writer).map(|(_, number)| *number).collect()
}

fn round(number: u64) {
    let mut random = Random(number);
    let disk = Faulty::new();
    let list = open(&disk);
    let over = AtomicBool::new(false);
    let (told, seen) = thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (list, disk) = (&list, &disk);
                scope.spawn(move || {
                    let mut told = Told::default();
                    while !disk.stopped() {
                        told.tried = told.confirmed + 1;
                        // If it is refused, the same number once more: what was refused must not be there twice.
                        if list.push((writer, told.tried)).is_ok() {
                            told.confirmed = told.tried;
                        }
                    }
                    told
                })
            })
            .collect();
        let reader = scope.spawn(|| {
            let mut reader = list.reader();
            let mut seen = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let now = reader.load();
                assert!(now.len() >= seen.len());
                if now.len() > seen.len() {
                    seen = now.to_vec();
                }
            }
            let now = reader.load().to_vec();
            assert!(now.starts_with(&seen));
            now
        });
        for _ in 0..random.below(6) {
            thread::sleep(Duration::from_millis(1 + random.below(4) as u64));
            let fault = match random.below(3) {
                0 => Fault::Refuse(EIO),
                1 => Fault::Refuse(ENOSPC),
                _ => Fault::RefuseFromHere(ENOSPC),
            };
            disk.plan(random.below(20), fault);
            thread::sleep(Duration::from_millis(1 + random.below(2) as u64));
            disk.mend();
        }
        thread::sleep(Duration::from_millis(2));
        disk.plan(random.below(30), Fault::Stop);
        let told: Vec<_> = writers.into_iter().map(|writer| writer.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        (told, reader.join().unwrap())
    });
    drop(list);
    let left = match random.below(5) {
        0 => Left::All,
        1 => Left::Nothing,
        2 => Left::Names,
        _ => Left::Some(random.next()),
    };
    let found = open(&disk.cut_power(left)).snapshot().to_vec();
    // What a reader has seen is there, in its order, and nothing was put before it.
    assert!(found.starts_with(&seen), "round {number}: {} seen, {} found", seen.len(), found.len());
    for (writer, told) in (0..).zip(told) {
        let numbers = of(&found, writer);
        let newest = numbers.last().copied().unwrap_or(0);
        assert!(numbers.iter().copied().eq(1..=newest), "round {number}: writer {writer} has {numbers:?}");
        assert!(
            newest == told.confirmed || newest == told.tried,
            "round {number}: writer {writer}: {newest}"
        );
    }
}

#[test]
fn what_was_confirmed_or_seen_is_there_after_a_stop() {
    let rounds = std::env::var("READMOSTLY_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60);
    for number in 0..rounds {
        round(number);
    }
}
