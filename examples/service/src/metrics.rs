//! What is counted, and how it is shown to Prometheus.
//!
//! A read of the table writes nothing that threads share, and counting it should not either: each thread counts in a shard, and who
//! asks adds them up.

use crate::list::Table;
use crate::log;
use crate::places::Places;
use crate::source::State;
use std::collections::VecDeque;
use std::fmt::{self, Write};
use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The routes that are counted apart; the last is for all others.
const ROUTES: [&str; 12] = [
    "/check/{domain}",
    "/check",
    "/status",
    "/metrics",
    "/healthz",
    "/readyz",
    "/changes",
    "/changes/{version}",
    "/reload",
    "/rollback/{version}",
    "/",
    "other",
];

/// The upper ends of the histogram, in microseconds, and as Prometheus wants them, in seconds.
const BOUNDS: [(u64, &str); 15] = [
    (5, "0.000005"),
    (10, "0.00001"),
    (25, "0.000025"),
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (25_000, "0.025"),
    (100_000, "0.1"),
    (250_000, "0.25"),
    (1_000_000, "1"),
];

/// As many threads count without meeting another.
const SHARDS: usize = 16;

/// How far back "recent" goes, in ticks of a second.
const RECENT: usize = 10;

/// What a check has found.
#[derive(Clone, Copy, Debug)]
pub enum Verdict {
    /// It is on the list, or a domain above it is.
    Blocked,
    /// It is not.
    Clear,
    /// It is no domain.
    Malformed,
}

/// Counts of one thread, on cache lines of their own.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard {
    requests: [[AtomicU64; 4]; ROUTES.len()],
    checks: [AtomicU64; 3],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

/// The counts of checks at one moment.
#[derive(Clone, Copy, Debug, Default)]
struct Totals {
    checks: [u64; 3],
    buckets: [u64; BOUNDS.len() + 1],
    nanoseconds: u64,
}

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    started: Instant,
    shards: Box<[Shard]>,
    /// Connections that are open.
    pub connections: AtomicUsize,
    /// Connections that were told to come back later.
    pub turned_away: AtomicU64,
    /// Readers of changes.
    pub streams: AtomicUsize,
    recent: Mutex<VecDeque<(Instant, Totals)>>,
}

/// How checks were lately.
#[derive(Clone, Copy, Debug)]
pub struct Recent {
    /// Checks a second.
    pub per_second: f64,
    /// Half of the requests took at most so long, in microseconds; `None` if there were none.
    pub p50: Option<u64>,
    /// Of a hundred requests 99 took at most so long.
    pub p99: Option<u64>,
}

thread_local! {
    static SHARD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed) % SHARDS
    };
}

impl Default for Metrics {
    fn default() -> Self {
        let (now, recent) = (Instant::now(), Mutex::default());
        let metrics = Self {
            started: now,
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            connections: AtomicUsize::new(0),
            turned_away: AtomicU64::new(0),
            streams: AtomicUsize::new(0),
            recent,
        };
        metrics.tick();
        metrics
    }
}

impl Metrics {
    /// Counts a request to this route, which was answered with this status.
    pub fn request(&self, route: Option<&str>, status: u16) {
        let route = ROUTES.iter().position(|name| Some(*name) == route).unwrap_or(ROUTES.len() - 1);
        let class = usize::from(status / 100).clamp(2, 5) - 2;
        add(&self.shard().requests[route][class], 1);
    }

    /// Counts checks.
    pub fn checks(&self, verdict: Verdict, count: u64) {
        add(&self.shard().checks[verdict as usize], count);
    }

