//! `GET /changes`: each change of the list as a server-sent event, for as long as the client reads.
//!
//! Nothing piles up for a client that is slow. Its task waits until the socket takes the next piece, and looks at the table
//! again when all of an event is out. It then gets one delta, from where it was to what is current: that is what a [`Watch`] gives.
//! What it costs meanwhile is a piece of text, and the pages in which its version differs from the current one. All who get the same
//! delta share it, see [`Deltas`](crate::deltas::Deltas). If they are sent as many different events as they may be, one that needs
//! another keeps no version: it waits for a place, see [`Places`](crate::places::Places), and then goes on from the number of its version,
//! as who comes back does. Who has read all waits for a change without a place, and never for its socket: so it leaves its version as soon
//! as there is another.

use crate::deltas::release;
use crate::list::{Domains, Table, Version};
use crate::places::Turn;
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
use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::sync::{OwnedSemaphorePermit, mpsc, watch};
use tokio::{task, time};

/// So much of an event is made at a time.
const PIECE: usize = 16 << 10;

/// Why a client gets all that has waited for the first load.
const FIRST: &str = "this is the first";

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
    let last = headers.get("last-event-id").map(|id| String::from_utf8_lossy(id.as_bytes()));
    let seen = service.seen(last.as_deref());
    let (pieces, body) = mpsc::channel(1);
    let client = Client {
        limit: wanted.limit.unwrap_or(usize::MAX),
        stopping: service.stopping.clone(),
        buffer: String::new(),
        pieces,
        seen,
        service,
        turn: None,
        _place: place,
    };
    tokio::spawn(client.serve());
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
    /// The version that it has, or had when it came back; or why it gets all.
    seen: Result<u64, String>,
    /// While it waits for a place.
    turn: Option<Turn>,
    _place: OwnedSemaphorePermit,
}

impl Client {
    async fn serve(mut self) {
        let service = Arc::clone(&self.service);
        service.metrics.streams.fetch_add(1, Ordering::Relaxed);
        let Err(Over) = self.follow().await;
        service.metrics.streams.fetch_sub(1, Ordering::Relaxed);
    }

    async fn follow(&mut self) -> Result<Infallible, Over> {
        let service = Arc::clone(&self.service);
        self.write("retry: 2000\n\n");
        let mut told: Option<Instant> = None;
        loop {
            let news = service.places.news();
            let mut watch = Watch::new(Arc::clone(&service.table));
            let result = self.keep_up(&mut watch).await;
            release(watch);
            result?;
            // Also where places come and go all the time, and none for this one.
            if told.is_none_or(|told| told.elapsed() >= BEAT) {
                self.comment("waits: others are sent as many different events as may be (--max-versions)");
                told = Some(Instant::now());
            }
            self.wait(news).await?;
        }
    }

    /// Sends what is new, and then each change. Is over when there is no place for that.
    async fn keep_up(&mut self, watch: &mut Watch<Arc<Table>>) -> Result<(), Over> {
        let current = watch.seen().expect("it has just been made").clone();
        let number = Snapshot::version(&current);
        if number == 0 {
            self.seen = Err(String::from(FIRST));
            self.comment("no list is loaded yet");
        } else if self.seen == Ok(number) {
            self.turn = None;
            self.comment("nothing has changed");
        } else {
            let old = self.old(number);
            if !self.send(old, current).await? {
                return Ok(());
            }
        }
        loop {
            let Some(Update { old, new, .. }) = self.wait(watch.changed()).await? else {
                self.comment("nothing new");
                continue;
            };
            // The empty table of the start is nothing to be compared with.
            let old = if Snapshot::version(&old) == 0 { Err(String::from(FIRST)) } else { Ok(old) };
            if !self.send(old, new).await? {
                return Ok(());
            }
        }
    }

    /// Waits for this; `None` if that takes so long that the client is to be told something.
    async fn wait<T>(&mut self, awaited: impl Future<Output = T>) -> Result<Option<T>, Over> {
        tokio::select! {
            value = awaited => return Ok(Some(value)),
            () = self.pieces.closed() => return Err(Over),
            _ = self.stopping.wait_for(|stopping| *stopping) => {}
            () = time::sleep(BEAT) => return Ok(None),
        }
        self.write("event: end\ndata: {\"reason\":\"the service stops\"}\n\n");
        self.flush().await?;
        Err(Over)
    }

    /// The version that this client has, if the newest is this one; or why it gets all.
    fn old(&self, newest: u64) -> Result<Version, String> {
        match self.seen.clone()? {
            seen if seen > newest => Err(format!("version {seen} has not been there yet")),
            seen => self.service.table.at(seen).ok_or_else(|| format!("version {seen} is not kept any more")),
        }
    }

    /// Sends what is new since the old version; or all, and why. Returns `false` if there is no place for that.
    async fn send(&mut self, old: Result<Version, String>, new: Version) -> Result<bool, Over> {
        let version = Snapshot::version(&new);
        let from = old.as_ref().map_or(version, Snapshot::version);
        let places = &self.service.places;
        let Some(_place) = places.take((from, version), self.turn.as_ref()) else {
            self.turn.get_or_insert_with(|| places.turn());
            release((old, new));
            return Ok(false);
        };
        self.turn = None;
        self.seen = Ok(version);
        match old {
            Ok(old) => self.delta(old, new).await?,
            Err(why) => self.all(new, &why).await?,
        }
        Ok(true)
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

    /// Tells the client that the connection is alive, and what it waits for. If it has not taken what was sent before, it is told nothing.
    fn comment(&mut self, text: &str) {
        let piece = format!("{}: {text}\n\n", self.buffer);
        if self.pieces.try_send(piece.into()).is_ok() {
            self.buffer.clear();
        }
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

impl Service {
    /// The version that a client has that names this event as its last; or why it gets all. No event is of version 0.
    fn seen(&self, last: Option<&str>) -> Result<u64, String> {
        let none = || String::from("the last event is none of this service");
        let (version, run) = last.ok_or("no last event was named")?.split_once('.').ok_or_else(none)?;
        let is_run = run.len() == RUN && run.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let version = digits(version).filter(|version| *version > 0 && is_run).ok_or_else(none)?;
        if run == self.run {
            Ok(version)
        } else {
            Err(String::from("the last event is of another run of the service"))
        }
    }
}
