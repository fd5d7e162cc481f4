//! SIGHUP reloads, SIGTERM and SIGINT stop.

use crate::log;
use crate::service::Service;
use crate::source::Source;
use std::io;
use std::process;
use std::sync::Arc;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// What signals have asked for, from the time on that this is there.
#[derive(Debug)]
pub struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// From now on no signal of these ends the process by itself.
    pub fn new() -> io::Result<Self> {
        // It comes when a file would be larger than it may be. Without it the write fails, and that is said.
        drop(signal(SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw()))?);
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Starts a task that does what signals say. A second signal to stop ends the process at once.
    pub fn obey(self, service: Arc<Service>, stop: watch::Sender<bool>) {
        let Self { mut hangup, mut terminate, mut interrupt } = self;
        tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                match &service.source {
                    Source::File(file) => drop(file.reload().await),
                    Source::Etcd(_) => {
                        log::say("SIGHUP: there is nothing to reload, the list is that of etcd");
                    }
                }
            }
        });
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                if *stop.borrow() {
                    log::say("told to stop twice: stops at once");
                    log::finish();
                    process::exit(1);
                }
                // Before it is told: the process may be gone a moment after that.
                log::say("stops, when what runs is answered");
                stop.send_replace(true);
            }
        });
    }
}
