//! `GET /changes`: each change of the list as a server-sent event, for as long as the client reads.
//!
//! Nothing piles up for a client that is slow. Its task waits until the socket takes the next piece, and looks at the table
//! again when all of an event is out. It then gets one delta, from where it was to what is current: that is what a [`Watch`] gives.
//! What it costs meanwhile is a piece of text, and the pages in which its version differs from the current one. All who get the same
//! delta share it, see [`Deltas`](crate::deltas::Deltas).

use crate::deltas::release;
use crate::list::{Domains, Table, Version};
use crate::problem::Problem;
use crate::search::digits;
use crate::server::Endless;
use crate::service::{RUN, Service};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use readmostly::{Snapshot, Update, Watch};
use serde::Deserialize;
use serde_json::json;
use std::convert::Infallible;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::{task, time};

/// So much of an event is made at a time.
const PIECE: usize = 16 << 10;

/// How often a client is told that the connection is alive. It is the second of these that fails where the client is gone.
const BEAT: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// How many names an event has of those that were added, and of those that were removed; all, unless it says.
    limit: Option<usize>,
}

/// The client is gone, or is to go.
struct Over;

/// What a client that has read all waits for.
enum Event {
    New(Update<Domains>),
    Beat,
    Gone,
    Stop,
}

/// `GET /changes?limit=…`
pub async fn changes(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(wanted) = wanted.map_err(|error| {
        Problem::bad_request("bad_query", format!("{}; there is limit", error.body_text()))
    })?;
    let place = Arc::clone(&service.streams).try_acquire_owned().map_err(|_| {
        let most = service.options.max_streams;
        Problem::unavailable(
            "too_many_streams",
            format!("{most} clients read changes already (--max-streams)"),
        )
    })?;
    let last = headers.get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()).into_owned());
    let (pieces, body) = mpsc::channel(1);
    let client = Client {
        limit: wanted.limit.unwrap_or(usize::MAX),
        stopping: service.stopping.clone(),
        buffer: String::new(),
        pieces,
        service,
        _place: place,
    };
    tokio::spawn(client.serve(last));
    let headers =
        [(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    Ok((Extension(Endless), headers, [("x-accel-buffering", "no")], Body::from_stream(Pieces(body)))
        .into_response())
}

/// The body: pieces, as they come.
struct Pieces(mpsc::Receiver<Bytes>);

impl Stream for Pieces {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(context).map(|piece| piece.map(Ok))
    }
}

/// One client that reads.
struct Client {
    service: Arc<Service>,
    limit: usize,
    stopping: watch::Receiver<bool>,
    buffer: String,
    /// Takes one piece; the next waits until the socket has taken that.
    pieces: mpsc::Sender<Bytes>,
    _place: OwnedSemaphorePermit,
}

impl Client {
    async fn serve(mut self, last: Option<String>) {
        let service = Arc::clone(&self.service);
        service.metrics.streams.fetch_add(1, Ordering::Relaxed);
        let mut watch = Watch::new(Arc::clone(&service.table));
        let Err(Over) = self.follow(&mut watch, last).await;
        release(watch);
        service.metrics.streams.fetch_sub(1, Ordering::Relaxed);
    }

    async fn follow(
        &mut self,
        watch: &mut Watch<Arc<Table>>,
        last: Option<String>,
    ) -> Result<Infallible, Over> {
        let current = watch.seen().expect("it has just been made").clone();
        self.start(last, current).await?;
        loop {
            let event = tokio::select! {
                update = watch.changed() => Event::New(update),
                () = self.pieces.closed() => Event::Gone,
                _ = self.stopping.wait_for(|stopping| *stopping) => Event::Stop,
                () = time::sleep(BEAT) => Event::Beat,
            };
            match event {
                // The empty table of the start is nothing to be compared with.
                Event::New(update) if Snapshot::version(&update.old) == 0 => {
                    self.all(update.new, "this is the first").await?;
                }
                Event::New(update) => self.delta(update.old, update.new).await?,
                Event::Beat => self.write(": nothing new\n\n"),
                Event::Gone => return Err(Over),
                Event::Stop => {
                    self.write("event: end\ndata: {\"reason\":\"the service stops\"}\n\n");
                    self.flush().await?;
                    return Err(Over);
                }
            }
            self.flush().await?;
        }
    }

