//! [`Client`]: asks etcd's gateway, over connections that it keeps for the next question.

mod connect;
mod lines;
mod tls;

pub(crate) use connect::Endpoint;
pub(crate) use lines::Lines;
pub use tls::Tls;

use crate::error::{Error, Failure, FailureKind, text_of};
use crate::wire::{Authenticated, Refusal, code};
use connect::{Connection, body_of};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::fmt;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time;

/// How many connections without a question are kept.
const IDLE: usize = 8;
/// How many bytes an answer may have. A page of a list has a few megabytes, unless single values are larger.
const ANSWER: usize = 1 << 30;

/// A name and a password.
#[derive(Clone)]
pub(crate) struct Login {
    pub(crate) name: String,
    pub(crate) password: String,
}

/// Asks etcd.
pub(crate) struct Client {
    endpoints: Vec<Endpoint>,
    login: Option<Login>,
    /// How long a connection, and how long an answer may take.
    timeout: Duration,
    /// What the name and the password were exchanged for.
    token: Mutex<Option<String>>,
    idle: Mutex<Vec<(usize, Connection)>>,
}

/// Why there is no answer, or no good one.
#[derive(Debug)]
pub(crate) enum CallError {
    /// Nothing was sent.
    NotSent(Failure),
    /// Something was sent, and no whole answer came.
    Lost(Failure),
    /// etcd has refused it.
    Answered(Refusal),
}

impl Client {
    pub(crate) fn new(endpoints: Vec<Endpoint>, login: Option<Login>, timeout: Duration) -> Self {
        let (token, idle) = (Mutex::default(), Mutex::default());
        Self { endpoints, login, timeout, token, idle }
    }

    /// How many endpoints there are.
    pub(crate) fn endpoints(&self) -> usize {
        self.endpoints.len()
    }

    pub(crate) fn name(&self, endpoint: usize) -> &str {
        self.endpoints[endpoint].name()
    }

