//! What a bench prints and writes: `RESULTS.md`, a page for a reader, and behind it `results/`, with a page for each bench, the
//! targets, and each place where we win or lose.
//!
//! Each bench leaves its part below cargo's target directory, and puts all parts that are there together. So the last
//! one of a `cargo bench` writes the whole.

use crate::chart::{self, Line};
use crate::figures::{figure, thousands};
use crate::{Role, Trial};
use clap::Parser;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// The benches, in the order of their parts.
const PARTS: [&str; 14] = [
    "reads",
    "writes",
    "threads",
    "vectors",
    "ordered",
    "ordered_memory",
    "go",
    "parallel",
    "deltas",
    "growth",
    "memory",
    "java",
    "publish",
    "watch",
];

/// Within this much of the best rival nobody wins.
const LEVEL: f64 = 0.03;

/// The largest collection in a quick run.
const QUICK: usize = 1_000;

/// The largest table of all: see [`Report::has_room`].
pub const LARGEST: usize = 10_000_000;

/// What some tables of the largest size, and the entries to make one more, have room in, in GiB.
const ROOM: u64 = 20;

const NOTE: &str = "The figure is the median of a contender's turns. The one in brackets is the median, round by round, of the ratios to \
the rival with the best median: below 1.00 the contender is ahead of all rivals. What stands in italics is no rival, but shows where \
the limit is.";

/// What stands before the rows of the targets.
const TARGETS: &str = "A ratio is ours to the other's, in the same rounds.\n\n\
    | what | against | target | measured | |\n|---|---|---|---|---|\n";

#[derive(Parser)]
struct Options {
    /// Little of everything, only to see that it works; leaves `RESULTS.md` and the charts as they are.
    #[arg(long)]
    quick: bool,
    /// These parts alone, of a bench that has some; leaves `RESULTS.md` and the charts as they are.
    parts: Vec<String>,
    /// What cargo says to each bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A target: how far a ratio of ours to another's may be from 1.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// The ratio may be as high as this.
    AtMost(f64),
    /// The ratio may be as low as this.
    AtLeast(f64),
    /// The ratio must be lower than 1.
    Below,
}

impl Target {
    fn holds(self, ratio: f64) -> bool {
        match self {
            Self::AtMost(most) => ratio <= most,
            Self::AtLeast(least) => ratio >= least,
            Self::Below => ratio < 1.0,
        }
    }

    fn shown(self) -> String {
        match self {
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
            Self::Below => "below 1".into(),
        }
    }
}

/// A row of a table beside the best rival's: the first of ours, at one size.
struct Duel {
    /// What was measured, and where.
    place: String,
    ratio: f64,
    rival: &'static str,
}

/// The report of one bench.
pub struct Report {
    bench: &'static str,
    question: String,
    quick: bool,
    /// None: all of them.
    only: Vec<String>,
    /// As it is before a bench ties its threads to processors.
    machine: String,
    /// Whether there is room for the largest tables.
    roomy: bool,
    started: Instant,
    /// Where the parts are.
    parts: PathBuf,
    text: String,
    reach: String,
    wins: String,
    losses: String,
    duels: Vec<Duel>,
}

impl Report {
    /// Begins the report of `bench`, one of the names in `Cargo.toml`, which answers `question`.
    ///
    /// `target` is `env!("CARGO_TARGET_TMPDIR")`, which cargo tells benches and not a library.
    ///
    /// # Panics
    ///
    /// Panics if the directory of the parts cannot be made.
    #[must_use]
    pub fn start(target: &str, bench: &'static str, question: &str) -> Self {
        let Options { quick, parts: only, .. } = Options::parse();
        let parts =
            Path::new(target).join(if quick || !only.is_empty() { "results-quick" } else { "results" });
        fs::create_dir_all(parts.join("charts")).expect("cargo's target directory can be written to");
        println!("\n{bench}: {question}\n");
        println!("readmostly with the backend `{}`. {NOTE}", readmostly::BACKEND);
        Self {
            bench,
            question: question.into(),
            quick,
            only,
            machine: machine(),
            // Looked up before there are any tables: what is freed later stays with the allocator. What is not known is not
            // held against it.
            roomy: memory("MemAvailable:").is_none_or(|gibibytes| gibibytes >= ROOM),
            started: Instant::now(),
            parts,
            text: format!("# {question}\n\n{NOTE}\n"),
            reach: String::new(),
            wins: String::new(),
            losses: String::new(),
            duels: Vec::new(),
        }
    }

