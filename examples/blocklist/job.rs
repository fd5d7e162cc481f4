//! The job: load the list, let the readers run, and keep the list up to date meanwhile.

use std::error::Error;
use std::panic;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use hdrhistogram::Histogram;
use indicatif::HumanCount;
use readmostly::paged::PagedSet;

use super::args::Args;
use super::ledger::{Consistent, Fault, Ledger};
use super::list::{Difference, Domain, List, ListError};
use super::memory::{self, Memory, Peak};
use super::progress::Progress;
use super::readers::{self, Blocklist, Shared, Tally};
use super::traffic;

/// A domain is added by hand so often, and ten times at least in a short run.
const ADD_EVERY: Duration = Duration::from_millis(50);
/// The reload comes when so much of the time is over.
const RELOAD_AT: f64 = 0.6;

/// All that there is to report.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) load: Load,
    /// Single adds, in nanoseconds.
    pub(crate) adds: Histogram<u64>,
    pub(crate) reload: Result<Reload, ListError>,
    pub(crate) memory: AroundReload,
    /// The number of the last version; the list that was loaded is number 0.
    pub(crate) last_version: u64,
    pub(crate) domains: usize,
    /// From the first reader's start to the last one's end.
    pub(crate) elapsed: Duration,
    pub(crate) tallies: Vec<Tally>,
    pub(crate) judgement: Result<Consistent, Vec<Fault>>,
}

/// How long the first load took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) read: Duration,
    pub(crate) build: Duration,
    pub(crate) domains: usize,
}

/// How long the reload took, and what it did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reload {
    pub(crate) read: Duration,
    pub(crate) compare: Duration,
    pub(crate) publish: Duration,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) versions: u64,
}

/// Memory around the reload; after it means once the next write is out as well.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AroundReload {
    pub(crate) before: Memory,
    pub(crate) peak: Memory,
    pub(crate) after: Memory,
}

/// Does the whole job. An error means that it could not begin.
pub(crate) fn run(args: &Args) -> Result<Outcome, Box<dyn Error>> {
    let progress = Progress::new(args.seconds);
    progress.say(&format_args!("loading {}", args.list.display()));
    let (list, blocklist, load) = load_list(&args.list)?;
    let mut job = Job::new(list, blocklist, progress, args.seconds);

    job.progress.say(&format_args!(
        "{} domains; {} threads check for {:.1} s",
        HumanCount(load.domains as u64),
        args.threads,
        args.seconds.as_secs_f64()
    ));
    let start = Instant::now();
    let threads = start_readers(&job.shared, args.threads)?;
    job.add_until(args.seconds.mul_f64(RELOAD_AT));
    let (reload, memory) = job.reload_watched(&args.update);
    job.add_until(args.seconds);
    let tallies = stop_readers(&job.shared, threads);
    let elapsed = start.elapsed();
    job.progress.finish();

    let judgement = job.ledger.judge(tallies.iter().map(|tally| &tally.log), &job.shared.addresses);
    Ok(Outcome {
        load,
        adds: job.adds,
        reload,
        memory,
        last_version: job.shared.blocklist.version(),
        domains: job.shared.blocklist.len(),
        elapsed,
        tallies,
        judgement,
    })
}

fn load_list(path: &Path) -> Result<(List, Arc<Blocklist>, Load), ListError> {
    let (list, read) = timed(|| List::read(path));
    let list = list?;
    let (blocklist, build) = timed(|| list.domains.iter().map(Domain::clone).collect::<Blocklist>());
    let load = Load { read, build, domains: list.domains.len() };
    Ok((list, Arc::new(blocklist), load))
}

fn start_readers(shared: &Arc<Shared>, threads: u64) -> Result<Vec<JoinHandle<Tally>>, Box<dyn Error>> {
    let apart = shared.addresses.len() / usize::try_from(threads)?;
    let mut handles = Vec::new();
    for index in 0..usize::try_from(threads)? {
        let shared = Arc::clone(shared);
        let reader = thread::Builder::new().name(format!("reader {index}"));
        let handle = reader.spawn(move || readers::run(&shared, index * apart));
        handles.push(handle.map_err(|error| format!("cannot start thread {index} of {threads}: {error}"))?);
    }
    Ok(handles)
}

