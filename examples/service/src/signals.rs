//! SIGHUP reloads, SIGTERM and SIGINT stop.

use crate::log;
use crate::source::Source;
use std::io;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Starts a task that does what signals say. A second signal to stop ends the process at once.
pub fn listen(source: Arc<Source>, stop: watch::Sender<bool>) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            source.reload().await;
        }
    });
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.send_replace(true) {
                log::say("told to stop twice: stops at once");
                log::finish();
                std::process::exit(1);
            }
            log::say("stops, when what runs is answered");
        }
    });
    Ok(())
}
