//! `GET /changes`: each change of the list as a server-sent event, for as long as the client reads.
//!
//! Nothing piles up for a client that is slow. Its task waits until the socket takes the next piece, and looks at the table
//! again when all of an event is out. It then gets one delta, from where it was to what is current: that is what a [`Watch`] gives.
//! What it costs meanwhile is a piece of text, and the pages in which its version differs from the current one. All who get the same
//! delta share it, see [`Deltas`](crate::deltas::Deltas). If all of them are at too many versions, one that needs another keeps none: it
//! waits for a [`Place`], and then goes on from the number of its version, as who comes back does.

use crate::deltas::release;
use crate::list::{Domains, Table, Version};
use crate::places::Place;
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
use std::time::Duration;
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
    /// The version that it has when it comes, or comes back; or why it gets all.
    seen: Result<u64, String>,
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
        self.write("retry: 2000\n\n");
        loop {
            let (mut watch, mut place) = self.place().await?;
            let result = self.keep_up(&mut watch, &mut place).await;
            release((watch, place));
            result?;
        }
    }

    /// Waits until this client may have what is newest. Meanwhile it has no version.
    async fn place(&mut self) -> Result<(Watch<Arc<Table>>, Place), Over> {
        let service = Arc::clone(&self.service);
        loop {
            let news = service.places.news();
            let newest = service.table.version();
            let from = self.seen.as_ref().map_or(newest, |seen| newest.min(*seen));
            let take = |from| service.places.take((from, newest));
            // If there is no place at its delta, it may join those who have got further.
            if let Some(place) = take(from).or_else(|| take(newest)) {
                let watch = Watch::new(Arc::clone(&service.table));
                if watch.seen().is_some_and(|seen| Snapshot::version(seen) == newest) {
                    return Ok((watch, place));
                }
                release((watch, place));
            } else {
                self.flush().await?;
                self.wait(news).await?;
            }
        }
    }

    /// Sends each change. Is over when the client needs another place, and has to wait for it.
    async fn keep_up(&mut self, watch: &mut Watch<Arc<Table>>, place: &mut Place) -> Result<(), Over> {
        let current = watch.seen().expect("it has just been made").clone();
        self.start(current, place).await?;
        loop {
            // It may have to stay where it is counted. There it costs no more.
            place.move_to((place.at().1, place.at().1));
            let Some(Update { old, new, .. }) = self.wait(watch.changed()).await? else { continue };
            let (from, version) = (Snapshot::version(&old), Snapshot::version(&new));
            // The empty table of the start is nothing to be compared with.
            let is_first = from == 0;
            if !place.move_to((if is_first { version } else { from }, version)) {
                release((old, new));
                self.seen = if is_first { Err(String::from(FIRST)) } else { Ok(from) };
                return Ok(());
            }
            if is_first { self.all(new, FIRST).await? } else { self.delta(old, new).await? }
        }
    }

    /// Waits for this, and tells the client that the connection is alive if that takes long: then it returns `None`.
    async fn wait<T>(&mut self, awaited: impl Future<Output = T>) -> Result<Option<T>, Over> {
        let stops = tokio::select! {
            value = awaited => return Ok(Some(value)),
            () = self.pieces.closed() => return Err(Over),
            _ = self.stopping.wait_for(|stopping| *stopping) => true,
            () = time::sleep(BEAT) => false,
        };
        let end = "event: end\ndata: {\"reason\":\"the service stops\"}\n\n";
        self.write(if stops { end } else { ": nothing new\n\n" });
        self.flush().await?;
        if stops { Err(Over) } else { Ok(None) }
    }

    /// The first event: what is new since the version that the client has, if that is known; or all.
    async fn start(&mut self, current: Version, place: &mut Place) -> Result<(), Over> {
        let number = Snapshot::version(&current);
        let is_at_delta = place.at() != (number, number);
        let why = match mem::replace(&mut self.seen, Ok(number)) {
            _ if number == 0 => {
                self.write(": no list is loaded yet\n\n");
                return self.flush().await;
            }
            Ok(seen) if seen == number => {
                self.write(": nothing has changed\n\n");
                return self.flush().await;
            }
            Ok(seen) if seen > number => format!("version {seen} has not been there yet"),
            Ok(_) if !is_at_delta => {
                String::from("readers of changes are at as many versions as they may be")
            }
            Ok(seen) => match self.service.table.at(seen) {
                Some(old) => return self.delta(old, current).await,
                None => format!("version {seen} is not kept any more"),
            },
            Err(why) => why,
        };
        place.move_to((number, number));
        self.all(current, &why).await
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
