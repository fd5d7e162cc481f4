//! [`Held`]: an answer in memory, which keeps its place until the last of it is sent.

use crate::problem::Problem;
use crate::service::Service;
use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that are in memory, and their share of the room that there is for such.
#[derive(Debug)]
pub struct Room {
    all: usize,
    of: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// There is room for so many bytes, and nothing is taken.
    pub fn new(bytes: usize) -> Self {
        let all = bytes.clamp(1, Semaphore::MAX_PERMITS);
        Self { all, of: Arc::new(Semaphore::new(all)), taken: None }
    }

    /// A share of the same room, of which nothing is taken.
    #[must_use]
    pub fn share(&self) -> Self {
        Self { all: self.all, of: Arc::clone(&self.of), taken: None }
    }

    /// Takes room for so many bytes more. What is larger than the whole room takes all of it: else it would never have room.
    pub fn take(&mut self, bytes: usize) -> Result<(), Problem> {
        let bytes = u32::try_from(bytes.min(self.all)).ok();
        let more = bytes.and_then(|bytes| Arc::clone(&self.of).try_acquire_many_owned(bytes).ok());
        let more =
            more.ok_or_else(|| busy("what others have sent, or do not take, fills the memory for it"))?;
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
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
