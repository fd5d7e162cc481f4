//! What was checked and how often, and the first thing that was wrong.

use parking_lot::Mutex;
use std::time::Duration;

/// What one scenario did.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) scenario: &'static str,
    pub(crate) time: Duration,
    pub(crate) threads: usize,
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) versions: u64,
    pub(crate) violations: u64,
    pub(crate) first: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Report {
    rows: Mutex<Vec<Row>>,
    notes: Mutex<Vec<String>>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { rows: Mutex::new(Vec::new()), notes: Mutex::new(Vec::new()) }
    }

    pub(crate) fn add(&self, row: Row) {
        self.rows.lock().push(row);
    }

    pub(crate) fn note(&self, note: String) {
        self.notes.lock().push(note);
    }

    pub(crate) fn violations(&self) -> u64 {
        self.sum().violations
    }

    /// All scenarios as one, with the first thing that was wrong.
    pub(crate) fn sum(&self) -> Row {
        let mut all = Row::default();
        for row in self.rows.lock().iter() {
            all.time += row.time;
            all.reads += row.reads;
            all.writes += row.writes;
            all.versions += row.versions;
            all.violations += row.violations;
            all.first = all.first.or_else(|| row.first.clone());
        }
        all
    }

    pub(crate) fn print(&self) {
        println!("backend {}", readmostly::BACKEND);
        println!(
            "{:<10}{:>9}{:>9}{:>15}{:>13}{:>15}{:>12}",
            "scenario", "seconds", "threads", "reads checked", "writes", "versions seen", "violations"
        );
        for row in self.rows.lock().iter() {
            println!(
                "{:<10}{:>9.1}{:>9}{:>15}{:>13}{:>15}{:>12}",
                row.scenario,
                row.time.as_secs_f64(),
                row.threads,
                row.reads,
                row.writes,
                row.versions,
                row.violations
            );
        }
        let all = self.sum();
        println!(
            "{:<10}{:>9.1}{:>9}{:>15}{:>13}{:>15}{:>12}",
            "all",
            all.time.as_secs_f64(),
            "",
            all.reads,
            all.writes,
            all.versions,
            all.violations
        );
        for note in self.notes.lock().iter() {
            println!("{note}");
        }
        for row in self.rows.lock().iter() {
            if let Some(first) = &row.first {
                println!("VIOLATION in {}, the first of {}: {first}", row.scenario, row.violations);
            }
        }
    }
}
