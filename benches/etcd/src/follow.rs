//! What it costs to be there, to follow, and to catch up.

use crate::Outcome;
use crate::contenders::{ALL, Contender};
use crate::figures::{memory, processor, summary};
use crate::server::Server;
use crate::writer::{Answered, write};
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
/// Changes in a second, and for how many seconds.
const RATE: u64 = 1_000;
const SECONDS: u64 = 10;
/// How many changes are caught up with.
const BEHIND: u64 = 20_000;

/// The contenders, each round another one first.
fn turns(round: usize) -> impl Iterator<Item = usize> {
    (0..ALL.len()).map(move |nth| (nth + round) % ALL.len())
}

fn last(answers: &[Answered]) -> i64 {
    answers.iter().map(|answered| answered.revision).max().unwrap_or(0)
}

/// What stands in a column: the figures of the rounds, and how they are printed.
struct Column {
    rounds: Vec<Vec<f64>>,
    digits: usize,
    /// Those of an idle contender may be 0.
    has_ratio: bool,
}

impl Column {
    fn new(rounds: Vec<Vec<f64>>, digits: usize) -> Self {
        Self { rounds, digits, has_ratio: true }
    }
}

/// Prints a row for each contender.
fn table(head: &str, columns: impl IntoIterator<Item = Column>) {
    let columns: Vec<_> = columns.into_iter().map(|column| (summary(&column.rounds), column)).collect();
    println!("| {head} |\n|---{}|", "|---:".repeat(columns.len()));
    for (nth, (name, _)) in ALL.iter().enumerate() {
        print!("| {name} |");
        for (all, column) in &columns {
            let (median, ratio) = all[nth];
            let ratio = if column.has_ratio { format!(" ({ratio:.2})") } else { String::new() };
            print!(" {median:.*}{ratio} |", column.digits);
        }
        println!();
    }
    println!();
}

/// From the start of a process to a table that is there.
pub(crate) fn start(server: &Server) -> Outcome {
    let mut all = [(); 5].map(|()| Vec::new());
    for round in 0..ROUNDS {
        let mut figures = [[0.0; ALL.len()]; 5];
        for nth in turns(round) {
            let (began, before) = (Instant::now(), server.processor());
            let contender = Contender::start(ALL[nth].1, &server.url)?;
            figures[0][nth] = began.elapsed().as_secs_f64() * 1e3;
            figures[1][nth] = processor(contender.id()).as_secs_f64() * 1e3;
            figures[2][nth] = server.processor().saturating_sub(before).as_secs_f64() * 1e3;
            figures[3][nth] = memory(contender.id(), "VmRSS:");
            figures[4][nth] = memory(contender.id(), "VmHWM:");
        }
        for (rounds, figures) in all.iter_mut().zip(figures) {
            rounds.push(figures.to_vec());
        }
    }
    println!("## The start\n");
    table(
        "from the start of a process to its table | ms | processor ms | etcd's processor ms | MB then | MB at most",
        all.map(|rounds| Column::new(rounds, 0)),
    );
    Ok(())
}

/// All follow the same changes at the same time.
pub(crate) fn follow(server: &Server) -> Outcome {
    let (mut used, mut held) = (Vec::new(), Vec::new());
    let mut idle = Vec::new();
    for round in 0..ROUNDS {
        let mut running = Vec::new();
        for nth in turns(round) {
            running.push((nth, Contender::start(ALL[nth].1, &server.url)?));
        }
        running.sort_by_key(|(nth, _)| *nth);
        let times = |running: &[(usize, Contender)]| {
            running
                .iter()
                .map(|(_, contender)| processor(contender.id()).as_secs_f64() * 1e3)
                .collect::<Vec<_>>()
        };
        let since = |before: Vec<f64>, now: Vec<f64>| {
            now.iter().zip(before).map(|(now, before)| now - before).collect()
        };
        let before = times(&running);
        std::thread::sleep(Duration::from_secs(SECONDS));
        idle.push(since(before, times(&running)));
        let before = times(&running);
        let answers = write(&server.url, 0..RATE * SECONDS, Some(RATE))?;
        for (_, contender) in &mut running {
            contender.wait_for(last(&answers))?;
        }
        used.push(since(before, times(&running)));
        held.push(running.iter().map(|(_, contender)| memory(contender.id(), "VmRSS:")).collect());
    }
    println!(
        "## {RATE} changes a second\n\nAll follow at the same time, for {SECONDS} s without a change, and {SECONDS} s with them.\n"
    );
    table(
        "one change a revision | idle: processor ms in all | processor ms in all | MB after it",
        [Column { has_ratio: false, ..Column::new(idle, 1) }, Column::new(used, 0), Column::new(held, 0)],
    );
    Ok(())
}

/// They stand still while others write, and then go on one after the other.
pub(crate) fn catch_up(server: &Server) -> Outcome {
    let (mut rates, mut used) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mut running = Vec::new();
        for (_, kind) in ALL {
            running.push(Contender::start(kind, &server.url)?);
        }
        // What comes after the start is over.
        std::thread::sleep(Duration::from_secs(1));
        for contender in &running {
            contender.signal("STOP")?;
        }
        let answers = write(&server.url, 0..BEHIND, None)?;
        let (mut rate, mut time) = (vec![0.0; ALL.len()], vec![0.0; ALL.len()]);
        for nth in turns(round) {
            let contender = &mut running[nth];
            let (before, began) = (processor(contender.id()), Instant::now());
            contender.signal("CONT")?;
            contender.wait_for(last(&answers))?;
            rate[nth] = BEHIND as f64 / began.elapsed().as_secs_f64();
            time[nth] = processor(contender.id()).saturating_sub(before).as_secs_f64() * 1e6 / BEHIND as f64;
            contender.signal("STOP")?;
        }
        rates.push(rate);
        used.push(time);
    }
    println!(
        "## Catching up\n\nA process that stood still goes on, and is {BEHIND} changes of one key each behind.\n"
    );
    table(
        "catching up | changes a second | processor us for one",
        [Column::new(rates, 0), Column::new(used, 1)],
    );
    Ok(())
}
