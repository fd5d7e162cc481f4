//! What does it cost to keep a table on disk?
//!
//! `cargo bench -p readmostly-persist-bench` in `benches/`. A table of a million keys with values of 100 bytes is saved while it goes on
//! being written, saved again after a thousand changes, loaded, and written with each write on disk first. Its contenders are Redis, plain
//! serde of a cloned `HashMap`, redb and `SQLite`. Redis is left out where `redis-server` is not installed.
//!
//! `cargo bench -p readmostly-persist-bench -- stop reads` runs these parts alone, and leaves `RESULTS.md` as it is.

mod delta;
mod durable;
mod reads;
mod sizes;
mod stop;
mod whole;

use readmostly_benches::report::Report;
use readmostly_persist_bench::redis::Server;
use std::path::Path;

fn main() {
    if std::env::args().nth(1).as_deref() == Some(stop::CHILD) {
        return stop::child();
    }
    let question = "What does it cost to keep a table on disk?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "persist", question);
    let home =
        tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder on the disk that is measured");
    let entries = if report.is_quick() { 10_000 } else { 1_000_000 };
    let mut redis = redis(&mut report, home.path());
    if report.has_part("stop") {
        stop::stops(&mut report, home.path(), redis.as_mut(), entries);
    }
    if report.has_part("memory") {
        stop::memory(&mut report, home.path(), redis.as_mut(), entries);
    }
    if report.has_part("whole") {
        whole::saves_and_loads(&mut report, home.path(), redis.as_mut(), entries);
    }
    drop(redis);
    if report.has_part("delta") {
        delta::deltas(&mut report, home.path(), entries);
    }
    if report.has_part("durable") {
        durable::updates(&mut report, home.path());
    }
    if report.has_part("sizes") {
        sizes::sizes(&mut report, home.path());
    }
    // Last, since it binds this thread to a processor for good.
    if report.has_part("reads") {
        reads::reads(&mut report, home.path());
    }
    report.finish_alone(
        env!("CARGO_MANIFEST_DIR"),
        "cargo bench -p readmostly-persist-bench",
        &["postcard", "redb", "rusqlite", "lz4_flex", "zstd", "blake3"],
    );
}

fn redis(report: &mut Report, home: &Path) -> Option<Server> {
    let folder = home.join("redis");
    std::fs::create_dir(&folder).expect("a folder");
    let mut server = Server::start(&folder).expect("Redis starts");
    match &mut server {
        Some(server) => {
            let info = server.run(&["INFO", "server"]).expect("it answers");
            let version = info.lines().find_map(|line| line.strip_prefix("redis_version:")).unwrap_or("?");
            report.note(&format!("Redis is {}, over a Unix socket, with no log.", version.trim()));
        }
        None => report.note("`redis-server` is not installed: what follows is without it."),
    }
    server
}
