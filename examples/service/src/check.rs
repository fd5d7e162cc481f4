//! `GET /check/{domain}` and `POST /check`.

use crate::held::{Held, Room, busy};
use crate::list::{self, Version};
use crate::metrics::{Metrics, Verdict};
use crate::problem::Problem;
use crate::service::Service;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use readmostly::{Guard, Snapshot};
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserializer as _, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use tokio::task;
use tokio::time;

/// A longer path is not looked into. A name has at most 253 bytes, and each may be written as three.
const LONGEST_PATH: usize = 1_024;

/// So many characters are shown of what is no domain.
const LONGEST_SHOWN: usize = 253;

/// What can be asked whether a domain is on the list.
pub trait Lookup: Send + Sync + 'static {
    /// Returns the version that was asked, and what blocks `domain`. All of it is from one version.
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>);
}

impl Lookup for list::Table {
    /// A load waits for nobody, and adds 5 to 9 ns to the 146 ns of a lookup. A `Reader` in a thread local adds no less.
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>) {
        let version = self.load();
        (Guard::version(&version), list::blocker(domain, |name| version.contains_key(name)))
    }
}

/// What the route of one check uses.
#[derive(Debug)]
pub struct Checks<T> {
    /// The list.
    pub table: Arc<T>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
}

impl<T> Clone for Checks<T> {
    fn clone(&self) -> Self {
        Self { table: Arc::clone(&self.table), metrics: Arc::clone(&self.metrics) }
    }
}

/// What is said of a domain.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    domain: &'a str,
    blocked: bool,
    /// Which entry of the list blocks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// What is said of a part of a batch that is no domain.
#[derive(Debug, Serialize)]
struct Malformed<'a> {
    domain: &'a str,
    error: &'static str,
    reason: String,
}

/// The body of a batch.
struct Batch {
    text: String,
    _room: Room,
}

