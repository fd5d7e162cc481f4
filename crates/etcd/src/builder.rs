//! [`Follow`] and [`Builder`]: what is followed, and how.

use crate::backoff::{Backoff, Chance};
use crate::client::{self, Client, Login, Tls};
use crate::core::Core;
use crate::decoder::{DecodeKey, DecodeValue, Decoder};
use crate::error::{Error, Fault};
use crate::follower::Follower;
use crate::lag::Heads;
use crate::last_good::{self, Keep};
use crate::session::Session;
use crate::shared::Shared;
use crate::state::State;
use crate::status::{Shown, Status};
use crate::table::Table;
use crate::wire::Prefix;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// No time is longer. Sums of some of them must not be more than a clock can have.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);

/// What is followed. The next step is [`decode`](Self::decode) or [`text`](Self::text).
///
/// # Examples
///
/// See [`Follower`].
#[must_use = "nothing is followed before `into` is called"]
pub struct Follow {
    endpoints: Vec<String>,
    prefix: String,
    tls: Option<Tls>,
}

impl Follow {
    /// Follows all keys that begin with a prefix. It is text, not a path: end it with a `/` if names come after one. An empty one
    /// stands for all keys.
    ///
    /// Endpoints are URLs of one cluster: `http://10.0.0.1:2379`, or `https` with [`tls`](Self::tls). One of them is followed, and
    /// another one when that fails. Which one is first is up to chance, so that followers share the members.
    pub fn prefix<E: Into<String>>(
        endpoints: impl IntoIterator<Item = E>,
        prefix: impl Into<String>,
    ) -> Self {
        let endpoints = endpoints.into_iter().map(Into::into).collect();
        Self { endpoints, prefix: prefix.into(), tls: None }
    }

    /// Says whose certificates are trusted, and which one is shown.
    pub fn tls(self, tls: Tls) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// Says how keys and values become those of the container.
    ///
    /// `key` gets a name, which is a key of etcd's without the prefix. Two names must give two keys; in a list the second is refused. A name must give the
    /// same each time: one that is refused when it is removed keeps its entry, and is listed as refused, until the next
    /// [check](Builder::check_every).
    /// `value` gets that key, and the value's bytes.
    ///
    /// If one of them returns an `Err` or panics, the key is refused: its last good value stays in the container, and the
    /// [status](Status::rejected) lists it, until a good value comes or it is removed. So does a name that is not UTF-8. The text of the error is shown to
    /// operators: put nothing secret into it. So is that of a panic if it is fixed. One that is formatted is left to the panic hook, since
    /// it may show a part of the value.
    ///
    /// They run on the follower's thread, and are called once for each write to a key, and once for each key of a list. While one runs
    /// nothing else is followed, no write of the follower's goes on, and its drop waits. Those of a transaction run one after the other; between
    /// those of a list writes go on, and a drop ends it.
    ///
    /// # Examples
    ///
    /// See [`Follower`].
    pub fn decode<K, V, T, E, F>(
        self,
        mut key: impl FnMut(&str) -> Result<K, E> + Send + 'static,
        mut value: impl FnMut(&K, &[u8]) -> Result<V, F> + Send + 'static,
    ) -> Builder<K, V, T>
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
        F: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        Builder {
            follow: self,
            key: Box::new(move |name| key(name).map_err(Into::into)),
            value: Box::new(move |key, bytes| value(key, bytes).map_err(Into::into)),
            login: None,
            keep: None,
            allows_empty: false,
            timeout: Duration::from_secs(5),
            silence: Duration::from_secs(10),
            check_every: Some(Duration::from_secs(3600)),
            longest_pause: Duration::from_secs(10),
        }
    }

    /// Takes names as keys, and values as text.
    ///
    /// # Examples
    ///
    /// See [`Follower::put`].
    pub fn text<T>(self) -> Builder<String, String, T> {
        self.decode(
            |name| Ok::<_, Fault>(name.to_owned()),
            |_, value| std::str::from_utf8(value).map(str::to_owned).map_err(|_| "the value is not UTF-8"),
        )
    }
}

/// How a prefix is followed. The last step is [`into`](Self::into).
///
/// `K` and `V` are the keys and values of the container, and `T` is what it publishes.
#[must_use = "nothing is followed before `into` is called"]
pub struct Builder<K, V, T> {
    follow: Follow,
    key: DecodeKey<K>,
    value: DecodeValue<K, V>,
    login: Option<Login>,
    keep: Option<Box<dyn Keep<T>>>,
    allows_empty: bool,
    timeout: Duration,
    silence: Duration,
    check_every: Option<Duration>,
    longest_pause: Duration,
}

impl<K, V, T> Builder<K, V, T> {
    /// Logs in with a name and a password. Take it with [TLS](Follow::tls) alone: without it both go over the wire as they are.
    ///
    /// etcd's gateway does not take the name of a client certificate for a login.
    pub fn login(mut self, name: impl Into<String>, password: impl Into<String>) -> Self {
        self.login = Some(Login { name: name.into(), password: password.into() });
        self
    }

