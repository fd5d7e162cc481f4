//! [`Patience`]: a connection whose client has to take what is written to it, and at a stop to end what it has begun to say.

use crate::busy::{Busy, Hold};
use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use std::io;
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{self, Sleep};

/// How long a stop waits for a client that is in the middle of a head; half of the time that it has, if that is less.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// How long a stop waits for a client that takes nothing of its answer; half of the time that it has, if that is less. The system of a
/// client may tell only when 140 kB are taken, so one that reads slowly looks for seconds like one that takes nothing.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// How long a stop waits for a client without a request, so that none of them decides how the stop ends.
pub fn last_chance(drain: Duration) -> Duration {
    LAST_CHANCE.min(drain / 2)
}

/// A connection that ends if its client takes nothing for too long. hyper limits how long a client takes to send a head, and not
/// how long it takes to read an answer. At a stop it closes what has no request, but for one whose head was begun.
#[derive(Debug)]
pub struct Patience {
    stream: TcpStream,
    limit: Duration,
    drain: Duration,
    stopping: watch::Receiver<bool>,
    /// Runs while the client takes nothing; and whether it was set at a stop.
    waiting: Option<(Pin<Box<Sleep>>, bool, Option<Hold>)>,
    busy: Busy,
    /// Has two owners or more while a request is answered.
    running: Weak<()>,
    /// Runs from a stop on, while no request is answered.
    last_head: Option<Pin<Box<Sleep>>>,
    gave_up: bool,
}

impl Patience {
    /// With so much patience, and less as soon as the service stops, which takes no more than `drain`. `running` has two owners or more while a request is answered.
    pub fn new(
        stream: TcpStream,
        limit: Duration,
        drain: Duration,
        stopping: watch::Receiver<bool>,
        running: Weak<()>,
        busy: Busy,
    ) -> Self {
        let (waiting, last_head) = (None, None);
        Self { stream, limit, drain, stopping, waiting, busy, running, last_head, gave_up: false }
    }

    /// Whether the client took nothing for too long, or did not end a head before a stop.
    pub fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// Returns the connection itself.
    pub fn into_inner(self) -> TcpStream {
        self.stream
    }

    /// Ends the wait if something was written, and looks at the clock if not.
    ///
    /// The system tells of room only when a third of what it holds for the client is gone. So it is filled to the last byte at first, and
    /// asked again when the time is over: it takes of `bytes` then if the client has taken anything.
    fn watched(
        &mut self,
        context: &mut Context<'_>,
        bytes: &[u8],
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        if written.is_ready() {
            self.waiting = None;
            return written;
        }
        let is_stopping = *self.stopping.borrow();
        if self.waiting.as_ref().is_some_and(|(_, at_stop, _)| *at_stop != is_stopping) {
            self.waiting = None;
        }
        let limit = if is_stopping { LAST_ANSWER.min(self.drain / 2).min(self.limit) } else { self.limit };
        let is_new = self.waiting.is_none();
        let Self { waiting, busy, .. } = self;
        let (waiting, ..) =
            waiting.get_or_insert_with(|| (Box::pin(time::sleep(limit)), is_stopping, busy.hold_answer()));
        let is_over = waiting.as_mut().poll(context).is_ready();
        if !is_new && !is_over {
            return Poll::Pending;
        }
        match send(&self.stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL) {
            Err(Errno::WOULDBLOCK) if is_over => {
                self.gave_up = true;
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            Err(Errno::WOULDBLOCK) => Poll::Pending,
            sent => {
                self.waiting = None;
                Poll::Ready(sent.map_err(io::Error::from))
            }
        }
    }
}

impl AsyncRead for Patience {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let is_between_requests = self.waiting.is_none() && self.running.strong_count() < 2;
        if read.is_ready() || !is_between_requests || !*self.stopping.borrow() {
            return read;
        }
        let last_chance = last_chance(self.drain);
        let last_head = self.last_head.get_or_insert_with(|| Box::pin(time::sleep(last_chance)));
        let over = last_head.as_mut().poll(context);
        self.gave_up |= over.is_ready();
        over.map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncWrite for Patience {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watched(context, bytes, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        let first = slices.iter().find(|slice| !slice.is_empty());
        self.watched(context, first.map_or(&[], |slice| &**slice), written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