/// `GET /check/{domain}`
pub async fn one<T: Lookup>(
    State(checks): State<Checks<T>>,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Response, Problem> {
    let length = uri.path().len();
    if length > LONGEST_PATH {
        checks.metrics.checks(Verdict::Malformed, 1);
        let reason = format!("the path has {length} bytes, and no domain needs more than {LONGEST_PATH}");
        return Err(Problem::new(StatusCode::URI_TOO_LONG, "too_long", reason));
    }
    let malformed = |reason: String| {
        checks.metrics.checks(Verdict::Malformed, 1);
        Problem::bad_request("not_a_domain", reason)
    };
    let Path(text) = path.map_err(|_| malformed(String::from("not a domain: it is not UTF-8")))?;
    let mut scratch = String::new();
    let domain =
        list::normal(&text, &mut scratch).map_err(|why| malformed(format!("not a domain: {why}")))?;
    let (version, listed) = checks.table.lookup(domain);
    if version == 0 {
        return Err(not_loaded());
    }
    let verdict = if listed.is_some() { Verdict::Blocked } else { Verdict::Clear };
    checks.metrics.checks(verdict, 1);
    let answer = Answer { domain, blocked: listed.is_some(), listed, version: Some(version) };
    Ok(Json(answer).into_response())
}

/// `POST /check`: a JSON array of domains, or a domain a line. One version answers all of them.
pub async fn many(State(service): State<Arc<Service>>, body: Body) -> Result<Held, Problem> {
    let batch = read(&service, body).await?;
    // Not before the body is there: who does not send it would take the place from others.
    let place = Arc::clone(&service.batches).try_acquire_owned();
    let place =
        place.map_err(|_| busy("as many batches as there is room for are worked on (--max-batches)"))?;
    // It is held while other threads go on, so it is a snapshot and not a guard.
    let list = service.table.snapshot();
    if Snapshot::version(&list) == 0 {
        return Err(not_loaded());
    }
    // Ten thousand lookups take milliseconds. A thread that answers others as well has no time for that.
    let answer = task::spawn_blocking(move || {
        let json = look_up(&service, &list, &split(&batch.text, service.options.max_batch)?);
        drop(batch);
        Held::new(&service, json, place)
    });
    answer.await.expect("a lookup does not panic")
}

/// Answers a batch. What is said of each domain is written at once, and kept as nothing else.
fn look_up(service: &Service, list: &Version, domains: &[Cow<'_, str>]) -> Vec<u8> {
    let (mut scratch, mut counts, mut json) = (String::new(), [0; 3], Vec::new());
    for (number, text) in domains.iter().enumerate() {
        if number > 0 {
            json.push(b',');
        }
        let (verdict, written) = match list::normal(text, &mut scratch) {
            Ok(domain) => {
                let listed = list::blocker(domain, |name| list.contains_key(name));
                let answer = Answer { domain: text, blocked: listed.is_some(), listed, version: None };
                let verdict = if answer.blocked { Verdict::Blocked } else { Verdict::Clear };
                (verdict, serde_json::to_writer(&mut json, &answer))
            }
            Err(why) => {
                let end = text.char_indices().nth(LONGEST_SHOWN).map_or(text.len(), |(end, _)| end);
                let reason = format!("not a domain: {why}");
                let answer = Malformed { domain: &text[..end], error: "not_a_domain", reason };
                (Verdict::Malformed, serde_json::to_writer(&mut json, &answer))
            }
        };
        written.expect("it is JSON, and a vector takes all");
        counts[verdict as usize] += 1;
    }
    for verdict in [Verdict::Blocked, Verdict::Clear, Verdict::Malformed] {
        service.metrics.checks(verdict, counts[verdict as usize]);
    }
    let facts = format!(
        "{{\"version\":{},\"checked\":{},\"blocked\":{},\"malformed\":{},\"limit\":{},\"results\":[",
        Snapshot::version(list),
        domains.len(),
        counts[Verdict::Blocked as usize],
        counts[Verdict::Malformed as usize],
        service.options.max_batch,
    );
    json.splice(0..0, facts.into_bytes());
    json.extend_from_slice(b"]}");
    json
}

fn not_loaded() -> Problem {
    let reason = "no list is loaded yet, so nothing can be said: GET /status says why";
    Problem::unavailable("not_ready", reason)
}

/// Reads a body, up to the limit and in the time that there is for it.
async fn read(service: &Service, body: Body) -> Result<Batch, Problem> {
    let limit = service.options.max_body;
    let too_large =
        || Problem::too_large(format!("the body has more than {limit} bytes: send smaller batches"));
    let declared = http_body_size(&body).map(|size| usize::try_from(size).unwrap_or(usize::MAX));
    if declared.is_some_and(|size| size > limit) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let read = async {
        let (mut bytes, mut room) = (Vec::<u8>::new(), service.room.share());
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
            let chunk = chunk.map_err(|error| {
                Problem::bad_request("bad_body", format!("the body cannot be read: {error}"))
            })?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            let needed = bytes.len() + chunk.len();
            if needed > bytes.capacity() {
                // Never more than twice what has come: who announces much and sends little has little.
                let end = declared.unwrap_or(limit);
                let larger = needed.max(end.min(2 * bytes.capacity()));
                room.take(larger - bytes.capacity())?;
                bytes.reserve_exact(larger - bytes.len());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok((bytes, room))
    };
    let (bytes, room) = time::timeout(service.options.idle, read).await.map_err(|_| {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body took too long to come")
    })??;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::bad_request("not_utf8", format!("the body is not UTF-8, at byte {at}"))
    })?;
    Ok(Batch { text, _room: room })
}

/// What the head says that the body has.
fn http_body_size(body: &Body) -> Option<u64> {
    hyper::body::Body::size_hint(body).exact()
}

/// The domains of a batch. However many were sent, no more than may be are kept.
fn split(text: &str, limit: usize) -> Result<Vec<Cow<'_, str>>, Problem> {
    // As a list may have, which is a file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // No domain begins so: whatever else it is, it was meant as JSON.
    let (domains, count) = if text.trim_start().starts_with(['[', '{', '"']) {
        let mut json = serde_json::Deserializer::from_str(text);
        let found = json.deserialize_seq(First(limit)).and_then(|found| json.end().map(|()| found));
        found.map_err(|error| {
            Problem::bad_request("bad_json", format!("not a JSON array of strings: {error}"))
        })?
    } else {
        let lines = || text.lines().map(str::trim).filter(|line| !line.is_empty());
        (lines().take(limit).map(Cow::Borrowed).collect(), lines().count())
    };
    if count == 0 {
        let reason =
            "there is no domain: send a JSON array of strings, or a domain a line (curl: --data-binary)";
        return Err(Problem::bad_request("empty", reason));
    }
    if count > limit {
        let reason = format!("{count} domains, and a batch has at most {limit}: send several");
        return Err(Problem::too_large(reason));
    }
    Ok(domains)
}

/// Reads so many strings of an array, and counts what else it has.
struct First(usize);

impl<'de> Visitor<'de> for First {
    type Value = (Vec<Cow<'de, str>>, usize);

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut first = Vec::new();
        while first.len() < self.0 {
            let Some(text) = array.next_element()? else {
                let count = first.len();
                return Ok((first, count));
            };
            first.push(Cow::Owned(text));
        }
        let mut count = first.len();
        while array.next_element::<IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok((first, count))
    }
}
