//! What does it cost to follow etcd? Ours beside `etcd-client` and a store as reflectors have it. Prints Markdown.
//!
//! It starts an etcd of its own, and the contenders as processes of their own. On Linux, since it reads `/proc`.

mod contenders;
mod figures;
mod follow;
mod questions;
mod reads;
mod server;
mod writer;

use server::Server;
use std::env;
use std::error::Error;

/// What is done to get a figure may fail in many ways, which end the run.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// How many keys the table has.
const KEYS: u64 = 100_000;
const PREFIX: &str = "/m/";

/// The name of a key, without the prefix.
fn name(n: u64) -> String {
    format!("{n:06}")
}

/// A value of 100 bytes, which says its number.
fn value(number: u64) -> String {
    format!("{number:0100}")
}

fn main() -> Outcome {
    let arguments: Vec<_> = env::args().skip(1).collect();
    if let [what, kind, url] = &arguments[..]
        && what == "contender"
    {
        return contenders::run(kind, url);
    }
    let is_asked = |question: &str| arguments.is_empty() || arguments.iter().any(|asked| asked == question);
    let server = Server::start()?;
    writer::fill(&server.url)?;
    println!("# What does it cost to follow etcd?\n");
    println!(
        "`cargo run --release` in this folder, with Debian's etcd 3.4.23 on {} processors, which the contenders, etcd and the writer \
         share. etcd does not wait for the disk. A table of {KEYS} keys of 6 characters with values of 100 bytes. The contenders take turns in each \
         round; a figure is the median of the rounds, and the one in brackets the median of the ratios to the second contender, round by \
         round.\n\n\
         - **readmostly-etcd**: a `CowMap` by the JSON gateway.\n\
         - **etcd-client, a lock**: `RwLock<AHashMap<String, Arc<_>>>` of parking_lot, as kube's reflector has it, by gRPC.\n\
         - **etcd-client, CowMap**: the same client, and one version of a `CowMap` for each revision.\n\n\
         The latter two only list and watch: they check nothing, and do not connect again.\n",
        std::thread::available_parallelism()?,
    );
    if is_asked("start") {
        follow::start(&server)?;
    }
    if is_asked("follow") {
        follow::follow(&server)?;
    }
    if is_asked("catch-up") {
        follow::catch_up(&server)?;
    }
    if is_asked("delays") {
        questions::delays(&server)?;
    }
    if is_asked("counts") {
        questions::counts(&server)?;
    }
    if is_asked("reads") {
        reads::reads(&server)?;
    }
    Ok(())
}