    /// Says how long a connection, and how long an answer may take; 5 s by default, and between a millisecond and a year.
    ///
    /// A page of a list may take twenty times as long, as long as no part of it takes more than this. An endpoint that has not answered in time
    /// is asked after the others, for ten times as long.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// Says how long etcd may have answered nothing before it is asked for its revision; 10 s by default, and between a millisecond and a year.
    ///
    /// It is asked whatever the watch says, which may have waited for long: so the [lag](Status::lag) is known. And a connection that is dead
    /// without telling is found after this time and the [timeout](Self::timeout). It costs etcd a read that its members agree on, from
    /// each follower.
    pub fn silence(mut self, silence: Duration) -> Self {
        self.silence = silence.clamp(Duration::from_millis(1), LONGEST);
        self
    }

    /// Says how often all keys are listed and compared; each hour by default, never with `None`, and else between a tenth of a second and a
    /// year.
    ///
    /// The list is of the revision that the table shows. It puts right what others have written into the container. What etcd says while it lists is
    /// published after that.
    pub fn check_every(mut self, every: impl Into<Option<Duration>>) -> Self {
        self.check_every = every.into().map(|every| every.clamp(Duration::from_millis(100), LONGEST));
        self
    }

    /// Says how long the pauses between two tries may become; 10 s by default, and between a tenth of a second and a year.
    ///
    /// A pause is a random part of a time that begins with 100 ms and doubles with each failure, up to this.
    pub fn longest_pause(mut self, pause: Duration) -> Self {
        self.longest_pause = pause.clamp(Duration::from_millis(100), LONGEST);
        self
    }

    /// Follows from now on.
    ///
    /// It does not wait for etcd: [`ready`](Follower::ready) does. Until then the container has the [last good
    /// state](Self::last_good), or what it had before. A container has one follower.
    ///
    /// What others write to the container stays until etcd changes that key, or the next [check](Self::check_every).
    ///
    /// # Panics
    ///
    /// Panics inside a write to the container, if there is a last good state.
    ///
    /// # Errors
    ///
    /// [`Error`] if an endpoint, a certificate or a key cannot be right; if no thread can be started. The container has the value that it
    /// had, or the last good one.
    #[track_caller]
    pub fn into<C>(self, target: Arc<C>) -> Result<Follower<C>, Error>
    where
        C: Table<Key = K, Entry = V, Value = T> + Send + Sync + 'static,
        K: Send + 'static,
        V: Send + 'static,
        T: Send + Sync + 'static,
    {
        let endpoints = client::endpoints(&self.follow.endpoints, self.follow.tls.as_ref())?;
        let mut chance = Chance::new();
        let endpoint = usize::try_from(chance.below(endpoints.len() as u64)).unwrap_or(0);
        let mut status = unreached(endpoints[endpoint].name().to_owned());
        let mut keep = self.keep;
        if let Some(keep) = &mut keep {
            last_good::load(&mut **keep, &*target, &mut status);
        }
        status.version = target.cell().version();
        let shared = Arc::new(Shared::new(status));
        let saver = keep.map(|keep| last_good::start(keep, &target, &shared)).transpose()?;
        let decoder = Decoder::new(self.key, self.value, self.follow.prefix.len());
        let core = Core::new(target, State::new(Prefix::new(self.follow.prefix)), decoder);
        let session = Session {
            client: Arc::new(Client::new(endpoints, self.login, self.timeout)),
            core,
            shared,
            chance,
            backoff: Backoff::new(self.longest_pause),
            silence: self.silence,
            check_every: self.check_every,
            check_at: None,
            allows_empty: self.allows_empty,
            endpoint,
            round: VecDeque::new(),
            needs_list: true,
            renewals: 0,
            heads: Heads::default(),
        };
        Follower::start(session, saver)
    }

    #[cfg(feature = "readmostly-persist")]
    pub(crate) fn keeping(self, keep: Box<dyn Keep<T>>) -> Self {
        Self { keep: Some(keep), ..self }
    }

    #[cfg(feature = "readmostly-persist")]
    pub(crate) fn allowing_empty(self) -> Self {
        Self { allows_empty: true, ..self }
    }
}

/// A status before anything has happened.
pub(crate) fn unreached(endpoint: String) -> Status {
    Status {
        shown: Shown::Nothing,
        revision: 0,
        newest: 0,
        current_at: None,
        version: 0,
        connected: false,
        since: SystemTime::now(),
        endpoint,
        rejected_keys: 0,
        rejected: Vec::new(),
        published: 0,
        resyncs: 0,
        restores: 0,
        checks: 0,
        repaired: 0,
        failed: 0,
        last_error: None,
        save_error: None,
    }
}

impl fmt::Debug for Follow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An endpoint that is yet to be refused may have a password in it.
        let shown = |url: &String| if url.contains('@') { "…".to_owned() } else { url.clone() };
        f.debug_struct("Follow")
            .field("endpoints", &self.endpoints.iter().map(shown).collect::<Vec<_>>())
            .field("prefix", &self.prefix)
            .field("tls", &self.tls)
            .finish()
    }
}

impl<K, V, T> fmt::Debug for Builder<K, V, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("follow", &self.follow)
            .field("login", &self.login.as_ref().map(Login::name))
            .field("has_last_good", &self.keep.is_some())
            .field("allows_empty", &self.allows_empty)
            .field("timeout", &self.timeout)
            .field("silence", &self.silence)
            .field("check_every", &self.check_every)
            .field("longest_pause", &self.longest_pause)
            .finish_non_exhaustive()
    }
}
