//! [`Client`]: asks etcd's gateway, over connections that it keeps for the next question.

mod connect;
mod lines;
mod tls;

pub(crate) use connect::Endpoint;
pub(crate) use lines::Lines;
pub use tls::Tls;

use crate::error::{Error, Failure, FailureKind, text_of};
use crate::state::Fault;
use crate::wire::{Answer, Authenticated, Header, Refusal};
use connect::{Connection, body_of};
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::{Value, json};
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{self, Instant};

/// How many connections without a question are kept.
const IDLE: usize = 8;
/// How many bytes an answer may have. A page of a list has a few megabytes, unless single values are larger.
const ANSWER: usize = 1 << 30;
/// For how many timeouts an endpoint that has not answered in time is asked after the others.
const LATE_TIMEOUTS: u32 = 10;
/// How many timeouts a page of a list may take, while it goes on coming.
const PAGE_TIMEOUTS: u32 = 20;

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
    /// One login at a time: each costs etcd the hash of a password.
    logins: tokio::sync::Mutex<()>,
    idle: Mutex<Vec<(usize, Connection)>>,
    /// When an endpoint has last not answered in time.
    late: Mutex<Vec<Option<Instant>>>,
    /// The cluster that has answered first. 0: none has.
    cluster: AtomicU64,
}

/// Until when a question must be sent or answered. All steps have a timeout each, and two together.
#[derive(Clone, Copy)]
struct Deadlines {
    timeout: Duration,
    end: Instant,
}

impl Deadlines {
    fn new(timeout: Duration) -> Self {
        Self { timeout, end: Instant::now() + timeout * 2 }
    }

    /// That of a step that begins now.
    fn next(&self) -> Instant {
        self.end.min(Instant::now() + self.timeout)
    }
}

/// The beginning of an answer, and until when the rest must be there.
struct Asked {
    connection: Connection,
    answer: Response<Incoming>,
    end: Instant,
}

/// Whether a connection may be one that was kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Kept,
    New,
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
    /// It was answered by another cluster.
    Elsewhere(Fault),
}

impl Client {
    pub(crate) fn new(endpoints: Vec<Endpoint>, login: Option<Login>, timeout: Duration) -> Self {
        let (token, idle, cluster) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        let (logins, late) = (tokio::sync::Mutex::default(), Mutex::new(vec![None; endpoints.len()]));
        Self { endpoints, login, timeout, token, logins, idle, late, cluster }
    }

    /// The endpoints in the order in which they are to be asked, from this one on. Those that have not answered in time are the last: a
    /// member that hangs is not waited for again and again.
    pub(crate) fn from(&self, first: usize) -> Vec<usize> {
        let late = unpoisoned(&self.late);
        let is_late =
            |at: &usize| late[*at].is_some_and(|since| since.elapsed() < self.timeout * LATE_TIMEOUTS);
        let mut order: Vec<_> = (0..late.len()).map(|nth| (first + nth) % late.len()).collect();
        order.sort_by_key(is_late);
        order
    }

    /// How many endpoints there are.
    pub(crate) fn endpoints(&self) -> usize {
        self.endpoints.len()
    }

    pub(crate) fn name(&self, endpoint: usize) -> &str {
        self.endpoints[endpoint].name()
    }