    /// Whether it is only to be seen that the bench works.
    #[must_use]
    pub fn is_quick(&self) -> bool {
        self.quick
    }

    /// Whether this part of the bench is to run.
    #[must_use]
    pub fn has_part(&self, part: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == part)
    }

    /// Whether what is measured is not all, and no result.
    fn is_partial(&self) -> bool {
        self.quick || !self.only.is_empty()
    }

    /// How many rounds a race has that is to have `rounds`.
    #[must_use]
    pub fn rounds(&self, rounds: usize) -> usize {
        if self.quick { 1 } else { rounds }
    }

    /// How long a turn is that is to be as long as `span`.
    #[must_use]
    pub fn span(&self, span: Duration) -> Duration {
        if self.quick { span / 20 } else { span }
    }

    /// Which of `sizes` there is time for.
    pub fn sizes<'a>(&self, sizes: &'a [usize]) -> impl Iterator<Item = usize> + use<'a> {
        let most = if self.quick { QUICK } else { usize::MAX };
        sizes.iter().copied().filter(move |size| *size <= most)
    }

    /// Whether there are the time and the memory for tables of [`LARGEST`] entries.
    ///
    /// Not even then is there room for all contenders at once: whoever makes them has them come in two parts.
    pub fn has_room(&mut self) -> bool {
        if !self.quick && !self.roomy {
            self.note(&format!("Ten million entries are left out, for which {ROOM} GiB should be free."));
        }
        !self.quick && self.roomy
    }

    /// Says something about what follows.
    pub fn note(&mut self, text: &str) {
        println!("\n{text}");
        _ = write!(self.text, "\n{text}\n");
    }

    /// A table of what was measured at several sizes.
    pub fn by_size(&mut self, title: &str, columns: &[(usize, Trial)]) {
        let columns: Vec<_> = columns.iter().map(|it| (thousands(it.0 as f64), &it.1)).collect();
        self.table(title, &columns);
    }

    /// A table: a row for each contender, a column for each trial.
    pub fn table(&mut self, title: &str, columns: &[(String, &Trial)]) {
        self.rows(title, columns, cell);
        self.judge(title, columns);
    }

    /// The same of something that is not the better the less it is: figures without ratios.
    pub fn figures_by_size(&mut self, title: &str, columns: &[(usize, Trial)]) {
        let columns: Vec<_> = columns.iter().map(|it| (thousands(it.0 as f64), &it.1)).collect();
        self.rows(title, &columns, |trial, name| trial.median(name).map_or("-".into(), figure));
    }

    fn rows(&mut self, title: &str, columns: &[(String, &Trial)], cell: impl Fn(&Trial, &str) -> String) {
        let mut rows: Vec<(&str, Role)> = Vec::new();
        for row in columns.iter().flat_map(|(_, trial)| trial.contenders()) {
            if !rows.contains(row) {
                rows.push(*row);
            }
        }
        println!("\n{title}");
        print!("{:<40}", "");
        for (label, _) in columns {
            print!(" {label:>18}");
        }
        println!();
        let labels: Vec<&str> = columns.iter().map(|it| it.0.as_str()).collect();
        _ = write!(
            self.text,
            "\n| {title} | {} |\n|---|{}\n",
            labels.join(" | "),
            "---:|".repeat(labels.len())
        );
        for (name, role) in rows {
            let cells: Vec<String> = columns.iter().map(|(_, trial)| cell(trial, name)).collect();
            print!("  {name:<38}");
            for cell in &cells {
                print!(" {cell:>18}");
            }
            println!();
            let name = match role {
                Role::Ours => format!("**{name}**"),
                Role::Rival => name.into(),
                Role::Yardstick => format!("*{name}*"),
            };
            _ = writeln!(self.text, "| {name} | {} |", cells.join(" | "));
        }
    }

    /// Writes down where the first of ours is ahead of the best rival, and where it is behind.
    fn judge(&mut self, title: &str, columns: &[(String, &Trial)]) {
        let (mut wins, mut losses) = (Vec::new(), Vec::new());
        for (label, trial) in columns {
            let (Some(ours), Some(best)) = (trial.ours(), trial.best_rival()) else { continue };
            let Some(ratio) = trial.ratio(ours, best) else { continue };
            if ratio.is_finite() {
                let place = format!("{title}, {label}");
                self.duels.push(Duel { place, ratio, rival: best });
            }
            let words = if ratio.is_finite() {
                format!("{label}: {} of {best}", figure(ratio))
            } else {
                format!("{label}: {best} needs none")
            };
            if ratio < 1.0 - LEVEL {
                wins.push(words);
            } else if ratio > 1.0 + LEVEL {
                losses.push(words);
            }
        }
        for (list, found) in [(&mut self.wins, wins), (&mut self.losses, losses)] {
            if !found.is_empty() {
                _ = writeln!(list, "- {title}; {}", found.join("; "));
            }
        }
    }

    /// Draws `lines` into `charts/` and the report, without the points that no logarithmic axis has.
    ///
    /// # Panics
    ///
    /// Panics if the chart cannot be written.
    pub fn chart(&mut self, file: &str, title: &str, axes: [&str; 2], lines: &[Line]) {
        let positive = |line: &Line| line.1.iter().copied().filter(|it| it.0 > 0.0 && it.1 > 0.0).collect();
        let lines: Vec<Line> = lines.iter().map(|line| (line.0.clone(), positive(line))).collect();
        let drawn = chart::draw(title, axes[0], axes[1], &lines);
        fs::write(self.charts().join(file), drawn).expect("the directory of the charts can be written to");
        _ = write!(self.text, "\n![{title}](../charts/{file})\n");
    }

    /// Prints whether a target was held in each of `found`: what was measured, and where.
    pub fn reach(&mut self, what: &str, against: &str, target: Target, found: &[(String, f64)]) {
        let worst = found.iter().max_by(|a, b| match target {
            Target::AtLeast(_) => b.1.total_cmp(&a.1),
            _ => a.1.total_cmp(&b.1),
        });
        let Some((place, ratio)) = worst else { return };
        let held = found.iter().filter(|it| target.holds(it.1)).count();
        let verdict = if held == found.len() { "held" } else { "NOT held" };
        let mut measured = figure(*ratio);
        if !place.is_empty() {
            _ = write!(measured, " ({place})");
        }
        if found.len() > 1 {
            _ = write!(measured, ", the worst of {}, {held} of which hold", found.len());
        }
        println!("{verdict:<9} {what} / {against}: {measured}, to be {}", target.shown());
        let (target, verdict) = (target.shown(), verdict.replace("NOT held", "**NOT held**"));
        _ = writeln!(self.reach, "| {what} | {against} | {target} | {measured} | {verdict} |");
    }

    /// Leaves the part of this bench, and puts together what there is of all.
    ///
    /// # Panics
    ///
    /// Panics if the files cannot be written.
    pub fn finish(mut self) {
        let seconds = self.started.elapsed().as_secs();
        let (backend, commit) = (readmostly::BACKEND, said_by("git", &["rev-parse", "--short", "HEAD"]));
        println!("\n{} took {seconds} s", self.bench);
        let (bench, machine) = (self.bench, &self.machine);
        _ = write!(
            self.text,
            "\n*`cargo bench --bench {bench}`, {seconds} s, commit {commit}, backend `{backend}`; {machine}.*\n"
        );
        let summary = self.summary();
        for (kind, text) in [
            ("text", &self.text),
            ("reach", &self.reach),
            ("wins", &self.wins),
            ("losses", &self.losses),
            ("summary", &summary),
        ] {
            fs::write(self.parts.join(format!("{bench}.{kind}.md")), text)
                .expect("cargo's target directory can be written to");
        }
        let home: PathBuf =
            if self.is_partial() { self.parts.clone() } else { env!("CARGO_MANIFEST_DIR").into() };
        let pages = home.join("results");
        fs::create_dir_all(&pages).expect("the directory of the results can be made");
        let write = |page: PathBuf, text: String| fs::write(page, text).expect("the results can be written");
        write(pages.join(format!("{bench}.md")), self.text.clone());
        write(pages.join("targets.md"), self.targets());
        write(pages.join("wins-and-losses.md"), self.wins_and_losses());
        write(home.join("RESULTS.md"), self.front_page());
    }

    /// Leaves the report of a bench that is a package of its own in its folder, as `RESULTS.md`.
    ///
    /// # Panics
    ///
    /// Panics if the file cannot be written.
    pub fn finish_alone(self, home: &str, command: &str, rivals: &[&str]) {
        let (seconds, commit) =
            (self.started.elapsed().as_secs(), said_by("git", &["rev-parse", "--short", "HEAD"]));
        println!("\n{} took {seconds} s", self.bench);
        let home = if self.is_partial() { self.parts.clone() } else { home.into() };
        let page = format!(
            "{}\n## Targets\n\n{TARGETS}{}\n## Where we lose\n\n{}\n## Where we win\n\n{}\n\
             *`{command}`, {seconds} s, commit {commit}; {}. {}*\n",
            self.text,
            self.reach,
            self.losses,
            self.wins,
            self.machine,
            versions(rivals)
        );
        fs::write(home.join("RESULTS.md"), page).expect("the results can be written");
    }

    /// The bench's row on the front page: how often the first of ours is ahead of the best rival, and how far.
    fn summary(&self) -> String {
        let Self { bench, question, duels, .. } = self;
        let ahead = duels.iter().filter(|duel| duel.ratio < 1.0 - LEVEL).count();
        let behind = duels.iter().filter(|duel| duel.ratio > 1.0 + LEVEL).count();
        let level = duels.len() - ahead - behind;
        let shown = |duel: Option<&Duel>| {
            duel.map_or("-".into(), |it| format!("{} of {} ({})", figure(it.ratio), it.rival, it.place))
        };
        let best = duels.iter().min_by(|a, b| a.ratio.total_cmp(&b.ratio));
        let worst = duels.iter().max_by(|a, b| a.ratio.total_cmp(&b.ratio));
        format!(
            "| [{question}](results/{bench}.md) | {ahead} | {level} | {behind} | {} | {} |\n",
            shown(best),
            shown(worst)
        )
    }

    /// What the benches have left of one kind, in their order.
    fn parts_of(&self, kind: &str) -> Vec<(&'static str, String)> {
        let part =
            |bench| Some((bench, fs::read_to_string(self.parts.join(format!("{bench}.{kind}.md"))).ok()?));
        PARTS.iter().filter_map(|bench| part(*bench)).collect()
    }

    fn front_page(&self) -> String {
        let all = |kind| self.parts_of(kind).into_iter().map(|part| part.1).collect::<String>();
        let reached = all("reach");
        let held = reached.lines().filter(|line| line.ends_with("| held |")).count();
        format!(
            "# Results\n\n\
             Written by `cd benches && cargo bench`. Each figure is of one run, in which the contenders took turns, on a machine \
             that others may use as well; each page says which, and when. {}\n\n\
             ## Ours beside the best rival\n\n\
             Each row of a table at each size is one comparison with the rival that is best there: a lookup, an insert, a reload, \
             for each kind of key and hasher. A ratio below 1.00 means that ours is ahead. Within {:.0} % nobody is.\n\n\
             | question | ahead | level | behind | the best | the worst |\n|---|---:|---:|---:|---|---|\n{}\n\
             [Each place where we win or lose](results/wins-and-losses.md). \
             Of {} [targets](results/targets.md), {held} were held; [why the others were not](LIMITS.md).\n\n\
             ![A lookup by the number of entries](charts/reads.svg)\n\n\
             ![One insert by the number of entries](charts/writes.svg)\n\n\
             ![What a read takes during reloads](charts/reload.svg)\n",
            versions(&RIVALS),
            LEVEL * 100.0,
            all("summary"),
            reached.lines().count(),
        )
    }

    fn targets(&self) -> String {
        let rows: String = self.parts_of("reach").into_iter().map(|part| part.1).collect();
        format!("# Targets\n\n{TARGETS}{rows}")
    }

    fn wins_and_losses(&self) -> String {
        let lists = |kind| {
            let mut lists = String::new();
            for (bench, list) in self.parts_of(kind) {
                _ = write!(lists, "\n### {bench}\n\n{list}");
            }
            lists
        };
        format!(
            "# Where we win and where we lose\n\nBeside the best rival of each row, at each size.\n\n\
             ## Where we lose\n{}\n## Where we win\n{}",
            lists("losses"),
            lists("wins")
        )
    }

    fn charts(&self) -> PathBuf {
        if self.is_partial() {
            self.parts.join("charts")
        } else {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("charts")
        }
    }
}

