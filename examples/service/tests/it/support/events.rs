//! A reader of server-sent events, and the list that follows them.

use super::PATIENCE;
use super::http::Connection;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Instant;

/// An event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

/// A stream of events.
pub(crate) struct Events {
    connection: Connection,
    text: String,
}

impl Events {
    #[track_caller]
    pub(crate) fn open(address: SocketAddr, path: &str, last: Option<&str>) -> Self {
        let mut connection = Connection::open(address);
        let headers: Vec<_> = last.map(|id| ("Last-Event-ID", id)).into_iter().collect();
        connection.request("GET", path, &headers, b"");
        let head = connection.head();
        assert_eq!(head.status, 200);
        assert_eq!(head.header("content-type"), Some("text/event-stream; charset=utf-8"));
        Self::of(connection)
    }

    /// Those of a connection of which the head was read.
    pub(crate) fn of(connection: Connection) -> Self {
        Self { connection, text: String::new() }
    }

    /// The next event; `None` at the end of the stream.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<Event> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            // Comments may come for ever.
            assert!(Instant::now() < deadline, "no event comes");
            let event = read(&self.block()?);
            if event.is_some() {
                return event;
            }
        }
    }

    /// The next event or comment, as it is sent.
    pub(crate) fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            self.text += std::str::from_utf8(&self.connection.chunk()?).unwrap();
        }
    }

    /// The next event, which must be of this kind.
    #[track_caller]
    pub(crate) fn expect(&mut self, kind: &str) -> Event {
        let event = self.next().expect("the stream has ended");
        assert_eq!(event.kind, kind, "{event:?}");
        event
    }
}

/// An event of its lines; `None` for a comment.
fn read(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
    let data = serde_json::from_str(field("data")?).unwrap();
    Some(Event { kind: field("event")?.to_owned(), id: field("id").unwrap_or_default().to_owned(), data })
}

/// A list that is kept up to date by events alone.
#[derive(Debug, Default)]
pub(crate) struct Follower {
    pub(crate) version: u64,
    pub(crate) domains: BTreeSet<String>,
}

impl Follower {
    #[track_caller]
    pub(crate) fn take(&mut self, event: &Event) {
        let names = |list: &str| -> Vec<String> { serde_json::from_value(event.data[list].clone()).unwrap() };
        match event.kind.as_str() {
            "all" => self.domains = names("domains").into_iter().collect(),
            "delta" => {
                assert_eq!(event.data["from"], self.version, "a delta is from where the reader is");
                for name in names("removed") {
                    assert!(self.domains.remove(&name), "{name} was not there");
                }
                for name in names("added") {
                    assert!(self.domains.insert(name.clone()), "{name} was there");
                }
            }
            other => panic!("{other} is no change"),
        }
        self.version = event.data["version"].as_u64().unwrap();
        assert_eq!(event.data["size"], self.domains.len());
        assert!(event.id.starts_with(&format!("{}.", self.version)));
    }
}