    /// The first event: what is new since the event that the client has seen last, if that is known; or all.
    async fn start(&mut self, last: Option<String>, current: Version) -> Result<(), Over> {
        self.write("retry: 2000\n\n");
        let number = Snapshot::version(&current);
        if number == 0 {
            self.write(": no list is loaded yet\n\n");
        } else if let Some(id) = last {
            match seen(&id) {
                None => self.all(current, "the last event is none of this service").await?,
                Some((_, run)) if run != self.service.run => {
                    self.all(current, "the last event is of another run of the service").await?;
                }
                Some((version, _)) if version == number => self.write(": nothing has changed\n\n"),
                Some((version, _)) if version > number => {
                    self.all(current, &format!("version {version} has not been there yet")).await?;
                }
                Some((version, _)) => match self.service.table.at(version) {
                    Some(old) => self.delta(old, current).await?,
                    None => self.all(current, &format!("version {version} is not kept any more")).await?,
                },
            }
        } else {
            self.all(current, "no last event was named").await?;
        }
        self.flush().await
    }

    async fn all(&mut self, list: Version, why: &str) -> Result<(), Over> {
        let sent = self.names_of(&list, why).await;
        release(list);
        sent
    }

    async fn names_of(&mut self, list: &Version, why: &str) -> Result<(), Over> {
        let domains: &Domains = list;
        let size = domains.len();
        let facts =
            json!({ "version": Snapshot::version(list), "size": size, "why": why, "cut": size > self.limit });
        self.open("all", Snapshot::version(list), &facts);
        self.list("domains", domains.iter().map(|(domain, ())| &**domain)).await?;
        self.close().await
    }

    async fn delta(&mut self, old: Version, new: Version) -> Result<(), Over> {
        let delta = self.service.deltas.between(old, new).await;
        let (added, removed) = (delta.added.len(), delta.removed.len());
        let facts = json!({
            "from": delta.from,
            "version": delta.version,
            "size": delta.size,
            "added_count": added,
            "removed_count": removed,
            "cut": added.max(removed) > self.limit,
        });
        self.open("delta", delta.version, &facts);
        self.list("removed", delta.removed.iter().map(|domain| &**domain)).await?;
        self.list("added", delta.added.iter().map(|domain| &**domain)).await?;
        self.close().await
    }

    /// Begins an event of which JSON is left open.
    fn open(&mut self, event: &str, version: u64, facts: &serde_json::Value) {
        let facts = facts.to_string();
        let open = facts.strip_suffix('}').expect("it is an object");
        let id = format!("{version}.{}", self.service.run);
        self.write(&format!("id: {id}\nevent: {event}\ndata: {open}"));
    }

    async fn list(&mut self, name: &str, names: impl Iterator<Item = &str>) -> Result<(), Over> {
        self.write(&format!(",\"{name}\":["));
        for (number, name) in names.take(self.limit).enumerate() {
            if number > 0 {
                self.write(",");
            }
            // No line ends within: JSON writes it as `\n`.
            self.write(&serde_json::to_string(name).expect("a string is JSON"));
            if self.buffer.len() >= PIECE {
                self.flush().await?;
                // The rest may take longer than a stop has. Readers throw away an event that has no blank line after it.
                if *self.stopping.borrow() {
                    return Err(Over);
                }
            }
        }
        self.write("]");
        Ok(())
    }

    async fn close(&mut self) -> Result<(), Over> {
        self.write("}\n\n");
        self.flush().await
    }

    fn write(&mut self, text: &str) {
        self.buffer.push_str(text);
    }

    /// Waits until the socket takes what was written. The connection ends if that takes too long.
    async fn flush(&mut self) -> Result<(), Over> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(mem::take(&mut self.buffer));
        self.pieces.send(piece).await.map_err(|_| Over)?;
        // A client that reads fast leaves others a turn between two pieces.
        task::yield_now().await;
        Ok(())
    }
}

/// The version and the run that the id of an event names, if it may be one of this service. No event is of version 0.
fn seen(id: &str) -> Option<(u64, &str)> {
    let (version, run) = id.split_once('.')?;
    let is_run = run.len() == RUN && run.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let version = digits(version).filter(|version| *version > 0 && is_run)?;
    Some((version, run))
}
