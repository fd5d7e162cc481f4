//! A contender of another language: a program that answers a line "ROW SIZE MILLISECONDS" with the nanoseconds of one operation.

use crate::figures::thousands;
use crate::report::{Report, Target};
use crate::{Contender, Role, Trial};
use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

const ROUNDS: usize = 11;

const SPAN: Duration = Duration::from_millis(10);

/// How long a row runs before it is measured, for the compiler in a machine.
const WARM: Duration = Duration::from_millis(400);

const OURS: &str = "readmostly";

/// A question that both sides answer.
pub struct Row<T> {
    /// What is done.
    pub what: &'static str,
    /// What the other language has for it.
    pub beside: &'static str,
    /// Nanoseconds for each operation of ours, in operations for about as long as is said.
    pub ours: fn(&T, Duration) -> f64,
    /// What the program calls it.
    pub theirs: &'static str,
}

/// The program, which runs until its input ends.
pub struct Program {
    language: &'static str,
    process: Child,
    pipes: RefCell<(ChildStdin, BufReader<ChildStdout>)>,
}

/// Who has collections of one size.
trait Side<T> {
    fn measure(&self, row: &Row<T>, span: Duration) -> f64;
}

struct Ours<T>(T);

impl<T> Side<T> for Ours<T> {
    fn measure(&self, row: &Row<T>, span: Duration) -> f64 {
        (row.ours)(&self.0, span)
    }
}

struct Theirs<'a> {
    program: &'a Program,
    size: usize,
}

impl<T> Side<T> for Theirs<'_> {
    fn measure(&self, row: &Row<T>, span: Duration) -> f64 {
        self.program.ask(row.theirs, self.size, span)
    }
}

impl Program {
    /// Starts the program.
    ///
    /// # Errors
    ///
    /// Returns an error if it is not to be had here: then there is nothing to measure.
    pub fn start(language: &'static str, command: &mut Command) -> io::Result<Self> {
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(requests), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are piped");
        };
        Ok(Self { language, process, pipes: RefCell::new((requests, BufReader::new(answers))) })
    }

    fn ask(&self, row: &str, size: usize, span: Duration) -> f64 {
        let (requests, answers) = &mut *self.pipes.borrow_mut();
        writeln!(requests, "{row} {size} {}", span.as_millis().max(1)).expect("the program still runs");
        let mut answer = String::new();
        answers.read_line(&mut answer).expect("the program still runs");
        answer.trim().parse().expect("the answer is a number")
    }

    /// Has both sides answer each row at each size, in turns.
    pub fn race<T>(&self, report: &mut Report, sizes: &[usize], rows: &[Row<T>], ours: impl Fn(usize) -> T) {
        let mut tables: Vec<Vec<(usize, Trial)>> = rows.iter().map(|_| Vec::new()).collect();
        for size in report.sizes(sizes).collect::<Vec<_>>() {
            let theirs = Theirs { program: self, size };
            let mut both: [Contender<dyn Side<T> + '_>; 2] = [
                Contender { name: OURS, role: Role::Ours, subject: Box::new(Ours(ours(size))) },
                Contender { name: self.language, role: Role::Rival, subject: Box::new(theirs) },
            ];
            for (row, table) in rows.iter().zip(&mut tables) {
                self.ask(row.theirs, size, report.span(WARM));
                let span = report.span(SPAN);
                let trial = Trial::run(report.rounds(ROUNDS), &mut both, |side| {
                    // Not counted: what is in the cache was left by the other.
                    side.measure(row, span / 4);
                    side.measure(row, span)
                });
                table.push((size, trial));
            }
        }
        for (Row { what, beside, .. }, table) in rows.iter().zip(&tables) {
            report.by_size(&format!("{what}, beside {beside}, ns"), table);
        }
        for (Row { what, beside, .. }, table) in rows.iter().zip(&tables) {
            let ratio =
                |it: &(usize, Trial)| Some((thousands(it.0 as f64), it.1.ratio(OURS, self.language)?));
            let found: Vec<_> = table.iter().filter_map(ratio).collect();
            report.reach(what, beside, Target::Below, &found);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has nothing that would be lost. That it is gone already is no matter.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}
