//! The sign-up service's threads: each checks one address after the other through a `Reader` of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use hdrhistogram::Histogram;
use readmostly::{CowSet, Reader};

use super::check::{self, Verdict};
use super::ledger::{Fingerprint, ReaderLog};
use super::list::Domain;
use super::traffic::Address;

/// The set that everybody shares. foldhash, since the domains in it are ours: an attacker can ask for any domain, and
/// cannot add one.
pub(crate) type Blocklist = CowSet<Domain, RandomState>;

/// Of so many checks one is timed: to time each would take longer than the check.
pub(crate) const BATCH: u32 = 64;
/// After so many batches a reader tells the progress bar how far it is.
const TELL: u64 = 64;
/// The longest time that a histogram of nanoseconds holds: a minute.
const LONGEST: u64 = 60_000_000_000;

/// What all the threads of the job share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) blocklist: Arc<Blocklist>,
    pub(crate) addresses: Vec<Address>,
    pub(crate) reloading: AtomicBool,
    pub(crate) stop: AtomicBool,
    /// For the progress bar only, in steps of [`TELL`] batches: not every processor counts to 2^64 in one atomic step.
    pub(crate) told: AtomicUsize,
}

impl Shared {
    /// How many checks there were, by what the readers have told.
    pub(crate) fn checks(&self) -> u64 {
        self.told.load(Ordering::Relaxed) as u64 * TELL * u64::from(BATCH)
    }
}

/// What one reader did and saw.
#[derive(Debug)]
pub(crate) struct Tally {
    pub(crate) listed: u64,
    pub(crate) clear: u64,
    pub(crate) malformed: u64,
    /// Time in checks, with what it takes to time and to count them.
    pub(crate) checking: Duration,
    /// Time in looking through whole versions, for the ledger.
    pub(crate) auditing: Duration,
    /// Single checks, in nanoseconds.
    pub(crate) latency: Histogram<u64>,
    /// Those of them that began while the list was reloaded.
    pub(crate) in_reload: Histogram<u64>,
    pub(crate) log: ReaderLog,
}

impl Tally {
    /// How many checks there were.
    pub(crate) fn checks(&self) -> u64 {
        self.listed + self.clear + self.malformed
    }
}

/// A histogram of durations in nanoseconds, good to three digits.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("the bounds are in order")
}

/// Checks addresses until it is told to stop, starting with the one at `first`.
pub(crate) fn run(shared: &Shared, first: usize) -> Tally {
    let mut worker = Worker::new(shared, first);
    let mut batches = 0;
    let start = Instant::now();
    while !shared.stop.load(Ordering::Acquire) {
        worker.batch();
        batches += 1;
        if batches % TELL == 0 {
            shared.told.fetch_add(1, Ordering::Relaxed);
        }
    }
    // The stop came after the last write, so this one check has to see the last version.
    worker.check_one();
    worker.tally.checking = start.elapsed().saturating_sub(worker.tally.auditing);
    worker.tally
}

struct Worker<'a> {
    shared: &'a Shared,
    reader: Reader<Arc<Blocklist>>,
    next: usize,
    scratch: String,
    tally: Tally,
}

/// One check: of which address, the answer, and by which version.
struct Checked {
    address: usize,
    verdict: Verdict,
    version: u64,
}

impl<'a> Worker<'a> {
    fn new(shared: &'a Shared, first: usize) -> Self {
        let tally = Tally {
            listed: 0,
            clear: 0,
            malformed: 0,
            checking: Duration::ZERO,
            auditing: Duration::ZERO,
            latency: histogram(),
            in_reload: histogram(),
            log: ReaderLog::default(),
        };
        let reader = Reader::new(Arc::clone(&shared.blocklist));
        Self { shared, reader, next: first, scratch: String::new(), tally }
    }

    fn batch(&mut self) {
        let reloading = self.shared.reloading.load(Ordering::Relaxed);
        let start = Instant::now();
        let first = self.check();
        let latency = start.elapsed();
        self.note(&first);
        for _ in 1..BATCH {
            self.check_one();
        }
        let nanoseconds = u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX);
        self.tally.latency.saturating_record(nanoseconds);
        if reloading {
            self.tally.in_reload.saturating_record(nanoseconds);
        }
    }

    fn check_one(&mut self) {
        let checked = self.check();
        self.note(&checked);
    }

    /// The check itself, as a service would have it. There is one `load` in it, and so one version answers, however
    /// many lookups it takes.
    fn check(&mut self) -> Checked {
        let address = self.next;
        self.next = (self.next + 1) % self.shared.addresses.len();
        let text = &self.shared.addresses[address].text;
        let listed = self.reader.load();
        let verdict = check::check(text, &mut self.scratch, |domain| listed.contains(domain));
        Checked { address, verdict, version: self.reader.version() }
    }

    fn note(&mut self, checked: &Checked) {
        match checked.verdict {
            Verdict::Listed => self.tally.listed += 1,
            Verdict::Clear => self.tally.clear += 1,
            Verdict::Malformed => self.tally.malformed += 1,
        }
        let log = &mut self.tally.log;
        if checked.verdict != self.shared.addresses[checked.address].at_first {
            log.changed.entry(checked.address).or_insert((checked.version, checked.verdict));
        }
        if log.seen.last().is_none_or(|&(version, _)| version != checked.version) {
            self.audit(checked.version);
        }
    }

    /// Looks through all of a version that was not seen before. This is no part of the service, and is timed apart.
    fn audit(&mut self, version: u64) {
        let start = Instant::now();
        let whole = Fingerprint::of(self.reader.peek());
        self.tally.log.seen.push((version, whole));
        self.tally.auditing += start.elapsed();
    }
}
