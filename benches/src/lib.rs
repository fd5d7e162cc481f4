//! What the benches share: contenders that take turns, medians of their ratios, and a word to a sanitizer.

pub mod tsan;

use std::time::Instant;

/// How long one call of `f` takes, in nanoseconds.
pub fn time(f: impl FnOnce()) -> f64 {
    let start = Instant::now();
    f();
    start.elapsed().as_nanos() as f64
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

/// Two contenders, measured in turns.
#[derive(Debug, Clone, Copy)]
pub struct Duel {
    /// The median of ours, in nanoseconds for each operation.
    pub ours: f64,
    /// The median of theirs.
    pub theirs: f64,
    /// The median of the ratios of ours to theirs, round by round: what a noisy machine leaves standing.
    pub ratio: f64,
}

/// Runs `ours` and `theirs` in turns, `rounds` times after an untimed one, each doing `operations` operations a turn.
pub fn duel(rounds: usize, operations: usize, mut ours: impl FnMut(), mut theirs: impl FnMut()) -> Duel {
    let (mut a, mut b, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        // Who goes first changes, so that neither always meets the other's cache.
        let (x, y) = if round % 2 == 0 {
            let x = time(&mut ours);
            (x, time(&mut theirs))
        } else {
            let y = time(&mut theirs);
            (time(&mut ours), y)
        };
        if round > 0 {
            a.push(x / operations as f64);
            b.push(y / operations as f64);
            ratios.push(x / y);
        }
    }
    Duel { ours: median(&mut a), theirs: median(&mut b), ratio: median(&mut ratios) }
}
