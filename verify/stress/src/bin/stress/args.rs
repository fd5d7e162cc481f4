//! The options.

use crate::promises;
use clap::{Parser, ValueEnum};
use std::ops::RangeInclusive;
use std::time::Duration;

const SECONDS: RangeInclusive<f64> = 0.1..=86_400.0;

/// Reads and writes from many threads, and checks all that is read.
#[derive(Debug, Parser)]
#[command(name = "stress", after_help = NOTES)]
pub(crate) struct Args {
    /// How long all of it takes, in seconds, 0.1 to 86400: each scenario gets an equal share
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds, allow_negative_numbers = true)]
    pub(crate) seconds: f64,

    /// How many threads the scenario `crowd` has, 4 to 1024; the others have a shape of their own
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(4..=1_024))]
    threads: u16,

    /// Which to play, several by commas [default: all]
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    scenario: Vec<Scenario>,

    /// How many seconds a thread may go without a step before it counts as hung, 1 to 3600
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3_600))]
    patience: u16,

    /// A trial of `withdrawn`: the program starts itself with it
    #[arg(long, value_name = "WHOM", value_enum, hide = true)]
    pub(crate) inside: Option<Whom>,
}

/// Whom a sandbox shuts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Whom {
    All,
    One,
}

impl Whom {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::One => "one",
        }
    }
}

const NOTES: &str = "\
Which publish backend is used is decided when this program is built:
RUSTFLAGS='--cfg readmostly_backend=\"lock\"', and \"hazard\" without. It says which.

Exit code: 0 when nothing was seen that should not be; 1 when something was, or a
thread hung; 2 when an option is bad.";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// Two live cells of one size, each with hot writers: no reader of one may see the other's data
    Cells,
    /// The same beside live `ArcSwap`s, which take and give back memory of the same size, and whose guards take up
    /// the slots that the backend `arc_swap` shares with them
    Beside,
    /// Five collections in one cell, random transactions, each snapshot compared with a model of its version
    History,
    /// Many more threads than cores, each reading in every way; now and then a writer sits on its lock
    Crowd,
    /// More guards held at once than any table of slots has
    Guards,
    /// Threads that come and go, and look once more while they are torn down
    Comings,
    /// Destructors that load, keep what they get, and write, on whatever thread they run
    Keepers,
    /// Threads that leave guards in thread locals, and very many at once now and then
    Churn,
    /// Writers that hold a guard over their own write: how many versions there are at once
    Replaced,
    /// Watches that sleep, as threads and as tasks, and watches that come and go: is each told, and none for nothing?
    Watches,
    /// A process that forks while its threads read and write, and what its children can do
    Forks,
    /// A sandbox that refuses the system's barrier to a process that relies on it
    Withdrawn,
}

impl Scenario {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cells => "cells",
            Self::Beside => "beside",
            Self::History => "history",
            Self::Crowd => "crowd",
            Self::Guards => "guards",
            Self::Comings => "comings",
            Self::Keepers => "keepers",
            Self::Churn => "churn",
            Self::Replaced => "replaced",
            Self::Watches => "watches",
            Self::Forks => "forks",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Why this build cannot play it.
    fn unfit(self) -> Option<&'static str> {
        match self {
            Self::Forks if cfg!(readmostly_tsan) => Some(
                "ThreadSanitizer ends the child of a process with several threads when it starts another",
            ),
            Self::Forks if !cfg!(unix) => Some("there is no fork here"),
            Self::Forks => promises::unfit_for_forks(),
            Self::Withdrawn => promises::has_no_barrier(),
            _ => None,
        }
    }
}

impl Args {
    /// The scenarios to play, and those that were asked for and cannot be.
    pub(crate) fn scenarios(&self) -> (Vec<Scenario>, Vec<(Scenario, &'static str)>) {
        let wanted = if self.scenario.is_empty() { Scenario::value_variants() } else { &self.scenario };
        let fit = wanted.iter().copied().filter(|scenario| scenario.unfit().is_none()).collect();
        let unfit = wanted.iter().filter_map(|scenario| Some((*scenario, scenario.unfit()?))).collect();
        (fit, unfit)
    }

    pub(crate) fn threads(&self) -> usize {
        self.threads.into()
    }

    pub(crate) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience.into())
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number of seconds".to_owned())?;
    if SECONDS.contains(&seconds) {
        Ok(seconds)
    } else {
        Err(format!("not from {} to {} seconds", SECONDS.start(), SECONDS.end()))
    }
}
