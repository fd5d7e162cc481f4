//! What the benches share: contenders that take turns, medians of their ratios, a chart, and a word to a sanitizer.

pub mod chart;
pub mod tsan;

use core_affinity::CoreId;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{hint, thread};

/// Looked up before any thread is bound to one of them, since a thread inherits that.
static PROCESSORS: LazyLock<Vec<CoreId>> =
    LazyLock::new(|| core_affinity::get_core_ids().unwrap_or_default());

/// How long one call of `f` takes, in nanoseconds.
pub fn time(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64
}

/// How long one call of `f` takes on average, in nanoseconds, over calls for about `span`.
///
/// The clock is read once in 256 calls, so that it does not count where a call takes one nanosecond.
#[inline]
pub fn time_each(span: Duration, mut f: impl FnMut()) -> f64 {
    const CALLS: u32 = 256;
    let (start, mut calls) = (Instant::now(), 0.0);
    loop {
        (0..CALLS).for_each(|_| f());
        calls += f64::from(CALLS);
        let elapsed = start.elapsed();
        if elapsed >= span {
            return elapsed.as_nanos() as f64 / calls;
        }
    }
}

/// Calls `here` on this thread and `there` on another, and starts both at once.
///
/// Each is bound to a processor of its own where there are two, this thread for good: on a busy machine the scheduler
/// would often run one after the other on the same.
///
/// # Panics
///
/// Panics if one of them does.
pub fn together<A, B: Send>(here: impl FnOnce() -> A, there: impl FnOnce() -> B + Send) -> (A, B) {
    // Not a `Barrier`: the thread that it wakes up is late by some microseconds, or by much more on a busy machine.
    let ready = AtomicUsize::new(0);
    LazyLock::force(&PROCESSORS);
    let start = |nth: usize| {
        if let Some(processor) = PROCESSORS.get(nth) {
            core_affinity::set_for_current(*processor);
        }
        ready.fetch_add(1, Ordering::Relaxed);
        while ready.load(Ordering::Relaxed) < 2 {
            hint::spin_loop();
        }
    };
    thread::scope(|s| {
        let there = s.spawn(|| {
            start(1);
            there()
        });
        start(0);
        let here = here();
        (here, there.join().expect("the other thread ends"))
    })
}

/// The median of `values`, which it sorts.
///
/// # Panics
///
/// Panics if there are none.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The median of the ratios of `ours` to `theirs`, round by round: what a noisy machine leaves standing.
///
/// # Panics
///
/// Panics if there are no rounds.
#[must_use]
pub fn ratio(ours: &[f64], theirs: &[f64]) -> f64 {
    median(&mut ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect::<Vec<_>>())
}

/// Gives each contender a `turn` in each of `rounds` rounds, after an untimed one, and returns what the turns of each
/// returned.
pub fn race<C, T>(rounds: usize, contenders: &mut [C], mut turn: impl FnMut(&mut C) -> T) -> Vec<Vec<T>> {
    let mut results: Vec<Vec<T>> = contenders.iter().map(|_| Vec::new()).collect();
    for round in 0..=rounds {
        for place in 0..contenders.len() {
            // Who goes first changes, so that nobody always meets the same other's cache.
            let next = (round + place) % contenders.len();
            let result = turn(&mut contenders[next]);
            if round > 0 {
                results[next].push(result);
            }
        }
    }
    results
}

/// Two contenders, measured in turns.
#[derive(Debug, Clone, Copy)]
pub struct Duel {
    /// The median of ours, in nanoseconds for each operation.
    pub ours: f64,
    /// The median of theirs.
    pub theirs: f64,
    /// The [`ratio`] of ours to theirs.
    pub ratio: f64,
}

/// A [`race`] of two, each doing `operations` operations a turn.
pub fn duel(rounds: usize, operations: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Duel {
    let contenders: &mut [&mut dyn FnMut()] = &mut [&mut ours, &mut theirs];
    let mut times = race(rounds, contenders, |f| time(f) / operations as f64);
    let ratio = ratio(&times[0], &times[1]);
    Duel { ours: median(&mut times[0]), theirs: median(&mut times[1]), ratio }
}
