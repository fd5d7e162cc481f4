//! [`Follower`]: a running follower.

use crate::client::Client;
use crate::error::{Error, NotYet};
use crate::session::Session;
use crate::shared::Shared;
use crate::status::Status;
use crate::table::Table;
use readmostly::{CowCell, Watch};
use std::any::Any;
use std::fmt;
use std::future::Future;
use std::mem;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::runtime::{self, Handle};

/// A container that follows a prefix of etcd, from [`Builder::into`](crate::Builder::into) until this is dropped.
///
/// Its drop ends its thread, and waits for a transaction that is being decoded or published, for one call of a decoder in a list, and for the last save of the [last good
/// state](crate::Builder::last_good). The container stays as it is.
///
/// # Consistency
///
/// - The container is published by one thread. Each version is the prefix as it was at one revision of etcd, never an earlier one than before.
/// - [`status`](Self::status) waits for nobody. All others that wait say for how long.
/// - Calls block their thread. A task makes them in `spawn_blocking`.
/// - In the child of a `fork` there is no thread of the follower. Make another one there. Writes and [`get`](Self::get) of the old one fail at
///   once, [`wait_for`](Self::wait_for) does not wait, and its drop stops and frees nothing.
///
/// # Examples
///
/// ```no_run
/// use readmostly::CowMap;
/// use readmostly_etcd::Follow;
/// use std::sync::Arc;
/// use std::time::Duration;
///
/// let limits: Arc<CowMap<String, u32>> = Arc::default();
/// let follower = Follow::prefix(["http://127.0.0.1:2379"], "/limits/")
///     .decode(
///         |name| Ok::<_, String>(name.to_owned()),
///         |_, value| std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or("not a number"),
///     )
///     .into(Arc::clone(&limits))?;
/// follower.ready(Duration::from_secs(10))?;
/// println!("{} limits of revision {}", limits.len(), follower.status().revision);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Follower<C: Table> {
    target: Arc<C>,
    shared: Arc<Shared>,
    client: Arc<Client>,
    prefix: String,
    first: AtomicUsize,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    /// The process that the thread is in.
    process: u32,
    /// What saves the last good state until it is dropped.
    saver: Option<Box<dyn Any + Send + Sync>>,
}

impl<C> Follower<C>
where
    C: Table<Value: Send + Sync> + Send + Sync + 'static,
    C::Key: Send + 'static,
    C::Entry: Send + 'static,
{
    pub(crate) fn start(
        session: Session<C>,
        saver: Option<Box<dyn Any + Send + Sync>>,
    ) -> Result<Self, Error> {
        let failed = |error| Error::new(format!("no thread can be started: {error}"));
        let runtime =
            runtime::Builder::new_current_thread().enable_io().enable_time().build().map_err(failed)?;
        let (shared, client) = (Arc::clone(&session.shared), Arc::clone(&session.client));
        let (handle, target) = (runtime.handle().clone(), Arc::clone(&session.core.target));
        let prefix = session.core.state.prefix().text.clone();
        let first = AtomicUsize::new(session.endpoint);
        let thread = thread::Builder::new().name(String::from("etcd")).spawn(move || {
            runtime.block_on(session.run());
            // A name that is looked up is not waited for.
            runtime.shutdown_background();
        });
        let thread = Some(thread.map_err(failed)?);
        let process = process::id();
        Ok(Self { target, shared, client, prefix, first, handle, thread, process, saver })
    }
}

impl<C: Table> Follower<C> {
    /// Returns the container that follows.
    pub fn target(&self) -> &Arc<C> {
        &self.target
    }

    /// Returns how the follower is doing. Waits for nobody.
    ///
    /// # Examples
    ///
    /// See [`Status`].
    ///
    /// Computes in **O(1)** time, and that of copying the texts of errors and the first refused keys.
    pub fn status(&self) -> Status {
        self.shared.status()
    }

