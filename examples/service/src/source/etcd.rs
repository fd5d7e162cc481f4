//! [`Etcd`]: the keys of etcd below a prefix, each of which is a domain.

use super::tell_copy;
use crate::history::{History, Origin};
use crate::list::{Domain, Table, read_name};
use crate::log;
use crate::options::Options;
use readmostly::{Guard, Keep, Snapshot, Watch};
use readmostly_etcd::{FailureKind, Follow, Follower, Rejected, Shown, Status};
use readmostly_persist::Store;
use std::sync::Arc;
use std::time::Duration;
use tokio::task;

/// How many refused keys a reason names.
const SHOWN: usize = 5;

/// How often the copy of the last good list is written, if there is something new.
const SAVE: Duration = Duration::from_secs(1);

/// The keys below a prefix.
#[derive(Debug)]
pub struct Etcd {
    table: Arc<Table>,
    follower: Follower<Table>,
    prefix: String,
    /// How the versions came about.
    pub history: History,
}

/// How it is followed.
#[derive(Debug)]
pub struct Following {
    /// What the follower says.
    pub status: Status,
    /// The version in force; 0 if there is no list.
    pub version: u64,
    /// How many domains it has.
    pub size: usize,
    /// What the keys begin with.
    pub prefix: String,
}

impl Etcd {
    /// Follows from now on, and does not wait for etcd.
    pub fn new(table: Arc<Table>, options: &Options) -> Result<Self, String> {
        let prefix = options.prefix.clone().unwrap_or_default();
        if let Some(url) = options.etcd.iter().find(|url| url.contains('@')) {
            let host = url.rsplit_once('@').map_or("", |(_, host)| host);
            return Err(format!("--etcd has a login before {host:?}, and this service has none for etcd"));
        }
        if let Some(url) = options.etcd.iter().find(|url| url.starts_with("https:")) {
            return Err(format!(
                "this service speaks to etcd without TLS: name one with http:// in place of {url:?}"
            ));
        }
        let value = |_: &Domain, _: &[u8]| Ok::<(), String>(());
        let mut follow = Follow::prefix(&options.etcd, &*prefix).decode(read_name, value);
        if let Some(folder) = &options.last_good {
            let store = Store::open(folder, readmostly_persist::Options::new())
                .map_err(|error| format!("--last-good, which is a folder with --etcd: {error}"))?;
            follow = follow.last_good(store, SAVE);
        }
        let keep = usize::from(options.keep);
        table.keep(Keep::versions(keep));
        let follower = follow.into(Arc::clone(&table)).map_err(|error| format!("--etcd: {error}"))?;
        let history = History::new(keep + 1);
        if let Shown::LastGood { .. } = follower.status().shown {
            history.fill(&table, Origin::LastGood);
        }
        Ok(Self { table, follower, prefix, history })
    }

    /// Whether etcd was reached and has a domain, or the copy has one.
    pub fn is_loaded(&self) -> bool {
        self.table.version() > 0 && self.follower.status().shown != Shown::Nothing
    }

    /// Returns how it is doing. Waits for nobody.
    pub fn state(&self) -> Following {
        let list = self.table.load();
        let (version, size) = (Guard::version(&list), list.len());
        Following { status: self.follower.status(), version, size, prefix: self.prefix.clone() }
    }

    /// Says on standard error what happens, without an end.
    pub async fn tell(self: Arc<Self>) {
        let mut versions = Watch::new(Arc::clone(&self.table));
        let mut statuses = self.follower.watch_status();
        let status = statuses.seen().expect("it has just been made").clone();
        self.tell_status(&status, None);
        drop(status);
        let (mut told, mut newest) = (0, self.table.version());
        loop {
            if newest > told {
                let source = Arc::clone(&self);
                // What has changed is counted, which may take milliseconds.
                let counted =
                    task::spawn_blocking(move || source.history.fill(&source.table, Origin::Source));
                counted.await.expect("a count does not panic");
                self.history.tell(&mut told, newest, "from etcd");
            }
            tokio::select! {
                update = versions.changed() => newest = Snapshot::version(&update.new),
                update = statuses.changed() => self.tell_status(&update.new, Some(&update.old)),
            }
        }
    }

    fn tell_status(&self, status: &Status, before: Option<&Status>) {
        let was_connected = before.is_some_and(|before| before.connected);
        if status.connected && !was_connected {
            log::say(format_args!("follows {} in etcd at {}", self.prefix, status.endpoint));
        }
        let kind = |status: &Status| status.last_error.as_ref().map(|failure| failure.kind);
        if let Some(failure) = status.last_error.as_ref().filter(|_| before.and_then(kind) != kind(status)) {
            let what = match self.table.version() {
                0 => String::from("there is no list yet"),
                version => format!("version {version} stays in force"),
            };
            log::say(format_args!("etcd is not followed, and {what}: {failure}"));
        }
        let before_it = before.map_or(&[][..], |before| &before.rejected);
        for Rejected { name, reason, .. } in status.rejected.iter().filter(|key| !before_it.contains(key)) {
            log::say(format_args!("the key {name:?} is refused, and changes nothing: {reason}"));
        }
        if status.rejected_keys == 0 && before.is_some_and(|before| before.rejected_keys > 0) {
            log::say("no key is refused any more");
        }
        let what = if before.is_some() { "written" } else { "read" };
        tell_copy(before.and_then(|before| before.save_error.as_ref()), status.save_error.as_ref(), what);
    }
}

impl Following {
    /// How it is doing, in a word.
    pub fn state(&self) -> &'static str {
        let status = &self.status;
        match status.shown {
            // At the start, and for a moment after the first list.
            _ if !status.connected && status.last_error.is_none() => "loading",
            Shown::Nothing => "missing",
            _ if !status.connected && self.version == 0 => "missing",
            // The copy stays.
            _ if status.last_error.as_ref().is_some_and(|failure| failure.kind == FailureKind::Empty) => {
                "empty"
            }
            _ if !status.connected => "away",
            _ if self.size == 0 => "empty",
            _ if status.rejected_keys > 0 => "rejected",
            _ => "good",
        }
    }

    /// Says in a sentence what is wrong, if something is.
    pub fn reason(&self) -> Option<String> {
        let status = &self.status;
        match self.state() {
            "empty" if status.connected => Some(format!("etcd has no domain below {}", self.prefix)),
            "rejected" => {
                let mut lines: Vec<_> = status.rejected.iter().take(SHOWN).map(ToString::to_string).collect();
                let more = status.rejected_keys - lines.len();
                lines.extend((more > 0).then(|| format!("and {more} more")));
                Some(lines.join("\n"))
            }
            _ => status.last_error.as_ref().map(ToString::to_string),
        }
    }
}
