//! Takes connections, gives each of them time limits, and lets them finish at a stop.
//!
//! `axum::serve` has no limit for a client that never ends its request, so hyper is driven by hand here.

use crate::busy::{Busy, Hold};
use crate::log;
use crate::metrics::Metrics;
use crate::patience::{Patience, last_chance};
use axum::Router;
use axum::body::{Body, Bytes};
use hyper::Request;
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::time;
use tower_service::Service as _;

/// A head of more bytes is refused: 414 if it is the path, 431 if it is a header.
const HEAD: usize = 96 << 10;

/// After an answer to a request that was not read to its end, so much of the rest is read and thrown away, for so long. A
/// socket that is closed over unread data takes the answer with it.
const REST: (u64, Duration) = (64 << 20, Duration::from_secs(2));

/// After all requests were read to their ends, the end of the client is waited for this long. Another request may be on its way.
const CLEAN_END: Duration = Duration::from_millis(200);

/// A connection that cannot be accepted is said at most this often: there may be twenty attempts a second.
const SAID: Duration = Duration::from_secs(1);

/// So many connections wait to be accepted, if the system allows it. One more waits a second before it tries again.
const BACKLOG: u32 = 4_096;

/// What the system keeps of an answer, in bytes, before the client takes it. It tells of room when about a third is free again. With
/// the megabytes that it takes otherwise, a client that reads slowly looks for seconds like one that reads nothing.
const SEND_BUFFER: u32 = 64 << 10;

const BUSY: &str = r#"{"error":"busy","reason":"too many connections: come back later"}"#;

/// Marks an answer that has no end of its own. No stop fails for it.
#[derive(Clone, Copy, Debug)]
pub struct Endless;

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many there may be.
    pub connections: u32,
    /// How many more are told that there are too many; one more is only closed.
    pub turned_away: u32,
    /// How long a client may be silent, take for a head, or take nothing of an answer.
    pub idle: Duration,
    /// How long a stop waits for them.
    pub drain: Duration,
}

/// Listens.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    // Each connection has it from here.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Serves until `stopping` says so, and then until all requests are answered. Returns how many were cut off in a request.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    metrics: Arc<Metrics>,
    limits: Limits,
    mut stopping: watch::Receiver<bool>,
) -> usize {
    let places = Arc::new(Semaphore::new(limits.connections as usize));
    let let_go = Arc::new(AtomicUsize::new(0));
    let under_way = Arc::new(AtomicUsize::new(0));
    let spare = Arc::new(Semaphore::new(limits.turned_away as usize));
    let stop = stopping.clone();
    let mut stopped = pin!(stopping.wait_for(|stopping| *stopping));
    let mut said: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            _ = &mut stopped => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Such as too many open files. It is no error of the next client.
                if said.is_none_or(|said| said.elapsed() >= SAID) {
                    log::say(format_args!("a connection cannot be accepted: {error}"));
                    said = Some(Instant::now());
                }
                time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            metrics.turned_away.fetch_add(1, Ordering::Relaxed);
            if let Ok(place) = Arc::clone(&spare).try_acquire_owned() {
                tokio::spawn(async move {
                    turn_away(stream).await;
                    drop(place);
                });
            }
            continue;
        };
        let (routes, stop, let_go) = (routes.clone(), stop.clone(), Arc::clone(&let_go));
        let busy = Busy::new(Arc::clone(&under_way));
        let open = Open::new(Arc::clone(&metrics));
        tokio::spawn(async move {
            let is_let_go = connection(stream, peer, routes, limits, busy, stop).await;
            let_go.fetch_add(usize::from(is_let_go), Ordering::Relaxed);
            drop((open, place));
        });
    }
    drop(listener);
    drop(time::timeout(limits.drain, places.acquire_many(limits.connections)).await);
    let count = let_go.load(Ordering::Relaxed);
    if count > 0 {
        let were = if count == 1 { "client was" } else { "clients were" };
        log::say(format_args!("{count} {were} let go, for taking nothing or not ending a head"));
    }
    under_way.load(Ordering::Relaxed)
}

/// Counts a connection for as long as it is open.
struct Open(Arc<Metrics>);

impl Open {
    fn new(metrics: Arc<Metrics>) -> Self {
        metrics.connections.fetch_add(1, Ordering::Relaxed);
        Self(metrics)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Serves a connection. Returns whether a stop has cut it off as one whose client took nothing, or did not end a head.
async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    Limits { idle, drain, .. }: Limits,
    busy: Busy,
    mut stopping: watch::Receiver<bool>,
) -> bool {
    drop(stream.set_nodelay(true));
    let last_chance = last_chance(drain);
    let cut_short = Arc::new(AtomicBool::new(false));
    let running = Arc::new(());
    let stream = Patience::new(stream, idle, drain, stopping.clone(), Arc::downgrade(&running), busy.clone());
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let cut_short = Arc::clone(&cut_short);
        let answer =
            routes.clone().call(request.map(|body| Body::new(Sent { body, is_over: false, cut_short })));
        let (running, busy, hold) = (Arc::clone(&running), busy.clone(), busy.hold());
        Box::pin(async move {
            answer.await.map(|answer| {
                let hold = busy.sends(hold, answer.extensions().get::<Endless>().is_some());
                answer.map(|body| Answer { body, running, hold })
            })
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        // Who ends its sending side may wait for an answer.
        .half_close(true)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service);
    let mut stop = pin!(stopping.wait_for(|stopping| *stopping));
    let mut is_stopping = false;
    let served = poll_fn(|context| {
        if !is_stopping && stop.as_mut().poll(context).is_ready() {
            is_stopping = true;
            Pin::new(&mut connection).graceful_shutdown();
        }
        connection.poll_without_shutdown(context)
    });
    // An error is the client's: it is gone, was silent for too long, or does not speak HTTP.
    let is_clean = served.await.is_ok() && !cut_short.load(Ordering::Relaxed);
    let stream = connection.into_parts().io.into_inner();
    let gave_up = stream.gave_up();
    // Who takes nothing does not take the end either.
    if !gave_up {
        let limit = if is_clean { CLEAN_END } else { REST.1 };
        let limit = if is_stopping { limit.min(last_chance) } else { limit };
        throw_away_the_rest(stream.into_inner(), limit).await;
    }
    is_stopping && gave_up
}

/// What is sent as the body of an answer. The request runs for as long as it is there.
struct Answer {
    body: Body,
    #[expect(dead_code, reason = "it is counted")]
    running: Arc<()>,
    #[expect(dead_code, reason = "it is counted")]
    hold: Option<Hold>,
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a client sends as a body. Tells if it was dropped before its end.
struct Sent {
    body: Incoming,
    is_over: bool,
    cut_short: Arc<AtomicBool>,
}

impl hyper::body::Body for Sent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.is_over |= matches!(frame, Poll::Ready(None));
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        if !self.is_over && !hyper::body::Body::is_end_stream(&self.body) {
            self.cut_short.store(true, Ordering::Relaxed);
        }
    }
}

async fn throw_away_the_rest(mut stream: TcpStream, limit: Duration) {
    let rest = async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(REST.0), &mut tokio::io::sink()).await
    };
    drop(time::timeout(limit, rest).await);
}

async fn turn_away(mut stream: TcpStream) {
    let length = BUSY.len();
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         retry-after: 5\r\nconnection: close\r\n\r\n{BUSY}"
    );
    if let Ok(Ok(())) = time::timeout(REST.1, stream.write_all(answer.as_bytes())).await {
        throw_away_the_rest(stream, REST.1).await;
    }
}
