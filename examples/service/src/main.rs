//! `gatekeeper`: an HTTP service that checks domains against a block list, which it reloads while it answers.
//!
//! It says on standard output where it listens, and on standard error what happens to the list.

use clap::Parser;
use gatekeeper::files::{self, Files};
use gatekeeper::options::Options;
use gatekeeper::server::{self, Limits};
use gatekeeper::service::Service;
use gatekeeper::signals::Signals;
use gatekeeper::{log, routes, threads};
use rustix::io::Errno;
use std::io::{self, ErrorKind, Write};
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::Builder;
use tokio::sync::watch;
use tokio::{task, time};

/// Something had to be cut off, or the system failed.
const FAILED: u8 = 1;
/// An option is bad. It is clap's code, too.
const BAD_OPTION: u8 = 2;

/// How many threads batches, searches and reloads have.
const BLOCKING: usize = 64;

/// How long they stay when they have nothing to do. Where the system has no other thread, what is to be done waits for one of them; if there
/// were none, the runtime would panic.
const FOR_EVER: Duration = Duration::from_secs(u32::MAX as u64);

/// Why the service does not start, and the exit code.
type Refusal = (String, u8);

fn main() -> ExitCode {
    let options = Options::parse();
    let code = run(options).unwrap_or_else(|(reason, code)| {
        log::say(format_args!("error: {reason}"));
        log::finish();
        // There may have been no thread for it.
        if log::lost() > 0 {
            drop(writeln!(io::stderr(), "error: {reason}"));
        }
        ExitCode::from(code)
    });
    log::finish();
    code
}

fn run(options: Options) -> Result<ExitCode, Refusal> {
    options.check().map_err(|reason| (reason, BAD_OPTION))?;
    // Else the runtime reads a variable of its own, and panics if that is no number.
    let cores = || thread::available_parallelism().map_or(1, NonZero::get);
    let answering = options.threads.map_or_else(cores, usize::from);
    let needed = answering + threads::OTHERS;
    threads::room_for(needed).map_err(|error| {
        let advice = "raise `ulimit -u` or what else limits them, or lower --threads";
        (format!("{needed} threads cannot be started: {error}: {advice}"), FAILED)
    })?;
    let runtime = Builder::new_multi_thread()
        .worker_threads(answering)
        .max_blocking_threads(BLOCKING)
        .thread_keep_alive(FOR_EVER)
        .enable_all()
        .build()
        .map_err(|error| (format!("the runtime cannot be started: {error}"), FAILED))?;
    let code = runtime.block_on(serve(options));
    // A look at the list may still run. Nobody needs what it finds.
    runtime.shutdown_background();
    code
}

async fn serve(mut options: Options) -> Result<ExitCode, Refusal> {
    let system = |error: io::Error| (format!("the system refuses what the service needs: {error}"), FAILED);
    // Before all else: until then a signal ends the process.
    let signals = Signals::new().map_err(system)?;
    // The first of the threads that stay.
    task::spawn_blocking(|| ()).await.expect("it does nothing");
    let Files { connections, turned_away } = files::room_for(options.max_connections);
    if connections < options.max_connections {
        let wanted = options.max_connections;
        let s = if connections == 1 { "" } else { "s" };
        log::say(format_args!("serves {connections} connection{s}, and not {wanted}: raise `ulimit -n`"));
        options.max_connections = connections;
    }
    let listener = server::listen(options.listen).map_err(|error| refused(&options, &error))?;
    let address = listener.local_addr().map_err(system)?;
    let limits = Limits { connections, turned_away, idle: options.idle, drain: options.drain };
    let is_open = !address.ip().is_loopback() && options.token.is_none();

    let (stop, stopping) = watch::channel(false);
    let service = Service::new(options, stopping.clone()).map_err(|reason| (reason, BAD_OPTION))?;
    let service = Arc::new(service);
    signals.obey(Arc::clone(&service), stop);
    service.source.start().map_err(system)?;
    let metrics = Arc::clone(&service.metrics);
    tokio::spawn(async move {
        loop {
            time::sleep(Duration::from_secs(1)).await;
            metrics.tick();
        }
    });

    log::output(format_args!("listening on http://{address}"));
    if is_open {
        log::say("without --token, reload and rollback are for this machine only");
    }
    let routes = routes::all(&service);
    let cut = server::serve(listener, routes, Arc::clone(&service.metrics), limits, stopping).await;
    if cut > 0 {
        let were = if cut == 1 { "connection was" } else { "connections were" };
        log::say(format_args!("{cut} {were} cut off: longer than --drain was needed"));
        return Ok(ExitCode::from(FAILED));
    }
    Ok(ExitCode::SUCCESS)
}

/// Says why the address cannot be had, and what to do.
fn refused(options: &Options, error: &io::Error) -> Refusal {
    // The kind of this one has no name.
    if matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE)) {
        return (format!("cannot listen on {}: {error}: raise `ulimit -n`", options.listen), FAILED);
    }
    let what = match error.kind() {
        ErrorKind::AddrInUse => "another process listens there: stop it, or choose another with --listen",
        ErrorKind::PermissionDenied => "the port needs more rights: choose one from 1024 on with --listen",
        ErrorKind::AddrNotAvailable => "this machine has no such address: choose another with --listen",
        _ => "choose another with --listen",
    };
    (format!("cannot listen on {}: {error}: {what}", options.listen), BAD_OPTION)
}
