//! [`Endpoint`]: where etcd listens, and a connection to there.

use super::tls::{Connector, Tls};
use crate::error::{Error, Failure, FailureKind, Fault, text_of};
use hyper::Uri;
use hyper::body::{Body, Bytes, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

/// What a question is sent on.
pub(crate) type Connection = http1::SendRequest<String>;

/// What a connection reads and writes, with TLS or without.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Where etcd listens.
#[derive(Clone)]
pub(crate) struct Endpoint {
    url: String,
    authority: String,
    host: String,
    port: u16,
    tls: Option<Connector>,
}

impl Endpoint {
    pub(crate) fn new(url: &str, tls: Option<&Tls>) -> Result<Self, Error> {
        if url.contains('@') {
            return Err(Error::new("an endpoint has a name or a password in it: give them to `login`"));
        }
        let wrong = |what: &str| Error::new(format!("the endpoint {url:?} {what}"));
        let uri: Uri = url.parse().map_err(|error| wrong(&format!("is not a URL: {error}")))?;
        let is_tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong("begins neither with http:// nor with https://")),
        };
        let authority = uri.authority().ok_or_else(|| wrong("names no host"))?;
        if uri.path_and_query().is_some_and(|path| path.as_str() != "/") {
            return Err(wrong("has a path: etcd has none"));
        }
        // Its parser takes a port that is none for one that is not there, and leaves a fragment out.
        let port = match authority.as_str().strip_prefix(authority.host()) {
            Some("") => 2379,
            port => port
                .and_then(|port| port.strip_prefix(':')?.parse().ok().filter(|port| *port > 0))
                .ok_or_else(|| wrong("has a port that is no number from 1 to 65535"))?,
        };
        if authority.host().is_empty() {
            return Err(wrong("names no host"));
        }
        if url.contains('#') {
            return Err(wrong("has a fragment: etcd has none"));
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let tls = match (is_tls, tls) {
            (false, _) => None,
            (true, Some(tls)) => Some(tls.connector(&host)?),
            (true, None) => {
                return Err(wrong("is one with TLS: say by `tls` whose certificates are trusted"));
            }
        };
        Ok(Self { url: url.to_owned(), authority: authority.to_string(), host, port, tls })
    }

    pub(crate) fn name(&self) -> &str {
        &self.url
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) async fn connect(&self) -> Result<Connection, Failure> {
        let failed = |error: Fault| {
            Failure::new(FailureKind::Unreachable, format!("{}: {}", self.url, text_of(error)))
        };
        let stream =
            TcpStream::connect((&*self.host, self.port)).await.map_err(|error| failed(error.into()))?;
        // A question is small, and waited for.
        stream.set_nodelay(true).map_err(|error| failed(error.into()))?;
        let stream: Box<dyn Stream> = match &self.tls {
            Some(tls) => tls.connect(stream).await.map_err(|error| failed(error.into()))?,
            None => Box::new(stream),
        };
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (connection, driver) = handshake.map_err(|error| failed(error.into()))?;
        // It ends with the connection. What it would say of an error is said to who waits for an answer.
        tokio::spawn(async move { drop(driver.await) });
        Ok(connection)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.url.fmt(f)
    }
}

/// The next part of a body. `None`: it is over.
pub(crate) async fn part_of(body: &mut Incoming) -> Result<Option<Bytes>, Failure> {
    loop {
        match poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await {
            None => return Ok(None),
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(error)) => return Err(Failure::new(FailureKind::Unreachable, text_of(error))),
        }
    }
}

/// All of a body.
pub(crate) async fn body_of(body: &mut Incoming, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    while more_of(body, &mut bytes, limit).await? {}
    Ok(bytes)
}

/// The next part of a body. Returns `false` if it is over.
pub(crate) async fn more_of(body: &mut Incoming, bytes: &mut Vec<u8>, limit: usize) -> Result<bool, Failure> {
    let Some(part) = part_of(body).await? else { return Ok(false) };
    if part.len() > limit - bytes.len() {
        return Err(Failure::new(FailureKind::Malformed, format!("the answer has more than {limit} bytes")));
    }
    bytes.extend_from_slice(&part);
    Ok(true)
}
