//! How far is a paged map from a flat table in an `ArcSwap`: to read, to write, and in what a write allocates?
//!
//! `cargo bench --bench flat`. `u64` keys and values, foldhash on both sides, random hits, the contenders in turns.

use arc_swap::{ArcSwap, Cache};
use foldhash::fast::FixedState;
use readmostly::CowMap;
use readmostly_benches::{Duel, duel};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::hint::black_box;
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

type Ours = CowMap<u64, u64, FixedState>;
type Flat = hashbrown::HashMap<u64, u64, FixedState>;

fn main() {
    println!("readmostly ({}) against a flat hashbrown map in an ArcSwap", readmostly::BACKEND);
    println!("{:<44} {:>11} {:>11} {:>8}", "", "ours", "flat", "ratio");
    for entries in [100, 10_000, 1_000_000] {
        let (ours, flat) = tables(entries);
        row(&format!("Reader / Cache lookup, {entries} entries, ns"), &lookups(entries, &ours, &flat));
    }
    for entries in [100, 10_000, 1_000_000] {
        let (ours, flat) = tables(entries);
        row(&format!("one insert, {entries} entries, ns"), &inserts(entries, &ours, &flat));
    }
    for entries in [100, 10_000, 1_000_000] {
        let (ours, flat) = tables(entries);
        allocated(entries, &ours, &flat);
    }
}

fn tables(entries: u64) -> (Ours, ArcSwap<Flat>) {
    // Scattered keys: neighbours in a sequence are neighbours in no table.
    let pairs = (0..entries).map(|n| (key(n), n));
    (pairs.clone().collect(), ArcSwap::from_pointee(pairs.collect()))
}

fn key(n: u64) -> u64 {
    n.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

fn row(what: &str, duel: &Duel) {
    println!("{what:<44} {:>11.1} {:>11.1} {:>8.4}", duel.ours, duel.theirs, duel.ratio);
}

fn lookups(entries: u64, ours: &Ours, flat: &ArcSwap<Flat>) -> Duel {
    const LOOKUPS: usize = 1 << 16;
    let mut random = fastrand::Rng::with_seed(7);
    let keys: Vec<u64> = (0..LOOKUPS).map(|_| key(random.u64(..entries))).collect();
    let (mut reader, mut cache) = (ours.reader(), Cache::new(flat));
    duel(
        101,
        LOOKUPS,
        || keys.iter().for_each(|key| _ = black_box(reader.load().get(key))),
        || keys.iter().for_each(|key| _ = black_box(cache.load().get(key))),
    )
}

fn insert_flat(flat: &ArcSwap<Flat>, key: u64) {
    let mut next = Flat::clone(&flat.load());
    next.insert(key, 0);
    flat.store(Arc::new(next));
}

fn inserts(entries: u64, ours: &Ours, flat: &ArcSwap<Flat>) -> Duel {
    const INSERTS: u64 = 20;
    let mut random = fastrand::Rng::with_seed(8);
    let keys: Vec<u64> = (0..INSERTS).map(|_| key(random.u64(..entries))).collect();
    duel(
        if entries > 100_000 { 11 } else { 101 },
        keys.len(),
        || keys.iter().for_each(|key| _ = ours.insert(*key, 0)),
        || keys.iter().for_each(|key| insert_flat(flat, *key)),
    )
}

fn allocated(entries: u64, ours: &Ours, flat: &ArcSwap<Flat>) {
    let bytes = |write: &dyn Fn()| {
        let region = Region::new(ALLOCATOR);
        write();
        region.change().bytes_allocated as f64
    };
    // An update of a key that is there: no page splits, no table grows.
    let (a, b) = (bytes(&|| _ = ours.insert(key(1), 0)), bytes(&|| insert_flat(flat, key(1))));
    row(
        &format!("allocated by one insert, {entries} entries, bytes"),
        &Duel { ours: a, theirs: b, ratio: a / b },
    );
}
