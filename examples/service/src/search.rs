//! `GET /changes/{version}`: what a version has changed, all of it or what matches.

use crate::deltas::Delta;
use crate::held::{Held, busy};
use crate::list::{Domain, Version};
use crate::problem::Problem;
use crate::service::Service;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use readmostly::Snapshot;
use serde::{Deserialize, Serialize};
use std::collections::BinaryHeap;
use std::sync::Arc;
use tokio::task;

/// What is shown of a change, if nothing else is asked for.
const LIMIT: usize = 100;

/// What is shown at most.
const MOST: usize = 10_000;

/// So many searches run at a time. The others have a place, and wait without a thread: those are for reloads and batches, too.
pub const AT_A_TIME: usize = 2;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The version to compare with; the one before, unless it says another.
    from: Option<String>,
    /// A part of the names.
    #[serde(default)]
    q: String,
    /// How many names to show of those that were added, and of those that were removed.
    limit: Option<usize>,
}

/// `GET /changes/{version}?q=…&from=…&limit=…`
pub async fn search(
    State(service): State<Arc<Service>>,
    version: Result<Path<String>, PathRejection>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Held, Problem> {
    let Query(wanted) = wanted.map_err(|error| {
        Problem::bad_request("bad_query", format!("{}; there are q, from, limit", error.body_text()))
    })?;
    let version = named(version)?;
    let from = wanted.from.as_deref().map(number).transpose()?;
    let place = Arc::clone(&service.searches).try_acquire_owned();
    let place = place.map_err(|_| busy("as many searches as there is room for run (--max-searches)"))?;
    let (old, new) = pair(&service, version, from)?;
    let delta = service.deltas.between(old, new).await;
    let turn = Arc::clone(&service.searching).acquire_owned().await.expect("it is never closed");
    // A large change takes milliseconds to search.
    let answer = task::spawn_blocking(move || {
        let json = show(&delta, &wanted);
        drop(turn);
        Held::new(&service, json, place)
    });
    answer.await.expect("a search does not panic")
}

/// Reads the number of a version that a path names.
pub fn named(path: Result<Path<String>, PathRejection>) -> Result<u64, Problem> {
    number(&path.map_or_else(|_| String::new(), |Path(text)| text))
}

fn number(text: &str) -> Result<u64, Problem> {
    digits(text)
        .ok_or_else(|| Problem::bad_request("bad_version", "a version is a number, as in GET /status"))
}

/// Reads a number that has digits alone: a sign is none.
pub fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

/// Finds a version, and the one to compare it with.
fn pair(service: &Service, version: u64, from: Option<u64>) -> Result<(Version, Version), Problem> {
    let history = service.table.history();
    let kept: Vec<_> = history.iter().map(Snapshot::version).collect();
    let find = |number: u64| {
        let found = history.iter().find(|kept| Snapshot::version(kept) == number).cloned();
        found.ok_or_else(|| not_kept(number, &kept))
    };
    let new = find(version)?;
    let before = from.or_else(|| kept.iter().rev().copied().find(|kept| *kept < version));
    let old = before.ok_or_else(|| {
        Problem::not_found("not_kept", format!("the version before {version} is not kept any more"))
    })?;
    Ok((find(old)?, new))
}

/// Says which versions there are.
pub fn not_kept(version: u64, kept: &[u64]) -> Problem {
    let there: Vec<_> = kept.iter().filter(|kept| **kept > 0).map(u64::to_string).collect();
    let there = if there.is_empty() { String::from("none") } else { there.join(", ") };
    Problem::not_found("not_kept", format!("version {version} is not kept; there are: {there}"))
}

/// What is answered.
#[derive(Serialize)]
struct Found<'a> {
    from: u64,
    version: u64,
    query: &'a str,
    limit: usize,
    added: Side<'a>,
    removed: Side<'a>,
}

/// The names that were added, or those that were removed.
#[derive(Serialize)]
struct Side<'a> {
    count: usize,
    matching: usize,
    names: Vec<&'a str>,
}

fn show(delta: &Delta, wanted: &Wanted) -> Vec<u8> {
    // Letter by letter, as names are: `str::to_lowercase` has another sigma for the end of a word.
    let query: String = wanted.q.trim().chars().flat_map(char::to_lowercase).collect();
    let limit = wanted.limit.unwrap_or(LIMIT).min(MOST);
    let found = Found {
        from: delta.from,
        version: delta.version,
        query: &query,
        limit,
        added: side(&delta.added, &query, limit),
        removed: side(&delta.removed, &query, limit),
    };
    serde_json::to_vec(&found).expect("it is JSON")
}

fn side<'a>(names: &'a [Domain], query: &str, limit: usize) -> Side<'a> {
    let (mut matching, mut first) = (0, BinaryHeap::<&str>::new());
    for name in names.iter().map(|name| &**name).filter(|name| name.contains(query)) {
        matching += 1;
        // Of all that match, no more is kept than is shown.
        if first.len() < limit {
            first.push(name);
        } else if let Some(mut last) = first.peek_mut().filter(|last| name < **last) {
            *last = name;
        }
    }
    Side { count: names.len(), matching, names: first.into_sorted_vec() }
}
