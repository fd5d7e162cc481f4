//! [`Source`]: where the list comes from.

mod etcd;
mod file;

pub use etcd::{Etcd, Following};
pub use file::{File, Loading, Waiting};

use crate::history::History;
use crate::list::Table;
use crate::log;
use crate::options::Options;
use std::fmt::Display;
use std::io;
use std::sync::Arc;

/// What the table follows.
#[derive(Debug)]
pub enum Source {
    /// A file.
    File(Arc<File>),
    /// The keys of etcd below a prefix.
    Etcd(Arc<Etcd>),
}

/// How the source is doing.
#[derive(Debug)]
pub enum State {
    /// The file.
    File(Loading),
    /// etcd.
    Etcd(Box<Following>),
}

impl Source {
    /// What the options name. Fails with what is wrong with that. A file is not looked at before the [start](Self::start).
    pub fn new(table: &Arc<Table>, options: &Options) -> Result<Self, String> {
        Ok(match &options.list {
            Some(list) => Self::File(Arc::new(File::new(Arc::clone(table), list, options))),
            None => Self::Etcd(Arc::new(Etcd::new(Arc::clone(table), options)?)),
        })
    }

    /// Has it say on standard error from now on what happens. Is called in a runtime.
    pub fn start(&self) -> io::Result<()> {
        match self {
            Self::File(file) => Arc::clone(file).start(),
            Self::Etcd(etcd) => {
                tokio::spawn(Arc::clone(etcd).tell());
                Ok(())
            }
        }
    }

    /// Whether there is a list.
    pub fn is_loaded(&self) -> bool {
        match self {
            Self::File(file) => file.is_loaded(),
            Self::Etcd(etcd) => etcd.is_loaded(),
        }
    }

    /// Returns how it is doing. Waits for nobody.
    pub fn state(&self) -> State {
        match self {
            Self::File(file) => State::File(file.state()),
            Self::Etcd(etcd) => State::Etcd(Box::new(etcd.state())),
        }
    }

    /// Returns how the versions came about.
    pub fn history(&self) -> &History {
        match self {
            Self::File(file) => &file.history,
            Self::Etcd(etcd) => &etcd.history,
        }
    }
}

/// Says on standard error what is new of the copy of the last good list. `what` cannot be done.
fn tell_copy<F: Display + PartialEq>(before: Option<&F>, now: Option<&F>, what: &str) {
    match now {
        now if now == before => {}
        Some(failure) => log::say(format_args!("the copy of the last good list cannot be {what}: {failure}")),
        None => log::say("the copy of the last good list is written again"),
    }
}

impl State {
    /// Says in a sentence what is wrong, if something is.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::File(Loading::Waiting(waiting)) => waiting.error.as_ref().map(ToString::to_string),
            Self::File(Loading::Loaded(status)) => status.last_error.as_ref().map(ToString::to_string),
            Self::Etcd(following) => following.reason(),
        }
    }

    /// Writes it as Prometheus text.
    pub fn prometheus(&self) -> String {
        match self {
            Self::File(Loading::Waiting(_)) => String::from(
                "# HELP gatekeeper_last_reload_successful Whether the last look at the source was good.\n\
                 # TYPE gatekeeper_last_reload_successful gauge\ngatekeeper_last_reload_successful 0\n",
            ),
            Self::File(Loading::Loaded(status)) => status.prometheus("gatekeeper").to_string(),
            Self::Etcd(following) => following.status.prometheus("gatekeeper").to_string(),
        }
    }
}