    /// Asks, and returns the answer and how many bytes it had.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<(T, u64), CallError> {
        let (connection, mut answer) = self.ask(endpoint, path, question).await?;
        let body =
            self.in_time("an answer", body_of(answer.body_mut(), ANSWER)).await.map_err(CallError::Lost)?;
        self.put_back(endpoint, connection);
        match serde_json::from_slice(&body) {
            Ok(value) => Ok((value, body.len() as u64)),
            Err(error) => Err(CallError::Lost(not_etcd(&error))),
        }
    }

    /// Opens a stream of lines.
    pub(crate) async fn stream(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<Lines, CallError> {
        let (connection, answer) = self.ask(endpoint, path, question).await?;
        Ok(Lines::new(connection, answer.into_body()))
    }

    /// Forgets the token: it was refused in a way that only the caller sees.
    pub(crate) fn forget_token(&self) {
        unpoisoned(&self.token).take();
    }

    /// Has an answer come in time.
    pub(crate) async fn in_time<T>(
        &self,
        what: &str,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let timeout = self.timeout;
        time::timeout(timeout, answer).await.unwrap_or_else(|_| {
            Err(Failure::new(FailureKind::Timeout, format!("{what} takes more than {timeout:?}")))
        })
    }

    /// Asks, with a token if there is a login, and waits for the beginning of a good answer.
    ///
    /// What was refused for its token has not happened, so it is asked again with a new one.
    async fn ask(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<(Connection, Response<Incoming>), CallError> {
        let mut token = unpoisoned(&self.token).clone();
        let mut may_be_old = token.is_some();
        loop {
            if let (None, Some(login)) = (&token, &self.login) {
                token = Some(self.log_in(endpoint, login).await?);
            }
            let (connection, mut answer) = self.send(endpoint, path, question, token.as_deref()).await?;
            let status = answer.status();
            if status == StatusCode::OK {
                return Ok((connection, answer));
            }
            let body = self
                .in_time("an answer", body_of(answer.body_mut(), ANSWER))
                .await
                .map_err(CallError::Lost)?;
            self.put_back(endpoint, connection);
            match refusal(status, &body) {
                CallError::Answered(refusal) if may_be_old && is_old_token(&refusal) => {
                    (token, may_be_old) = (None, false);
                }
                error => return Err(error),
            }
        }
    }

    /// Exchanges the name and the password for a token. Of what was to be done with it nothing has happened.
    async fn log_in(&self, endpoint: usize, login: &Login) -> Result<String, CallError> {
        let question = json!({ "name": login.name, "password": login.password });
        let not_sent = |error| match error {
            CallError::Lost(failure) => CallError::NotSent(failure),
            error => error,
        };
        let sent = self.send(endpoint, "/v3/auth/authenticate", &question, None).await;
        let (connection, mut answer) = sent.map_err(not_sent)?;
        let status = answer.status();
        let body =
            self.in_time("a login", body_of(answer.body_mut(), ANSWER)).await.map_err(CallError::NotSent)?;
        self.put_back(endpoint, connection);
        if status != StatusCode::OK {
            return Err(not_sent(refusal(status, &body)));
        }
        let authenticated: Authenticated =
            serde_json::from_slice(&body).map_err(|error| CallError::NotSent(not_etcd(&error)))?;
        *unpoisoned(&self.token) = Some(authenticated.token.clone());
        Ok(authenticated.token)
    }

    /// Sends a question, and waits for the beginning of the answer.
    async fn send(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
        token: Option<&str>,
    ) -> Result<(Connection, Response<Incoming>), CallError> {
        let mut request = Request::post(path)
            .header("host", self.endpoints[endpoint].authority())
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let request = request.body(question.to_string());
        let mut request = request
            .map_err(|error| CallError::NotSent(Failure::new(FailureKind::Refused, text_of(error))))?;
        loop {
            // One that was kept may be closed by now. Then the request comes back, and takes another one.
            let kept = self.kept(endpoint);
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self
                    .in_time("a connection", self.endpoints[endpoint].connect())
                    .await
                    .map_err(CallError::NotSent)?,
            };
            let answer = time::timeout(self.timeout, connection.try_send_request(request)).await;
            match answer {
                Ok(Ok(answer)) => return Ok((connection, answer)),
                Ok(Err(mut error)) => {
                    let unsent = error.take_message();
                    let failure = Failure::new(FailureKind::Unreachable, text_of(error.into_error()));
                    match unsent {
                        Some(unsent) if is_kept => request = unsent,
                        Some(_) => return Err(CallError::NotSent(failure)),
                        None => return Err(CallError::Lost(failure)),
                    }
                }
                Err(_) => {
                    let timeout = self.timeout;
                    let failure =
                        Failure::new(FailureKind::Timeout, format!("an answer takes more than {timeout:?}"));
                    return Err(CallError::Lost(failure));
                }
            }
        }
    }

    /// Takes a connection that is open and has no question.
    fn kept(&self, endpoint: usize) -> Option<Connection> {
        let mut idle = unpoisoned(&self.idle);
        idle.retain(|(_, connection)| !connection.is_closed());
        let place = idle.iter().rposition(|(of, connection)| *of == endpoint && connection.is_ready())?;
        Some(idle.swap_remove(place).1)
    }

    fn put_back(&self, endpoint: usize, connection: Connection) {
        let mut idle = unpoisoned(&self.idle);
        if idle.len() < IDLE && !connection.is_closed() {
            idle.push((endpoint, connection));
        }
    }
}

impl Login {
    /// What is shown of it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("endpoints", &self.endpoints)
            .field("name", &self.login.as_ref().map(Login::name))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// What an answer other than 200 says.
fn refusal(status: StatusCode, body: &[u8]) -> CallError {
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) if refusal.code != 0 => CallError::Answered(refusal),
        // Something in between has answered. What etcd does is not known.
        _ => CallError::Lost(Failure::new(
            FailureKind::Malformed,
            format!("the answer is {status}, and none of etcd's"),
        )),
    }
}

fn not_etcd(error: &serde_json::Error) -> Failure {
    Failure::new(FailureKind::Malformed, format!("the answer is none of etcd's: {error}"))
}

/// The token has ended, the member that gave it was restarted, or the permissions have changed since.
fn is_old_token(refusal: &Refusal) -> bool {
    refusal.code == code::UNAUTHENTICATED || refusal.message.contains("revision in header is old")
}

/// Takes endpoints apart.
pub(crate) fn endpoints(urls: &[String], tls: Option<&Tls>) -> Result<Vec<Endpoint>, Error> {
    if urls.is_empty() {
        return Err(Error::new("there is no endpoint: name one, such as http://127.0.0.1:2379"));
    }
    urls.iter().map(|url| Endpoint::new(url, tls)).collect()
}

/// Locks. A panic of somebody's while it was locked left nothing half done.
pub(crate) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
