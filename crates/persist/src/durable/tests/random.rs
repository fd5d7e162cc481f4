//! Random scenarios of one writer, each of which is a seed: writes, folds, flushes, restarts and crashes on a disk that fails.

use super::{State, Table, open, state};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left, Random};
use crate::{Compression, Durable, ErrorKind, Options, SyncMode};
use proptest::prelude::*;
use std::time::Duration;

/// How many things are done.
const STEPS: u32 = 60;

/// Whether writes are published before they are on disk, and all that the table may be made with.
fn made(random: &mut Random) -> (bool, Options) {
    let options = Options::new()
        .keep(1 + random.below(3))
        .max_chain(random.below(3))
        .log_size([0, 200, 1_000, 100_000][random.below(4)]);
    let is_every = random.below(3) > 0;
    let sync = if is_every { SyncMode::Every(Duration::from_secs(3_600)) } else { SyncMode::Always };
    let options = if random.below(3) == 0 { options.compression(Compression::None) } else { options };
    #[cfg(feature = "encryption")]
    let options = if random.below(3) == 0 { options.key(crate::Key::new([7; 32])) } else { options };
    (is_every, options.sync(sync))
}

fn left(random: &mut Random) -> Left {
    match random.below(8) {
        0 => Left::All,
        1 => Left::Nothing,
        2 => Left::Names,
        3 => Left::Bytes,
        _ => Left::Some(random.next()),
    }
}

/// What a restart may find.
struct Known {
    /// One for each write that was published, the oldest first.
    states: Vec<State>,
    /// The first of them that it may find.
    certain: usize,
    /// How many there were when a restart could not save what it had found: that is certain when another write is.
    unsaved: usize,
    /// Those of writes that were refused since: the disk was asked for them, and has not said what it did.
    refused: Vec<State>,
}

impl Known {
    fn newest(&self) -> &State {
        self.states.last().expect("there is the first")
    }

    /// All that is published is on disk, and nothing of what was refused.
    fn all_is_certain(&mut self) {
        self.unsaved = 0;
        self.confirmed();
        self.refused.clear();
    }

    /// All that was published since the last restart is on disk.
    fn confirmed(&mut self) {
        if self.states.len() > self.unsaved {
            self.certain = self.states.len() - 1;
        }
    }

    /// A restart has found this.
    fn found(&mut self, found: State, what: &str) {
        let is_found = |state: &State| *state == found;
        if let Some(at) = self.states.iter().rposition(is_found).filter(|at| *at >= self.certain) {
            self.states.truncate(at + 1);
        } else {
            assert!(
                self.refused.contains(&found),
                "{what}: what is found was neither confirmed nor refused since"
            );
            self.states.push(found);
        }
    }
}

/// Does one thing.
fn step(table: &Durable<Table>, random: &mut Random, step: u32, known: &mut Known) {
    let mut next = known.newest().clone();
    let key = u32::try_from(random.below(9)).expect("a small number");
    let result = match random.below(10) {
        0 => table.fold().inspect(|()| known.all_is_certain()),
        // It has nothing to write where all is confirmed: what was refused stays in doubt.
        1 => table.flush().inspect(|()| known.confirmed()),
        2 => {
            next.remove(&key);
            table.remove(&key).map(drop)
        }
        3 => {
            // Larger than a frame.
            let large: Vec<_> = (20..23).map(|key| (key, format!("{step} {key} ").repeat(6_000))).collect();
            next.extend(large.iter().cloned());
            table.extend(large)
        }
        _ => {
            next.insert(key, format!("value {step}"));
            table.insert(key, format!("value {step}")).map(drop)
        }
    };
    match result {
        Ok(()) if next == *known.newest() => {}
        Ok(()) => {
            known.states.push(next);
            known.refused.clear();
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Io, "{error}");
            known.refused.push(next);
        }
    }
    assert!(state(table) == *known.newest(), "what is seen is what was published");
}

fn by_seed(seed: u64) {
    let mut random = Random(seed);
    let (is_every, options) = made(&mut random);
    let mut known = Known { states: vec![State::new()], certain: 0, unsaved: 0, refused: Vec::new() };
    let (mut disk, mut table, mut full) = (Faulty::new(), None, 0);
    for number in 0..STEPS {
        let what = format!("seed {seed}, step {number}");
        if random.below(6) == 0 {
            let fault = match random.below(6) {
                0 => Fault::Refuse(EIO),
                1 => Fault::Refuse(ENOSPC),
                2 => Fault::RefuseLate(EIO),
                3 => Fault::RefuseFromHere(ENOSPC),
                _ => Fault::Stop,
            };
            full = if matches!(fault, Fault::RefuseFromHere(_)) { 1 + random.below(6) } else { full };
            disk.plan(random.below(12), fault);
        } else if full > 0 {
            full -= 1;
            if full == 0 {
                disk.mend();
            }
        }
        if disk.stopped() || random.below(15) == 0 {
            let left = left(&mut random);
            let after = if random.below(5) == 0 { disk.kill() } else { disk.cut_power(left) };
            // What its end writes goes to the disk that is gone.
            drop(table.take());
            (disk, full) = (after, 0);
        } else if random.below(30) == 0 {
            // A good end. It says nothing of what it could not write.
            drop(table.take());
        }
        if table.is_none() {
            match open(&disk, options.clone()) {
                Ok((opened, recovered)) => {
                    known.found(state(&opened), &what);
                    if recovered.unsaved.is_none() {
                        known.all_is_certain();
                    } else {
                        known.unsaved = known.states.len();
                    }
                    table = Some(opened);
                }
                Err(_) if disk.stopped() => {}
                Err(error) => {
                    let text = error.to_string();
                    // The same of each file, where there is no log yet.
                    let is_of_the_disk = error.kind() == ErrorKind::NothingLoads && text.contains("os error");
                    assert!(error.kind() == ErrorKind::Io || is_of_the_disk, "{what}: {text}");
                }
            }
        }
        if let Some(table) = &table {
            step(table, &mut random, number, &mut known);
            if !is_every {
                known.confirmed();
            }
        }
    }
}

proptest! {
    // A failure prints the seed.
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_confirmed_is_found(seed: u64) {
        by_seed(seed);
    }
}

/// More for a longer run, by `READMOSTLY_PERSIST_CASES`.
fn cases() -> u32 {
    std::env::var("READMOSTLY_PERSIST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60)
}
