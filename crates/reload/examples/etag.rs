//! A list on an HTTP server, which is asked for with the `ETag` of what is there already.
//!
//! The server is part of the program: it answers `304 Not Modified` to whoever has the current list. It changes the list, breaks down, and
//! comes back with an error page that says `200 OK`.
//!
//! `cargo run -p readmostly-reload --example etag`

use readmostly::CowSet;
use readmostly_reload::{Content, Line, Refused, Reload, Status};
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;

fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::start("200 OK", "ads.example\nspam.example\n")?;
    let blocked: Arc<CowSet<String>> = Arc::default();
    // Without `poll` there is no thread: a look is a call of `now`.
    let reloader = Reload::source(list(server.url.clone())).parse(domains).into(Arc::clone(&blocked))?;
    show("the first load", &reloader.status());
    assert_eq!(blocked.len(), 2);

    show("unchanged: no body was sent", &reloader.now());
    assert_eq!((server.sent(), reloader.status().unchanged), (1, 1));

    server.says("200 OK", "ads.example\nspam.example\ntracker.example\n");
    show("one more", &reloader.now());
    assert_eq!((server.sent(), blocked.len()), (2, 3));

    server.says("503 Service Unavailable", "");
    show("the server is down", &reloader.now());
    server.says("200 OK", "<html>Please log in</html>\n");
    show("an error page", &reloader.now());
    assert_eq!(blocked.len(), 3, "the last good list stays");

    server.says("200 OK", "spam.example\n");
    show("a list again", &reloader.now());
    assert!(blocked.contains("spam.example") && blocked.len() == 1);
    Ok(())
}

/// The source: `None` for a `304`.
fn list(url: String) -> impl FnMut() -> Result<Option<Content>, ureq::Error> {
    let mut tag = String::new();
    move || {
        let mut answer = ureq::get(&url).header("If-None-Match", &tag).call()?;
        if answer.status() == 304 {
            return Ok(None);
        }
        let body = answer.body_mut().with_config().limit(64 << 20).read_to_vec()?;
        // After the body: a tag of what has not come would make it unchanged.
        let new = answer.headers().get("ETag").and_then(|tag| tag.to_str().ok());
        new.unwrap_or_default().clone_into(&mut tag);
        Ok(Some(Content::from_bytes(&url, body)))
    }
}

fn domains(content: &Content) -> Result<Vec<String>, Refused> {
    let domain = |line: Line<'_>| match line.text() {
        text if text.contains(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '-') => {
            Err(line.refuse("not a domain"))
        }
        text => Ok(text.to_owned()),
    };
    content.lines()?.map(domain).collect()
}

fn show(what: &str, status: &Status) {
    let changes = status.changes;
    println!("{what}: version {}, last change +{} -{}", status.version, changes.added, changes.removed);
    if let Some(failure) = &status.last_error {
        println!("  {failure}");
    }
}

/// A server of one list.
struct Server {
    url: String,
    state: Arc<Mutex<State>>,
}

struct State {
    status: &'static str,
    body: &'static str,
    tag: u32,
    /// How many bodies were sent.
    sent: u32,
}

impl Server {
    fn start(status: &'static str, body: &'static str) -> Result<Self, Box<dyn Error>> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/list", listener.local_addr()?);
        let state = Arc::new(Mutex::new(State { status, body, tag: 1, sent: 0 }));
        let answering = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let request: Vec<String> = BufReader::new(&stream)
                    .lines()
                    .map_while(Result::ok)
                    .take_while(|line| !line.is_empty())
                    .collect();
                let answer = answering.lock().expect("nobody panics").answer(&request);
                // A client that is gone needs no answer.
                let _ = (&stream).write_all(answer.as_bytes());
            }
        });
        Ok(Self { url, state })
    }

    fn says(&self, status: &'static str, body: &'static str) {
        let mut state = self.state.lock().expect("nobody panics");
        *state = State { status, body, tag: state.tag + 1, sent: state.sent };
    }

    fn sent(&self) -> u32 {
        self.state.lock().expect("nobody panics").sent
    }
}

impl State {
    fn answer(&mut self, request: &[String]) -> String {
        let tag = format!("\"{}\"", self.tag);
        let has = request.iter().any(|line| line.to_ascii_lowercase() == format!("if-none-match: {tag}"));
        let (status, body) = if has { ("304 Not Modified", "") } else { (self.status, self.body) };
        self.sent += u32::from(!has && self.status == "200 OK");
        let length = body.len();
        format!(
            "HTTP/1.1 {status}\r\nETag: {tag}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
    }
}