    /// Enters how long a request for a check, or for many, has taken.
    pub fn took(&self, time: Duration) {
        let bucket = BOUNDS.iter().position(|(end, _)| time <= Duration::from_micros(*end));
        let shard = self.shard();
        add(&shard.buckets[bucket.unwrap_or(BOUNDS.len())], 1);
        add(&shard.nanoseconds, u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    }

    /// Is called once a second.
    pub fn tick(&self) {
        let mut recent = self.recent.lock().unwrap();
        recent.push_back((Instant::now(), self.totals()));
        if recent.len() > RECENT {
            recent.pop_front();
        }
    }

    /// Returns how checks were in the last ten seconds.
    pub fn recent(&self) -> Recent {
        let (then, before) = *self.recent.lock().unwrap().front().expect("there is one from the start");
        // After those, which may be replaced meanwhile by later ones: counts only grow.
        let (now, totals) = (Instant::now(), self.totals());
        let counts: Vec<u64> =
            totals.buckets.iter().zip(before.buckets).map(|(new, old)| new - old).collect();
        let checks = totals.checks.iter().sum::<u64>() - before.checks.iter().sum::<u64>();
        #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
        let per_second = checks as f64 / now.duration_since(then).as_secs_f64().max(0.001);
        Recent { per_second, p50: quantile(&counts, 50), p99: quantile(&counts, 99) }
    }

    /// Returns the checks since the start, by verdict.
    pub fn total(&self) -> [u64; 3] {
        self.totals().checks
    }

    /// Returns how long the service has run.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Writes all of it as Prometheus text.
    pub fn prometheus(&self, table: &Table, places: &Places, source: &State, is_ready: bool) -> String {
        let mut text = String::new();
        self.write(&mut text, table, places, source, is_ready).expect("a string takes all");
        text
    }

    fn write(
        &self,
        out: &mut String,
        table: &Table,
        places: &Places,
        source: &State,
        is_ready: bool,
    ) -> fmt::Result {
        let gauges = [
            (
                "ready",
                "Whether /readyz answers 200: a list is loaded, and no stop has begun.",
                u64::from(is_ready),
            ),
            ("domains", "Domains on the list in force.", table.len() as u64),
            ("table_version", "The version of the list in force.", table.version()),
            ("connections", "Open connections.", self.connections.load(Ordering::Relaxed) as u64),
            ("streams", "Readers of changes.", self.streams.load(Ordering::Relaxed) as u64),
            (
                "streams_waiting",
                "Readers of changes that wait, since others are sent as many different events as may be.",
                places.waiting() as u64,
            ),
        ];
        for (name, help, value) in gauges {
            head(out, name, "gauge", help)?;
            writeln!(out, "gatekeeper_{name} {value}")?;
        }
        if let Some(bytes) = resident() {
            writeln!(out, "# HELP process_resident_memory_bytes Resident memory.")?;
            writeln!(
                out,
                "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes {bytes}"
            )?;
        }
        head(out, "connections_turned_away_total", "counter", "Connections over the limit.")?;
        writeln!(
            out,
            "gatekeeper_connections_turned_away_total {}",
            self.turned_away.load(Ordering::Relaxed)
        )?;

        head(out, "log_lines_lost_total", "counter", "Lines of the log that could not be written.")?;
        writeln!(out, "gatekeeper_log_lines_lost_total {}", log::lost())?;

        head(out, "requests_total", "counter", "Requests, by route and class of the answer.")?;
        for (number, route) in ROUTES.iter().enumerate() {
            for class in 0..4 {
                let count = self.sum(|shard| &shard.requests[number][class]);
                if count > 0 {
                    let class = class + 2;
                    writeln!(
                        out,
                        "gatekeeper_requests_total{{route=\"{route}\",code=\"{class}xx\"}} {count}"
                    )?;
                }
            }
        }

        let totals = self.totals();
        head(out, "checks_total", "counter", "Domains that were checked, by what came of it.")?;
        for (name, count) in ["blocked", "clear", "malformed"].iter().zip(totals.checks) {
            writeln!(out, "gatekeeper_checks_total{{verdict=\"{name}\"}} {count}")?;
        }
        let name = "check_duration_seconds";
        head(out, name, "histogram", "From the head of a request to /check to its answer.")?;
        let mut count = 0;
        let ends = BOUNDS.iter().map(|(_, end)| *end).chain(["+Inf"]);
        for (end, bucket) in ends.zip(totals.buckets) {
            count += bucket;
            writeln!(out, "gatekeeper_{name}_bucket{{le=\"{end}\"}} {count}")?;
        }
        let (whole, rest) = (totals.nanoseconds / 1_000_000_000, totals.nanoseconds % 1_000_000_000);
        writeln!(out, "gatekeeper_{name}_sum {whole}.{rest:09}\ngatekeeper_{name}_count {count}")?;

        out.write_str(&source.prometheus())
    }

    fn shard(&self) -> &Shard {
        &self.shards[SHARD.with(|shard| *shard)]
    }

    fn sum(&self, count: impl Fn(&Shard) -> &AtomicU64) -> u64 {
        self.shards.iter().map(|shard| count(shard).load(Ordering::Relaxed)).sum()
    }

    fn totals(&self) -> Totals {
        Totals {
            checks: std::array::from_fn(|i| self.sum(|shard| &shard.checks[i])),
            buckets: std::array::from_fn(|i| self.sum(|shard| &shard.buckets[i])),
            nanoseconds: self.sum(|shard| &shard.nanoseconds),
        }
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

fn head(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# HELP gatekeeper_{name} {help}\n# TYPE gatekeeper_{name} {kind}")
}

/// The end of the bucket that the `percent`th percentile is in, in microseconds. What is beyond the last end is shown as that.
fn quantile(counts: &[u64], percent: u64) -> Option<u64> {
    let all: u64 = counts.iter().sum();
    let wanted = (all * percent).div_ceil(100);
    let mut seen = 0;
    let bucket = counts.iter().position(|count| {
        seen += count;
        seen >= wanted && wanted > 0
    })?;
    Some(BOUNDS[bucket.min(BOUNDS.len() - 1)].0)
}

/// The resident memory in bytes, where Linux tells.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok().map(|kib| kib * 1_024)
}
