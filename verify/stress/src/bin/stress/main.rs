//! Real threads on a real machine: do readers ever see what no model allows?
//!
//! `cargo run --release --bin stress -- --seconds 60`, here in `verify/stress/`: one scenario puts `arc-swap` beside the
//! library. `ci/stress.sh` builds and runs it with each publish backend. A model checker explores every interleaving of
//! a few steps; this explores a few interleavings of every step, with the true allocator and the true scheduler.
//!
//! Each value says which cell it was made for and which version it is, in every word, so that foreign, torn, old and
//! freed data are told from what a reader should have seen. `-- --help` lists the scenarios.

mod args;
mod cells;
mod churn;
mod comings;
mod crowd;
mod forever;
#[cfg(unix)]
mod forks;
mod guards;
mod history;
mod keepers;
mod payload;
mod promises;
mod replaced;
mod report;
mod stage;
mod subject;
mod watches;
#[cfg(target_os = "linux")]
mod withdrawn;

use args::{Args, Scenario};
use clap::Parser;
use report::Report;
use stage::Stage;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let args = Args::parse();
    #[cfg(target_os = "linux")]
    if let Some(whom) = args.inside {
        return withdrawn::inside(whom, args.patience());
    }
    let (chosen, left_out) = args.scenarios();
    #[expect(clippy::cast_precision_loss, reason = "a handful of scenarios")]
    let share = Duration::from_secs_f64(args.seconds / chosen.len().max(1) as f64);
    let report = Report::new();
    for (scenario, why) in left_out {
        report.note(format!("{} left out: {why}", scenario.name()));
    }
    for scenario in chosen {
        eprintln!("{}: {:.1} s", scenario.name(), share.as_secs_f64());
        let stage = Stage::new(scenario.name(), share, args.patience(), &report);
        play(scenario, &stage, args.threads());
        stage.close();
    }
    report.print();
    if report.violations() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn play(scenario: Scenario, stage: &Stage<'_>, threads: usize) {
    match scenario {
        Scenario::Cells => cells::play(stage),
        Scenario::Beside => cells::play_beside(stage),
        Scenario::History => history::play(stage),
        Scenario::Crowd => crowd::play(stage, threads),
        Scenario::Guards => guards::play(stage),
        Scenario::Comings => comings::play(stage),
        Scenario::Keepers => keepers::play(stage),
        Scenario::Churn => churn::play(stage, threads),
        Scenario::Replaced => replaced::play(stage),
        Scenario::Watches => watches::play(stage),
        #[cfg(unix)]
        Scenario::Forks => forks::play(stage),
        #[cfg(target_os = "linux")]
        Scenario::Withdrawn => withdrawn::play(stage),
        #[allow(unreachable_patterns, reason = "each system has some that another has not")]
        _ => unreachable!("it was left out"),
    }
}