/// What a line of a chart shows: one contender's medians by size.
#[must_use]
pub fn line(name: &str, columns: &[(usize, Trial)]) -> Line {
    let points = columns.iter().filter_map(|(size, trial)| Some((*size as f64, trial.median(name)?)));
    let mut points: Vec<_> = points.collect();
    // Of a size at which there were two races, the first that it took part in.
    points.dedup_by_key(|point| point.0);
    (name.into(), points)
}

fn cell(trial: &Trial, name: &str) -> String {
    let Some(median) = trial.median(name) else { return "-".into() };
    match trial.best_rival().and_then(|best| trial.ratio(name, best)) {
        Some(ratio) if ratio.is_finite() => format!("{} ({})", figure(median), figure(ratio)),
        _ => figure(median),
    }
}

/// The machine, the compiler and the month.
fn machine() -> String {
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let processor = processor.map_or("a processor of unknown name", |it| it.1);
    let count = thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let memory = memory("MemTotal:").unwrap_or(0);
    format!(
        "{processor}, {count} processors, {memory} GiB; {} {}, {}; {}",
        std::env::consts::OS,
        kernel.trim(),
        said_by("rustc", &["--version"]),
        said_by("date", &["+%Y-%m"]),
    )
}

/// The versions of everybody.
fn versions(rivals: &[&str]) -> String {
    let versions: Vec<String> = rivals.iter().map(|name| format!("{name} {}", version(name))).collect();
    format!(
        "readmostly {}, backend `{}`; {}.",
        version("readmostly"),
        readmostly::BACKEND,
        versions.join(", ")
    )
}