fn stop_readers(shared: &Shared, threads: Vec<JoinHandle<Tally>>) -> Vec<Tally> {
    shared.stop.store(true, Ordering::Release);
    let joined = threads.into_iter().map(JoinHandle::join);
    joined.map(|tally| tally.unwrap_or_else(|panic| panic::resume_unwind(panic))).collect()
}

/// The writer's side of the job.
struct Job {
    shared: Arc<Shared>,
    /// The file that is in force.
    list: List,
    ledger: Ledger,
    adds: Histogram<u64>,
    added_by_hand: usize,
    interval: Duration,
    start: Instant,
    progress: Progress,
}

impl Job {
    fn new(list: List, blocklist: Arc<Blocklist>, progress: Progress, length: Duration) -> Self {
        let shared = Shared {
            blocklist,
            addresses: traffic::addresses(&list),
            reloading: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            told: AtomicUsize::new(0),
        };
        Self {
            ledger: Ledger::open(&list),
            shared: Arc::new(shared),
            list,
            adds: readers::histogram(),
            added_by_hand: 0,
            interval: ADD_EVERY.min(length / 20),
            start: Instant::now(),
            progress,
        }
    }

    /// Adds a domain now and then; once, even if the time is over.
    fn add_until(&mut self, end: Duration) {
        loop {
            self.add();
            self.pause();
            if self.start.elapsed() >= end {
                return;
            }
        }
    }

    fn add(&mut self) {
        let domain: Domain = traffic::added_by_hand(self.added_by_hand).into();
        self.added_by_hand += 1;
        let (is_new, took) = timed(|| self.shared.blocklist.insert(Domain::clone(&domain)));
        if is_new {
            self.adds.saturating_record(u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
            self.ledger.add(domain);
        }
    }

    fn pause(&mut self) {
        thread::sleep(self.interval);
        let blocklist = &self.shared.blocklist;
        self.progress.tick(self.start.elapsed(), blocklist.version(), blocklist.len(), self.shared.checks());
    }

    /// Reloads, and looks how much memory it takes.
    fn reload_watched(&mut self, path: &Path) -> (Result<Reload, ListError>, AroundReload) {
        let before = memory::now();
        let peak = Peak::start();
        self.shared.reloading.store(true, Ordering::Relaxed);
        let reload = self.reload(path);
        self.shared.reloading.store(false, Ordering::Relaxed);
        let peak = peak.read();
        match &reload {
            Ok(done) => self.progress.say(&format_args!(
                "reloaded from {}: {} domains added, {} removed",
                path.display(),
                HumanCount(done.added as u64),
                HumanCount(done.removed as u64)
            )),
            Err(error) => {
                self.progress.say(&format_args!("{error}\nreload rejected: the old list stays in force"));
            }
        }
        self.pause();
        self.add();
        (reload, AroundReload { before, peak, after: memory::now() })
    }

    /// Reads the whole file before it touches the list, and then publishes the difference in one version. What was
    /// added by hand stays.
    fn reload(&mut self, path: &Path) -> Result<Reload, ListError> {
        let (list, read) = timed(|| List::read(path));
        let list = list?;
        let (difference, compare) = timed(|| self.list.difference_to(&list));

        let blocklist = &self.shared.blocklist;
        let version_before = blocklist.version();
        let ((added, removed), publish) = timed(|| blocklist.update(|draft| change(draft, &difference)));
        if added + removed > 0 {
            self.ledger.reload(&list, &difference);
        }
        self.list.apply(difference);
        let versions = self.shared.blocklist.version() - version_before;
        Ok(Reload { read, compare, publish, added, removed, versions })
    }
}

/// Makes the change in a draft of the set, and counts what came and what went.
fn change(draft: &mut PagedSet<Domain, RandomState>, difference: &Difference) -> (usize, usize) {
    let removed = difference.removed.iter().filter(|&domain| draft.remove(domain)).count();
    let added = difference.added.iter().filter(|&domain| draft.insert(Domain::clone(domain))).count();
    (added, removed)
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let value = f();
    (value, start.elapsed())
}
