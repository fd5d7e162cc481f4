//! A sign-up service's check of disposable mail domains, with a list that changes while it is in use.
//!
//! `cargo run --release --example blocklist` loads a real list, lets threads check a stream of addresses through a
//! `Reader` each, adds single domains while they run, reloads the list to a newer version of it in one batch, and
//! shows what all that took. `-- --help` lists the options.

mod args;
mod check;
mod domain;
mod job;
mod ledger;
mod list;
mod memory;
mod progress;
mod readers;
mod report;
mod traffic;

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use clap::Parser;

use args::Args;
use job::Outcome;

/// A reader saw something that it should not have.
const INCONSISTENT: u8 = 1;
/// An option or a file is bad. It is clap's code, too.
const BAD_INPUT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let outcome = match job::run(&args) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(BAD_INPUT);
        }
    };
    if let Err(error) = report::write(&outcome, &mut io::stdout().lock()) {
        // Whoever closed the pipe has seen enough; the exit code still counts.
        if error.kind() != ErrorKind::BrokenPipe {
            eprintln!("error: cannot write the table: {error}");
        }
    }
    exit_code(&outcome)
}

fn exit_code(outcome: &Outcome) -> ExitCode {
    if outcome.judgement.is_err() {
        ExitCode::from(INCONSISTENT)
    } else if outcome.reload.is_err() {
        ExitCode::from(BAD_INPUT)
    } else {
        ExitCode::SUCCESS
    }
}
