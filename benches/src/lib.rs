//! What the benches share: contenders that take turns, the tables that they hold, a report of how they compare, a chart.
//!
//! [`race`] does the measuring, and not criterion, which runs one contender to its end before the next one starts: on a
//! machine that is not quiet only contenders in turns meet the same weather, and can be compared.

pub mod chart;
pub mod figures;
pub mod inserted;
pub mod keys;
pub mod languages;
pub mod lists;
pub mod ordered;
pub mod report;
pub mod tables;

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

/// The mean of what `f` returns, in calls for about `span` after one that does not count: what the contender before has
/// freed is put in order in that.
pub fn mean_of(span: Duration, mut f: impl FnMut() -> f64) -> f64 {
    f();
    let (start, mut sum, mut calls) = (Instant::now(), 0.0, 0.0);
    while calls == 0.0 || start.elapsed() < span {
        sum += f();
        calls += 1.0;
    }
    sum / calls
}

/// Has `f` do something `most` times, again and again for about `span`, and returns the nanoseconds for each time.
///
/// `f` gets the number, and returns how long they took: one figure, or one for what it did and one for taking it back. It
/// is called with 1 first, which does not count; where that takes long the clock needs no help, and it stays at 1.
pub fn repeated<const N: usize>(
    span: Duration,
    most: usize,
    mut f: impl FnMut(usize) -> [f64; N],
) -> [f64; N] {
    let count = if f(1).iter().sum::<f64>() > 50_000.0 { 1 } else { most };
    let (start, mut sums, mut times) = (Instant::now(), [0.0; N], 0.0);
    while times == 0.0 || start.elapsed() < span {
        for (sum, elapsed) in sums.iter_mut().zip(f(count)) {
            *sum += elapsed;
        }
        times += count as f64;
    }
    sums.map(|sum| sum / times)
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
    let mut order: Vec<usize> = (0..contenders.len()).collect();
    let mut random = fastrand::Rng::with_seed(6);
    for round in 0..=rounds {
        // Drawn anew, so that nobody always finds in the cache what the same other has left.
        random.shuffle(&mut order);
        for &next in &order {
            let result = turn(&mut contenders[next]);
            if round > 0 {
                results[next].push(result);
            }
        }
    }
    results
}

/// What a contender's figure is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The library.
    Ours,
    /// What a user would take instead.
    Rival,
    /// No rival, since it does something else or less: shows what a part of the work costs, or where the limit is.
    Yardstick,
}

/// Someone who takes part in a [`race`].
pub struct Contender<S: ?Sized> {
    /// How the tables call it.
    pub name: &'static str,
    /// What its figures are compared with.
    pub role: Role,
    /// What is measured.
    pub subject: Box<S>,
}

/// What each contender of a [`race`] was measured at in each round.
#[derive(Clone, Debug)]
pub struct Trial {
    contenders: Vec<(&'static str, Role)>,
    figures: Vec<Vec<f64>>,
}

impl Trial {
    /// Names the rows of `figures`.
    ///
    /// # Panics
    ///
    /// Panics if there are not as many contenders as rows.
    #[must_use]
    pub fn new<S: ?Sized>(contenders: &[Contender<S>], figures: Vec<Vec<f64>>) -> Self {
        assert_eq!(contenders.len(), figures.len());
        Self { contenders: contenders.iter().map(|it| (it.name, it.role)).collect(), figures }
    }

    /// A trial for each of the figures that a turn returned.
    #[must_use]
    pub fn split<S: ?Sized, const N: usize>(
        contenders: &[Contender<S>],
        turns: &[Vec<[f64; N]>],
    ) -> [Self; N] {
        std::array::from_fn(|nth| {
            let figures = turns.iter().map(|turns| turns.iter().map(|turn| turn[nth]).collect());
            Self::new(contenders, figures.collect())
        })
    }

    /// Races `contenders`, each of whose turns returns one figure.
    pub fn run<S: ?Sized>(
        rounds: usize,
        contenders: &mut [Contender<S>],
        mut turn: impl FnMut(&S) -> f64,
    ) -> Self {
        let figures = race(rounds, contenders, |it| turn(&it.subject));
        Self::new(contenders, figures)
    }

    /// The names and the roles, in the order in which they took part.
    #[must_use]
    pub fn contenders(&self) -> &[(&'static str, Role)] {
        &self.contenders
    }

    /// The median of one contender's figures, if it took part.
    #[must_use]
    pub fn median(&self, name: &str) -> Option<f64> {
        Some(median(&mut self.figures[self.find(name)?].clone()))
    }

    /// The least of one contender's figures, if it took part: that of the quietest round.
    #[must_use]
    pub fn least(&self, name: &str) -> Option<f64> {
        self.figures[self.find(name)?].iter().copied().min_by(f64::total_cmp)
    }

    /// The most of one contender's figures, if it took part.
    #[must_use]
    pub fn most(&self, name: &str) -> Option<f64> {
        self.figures[self.find(name)?].iter().copied().max_by(f64::total_cmp)
    }

    /// The [`ratio`] of one contender to another, if both took part.
    #[must_use]
    pub fn ratio(&self, name: &str, other: &str) -> Option<f64> {
        Some(ratio(&self.figures[self.find(name)?], &self.figures[self.find(other)?]))
    }

    /// The rival with the best median.
    #[must_use]
    pub fn best_rival(&self) -> Option<&'static str> {
        let rivals = self.contenders.iter().filter(|it| it.1 == Role::Rival).map(|it| it.0);
        rivals
            .min_by(|a, b| self.median(a).unwrap_or(f64::NAN).total_cmp(&self.median(b).unwrap_or(f64::NAN)))
    }

    /// The first of ours: the one that the rivals are compared with.
    #[must_use]
    pub fn ours(&self) -> Option<&'static str> {
        self.contenders.iter().find(|it| it.1 == Role::Ours).map(|it| it.0)
    }

    fn find(&self, name: &str) -> Option<usize> {
        self.contenders.iter().position(|it| it.0 == name)
    }
}
