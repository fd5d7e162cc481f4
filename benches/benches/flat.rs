//! How far is a paged map from a flat table in an `ArcSwap`: to read, to write, and in what a write allocates? How far a
//! paged vector from a slice, and the cell from an `ArcSwap`?
//!
//! `cargo bench --bench flat`. `u64` keys and values, foldhash on both sides, random hits, the contenders in turns. These
//! are the figures that the documentation names.

use arc_swap::{ArcSwap, Cache};
use foldhash::fast::FixedState;
use readmostly::{CowCell, CowMap, CowVec};
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
    println!(
        "readmostly ({}) against a flat hashbrown map in an ArcSwap, an ArcSwap, a slice",
        readmostly::BACKEND
    );
    println!("{:<48} {:>11} {:>11} {:>8}", "", "ours", "theirs", "ratio");
    cells();
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
    row("Reader lookup, 10000 entries: foldhash / std, ns", &hashers());
    vectors();
}

fn cells() {
    const TURNS: usize = 1 << 12;
    let (ours, theirs) = (CowCell::new(1_u64), ArcSwap::from_pointee(1_u64));
    let times = |f: &dyn Fn()| (0..TURNS).for_each(|_| f());
    let load = duel(
        51,
        TURNS,
        || times(&|| _ = black_box(*ours.load())),
        || times(&|| _ = black_box(**theirs.load())),
    );
    row("load, ns", &load);
    let owned = duel(
        51,
        TURNS,
        || times(&|| _ = black_box(ours.snapshot())),
        || times(&|| _ = black_box(theirs.load_full())),
    );
    row("snapshot / load_full, ns", &owned);
    let publish =
        duel(51, TURNS, || times(&|| drop(ours.replace(2))), || times(&|| theirs.store(Arc::new(2))));
    row("replace / store, ns", &publish);
}

fn hashers() -> Duel {
    const ENTRIES: u64 = 10_000;
    let pairs = (0..ENTRIES).map(|n| (key(n), n));
    let (fold, std): (Ours, CowMap<u64, u64>) = (pairs.clone().collect(), pairs.collect());
    let keys = random_hits(ENTRIES);
    let (mut fold, mut std) = (fold.reader(), std.reader());
    duel(
        101,
        keys.len(),
        || keys.iter().for_each(|key| _ = black_box(fold.load().get(key))),
        || keys.iter().for_each(|key| _ = black_box(std.load().get(key))),
    )
}

fn vectors() {
    const ELEMENTS: u64 = 1_000_000;
    let (ours, slice): (CowVec<u64>, Vec<u64>) = ((0..ELEMENTS).collect(), (0..ELEMENTS).collect());
    let (ours, length) = (ours.snapshot(), slice.len());
    let sum = duel(
        51,
        length,
        || _ = black_box(ours.iter().sum::<u64>()),
        || _ = black_box(slice.iter().sum::<u64>()),
    );
    row("vector: sum of 1000000, ns each", &sum);
    let mut random = fastrand::Rng::with_seed(9);
    let indices: Vec<usize> = (0..1 << 16).map(|_| random.usize(..length)).collect();
    let index = duel(
        51,
        indices.len(),
        || indices.iter().for_each(|&index| _ = black_box(ours[index])),
        || indices.iter().for_each(|&index| _ = black_box(slice[index])),
    );
    row("vector: random index in 1000000, ns", &index);
}

/// Keys that are there, in no order.
fn random_hits(entries: u64) -> Vec<u64> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..1 << 16).map(|_| key(random.u64(..entries))).collect()
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
    println!("{what:<48} {:>11.1} {:>11.1} {:>8.4}", duel.ours, duel.theirs, duel.ratio);
}

fn lookups(entries: u64, ours: &Ours, flat: &ArcSwap<Flat>) -> Duel {
    let keys = random_hits(entries);
    let (mut reader, mut cache) = (ours.reader(), Cache::new(flat));
    duel(
        101,
        keys.len(),
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