    /// Returns a watch of the status, for a thread or a task: it tells of each connection that is made or lost, of refused keys, of
    /// lists, and of failures.
    ///
    /// It does not tell of transactions: a watch of the container does. So `revision`, `newest`, `current_at`, `version` and `published`
    /// are as they were at the last of those events.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowMap;
    /// # use readmostly_etcd::Follow;
    /// # let table = std::sync::Arc::<CowMap<String, String>>::default();
    /// // Nobody listens there.
    /// let follower = Follow::prefix(["http://127.0.0.1:1"], "/limits/").text().into(table)?;
    /// let mut watch = follower.watch_status();
    /// while follower.status().last_error.is_none() {
    ///     watch.next();
    /// }
    /// # Ok::<(), readmostly_etcd::Error>(())
    /// ```
    pub fn watch_status(&self) -> Watch<Arc<CowCell<Status>>> {
        self.shared.watch()
    }

    /// Waits until the table shows what etcd has, or had when it was first reached.
    ///
    /// # Examples
    ///
    /// See [`Follower`].
    ///
    /// # Errors
    ///
    /// [`NotYet`] when the time is over. It says why etcd cannot be reached.
    pub fn ready(&self, timeout: Duration) -> Result<Status, NotYet> {
        self.wait_for(0, timeout)
    }

    /// Waits until the table is known to show all up to this revision of etcd: one that a write has returned, here or in another
    /// process. Then the write is in the table, or in what came after it.
    ///
    /// Where the revision has changed nothing in the prefix the watch does not tell of it, and etcd is asked: that takes longer, and
    /// costs etcd a walk over the keys of the prefix.
    ///
    /// # Examples
    ///
    /// See [`put`](Self::put).
    ///
    /// # Errors
    ///
    /// [`NotYet`] when the time is over.
    pub fn wait_for(&self, revision: u64, timeout: Duration) -> Result<Status, NotYet> {
        let timeout = if self.obstacle().is_some() { Duration::ZERO } else { timeout };
        self.shared.wait_for(revision, timeout)
    }

    pub(crate) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Where a write is tried first. Each takes the next, so that all share the load.
    pub(crate) fn first_endpoint(&self) -> usize {
        self.first.fetch_add(1, Ordering::Relaxed) % self.client.endpoints()
    }

    /// The revision that the table shows.
    pub(crate) fn known(&self) -> u64 {
        self.shared.revision()
    }

    /// The whole key of a name.
    pub(crate) fn key(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Why nobody here can wait for the thread of the follower.
    pub(crate) fn obstacle(&self) -> Option<&'static str> {
        if !self.is_here() {
            return Some(
                "this is the child of a fork, and the follower's thread is in its parent: make another follower here",
            );
        }
        self.is_own_thread().then_some(
            "a decoder or a waker asks its own follower, which would wait for itself: do it on another thread",
        )
    }

    fn is_here(&self) -> bool {
        self.process == process::id()
    }

    fn is_own_thread(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| thread.thread().id() == thread::current().id())
    }

    /// Runs a future on the thread of the follower, and waits for it: not where there is an [obstacle](Self::obstacle). `None`: it has
    /// ended.
    pub(crate) fn on_thread<R: Send + 'static>(
        &self,
        future: impl Future<Output = R> + Send + 'static,
    ) -> Option<R> {
        let (tell, told) = channel();
        self.handle.spawn(async move { drop(tell.send(future.await)) });
        told.recv().ok()
    }
}

impl<C: Table> Drop for Follower<C> {
    fn drop(&mut self) {
        if !self.is_here() {
            // Its locks may be held for ever, and what the handles lead to may be other threads by now.
            return mem::forget((self.thread.take(), self.saver.take()));
        }
        // What is being decoded is not published any more.
        self.shared.stop();
        // A decoder or a waker may hold the last one: the thread does not wait for itself.
        if !self.is_own_thread() {
            if let Some(thread) = self.thread.take() {
                drop(thread.join());
            }
        }
        // What the thread has published last is saved too.
        drop(self.saver.take());
    }
}

impl<C: Table> fmt::Debug for Follower<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Follower")
            .field("status", &self.status())
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
