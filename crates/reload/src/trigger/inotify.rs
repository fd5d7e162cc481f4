//! [`Events`] of inotify: something has happened in a folder that the path leads through.

use super::{Bell, rest_after};
use crate::chain::{Chain, Subject};
use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fd::OwnedFd;
use rustix::fs::inotify::{self, CreateFlags, ReadFlags, Reader, WatchFlags};
use rustix::io::{Errno, read, write};
use std::collections::HashMap;
use std::ffi::OsStr;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// All that can make a file another one, or readable. Folders are watched and never files: a rename over a watched file ends its
/// watch, and nothing tells of that.
const WHAT: WatchFlags = WatchFlags::MODIFY
    .union(WatchFlags::CLOSE_WRITE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVE)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// The least time from an event to the look, so that many events are one look.
const PAUSE: Duration = Duration::from_millis(5);

/// The events of the folders that a path leads through.
pub(crate) struct Events {
    subject: Subject,
    inotify: OwnedFd,
    /// Readable when the bell was rung.
    rung: Arc<OwnedFd>,
    chain: Chain,
    /// The folders of each watch: two if one is mounted at another place as well.
    watches: HashMap<i32, Vec<PathBuf>>,
}

impl Events {
    /// `None` if the system has no more of them: the poll finds everything without.
    pub(crate) fn new(subject: Subject, bell: &Bell) -> Option<Self> {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let rung = Arc::new(eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).ok()?);
        let wire = Arc::clone(&rung);
        bell.connect(move || {
            // It can fail only if it was rung very often before.
            let _ = write(&wire, &1_u64.to_ne_bytes());
        });
        let mut events = Self { subject, inotify, rung, chain: Chain::default(), watches: HashMap::new() };
        events.arm();
        Some(events)
    }

    /// Sleeps until something has happened to the path or somebody asks for a look, for at most `time`. Returns `false` if the thread
    /// is to stop. `took` is how long the last look did.
    ///
    /// Before it returns it watches the folders that the path leads through by then. The look comes after that, so that what
    /// happens after the look is an event for the next call.
    pub(crate) fn wait(&mut self, bell: &Bell, time: Duration, took: Duration) -> bool {
        let deadline = Instant::now().checked_add(time);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            self.sleep(left);
            let is_over = deadline.is_some_and(|deadline| deadline <= Instant::now());
            // The bell comes after it: what is rung in between is readable at the next turn.
            let _ = read(&*self.rung, &mut [0; 8]);
            let goes_on = bell.pause(Duration::ZERO);
            let happened = bell.is_asked() | self.happened();
            if !goes_on || happened || is_over {
                let goes_on = goes_on && (!happened || bell.pause(rest_after(took).max(PAUSE)));
                self.arm();
                return goes_on;
            }
            // Somebody may write to another file of the folder all the time. What comes meanwhile is taken at once.
            bell.pause(PAUSE);
        }
    }

    /// Sleeps until there is an event, or the bell was rung. `None`: without an end.
    fn sleep(&self, time: Option<Duration>) {
        let time = time.and_then(|time| Timespec::try_from(time).ok());
        let mut fds = [PollFd::new(&self.inotify, PollFlags::IN), PollFd::new(&*self.rung, PollFlags::IN)];
        // Interrupted or not, the caller looks at the time.
        let _ = poll(&mut fds, time.as_ref());
    }

    /// Takes all events that there are. Returns `true` if one of them may be of the path.
    fn happened(&self) -> bool {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&self.inotify, &mut buffer);
        let mut happened = false;
        loop {
            match reader.next() {
                Ok(event) => {
                    let name = event.file_name().map(|name| OsStr::from_bytes(name.to_bytes()));
                    let folders = self.watches.get(&event.wd());
                    // An overflow has neither, and may have hidden anything. That of a folder itself has no name.
                    happened |= match (folders, name) {
                        (Some(folders), Some(name)) => {
                            folders.iter().any(|folder| self.chain.has(folder, name))
                        }
                        _ => !event.events().contains(ReadFlags::IGNORED),
                    };
                }
                Err(Errno::INTR) => {}
                Err(_) => return happened,
            }
        }
    }

    /// Watches each folder that the path leads through now, and no other.
    fn arm(&mut self) {
        self.chain = Chain::of(&self.subject);
        let mut watches = HashMap::<_, Vec<_>>::new();
        for folder in self.chain.folders() {
            // A folder that is watched already keeps its watch. One that is gone is found by its parent's event, or by the poll.
            if let Ok(watch) = inotify::add_watch(&self.inotify, folder, WHAT) {
                watches.entry(watch).or_default().push(folder.to_owned());
            }
        }
        for old in self.watches.keys().filter(|old| !watches.contains_key(old)) {
            // It is gone already if its folder is.
            let _ = inotify::remove_watch(&self.inotify, *old);
        }
        self.watches = watches;
    }
}
