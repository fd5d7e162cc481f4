//! What do our own operations cost, before a change and after it?
//!
//! `cargo bench --bench operations -- --save-baseline before`, then change something, then
//! `cargo bench --bench operations -- --baseline before`. Nobody else takes part: criterion runs one operation after the other,
//! and a machine that others use may be slower in the meantime. A difference that counts is to be seen in the races as well.

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foldhash::fast::FixedState;
use readmostly::{CowCell, CowMap, CowVec};
use std::hint::black_box;

/// One page without a directory, some pages, and many.
const SIZES: [usize; 3] = [1_000, 30_000, 1_000_000];

type Map = CowMap<u64, u64, FixedState>;

fn map(size: usize) -> Map {
    (0..size as u64).map(|n| (n, n)).collect()
}

/// Keys in an order that no prefetcher follows.
fn keys(size: usize) -> impl Iterator<Item = usize> {
    let mut random = fastrand::Rng::with_seed(13);
    let keys: Vec<usize> = (0..1 << 12).map(|_| random.usize(..size)).collect();
    keys.into_iter().cycle()
}

fn looks(c: &mut Criterion) {
    let cell = CowCell::new(7_u64);
    let mut reader = cell.reader();
    let mut group = c.benchmark_group("look");
    group.bench_function("load", |b| b.iter(|| *black_box(&cell).load()));
    group.bench_function("snapshot", |b| b.iter(|| *black_box(&cell).snapshot()));
    group.bench_function("reader", |b| b.iter(|| *black_box(&mut reader).load()));
    group.finish();
}

fn publish(c: &mut Criterion) {
    let cell = CowCell::new(7_u64);
    c.bench_function("publish", |b| b.iter(|| black_box(&cell).replace(8)));
}

fn lookups(c: &mut Criterion) {
    let mut group = c.benchmark_group("lookup");
    for size in SIZES {
        let (map, list) = (map(size), (0..size).collect::<CowVec<usize>>());
        let (mut map, mut list) = (map.reader(), list.reader());
        let mut wanted = keys(size);
        group.bench_function(BenchmarkId::new("map", size), |b| {
            b.iter(|| map.load().get(&(wanted.next().expect("it is endless") as u64)).copied());
        });
        let mut wanted = keys(size);
        group.bench_function(BenchmarkId::new("vec", size), |b| {
            b.iter(|| list.load().get(wanted.next().expect("it is endless")).copied());
        });
    }
    group.finish();
}

fn writes(c: &mut Criterion) {
    let mut group = c.benchmark_group("write");
    for size in SIZES {
        let map = map(size);
        let mut wanted = keys(size);
        group.bench_function(BenchmarkId::new("overwrite", size), |b| {
            b.iter(|| map.insert(wanted.next().expect("it is endless") as u64, 1));
        });
        let mut new = size as u64..;
        group.bench_function(BenchmarkId::new("insert and remove", size), |b| {
            b.iter(|| {
                let key = new.next().expect("numbers do not end");
                map.insert(key, 1);
                map.remove(&key)
            });
        });
        let list: CowVec<usize> = (0..size).collect();
        group.bench_function(BenchmarkId::new("push and pop", size), |b| {
            b.iter(|| {
                list.push(1);
                list.pop()
            });
        });
    }
    group.finish();
}

fn batches(c: &mut Criterion) {
    const BATCH: usize = 1_000;
    let mut group = c.benchmark_group("batch of 1,000");
    group.throughput(Throughput::Elements(BATCH as u64));
    for size in SIZES {
        let map = map(size);
        let mut wanted = keys(size);
        group.bench_function(BenchmarkId::new("overwrite", size), |b| {
            b.iter_batched(
                || wanted.by_ref().take(BATCH).map(|key| (key as u64, 1)).collect::<Vec<_>>(),
                |entries| map.extend(entries),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

criterion_group!(operations, looks, publish, lookups, writes, batches);
criterion_main!(operations);
