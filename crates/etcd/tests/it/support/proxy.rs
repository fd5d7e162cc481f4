//! A network that can be cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Passes on what comes, until it is told otherwise. It ends with the process.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// Nothing is passed on, and nothing is closed.
    is_stalled: AtomicBool,
    /// New connections are closed at once.
    is_refusing: AtomicBool,
    /// How many bytes of answers pass in a second. 0: all that come.
    rate: AtomicU64,
    slow: Mutex<()>,
    /// What the answers must have in them to be cut off there.
    cut_after: Mutex<Option<Vec<u8>>>,
    open: Mutex<Vec<TcpStream>>,
    connections: Mutex<Vec<Arc<Connection>>>,
}

/// What is known of a connection.
#[derive(Default)]
struct Connection {
    is_watch: AtomicBool,
    /// That of this one alone.
    is_stalled: AtomicBool,
}

impl Proxy {
    pub(crate) fn new(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let shared = Arc::<Shared>::default();
        let accept = Arc::clone(&shared);
        thread::spawn(move || {
            for from in listener.incoming().map_while(Result::ok) {
                if accept.is_refusing.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(to) = TcpStream::connect(("127.0.0.1", to)) else { continue };
                let connection = Arc::<Connection>::default();
                accept.connections.lock().unwrap().push(Arc::clone(&connection));
                let both = |a: &TcpStream, b: &TcpStream| (a.try_clone().unwrap(), b.try_clone().unwrap());
                for ((from, to), is_answer) in [(both(&from, &to), false), (both(&to, &from), true)] {
                    let (shared, connection) = (Arc::clone(&accept), Arc::clone(&connection));
                    thread::spawn(move || pass(&shared, &connection, from, to, is_answer));
                }
                accept.open.lock().unwrap().extend([from, to]);
            }
        });
        Self { port, shared }
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        vec![format!("http://127.0.0.1:{}", self.port)]
    }

    /// Passes nothing on, and closes nothing: a cable that is cut.
    pub(crate) fn stall(&self, is_stalled: bool) {
        self.shared.is_stalled.store(is_stalled, Ordering::SeqCst);
    }

    /// Does that to the watches that there are. New ones work, and so does all else.
    pub(crate) fn stall_watches(&self) {
        for connection in &*self.shared.connections.lock().unwrap() {
            connection.is_stalled.store(connection.is_watch.load(Ordering::SeqCst), Ordering::SeqCst);
        }
    }

    /// Lets so many bytes of answers through in a second, over all connections.
    pub(crate) fn slow_down(&self, rate: u64) {
        self.shared.rate.store(rate, Ordering::SeqCst);
    }

    /// Refuses new connections.
    pub(crate) fn refuse(&self, is_refusing: bool) {
        self.shared.is_refusing.store(is_refusing, Ordering::SeqCst);
    }

    /// Closes all connections.
    pub(crate) fn drop_all(&self) {
        for stream in self.shared.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Closes a connection in place of the next answer that has this in it.
    pub(crate) fn cut_answer_with(&self, text: &str) {
        *self.shared.cut_after.lock().unwrap() = Some(text.as_bytes().to_vec());
    }
}

fn pass(shared: &Shared, connection: &Connection, mut from: TcpStream, mut to: TcpStream, is_answer: bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(some) = from.read(&mut buffer) {
        if !is_answer && contains(&buffer[..some], b"/v3/watch") {
            connection.is_watch.store(true, Ordering::SeqCst);
        }
        let is_stalled =
            || shared.is_stalled.load(Ordering::SeqCst) || connection.is_stalled.load(Ordering::SeqCst);
        while is_stalled() {
            thread::sleep(Duration::from_millis(5));
        }
        let mut cut = shared.cut_after.lock().unwrap();
        let is_cut = |text: &Vec<u8>| is_answer && contains(&buffer[..some], text);
        if cut.as_ref().is_some_and(is_cut) {
            *cut = None;
            break;
        }
        drop(cut);
        let rate = shared.rate.load(Ordering::SeqCst);
        if rate > 0 && is_answer {
            let _turn = shared.slow.lock().unwrap();
            let micros = some as u64 * 1_000_000 / rate;
            thread::sleep(Duration::from_micros(micros));
        }
        if some == 0 || to.write_all(&buffer[..some]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
