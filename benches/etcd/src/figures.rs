//! Looks at processes, and what rows of figures say.

use std::fs;
use std::time::Duration;

/// The processor time of the threads that a process has.
pub(crate) fn processor(id: u32) -> Duration {
    let mut all = 0;
    for task in fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        all += text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0);
    }
    Duration::from_nanos(all)
}

/// A line of `/proc/…/status`, in MB.
pub(crate) fn memory(id: u32, line: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|found| found.strip_prefix(line)).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse().ok()).unwrap_or(0.0) / 1024.0
}

/// What stands at a place of many figures: 500 is the median.
pub(crate) fn at(figures: &mut [f64], per_mille: usize) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len().saturating_sub(1) * per_mille / 1000).copied().unwrap_or(f64::NAN)
}

pub(crate) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    at(&mut figures.into_iter().collect::<Vec<_>>(), 500)
}

/// The figures of each round: those of all contenders, in their order. Returns for each the median, and the median of the ratios to the second.
pub(crate) fn summary(rounds: &[Vec<f64>]) -> Vec<(f64, f64)> {
    let of = |nth: usize| {
        (
            median(rounds.iter().map(|round| round[nth])),
            median(rounds.iter().map(|round| round[nth] / round[1])),
        )
    };
    (0..rounds[0].len()).map(of).collect()
}
