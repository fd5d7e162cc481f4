//! A `redis-server` of its own, on a socket in a folder of its own, and a client that knows what the bench asks.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How many commands are sent before the answers are read.
const BATCH: usize = 1_000;

/// A server that ends with this.
#[derive(Debug)]
pub struct Server {
    process: Child,
    stream: BufReader<UnixStream>,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// An answer of the server.
#[derive(Debug)]
enum Answer {
    Text(String),
    Error(String),
}

impl Server {
    /// Starts a server that saves into `folder` when it is told to; `None` where it is not installed.
    ///
    /// # Errors
    ///
    /// If it cannot be started, or does not answer within 10 seconds.
    pub fn start(folder: &Path) -> io::Result<Option<Self>> {
        let socket = folder.join("socket");
        let spawned = Command::new("redis-server")
            .args(["--port", "0", "--save", "", "--appendonly", "no", "--enable-debug-command", "yes"])
            .arg("--unixsocket")
            .arg(&socket)
            .arg("--dir")
            .arg(folder)
            .stdout(Stdio::null())
            .spawn();
        let process = match spawned {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            process => process?,
        };
        let began = Instant::now();
        loop {
            match UnixStream::connect(&socket) {
                Ok(stream) => return Ok(Some(Self { process, stream: BufReader::new(stream) })),
                Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error),
                Err(_) => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// The process, to ask how much memory it takes.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    fn send(into: &mut Vec<u8>, command: &[&str]) {
        into.extend_from_slice(format!("*{}\r\n", command.len()).as_bytes());
        for part in command {
            into.extend_from_slice(format!("${}\r\n{part}\r\n", part.len()).as_bytes());
        }
    }

    fn answer(&mut self) -> io::Result<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let text = line.trim_end();
        let (kind, rest) = text.split_at_checked(1).ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(match kind {
            "-" => Answer::Error(rest.to_owned()),
            "$" => {
                let length: usize = rest.parse().map_err(io::Error::other)?;
                let mut bytes = vec![0; length + 2];
                self.stream.read_exact(&mut bytes)?;
                bytes.truncate(length);
                Answer::Text(String::from_utf8(bytes).map_err(io::Error::other)?)
            }
            _ => Answer::Text(rest.to_owned()),
        })
    }

    /// Runs a command, and returns what it answers.
    ///
    /// # Errors
    ///
    /// If the server says so, or is gone.
    pub fn run(&mut self, command: &[&str]) -> io::Result<String> {
        let mut bytes = Vec::new();
        Self::send(&mut bytes, command);
        self.stream.get_mut().write_all(&bytes)?;
        match self.answer()? {
            Answer::Text(text) => Ok(text),
            Answer::Error(error) => Err(io::Error::other(format!("{}: {error}", command.join(" ")))),
        }
    }

    /// Sets many keys.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn fill(&mut self, entries: impl Iterator<Item = (String, String)>) -> io::Result<()> {
        let mut entries = entries.peekable();
        while entries.peek().is_some() {
            let (mut bytes, mut sent) = (Vec::new(), 0);
            for (key, value) in entries.by_ref().take(BATCH) {
                Self::send(&mut bytes, &["SET", &key, &value]);
                sent += 1;
            }
            self.stream.get_mut().write_all(&bytes)?;
            for _ in 0..sent {
                if let Answer::Error(error) = self.answer()? {
                    return Err(io::Error::other(error));
                }
            }
        }
        Ok(())
    }

    /// A number that `INFO` has.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), or if there is no such number.
    pub fn number(&mut self, section: &str, name: &str) -> io::Result<f64> {
        let info = self.run(&["INFO", section])?;
        let value = info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.and_then(|value| value.trim().parse().ok());
        value.ok_or_else(|| io::Error::other(format!("INFO {section} has no {name}")))
    }

    /// Whether a save goes on in the background.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    pub fn is_saving(&mut self) -> io::Result<bool> {
        Ok(self.number("persistence", "rdb_bgsave_in_progress")? > 0.0)
    }
}
