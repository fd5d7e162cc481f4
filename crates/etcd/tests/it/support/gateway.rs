//! A gateway that answers what a test says.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// One that ends with the process.
pub(crate) struct Gateway {
    port: u16,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    ranges: AtomicUsize,
    asks: AtomicUsize,
    watches: AtomicUsize,
    connections: AtomicUsize,
}

/// A question, and where the answer goes.
pub(crate) struct Request<'a> {
    pub(crate) path: &'a str,
    body: &'a str,
    /// The how many-th connection it comes on.
    pub(crate) connection: usize,
    out: &'a mut TcpStream,
}

impl Gateway {
    /// Each connection goes on while this returns `true`.
    pub(crate) fn new(answer: impl Fn(&mut Request<'_>) -> bool + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let (answer, counts) = (Arc::new(answer), Arc::<Counts>::default());
        let all = Arc::clone(&counts);
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().map_while(Result::ok).enumerate() {
                all.connections.store(connection + 1, Ordering::SeqCst);
                let (answer, counts) = (Arc::clone(&answer), Arc::clone(&all));
                thread::spawn(move || serve(stream, connection, &*answer, &counts));
            }
        });
        Self { port, counts }
    }

    /// One that has these keys at a revision, and writes nothing.
    pub(crate) fn calm(revision: u64, kvs: Vec<String>) -> Self {
        Self::new(move |request| match request.path {
            "/v3/kv/range" => request.range(revision, &kvs),
            "/v3/watch" => request.watch(&[created(revision)]),
            _ => request.json(&format!("{{{},\"succeeded\":true}}", head(revision))),
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        vec![self.url()]
    }

    /// How many ranges were asked for.
    pub(crate) fn ranges(&self) -> usize {
        self.counts.ranges.load(Ordering::SeqCst)
    }

    /// How many of them were walks over all keys, to see whether any has changed.
    pub(crate) fn asks(&self) -> usize {
        self.counts.asks.load(Ordering::SeqCst)
    }

    pub(crate) fn watches(&self) -> usize {
        self.counts.watches.load(Ordering::SeqCst)
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }
}

impl Request<'_> {
    pub(crate) fn is_ask(&self) -> bool {
        self.body.contains("min_mod_revision")
    }

    pub(crate) fn is_probe(&self) -> bool {
        self.body.contains("count_only") && !self.body.contains("range_end")
    }

    pub(crate) fn has(&self, text: &str) -> bool {
        self.body.contains(text)
    }

    pub(crate) fn json(&mut self, body: &str) -> bool {
        self.answer("200 OK", body)
    }

    /// Answers a range as etcd would: with one key, all of a list, or those that are newer.
    pub(crate) fn range(&mut self, revision: u64, kvs: &[String]) -> bool {
        let is_list = self.body.contains("range_end");
        let kvs: Vec<_> = if self.is_ask() {
            Vec::new()
        } else {
            let is_asked = |kv: &&String| is_list || self.body.contains(kv.split('"').nth(3).unwrap_or(""));
            kvs.iter().filter(is_asked).cloned().collect()
        };
        let count = if self.is_ask() { kvs.len().max(1) } else { kvs.len() };
        self.json(&format!(r#"{{{},"kvs":[{}],"count":"{count}"}}"#, head(revision), kvs.join(",")))
    }

    pub(crate) fn answer(&mut self, status: &str, body: &str) -> bool {
        let length = body.len();
        write!(self.out, "HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}").is_ok()
    }

    /// The beginning of an answer whose parts come later.
    pub(crate) fn begin(&mut self) -> bool {
        self.out.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_ok()
    }

    pub(crate) fn part(&mut self, text: &str) -> bool {
        write!(self.out, "{:x}\r\n{text}\r\n", text.len()).is_ok()
    }

    /// A watch that brings these lines, and then nothing.
    pub(crate) fn watch(&mut self, lines: &[String]) -> bool {
        self.begin();
        lines.iter().all(|line| self.part(line)) && self.hang()
    }

    /// Nothing more comes, until the other side is gone.
    pub(crate) fn hang(&mut self) -> bool {
        while !matches!(self.out.read(&mut [0; 1024]), Ok(0) | Err(_)) {}
        false
    }
}

fn serve(
    mut stream: TcpStream,
    connection: usize,
    answer: &dyn Fn(&mut Request<'_>) -> bool,
    counts: &Counts,
) {
    stream.set_nodelay(true).expect("a socket");
    let (mut buffer, mut part) = (Vec::new(), vec![0; 64 << 10]);
    loop {
        let mut more = |buffer: &mut Vec<u8>| match stream.read(&mut part) {
            Ok(some) if some > 0 => {
                buffer.extend_from_slice(&part[..some]);
                true
            }
            _ => false,
        };
        let end = loop {
            if let Some(end) = buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !more(&mut buffer) {
                return;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
        let length: usize = length.map_or(0, |length| length.trim().parse().expect("a number"));
        while buffer.len() < end + length {
            if !more(&mut buffer) {
                return;
            }
        }
        let body = String::from_utf8_lossy(&buffer[end..end + length]).into_owned();
        buffer.drain(..end + length);
        let path = head.split(' ').nth(1).expect("a path");
        let one = usize::from;
        counts.ranges.fetch_add(one(path == "/v3/kv/range"), Ordering::SeqCst);
        counts.asks.fetch_add(one(body.contains("min_mod_revision")), Ordering::SeqCst);
        counts.watches.fetch_add(one(path == "/v3/watch"), Ordering::SeqCst);
        if !answer(&mut Request { path, body: &body, connection, out: &mut stream }) {
            return;
        }
    }
}

pub(crate) fn head(revision: u64) -> String {
    format!(r#""header":{{"cluster_id":"7","member_id":"1","revision":"{revision}","raft_term":"2"}}"#)
}

/// A key that was made at a revision.
pub(crate) fn kv(key: &str, value: &str, revision: u64) -> String {
    let (key, value) = (STANDARD.encode(key), STANDARD.encode(value));
    format!(
        r#"{{"key":"{key}","value":"{value}","create_revision":"{revision}","mod_revision":"{revision}","version":"1"}}"#
    )
}

pub(crate) fn list(revision: u64, kvs: &[String]) -> String {
    format!(r#"{{{},"kvs":[{}],"count":"{}"}}"#, head(revision), kvs.join(","), kvs.len())
}

pub(crate) fn created(revision: u64) -> String {
    format!("{{\"result\":{{{},\"created\":true}}}}\n", head(revision))
}

pub(crate) fn event(key: &str, value: &str, revision: u64) -> String {
    format!(r#"{{"kv":{}}}"#, kv(key, value, revision))
}

pub(crate) fn events(revision: u64, events: &[String]) -> String {
    format!("{{\"result\":{{{},\"events\":[{}]}}}}\n", head(revision), events.join(","))
}
