//! A way to the service that can be cut, as a network is.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// Passes on what comes, in both directions.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    to: Arc<Mutex<SocketAddr>>,
    /// The connections; `None` while it is cut.
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Relay {
    pub(crate) fn start(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let to = Arc::new(Mutex::new(to));
        let (all, end) = (Arc::clone(&open), Arc::clone(&to));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                // While it is cut the connection is closed at once.
                let mut all = all.lock().unwrap();
                let Some(all) = &mut *all else { continue };
                let Ok(server) = TcpStream::connect(*end.lock().unwrap()) else { continue };
                for (from, to) in [(&client, &server), (&server, &client)] {
                    all.push(from.try_clone().unwrap());
                    pass(from.try_clone().unwrap(), to.try_clone().unwrap());
                }
            }
        });
        Self { address, to, open }
    }

    /// Ends all connections, and lets no other pass.
    pub(crate) fn cut(&self) {
        for stream in self.open.lock().unwrap().take().into_iter().flatten() {
            // It may have ended before.
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    /// Leads elsewhere from now on, as after a start of another process at the same address.
    pub(crate) fn lead_to(&self, to: SocketAddr) {
        *self.to.lock().unwrap() = to;
    }

    /// Lets connections pass again.
    pub(crate) fn mend(&self) {
        *self.open.lock().unwrap() = Some(Vec::new());
    }
}

/// Passes on what comes from one, until one of both ends.
fn pass(mut from: TcpStream, mut to: TcpStream) {
    thread::spawn(move || {
        drop(io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Both));
    });
}
