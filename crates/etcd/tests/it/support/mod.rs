//! An etcd for a test, a network in between that can be cut, and waiting for what is to come.

mod etcd;
mod gateway;
mod network;
mod proxy;

pub(crate) use etcd::{Etcd, Options, is_there};
pub(crate) use gateway::{Gateway, Request, created, event, events, head, kv, list};
pub(crate) use network::Network;
pub(crate) use proxy::Proxy;

use readmostly::{CowMap, Watch};
use readmostly_etcd::{Builder, Follow, Follower, Status};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The table of the tests.
pub(crate) type Map = CowMap<String, u64>;
pub(crate) type Numbers = Builder<String, u64, readmostly::paged::PagedMap<String, u64>>;

/// Longer than anything in a test takes.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// Follows numbers, with pauses that are short.
pub(crate) fn numbers(endpoints: &[String], prefix: &str) -> Numbers {
    decoded(Follow::prefix(endpoints, prefix))
}

pub(crate) fn decoded(follow: Follow) -> Numbers {
    follow
        .decode(name, |_, value| number(value))
        .timeout(Duration::from_secs(2))
        .silence(Duration::from_millis(300))
        .check_every(None)
        .longest_pause(Duration::from_millis(200))
}

#[expect(clippy::unnecessary_wraps, reason = "what a decoder returns")]
pub(crate) fn name(name: &str) -> Result<String, String> {
    Ok(name.to_owned())
}

pub(crate) fn number(value: &[u8]) -> Result<u64, String> {
    let text = std::str::from_utf8(value).map_err(|_| "not UTF-8")?;
    text.parse().map_err(|_| String::from("not a number"))
}

/// Starts, and waits for the first list.
#[track_caller]
pub(crate) fn start(builder: Numbers) -> Follower<Map> {
    let follower = builder.into(Arc::default()).unwrap_or_else(|error| panic!("{error}"));
    follower.ready(LONG).unwrap_or_else(|error| panic!("{error}"));
    follower
}

/// What the table holds.
pub(crate) fn shown(follower: &Follower<Map>) -> BTreeMap<String, u64> {
    follower.target().snapshot().iter().map(|(name, value)| (name.clone(), *value)).collect()
}

/// A metric of the Prometheus text, by the end of its name.
#[track_caller]
pub(crate) fn metric(status: &Status, name: &str) -> f64 {
    let text = status.prometheus("n").to_string();
    let start = format!("n_etcd_{name} ");
    let value = text.lines().find_map(|line| line.strip_prefix(&start));
    value.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
}

/// Waits until this is so.
#[track_caller]
pub(crate) fn until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < LONG, "after {:?} still not: {what}", began.elapsed());
        thread::sleep(Duration::from_millis(2));
    }
}

/// Waits until the table holds a value.
#[track_caller]
pub(crate) fn until_shown(follower: &Follower<Map>, name: &str, value: u64) {
    until(&format!("{name} is {value}: {:?}", follower.status()), || {
        follower.target().get(name) == Some(value)
    });
}

/// Takes down each version of a table, from the one that is there now.
pub(crate) struct Recorder {
    thread: JoinHandle<Vec<BTreeMap<String, u64>>>,
}

impl Recorder {
    pub(crate) fn new(map: &Arc<Map>) -> Self {
        map.keep(readmostly::Keep::versions(1_000_000));
        let (map, mut watch) = (Arc::clone(map), Watch::new(Arc::clone(map)));
        let thread = thread::spawn(move || {
            while !map.contains_key("end") {
                watch.next_timeout(Duration::from_millis(100));
            }
            let all = map.history();
            all.iter()
                .map(|version| version.iter().map(|(name, value)| (name.clone(), *value)).collect())
                .collect()
        });
        Self { thread }
    }

    /// All versions, when the table holds a key `end`.
    pub(crate) fn end(self) -> Vec<BTreeMap<String, u64>> {
        self.thread.join().expect("the recorder has ended")
    }
}

/// The states of a prefix at each of its revisions, in etcd's own words, with each state once where two are equal.
pub(crate) fn history(etcd: &Etcd, prefix: &str, from: u64, to: u64) -> Vec<BTreeMap<String, u64>> {
    let mut all = etcd.states(prefix, from..=to);
    all.dedup();
    all
}
