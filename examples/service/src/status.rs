//! `GET /status`: all that the page shows, as JSON.

use crate::history::Origin;
use crate::metrics::Recent;
use crate::service::Service;
use crate::source::{Following, Loading, State};
use readmostly::Snapshot;
use readmostly_etcd::Shown;
use readmostly_reload::Failure;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the status.
pub fn status(service: &Service) -> Value {
    let state = service.source.state();
    let history = service.table.history();
    let current = history.last().expect("the current version is in it");
    let [blocked, clear, malformed] = service.metrics.total();
    let Recent { per_second, p50, p99 } = service.metrics.recent();
    json!({
        "ready": service.is_ready(),
        "stopping": *service.stopping.borrow(),
        "run": service.run,
        "list": service.options.source(),
        "version": Snapshot::version(current),
        "size": current.len(),
        "source": source(&state),
        "checks": {
            "total": blocked + clear + malformed,
            "blocked": blocked,
            "clear": clear,
            "malformed": malformed,
            "per_second": (per_second * 10.0).round() / 10.0,
            "p50_us": p50,
            "p99_us": p99,
        },
        "history": history.iter().rev().filter(|version| Snapshot::version(version) > 0).map(|version| {
            let number = Snapshot::version(version);
            let entry = service.source.history().get(number);
            json!({
                "version": number,
                "size": version.len(),
                "current": number == Snapshot::version(current),
                "at": entry.map(|entry| seconds(entry.at)),
                "from": entry.map(|entry| origin(entry.origin)),
                "added": entry.map(|entry| entry.added),
                "removed": entry.map(|entry| entry.removed),
            })
        }).collect::<Vec<_>>(),
        "connections": service.metrics.connections.load(Ordering::Relaxed),
        "streams": service.metrics.streams.load(Ordering::Relaxed),
        "versions_alive": service.table.stats().living,
        "uptime_seconds": service.metrics.uptime().as_secs(),
        "needs_token": service.options.token.is_some(),
    })
}

/// How the source is doing, in a word and in a sentence.
pub fn source(state: &State) -> Value {
    match state {
        State::File(loading) => of_file(loading),
        State::Etcd(following) => of_etcd(following),
    }
}

fn of_etcd(following: &Following) -> Value {
    let status = &following.status;
    let failure = status.last_error.as_ref();
    let saved_at = match status.shown {
        Shown::LastGood { saved_at } => Some(seconds(saved_at)),
        _ => None,
    };
    let from = if saved_at.is_some() { Origin::LastGood } else { Origin::Source };
    json!({
        "kind": "etcd",
        "state": following.state(),
        "reason": following.reason(),
        "failure": failure.map(|failure| json!({ "kind": failure.kind.as_str(), "reason": failure.reason })),
        "since": failure.map(|failure| seconds(failure.since)),
        "from": origin(from),
        "saved_at": saved_at,
        "version": following.version,
        "prefix": following.prefix,
        "endpoint": status.endpoint,
        "connected": status.connected,
        "connected_since": status.connected.then(|| seconds(status.since)),
        "last_good_since": (!status.connected && following.version > 0).then(|| seconds(status.since)),
        "revision": status.revision,
        "newest_revision": status.newest,
        "lag_revisions": status.lag_revisions(),
        "current_at": status.current_at.map(seconds),
        "lag_seconds": status.lag().map(|lag| rounded(lag.as_secs_f64())),
        "rejected_keys": status.rejected_keys,
        "rejected": status.rejected.iter().map(|key| json!({
            "name": key.name,
            "reason": key.reason,
            "revision": key.revision,
            "since": seconds(key.since),
        })).collect::<Vec<_>>(),
        "published": status.published,
        "resyncs": status.resyncs,
        "restores": status.restores,
        "checks": status.checks,
        "repaired": status.repaired,
        "failed": status.failed,
        "copy_reason": status.save_error.as_ref().map(ToString::to_string),
    })
}

/// How a file is doing.
pub fn of_file(loading: &Loading) -> Value {
    match loading {
        Loading::Waiting(waiting) => {
            let failure = waiting.error.as_ref().map(|error| &*error.failure);
            json!({
                "kind": "file",
                "state": if failure.is_some() { "missing" } else { "loading" },
                "reason": waiting.error.as_ref().map(ToString::to_string),
                "failure": failure.map(failure_fields),
                "since": seconds(waiting.since),
                "attempts": waiting.attempts,
            })
        }
        Loading::Loaded(status) => json!({
            "kind": "file",
            "state": if status.is_good() { "good" } else { "refused" },
            "reason": status.last_error.as_ref().map(ToString::to_string),
            "failure": status.last_error.as_ref().map(failure_fields),
            "since": status.last_error.as_ref().map(|failure| seconds(failure.since)),
            "from": origin(status.provenance.into()),
            "version": status.version,
            "fingerprint": status.fingerprint.to_string(),
            "applied_at": seconds(status.applied_at),
            "checked_at": seconds(status.checked_at),
            "added": status.changes.added,
            "removed": status.changes.removed,
            "applied": status.applied,
            "unchanged": status.unchanged,
            "failed": status.failed,
            "rolled_back": status.rolled_back,
            "copy_reason": status.save_error.as_ref().map(ToString::to_string),
        }),
    }
}

fn failure_fields(failure: &Failure) -> Value {
    json!({
        "kind": failure.kind.as_str(),
        "file": failure.file,
        "line": failure.line,
        "reason": failure.reason,
        "excerpt": failure.excerpt,
    })
}

fn origin(origin: Origin) -> Value {
    match origin {
        Origin::Rollback(to) => json!({ "kind": "rollback", "to": to }),
        Origin::LastGood => json!({ "kind": "last_good" }),
        Origin::Source => json!({ "kind": "source" }),
    }
}

/// Seconds since 1970, to the millisecond.
fn seconds(time: SystemTime) -> f64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    rounded(since.as_secs_f64())
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1_000.0).round() / 1_000.0
}
