//! The checks of `gatekeeper` over other tables, for `bench.sh`: the same server, the same route, the same parser.
//!
//! Each looks at the list ten times a second, as services do that poll a file by hand.

use arc_swap::ArcSwap;
use clap::{Parser, ValueEnum};
use gatekeeper::check::{Checks, Lookup};
use gatekeeper::list::{self, Domain};
use gatekeeper::metrics::Metrics;
use gatekeeper::routes;
use gatekeeper::server::{self, Limits};
use readmostly_reload::Content;
use std::collections::HashSet;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};
use std::thread;
use std::time::Duration;
use tokio::sync::watch;

/// Which table answers.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A set behind a reader-writer lock. A reload makes the new set first, and takes the lock to put it in place
    RwlockHashset,
    /// The same, but a reload takes the lock first and reads the list into the set that is there
    RwlockInPlace,
    /// A set in an `ArcSwap`
    ArcSwap,
}

/// Answers checks from another table than gatekeeper's.
#[derive(Debug, Parser)]
struct Options {
    #[arg(long)]
    table: Kind,
    #[arg(long)]
    list: PathBuf,
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// What is reloaded by hand.
trait Reload: Lookup {
    fn reload(&self, content: &Content);
}

fn main() -> io::Result<()> {
    let options = Options::parse();
    match options.table {
        Kind::RwlockHashset => run(&options, Locked::default()),
        Kind::RwlockInPlace => run(&options, InPlace(Locked::default())),
        Kind::ArcSwap => run(&options, Swapped::default()),
    }
}

fn run(options: &Options, table: impl Reload) -> io::Result<()> {
    let table = Arc::new(table);
    let (follower, path) = (Arc::clone(&table), options.list.clone());
    let mut bytes = fs::read(&path)?;
    table.reload(&content(&path, &bytes));
    thread::spawn(move || {
        loop {
            thread::sleep(Duration::from_millis(100));
            match fs::read(&path) {
                Ok(new) if new != bytes => {
                    follower.reload(&content(&path, &new));
                    bytes = new;
                }
                _ => {}
            }
        }
    });
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let listener = server::listen(options.listen)?;
        println!("listening on http://{}", listener.local_addr()?);
        let metrics = Arc::new(Metrics::default());
        let routes = routes::one_check(Checks { table, metrics: Arc::clone(&metrics) });
        let routes = routes::counted(routes, Arc::clone(&metrics));
        let limits = Limits {
            connections: 10_000,
            turned_away: 64,
            idle: Duration::from_secs(30),
            drain: Duration::from_secs(1),
        };
        // Nothing stops it but a signal.
        let (_keep, stopping) = watch::channel(false);
        server::serve(listener, routes, metrics, limits, stopping).await;
        Ok(())
    })
}

fn content(path: &Path, bytes: &[u8]) -> Content {
    Content::from_bytes(path.display().to_string(), bytes)
}

fn parse(content: &Content) -> Vec<Domain> {
    list::parse(content).expect("the lists of the bench are good")
}

fn find<'a>(set: &HashSet<Domain>, domain: &'a str) -> Option<&'a str> {
    list::blocker(domain, |name| set.contains(name))
}

/// A set behind a lock.
#[derive(Default)]
struct Locked {
    set: RwLock<HashSet<Domain>>,
    version: AtomicU64,
}

impl Lookup for Locked {
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>) {
        let set = self.set.read().unwrap();
        (self.version.load(Ordering::Relaxed), find(&set, domain))
    }
}

impl Reload for Locked {
    fn reload(&self, content: &Content) {
        let new = parse(content).into_iter().collect();
        let mut set = self.set.write().unwrap();
        let old = std::mem::replace(&mut *set, new);
        self.version.fetch_add(1, Ordering::Relaxed);
        drop(set);
        drop(old);
    }
}

/// A set behind a lock, which is held while the list is read.
struct InPlace(Locked);

impl Lookup for InPlace {
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>) {
        self.0.lookup(domain)
    }
}

impl Reload for InPlace {
    fn reload(&self, content: &Content) {
        let mut set = self.0.set.write().unwrap();
        set.clear();
        set.extend(parse(content));
        self.0.version.fetch_add(1, Ordering::Relaxed);
    }
}

/// A set in an `ArcSwap`.
#[derive(Default)]
struct Swapped {
    current: ArcSwap<(u64, HashSet<Domain>)>,
}

impl Lookup for Swapped {
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>) {
        let current = self.current.load();
        (current.0, find(&current.1, domain))
    }
}

impl Reload for Swapped {
    fn reload(&self, content: &Content) {
        let version = self.current.load().0 + 1;
        self.current.store(Arc::new((version, parse(content).into_iter().collect())));
    }
}