/// What the system says of its memory, in GiB.
fn memory(field: &str) -> Option<u64> {
    let fields = fs::read_to_string("/proc/meminfo").ok()?;
    let field = fields.lines().find_map(|line| line.strip_prefix(field)?.split_whitespace().next())?;
    Some(field.parse::<u64>().ok()? >> 20)
}

/// Those whose version a reader wants to know.
const RIVALS: [&str; 19] = [
    "hashbrown",
    "foldhash",
    "arc-swap",
    "parking_lot",
    "papaya",
    "dashmap",
    "scc",
    "evmap",
    "concread",
    "imbl",
    "rpds",
    "immutable-chunkmap",
    "crossbeam-skiplist",
    "rayon",
    "hazarc",
    "left-right",
    "kovan",
    "seize",
    "tokio",
];

/// The version of a package in the lock file. Of hashbrown, which a rival has in an older version too, the last one.
fn version(package: &str) -> &'static str {
    let entry = format!("name = \"{package}\"\nversion = \"");
    let after = include_str!("../Cargo.lock").rsplit_once(&*entry).map_or("?", |it| it.1);
    after.split('"').next().unwrap_or("?")
}

fn said_by(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output();
    let words = output.ok().and_then(|it| String::from_utf8(it.stdout).ok()).unwrap_or_default();
    if words.trim().is_empty() { "unknown".into() } else { words.trim().into() }
}
