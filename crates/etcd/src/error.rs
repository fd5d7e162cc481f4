//! What goes wrong: [`Error`] at the start, [`Failure`] in a status, and [`WriteError`].

use crate::client::CallError;
use crate::state;
use crate::wire::Refusal;
use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// An error of any type, of the user's code or ours.
pub(crate) type Fault = Box<dyn StdError + Send + Sync>;

/// How many characters of a reason are shown.
const REASON: usize = 500;
/// What is shown of a panic whose message is no fixed text.
const FORMATTED: &str = "its text may show a value: it is on standard error";
/// How many causes of an error are shown.
const CAUSES: usize = 16;

/// Nothing can be followed: an endpoint, a certificate or the login cannot be right, or no thread can be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    what: String,
}

impl Error {
    /// `what` says what is wrong and what to do, without a full stop.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl StdError for Error {}

/// What a [`Failure`] is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FailureKind {
    /// No connection can be made, or it was lost.
    Unreachable,
    /// There is a connection, and no answer in time.
    Timeout,
    /// The name, the password or the permissions are not enough.
    Forbidden,
    /// etcd has refused the request, or cannot serve it: it has no leader, or no space.
    Refused,
    /// The answer is none of etcd's, or says what cannot be.
    Malformed,
    /// What has changed meanwhile is compacted. All is listed anew.
    Compacted,
    /// Another cluster answers than before, or the same one at an earlier revision.
    OtherCluster,
    /// The cluster has another history than before, as after a restore from a backup. All is listed anew.
    Restored,
    /// The prefix has no key that decodes, and the [last good state](crate::Builder::last_good) has some. Those stay until there is one.
    Empty,
    /// Code of the user's has panicked.
    Panic,
    /// The last good state cannot be saved or loaded.
    LastGood,
}

impl FailureKind {
    /// Returns the name of the kind, in lower case, for logs and labels.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(readmostly_etcd::FailureKind::OtherCluster.as_str(), "other_cluster");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Forbidden => "forbidden",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::Compacted => "compacted",
            Self::OtherCluster => "other_cluster",
            Self::Restored => "restored",
            Self::Empty => "empty",
            Self::Panic => "panic",
            Self::LastGood => "last_good",
        }
    }
}

/// Why etcd is not followed at the moment, or the last good state is not saved.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// What it is of.
    pub kind: FailureKind,
    /// The reason, of at most 500 characters. No key and no value of etcd's is in it.
    pub reason: String,
    /// Since when it has failed without having worked in between, whatever the reason was.
    pub since: SystemTime,
}

impl Failure {
    /// From now on.
    pub(crate) fn new(kind: FailureKind, reason: impl AsRef<str>) -> Self {
        Self { kind, reason: shortened(reason.as_ref()), since: SystemTime::now() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for Failure {}

impl From<state::Fault> for Failure {
    fn from(fault: state::Fault) -> Self {
        let kind = match &fault {
            state::Fault::Compacted => FailureKind::Compacted,
            // A watch without permission, or with a token that has ended, is created, and cancelled at once.
            state::Fault::Canceled(reason) if Refusal::of_watch(reason).is_of_login() => {
                FailureKind::Forbidden
            }
            state::Fault::Canceled(_) => FailureKind::Refused,
            state::Fault::OtherCluster | state::Fault::Behind(..) => FailureKind::OtherCluster,
            state::Fault::Restored => FailureKind::Restored,
            state::Fault::Disorder(_) => FailureKind::Malformed,
        };
        Self::new(kind, fault.to_string())
    }
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(failure) | CallError::Lost(failure) => failure,
            CallError::Elsewhere(fault) => fault.into(),
            CallError::Answered(refusal) => {
                let kind = match refusal {
                    _ if refusal.is_of_login() => FailureKind::Forbidden,
                    _ if refusal.is_compacted() => FailureKind::Compacted,
                    _ => FailureKind::Refused,
                };
                Self::new(kind, refusal.said())
            }
        }
    }
}

/// What became of a write that did not end well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WriteErrorKind {
    /// It was not sent, so it has not happened.
    NotSent,
    /// etcd has refused it, so it has not happened.
    Refused,
    /// A key has another revision than was expected, so it has not happened.
    Conflict,
    /// It was sent, and it is not known whether it has happened or will. etcd also says this way that its space is used up: the write that
    /// uses it up happens, and is answered by the same error as those after it.
    Unknown,
    /// It has happened in another cluster than the one that is followed, or in one that was set back. The table does not show it.
    OtherCluster,
}

