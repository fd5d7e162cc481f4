//! `GET /check/{domain}` and `POST /check`.

use crate::list;
use crate::metrics::{Metrics, Verdict};
use crate::problem::Problem;
use crate::service::Service;
use axum::Json;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use futures_core::Stream;
use readmostly::{Guard, Snapshot};
use serde::Serialize;
use serde_json::{Value, json};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use tokio::task;
use tokio::time;

/// A longer path is not looked into. A name has at most 253 bytes, and each may be written as three.
const LONGEST_PATH: usize = 1_024;

/// What can be asked whether a domain is on the list.
pub trait Lookup: Send + Sync + 'static {
    /// Returns the version that was asked, and what blocks `domain`. All of it is from one version.
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>);
}

impl Lookup for list::Table {
    /// A load waits for nobody, and adds 5 to 9 ns to the 146 ns of a lookup. A `Reader` in a thread local adds no less.
    fn lookup<'a>(&self, domain: &'a str) -> (u64, Option<&'a str>) {
        let version = self.load();
        (Guard::version(&version), list::blocker(domain, |name| version.contains(name)))
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
pub struct Answer {
    domain: String,
    blocked: bool,
    /// Which entry of the list blocks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    listed: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

/// `GET /check/{domain}`
pub async fn one<T: Lookup>(
    State(checks): State<Checks<T>>,
    path: Result<Path<String>, PathRejection>,
    uri: Uri,
) -> Result<Json<Answer>, Problem> {
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
    let (blocked, listed) = (listed.is_some(), listed.map(String::from));
    Ok(Json(Answer { domain: domain.to_owned(), blocked, listed, version: Some(version) }))
}

/// `POST /check`: a JSON array of domains, or a domain a line. One version answers all of them.
pub async fn many(State(service): State<Arc<Service>>, body: Body) -> Result<Json<Value>, Problem> {
    let _place = service.batches.try_acquire().map_err(|_| {
        Problem::unavailable("busy", "as many batches as there is room for are worked on: come back later")
    })?;
    let limit = service.options.max_batch;
    let text = read(&service, body).await?;
    let domains = split(&text, limit)?;
    // It is held while other threads go on, so it is a snapshot and not a guard.
    let list = service.table.snapshot();
    if Snapshot::version(&list) == 0 {
        return Err(not_loaded());
    }
    // Ten thousand lookups take milliseconds. A thread that answers others as well has no time for that.
    let metrics = Arc::clone(&service.metrics);
    let answer = task::spawn_blocking(move || {
        let mut scratch = String::new();
        let mut counts = [0; 3];
        let results: Vec<Value> = domains
            .iter()
            .map(|text| match list::normal(text, &mut scratch) {
                Ok(domain) => {
                    let listed = list::blocker(domain, |name| list.contains(name));
                    let blocked = listed.is_some();
                    counts[if blocked { Verdict::Blocked } else { Verdict::Clear } as usize] += 1;
                    let answer = Answer { domain: text.clone(), blocked, listed: listed.map(Into::into), version: None };
                    json!(answer)
                }
                Err(why) => {
                    counts[Verdict::Malformed as usize] += 1;
                    let shown: String = text.chars().take(253).collect();
                    json!({ "domain": shown, "error": "not_a_domain", "reason": format!("not a domain: {why}") })
                }
            })
            .collect();
        for (verdict, count) in [Verdict::Blocked, Verdict::Clear, Verdict::Malformed].into_iter().zip(counts)
        {
            metrics.checks(verdict, count);
        }
        json!({
            "version": Snapshot::version(&list),
            "checked": results.len(),
            "blocked": counts[Verdict::Blocked as usize],
            "malformed": counts[Verdict::Malformed as usize],
            "limit": limit,
            "results": results,
        })
    });
    Ok(Json(answer.await.expect("a lookup does not panic")))
}

fn not_loaded() -> Problem {
    let reason = "no list is loaded yet, so nothing can be said: GET /status says why";
    Problem::unavailable("not_ready", reason)
}

/// Reads a body, up to the limit and in the time that there is for it.
async fn read(service: &Service, body: Body) -> Result<String, Problem> {
    let limit = service.options.max_body;
    let too_large =
        || Problem::too_large(format!("the body has more than {limit} bytes: send smaller batches"));
    let declared = http_body_size(&body);
    if declared.is_some_and(|size| size > limit as u64) {
        return Err(too_large());
    }
    let mut stream = body.into_data_stream();
    let read = async {
        let mut bytes = Vec::new();
        while let Some(chunk) = poll_fn(|context| Pin::new(&mut stream).poll_next(context)).await {
            let chunk = chunk.map_err(|error| {
                Problem::bad_request("bad_body", format!("the body cannot be read: {error}"))
            })?;
            if bytes.len() + chunk.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    };
    let bytes = time::timeout(service.options.idle, read).await.map_err(|_| {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the body took too long to come")
    })??;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Problem::bad_request("not_utf8", format!("the body is not UTF-8, at byte {at}"))
    })
}

/// What the head says that the body has.
fn http_body_size(body: &Body) -> Option<u64> {
    hyper::body::Body::size_hint(body).exact()
}

/// The domains of a batch.
fn split(text: &str, limit: usize) -> Result<Vec<String>, Problem> {
    let domains: Vec<String> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text).map_err(|error| {
            Problem::bad_request("bad_json", format!("not a JSON array of strings: {error}"))
        })?
    } else {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect()
    };
    if domains.is_empty() {
        let reason =
            "there is no domain: send a JSON array of strings, or a domain a line (curl: --data-binary)";
        return Err(Problem::bad_request("empty", reason));
    }
    if domains.len() > limit {
        let reason = format!("{} domains, and a batch has at most {limit}: send several", domains.len());
        return Err(Problem::too_large(reason));
    }
    Ok(domains)
}