    /// Asks, and returns the answer. Whether it is of the right cluster is for the caller to [check](Self::check).
    pub(crate) async fn call<T: Answer>(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<T, CallError> {
        let Asked { connection, mut answer, end } = self.ask(endpoint, path, question, Takes::Kept).await?;
        let body = self.by(end, endpoint, "an answer", body_of(answer.body_mut(), ANSWER));
        let body = body.await.map_err(CallError::Lost)?;
        self.put_back(endpoint, connection);
        read(&body)
    }

    /// Asks for something that changes nothing.
    pub(crate) async fn read<T: Answer>(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<T, CallError> {
        let answer: T = self.call(endpoint, path, question).await?;
        self.check(answer.header()).map_err(CallError::Elsewhere)?;
        Ok(answer)
    }

    /// Asks for much. The answer may take long, if it goes on coming. Returns it, and how many bytes it had.
    pub(crate) async fn read_page<T: Answer>(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<(T, u64), CallError> {
        let Asked { connection, mut answer, .. } = self.ask(endpoint, path, question, Takes::Kept).await?;
        let end = Instant::now() + self.timeout * PAGE_TIMEOUTS;
        let mut body = Vec::new();
        loop {
            let part = connect::more_of(answer.body_mut(), &mut body, ANSWER);
            let part_end = end.min(Instant::now() + self.timeout);
            if !self.by(part_end, endpoint, "a part of an answer", part).await.map_err(CallError::Lost)? {
                break;
            }
        }
        self.put_back(endpoint, connection);
        let answer: T = read(&body)?;
        self.check(answer.header()).map_err(CallError::Elsewhere)?;
        Ok((answer, body.len() as u64))
    }

    /// Opens a stream of lines. It has a new connection: one that was kept may be dead without telling.
    pub(crate) async fn stream(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
    ) -> Result<Lines, CallError> {
        let Asked { connection, answer, .. } = self.ask(endpoint, path, question, Takes::New).await?;
        Ok(Lines::new(connection, answer.into_body()))
    }

    /// Whether an answer is of the same cluster as the first one.
    pub(crate) fn check(&self, header: Header) -> Result<(), Fault> {
        let id = header.cluster_id;
        match self.cluster.compare_exchange(0, id, Ordering::Relaxed, Ordering::Relaxed) {
            Err(first) if first != id => Err(Fault::OtherCluster),
            _ => Ok(()),
        }
    }

    /// Forgets the token: it was refused in a way that only the caller sees.
    pub(crate) fn forget_token(&self) {
        unpoisoned(&self.token).take();
    }

    /// Has something come in time.
    pub(crate) async fn in_time<T>(
        &self,
        endpoint: usize,
        what: &str,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        self.by(Instant::now() + self.timeout, endpoint, what, answer).await
    }

    /// Has something come until then. If it does not, the connections that were kept are as dead, or as slow.
    async fn by<T>(
        &self,
        end: Instant,
        endpoint: usize,
        what: &str,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        time::timeout_at(end, answer).await.unwrap_or_else(|_| {
            unpoisoned(&self.idle).retain(|(of, _)| *of != endpoint);
            unpoisoned(&self.late)[endpoint] = Some(Instant::now());
            Err(Failure::new(FailureKind::Timeout, format!("{what} takes more than {:?}", self.timeout)))
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
        takes: Takes,
    ) -> Result<Asked, CallError> {
        let deadlines = Deadlines::new(self.timeout);
        let mut token = unpoisoned(&self.token).clone();
        let mut may_be_old = token.is_some();
        let mut refused = None;
        loop {
            // The connection, with its login, is one step. The answer is another.
            let ready_by = deadlines.next();
            if let (None, Some(login)) = (&token, &self.login) {
                token = Some(self.new_token(endpoint, login, refused.as_deref(), ready_by).await?);
            }
            let request = self.request(endpoint, path, question, token.as_deref())?;
            let mut asked = self.send(endpoint, request, takes, ready_by, deadlines).await?;
            let status = asked.answer.status();
            if status == StatusCode::OK {
                return Ok(asked);
            }
            let body = body_of(asked.answer.body_mut(), ANSWER);
            let body = self.by(asked.end, endpoint, "an answer", body).await.map_err(CallError::Lost)?;
            self.put_back(endpoint, asked.connection);
            match refusal(status, &body) {
                CallError::Answered(refusal) if may_be_old && refusal.is_old_token() => {
                    (refused, may_be_old) = (token.take(), false);
                }
                error => return Err(error),
            }
        }
    }

    /// Logs in, unless another one has done that meanwhile.
    async fn new_token(
        &self,
        endpoint: usize,
        login: &Login,
        refused: Option<&str>,
        by: Instant,
    ) -> Result<String, CallError> {
        let turn = async { Ok(self.logins.lock().await) };
        let _turn = self.by(by, endpoint, "the turn to log in", turn).await.map_err(CallError::NotSent)?;
        let token = unpoisoned(&self.token).clone();
        match token.filter(|token| Some(&**token) != refused) {
            Some(token) => Ok(token),
            None => self.log_in(endpoint, login, by).await,
        }
    }

    /// Exchanges the name and the password for a token. Of what was to be done with it nothing has happened.
    async fn log_in(&self, endpoint: usize, login: &Login, by: Instant) -> Result<String, CallError> {
        let question = json!({ "name": login.name, "password": login.password });
        // A member that cannot serve at the moment says nothing of the login. Another one may.
        let not_sent = |error| match error {
            CallError::Lost(failure) => CallError::NotSent(failure),
            CallError::Answered(refusal) if !refusal.is_certain() => {
                CallError::NotSent(CallError::Answered(refusal).into())
            }
            error => error,
        };
        let request = self.request(endpoint, "/v3/auth/authenticate", &question, None)?;
        let within = Deadlines { timeout: self.timeout, end: by };
        let sent = self.send(endpoint, request, Takes::Kept, by, within).await;
        let mut asked = sent.map_err(not_sent)?;
        let body = body_of(asked.answer.body_mut(), ANSWER);
        let body = self.by(asked.end, endpoint, "a login", body).await.map_err(CallError::NotSent)?;
        self.put_back(endpoint, asked.connection);
        if asked.answer.status() != StatusCode::OK {
            return Err(not_sent(refusal(asked.answer.status(), &body)));
        }
        let Authenticated { token } = parsed(&body).map_err(CallError::NotSent)?;
        *unpoisoned(&self.token) = Some(token.clone());
        Ok(token)
    }

    fn request(
        &self,
        endpoint: usize,
        path: &str,
        question: &Value,
        token: Option<&str>,
    ) -> Result<Request<String>, CallError> {
        let mut request = Request::post(path)
            .header("host", self.endpoints[endpoint].authority())
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        request
            .body(question.to_string())
            .map_err(|error| CallError::NotSent(Failure::new(FailureKind::Refused, text_of(error))))
    }

    /// Sends a question, and waits for the beginning of the answer.
    async fn send(
        &self,
        endpoint: usize,
        mut request: Request<String>,
        takes: Takes,
        ready_by: Instant,
        deadlines: Deadlines,
    ) -> Result<Asked, CallError> {
        loop {
            // One that was kept may be closed by now. Then the request comes back, and takes another one.
            let kept = if takes == Takes::Kept { self.kept(endpoint) } else { None };
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self
                    .by(ready_by, endpoint, "a connection", self.endpoints[endpoint].connect())
                    .await
                    .map_err(CallError::NotSent)?,
            };
            let end = deadlines.next();
            let answer = async { Ok(connection.try_send_request(request).await) };
            let answer = self.by(end, endpoint, "an answer", answer).await.map_err(CallError::Lost)?;
            let mut error = match answer {
                Ok(answer) => return Ok(Asked { connection, answer, end }),
                Err(error) => error,
            };
            let unsent = error.take_message();
            let failure = Failure::new(FailureKind::Unreachable, text_of(error.into_error()));
            match unsent {
                Some(unsent) if is_kept => request = unsent,
                Some(_) => return Err(CallError::NotSent(failure)),
                None => return Err(CallError::Lost(failure)),
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

/// Reads an answer of etcd's.
fn read<T: Answer>(body: &[u8]) -> Result<T, CallError> {
    let answer: T = parsed(body).map_err(CallError::Lost)?;
    if answer.header().is_whole() {
        return Ok(answer);
    }
    let reason = "the answer is none of etcd's: it names no cluster and no revision";
    Err(CallError::Lost(Failure::new(FailureKind::Malformed, reason)))
}

/// Reads JSON. What it says is in no error: it may be a secret.
pub(crate) fn parsed<T: DeserializeOwned>(text: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(text).map_err(|error| {
        let what = match error.classify() {
            Category::Data => "a field has a value that etcd never gives",
            Category::Eof => "its JSON has no end",
            Category::Syntax | Category::Io => "it is no JSON",
        };
        let reason = format!("the answer is none of etcd's: {what}, at column {}", error.column());
        Failure::new(FailureKind::Malformed, reason)
    })
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