/// A write that did not end well.
///
/// After [`Unknown`](WriteErrorKind::Unknown) look at the table, or at [`Follower::get`](crate::Follower::get), before it is tried
/// again; or make it one that may happen twice: a put of the same value, or one that
/// [expects](crate::Transaction::expect) a revision.
///
/// # Examples
///
/// ```
/// # use readmostly::CowMap;
/// # use readmostly_etcd::{Follow, WriteErrorKind};
/// # use std::sync::Arc;
/// # use std::time::Duration;
/// let table: Arc<CowMap<String, String>> = Arc::default();
/// // Nobody listens there.
/// let follower = Follow::prefix(["http://127.0.0.1:1"], "/limits/").text().timeout(Duration::from_secs(1)).into(table)?;
/// let error = follower.put("ann", "10").unwrap_err();
/// assert_eq!(error.kind(), WriteErrorKind::NotSent);
/// assert!(!error.may_have_happened());
/// # Ok::<(), readmostly_etcd::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    kind: WriteErrorKind,
    reason: String,
}

impl WriteError {
    pub(crate) fn new(kind: WriteErrorKind, reason: impl AsRef<str>) -> Self {
        Self { kind, reason: shortened(reason.as_ref()) }
    }

    /// Returns what became of the write.
    pub fn kind(&self) -> WriteErrorKind {
        self.kind
    }

    /// Returns `true` if the write may have happened, or may still happen.
    pub fn may_have_happened(&self) -> bool {
        matches!(self.kind, WriteErrorKind::Unknown | WriteErrorKind::OtherCluster)
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.kind {
            WriteErrorKind::NotSent => "not sent",
            WriteErrorKind::Refused => "refused",
            WriteErrorKind::Conflict => "not written",
            WriteErrorKind::Unknown => "sent, and it is not known whether it has happened",
            WriteErrorKind::OtherCluster => "written, but not where it is followed",
        };
        write!(f, "{what}: {}", self.reason)
    }
}

impl StdError for WriteError {}

impl From<CallError> for WriteError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::NotSent(failure) => Self::new(WriteErrorKind::NotSent, failure.reason),
            CallError::Lost(failure) => Self::new(WriteErrorKind::Unknown, failure.reason),
            CallError::Elsewhere(fault) => Self::new(WriteErrorKind::OtherCluster, fault.to_string()),
            CallError::Answered(refusal) => {
                let kind =
                    if refusal.is_certain() { WriteErrorKind::Refused } else { WriteErrorKind::Unknown };
                Self::new(kind, refusal.said())
            }
        }
    }
}

/// A [`wait_for`](crate::Follower::wait_for) or [`ready`](crate::Follower::ready) that has taken too long.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotYet {
    /// The revision that is shown. 0: none of etcd's.
    pub revision: u64,
    /// Why etcd is not followed at the moment, if it is not.
    pub failure: Option<Failure>,
}

impl fmt::Display for NotYet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            0 => f.write_str("nothing of etcd's is shown yet")?,
            revision => write!(f, "the table is at revision {revision}")?,
        }
        self.failure.as_ref().map_or(Ok(()), |failure| write!(f, ": {failure}"))
    }
}

impl StdError for NotYet {}

/// The beginning of a text.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(REASON) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What an error says, and what its causes say.
pub(crate) fn text_of(error: impl Into<Fault>) -> String {
    let error = error.into();
    let (mut text, mut cause) = (error.to_string(), error.source());
    // One may be its own cause.
    for _ in 0..CAUSES {
        let Some(error) = cause else { break };
        // Some say in their own text what their cause is.
        if !text.contains(&error.to_string()) {
            text = format!("{text}: {error}");
        }
        cause = error.source();
    }
    shortened(&text)
}

/// Runs code of the user's. Gives what may be shown of a panic.
pub(crate) fn guarded<R>(f: impl FnOnce() -> R) -> Result<R, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let message = message(&*payload);
        // A payload may panic when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget);
        message
    })
}

/// std formats a part of a text that is sliced in the wrong place, so what is formatted may show a value.
fn message(payload: &(dyn Any + Send)) -> String {
    match payload.downcast_ref::<&'static str>() {
        Some(text) => shortened(text),
        None if payload.is::<String>() => FORMATTED.to_owned(),
        None => String::from("without a message"),
    }
}
