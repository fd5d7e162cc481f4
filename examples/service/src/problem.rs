//! [`Problem`]: an answer that says what is wrong, as JSON.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An answer that says what is wrong, and what to do about it.
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    error: &'static str,
    reason: String,
    challenge: Option<&'static str>,
}

impl Problem {
    /// `error` is for programs, and never changes. `reason` is for people.
    pub fn new(status: StatusCode, error: &'static str, reason: impl Into<String>) -> Self {
        Self { status, error, reason: reason.into(), challenge: None }
    }

    /// What was sent cannot be understood.
    pub fn bad_request(error: &'static str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error, reason)
    }

    /// It is not there.
    pub fn not_found(error: &'static str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error, reason)
    }

    /// It may not be done.
    pub fn forbidden(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", reason)
    }

    /// It may be done by who proves who it is. `challenge` is for the header `WWW-Authenticate`.
    pub fn unauthorized(challenge: &'static str, reason: impl Into<String>) -> Self {
        Self { challenge: Some(challenge), ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", reason) }
    }

    /// It is not for this service to do, as it is set up, or in this run.
    pub fn conflict(error: &'static str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, error, reason)
    }

    /// It cannot be done now.
    pub fn unavailable(error: &'static str, reason: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error, reason)
    }

    /// More than is taken.
    pub fn too_large(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", reason)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let answer = Json(json!({ "error": self.error, "reason": self.reason }));
        match self.challenge {
            Some(challenge) => (self.status, [(header::WWW_AUTHENTICATE, challenge)], answer).into_response(),
            None => (self.status, answer).into_response(),
        }
    }
}
