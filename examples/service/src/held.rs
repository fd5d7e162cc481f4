//! [`Held`]: an answer in memory, which keeps its place until the last of it is sent.

use crate::problem::Problem;
use crate::service::Service;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::OwnedSemaphorePermit;

/// Bytes that are in memory, and their share of the room that there is for such.
#[derive(Debug)]
pub struct Room {
    all: usize,
    left: Arc<AtomicUsize>,
    taken: usize,
}

impl Room {
    /// There is room for so many bytes, and nothing is taken.
    pub fn new(bytes: usize) -> Self {
        Self { all: bytes, left: Arc::new(AtomicUsize::new(bytes)), taken: 0 }
    }

    /// A share of the same room, of which nothing is taken.
    #[must_use]
    pub fn share(&self) -> Self {
        Self { all: self.all, left: Arc::clone(&self.left), taken: 0 }
    }

    /// Takes room for so many bytes more. What is larger than the whole room takes all of it: else it would never have room.
    pub fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = bytes.min(self.all);
        let left =
            self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        left.map_err(|_| busy("what others have sent, or do not take, fills the memory for it"))?;
        self.taken += bytes;
        Ok(())
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.left.fetch_add(self.taken, Ordering::Relaxed);
    }
}

/// What is told to one too many.
pub fn busy(why: &str) -> Problem {
    Problem::unavailable("busy", format!("{why}: come back later"))
}

/// JSON that is to be sent. It has its place, and its room, until the client has taken it or is gone.
#[derive(Debug)]
pub struct Held {
    json: Vec<u8>,
    _place: OwnedSemaphorePermit,
    _room: Room,
}

impl Held {
    /// Fails if there is no room.
    pub fn new(service: &Service, mut json: Vec<u8>, place: OwnedSemaphorePermit) -> Result<Self, Problem> {
        json.shrink_to_fit();
        let mut room = service.room.share();
        room.take(json.len())?;
        Ok(Self { json, _place: place, _room: room })
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

impl IntoResponse for Held {
    fn into_response(self) -> Response {
        // Not a stream: what hyper has taken of a stream, and not sent, would have no place.
        let body = Body::from(Bytes::from_owner(self));
        ([(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
