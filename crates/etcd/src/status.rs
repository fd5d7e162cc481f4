//! [`Status`]: how a follower is doing, as a value and as Prometheus text.

use crate::error::Failure;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How a follower is doing.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly_etcd::{Follow, Shown};
/// use std::sync::Arc;
///
/// let table: Arc<CowMap<String, String>> = Arc::default();
/// // Nobody listens there.
/// let follower = Follow::prefix(["http://127.0.0.1:1"], "/limits/").text().into(table)?;
/// let status = follower.status();
/// assert_eq!((status.shown, status.connected, status.revision), (Shown::Nothing, false, 0));
/// # Ok::<(), readmostly_etcd::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// What the table shows.
    pub shown: Shown,
    /// The table is the prefix as it was at this revision of etcd. 0 if it shows nothing of etcd's.
    pub revision: u64,
    /// The newest revision that etcd is known to have. Keys outside of the prefix move it as well. It is asked for each
    /// [silence](crate::Builder::silence).
    pub newest: u64,
    /// When the table was last known to be all that etcd had. `None`: never.
    pub current_at: Option<SystemTime>,
    /// The version of the container that the follower has published last, or has found to be right.
    pub version: u64,
    /// Whether a watch is open, and the cluster has agreed that what was known then is in its history.
    pub connected: bool,
    /// Since when that is so; if it never was, since the start. So it says also since when the last good state [is shown](Shown::LastGood).
    pub since: SystemTime,
    /// The endpoint that is watched, or was last.
    pub endpoint: String,
    /// How many keys are refused: they do not decode.
    pub rejected_keys: usize,
    /// The first hundred of them, by their names.
    pub rejected: Vec<Rejected>,
    /// How many transactions were published as a version.
    pub published: u64,
    /// How many lists were read since the first, because something was missing: after a compaction, an answer that could not be, or where
    /// etcd has another history.
    pub resyncs: u64,
    /// How often etcd was found to have another history than before, as after a restore from a backup. Then all is listed, if the cluster
    /// is not behind what was seen.
    pub restores: u64,
    /// How many lists were read to check the table.
    pub checks: u64,
    /// How many entries these have put right. Others have written to the container, or etcd has another history than before, or there is a
    /// fault here: please tell.
    pub repaired: u64,
    /// How many connections or watches have ended, or could not be made.
    pub failed: u64,
    /// Why etcd is not followed at the moment; `None` if it is.
    pub last_error: Option<Failure>,
    /// Why the last good state is not saved, or was not loaded. It is tried again.
    pub save_error: Option<Failure>,
}

/// What a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// What the container had before. etcd has not been reached yet.
    Nothing,
    /// The last good state, which was saved by an earlier run. etcd has not been reached yet.
    LastGood {
        /// When it was saved.
        saved_at: SystemTime,
    },
    /// What etcd has, or had when it was reached last.
    Etcd,
}

/// A key of etcd's that does not decode. Its last good value stays in the table, if it had one.
///
/// `Display` is one line: it shows what cannot be seen in a name or a reason as Rust writes it, such as `\n`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rejected {
    /// The name: the key without the prefix.
    pub name: String,
    /// What the decoder says about it, in at most 500 characters.
    pub reason: String,
    /// The revision of etcd at which it was written.
    pub revision: u64,
    /// Since when the follower has found it to be so.
    pub since: SystemTime,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = |text: &str| {
            text.chars().try_for_each(|character| match character {
                '\'' | '"' => write!(f, "{character}"),
                _ => write!(f, "{}", character.escape_debug()),
            })
        };
        shown(&self.name)?;
        shown(": ")?;
        shown(&self.reason)?;
        write!(f, " (revision {})", self.revision)
    }
}

impl Status {
    /// Returns `true` if the table follows etcd, every key decodes, and the last good state is saved if it is to be.
    ///
    /// It says nothing of how far the table is behind: a decoder may be slower than those who write. Hold [`lag`](Self::lag) to a limit of
    /// your own, which is more than the [silence](crate::Builder::silence), and for a large and quiet prefix more than its docs say.
    pub fn is_good(&self) -> bool {
        self.connected && self.rejected_keys == 0 && self.last_error.is_none() && self.save_error.is_none()
    }

    /// Returns for how long the table has not been known to be all that etcd has. `None`: it never was.
    ///
    /// It is known when etcd has answered, so it grows up to the time between two [probes](crate::Builder::silence) where nothing is late and nobody
    /// writes outside of the prefix.
    ///
    /// Where others do, and the prefix is quiet, a probe does not tell whether its revision is of a key of the prefix. A question does, which is a
    /// walk over the prefix. So it is asked a thousand times as seldom as it takes: the lag grows to 100 s where it takes 0.1 s,
    /// and to ten minutes at most. Alert on less than that only where the prefix is small, or changes often.
    pub fn lag(&self) -> Option<Duration> {
        let at = self.current_at?;
        Some(SystemTime::now().duration_since(at).unwrap_or_default())
    }

    /// Returns how many revisions of etcd are not known to be shown. They may be all of keys outside of the prefix.
    pub fn lag_revisions(&self) -> u64 {
        self.newest.saturating_sub(self.revision)
    }

    /// Returns the status as Prometheus text, to be shown. Each metric's name begins with `name`.
    ///
    /// | metric | |
    /// |---|---|
    /// | `…_etcd_connected` | 1 if a watch is open, else 0 |
    /// | `…_etcd_since_timestamp_seconds` | since when that is so |
    /// | `…_etcd_from_etcd` | 1 if the table is etcd's, 0 if it is the last good state or nothing |
    /// | `…_etcd_last_good_timestamp_seconds` | when the last good state was saved that the table shows; 0: it shows none |
    /// | `…_etcd_revision`, `…_etcd_newest_revision` | of the table, and of etcd as far as it is known |
    /// | `…_etcd_current_timestamp_seconds` | when the table was last known to be all that etcd had; 0: never |
    /// | `…_etcd_lag_seconds` | [`lag`](Self::lag), when the text is made; `+Inf`: the table never was all that etcd had |
    /// | `…_etcd_lag_revisions` | [`lag_revisions`](Self::lag_revisions) |
    /// | `…_etcd_version` | the version of the container |
    /// | `…_etcd_rejected_keys` | keys that do not decode |
    /// | `…_etcd_saved` | 1 if the last good state is saved, or there is none to be saved |
    /// | `…_etcd_published_total`, `…_resyncs_total`, `…_restores_total`, `…_checks_total`, `…_repaired_total`, `…_failed_total` | counts |
    ///
    /// A character of `name` that may not be in a metric's name becomes `_`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly::CowMap;
    /// # use readmostly_etcd::Follow;
    /// # let table = std::sync::Arc::<CowMap<String, String>>::default();
    /// # let follower = Follow::prefix(["http://127.0.0.1:1"], "/limits/").text().into(table)?;
    /// let text = follower.status().prometheus("limits").to_string();
    /// assert!(text.contains("# TYPE limits_etcd_connected gauge\nlimits_etcd_connected 0\n"));
    /// # Ok::<(), readmostly_etcd::Error>(())
    /// ```
    pub fn prometheus<'a>(&'a self, name: &'a str) -> impl fmt::Display + 'a {
        Prometheus { status: self, name }
    }
}

/// A status as Prometheus text.
struct Prometheus<'a> {
    status: &'a Status,
    name: &'a str,
}

impl Prometheus<'_> {
    /// The beginning of each metric's name.
    fn prefix(&self) -> String {
        let legal = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == ':' { c } else { '_' };
        let name: String = self.name.chars().map(legal).collect();
        // A name may not begin with a digit.
        if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
    }
}

impl fmt::Display for Prometheus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, prefix) = (self.status, self.prefix());
        let flag = |set: bool| u8::from(set).to_string();
        let saved_at = match status.shown {
            Shown::LastGood { saved_at } => saved_at,
            Shown::Nothing | Shown::Etcd => UNIX_EPOCH,
        };
        let metrics = [
            ("connected", "gauge", "Whether a watch is open.", flag(status.connected)),
            (
                "since_timestamp_seconds",
                "gauge",
                "Since when a watch is open, or none is.",
                seconds(status.since),
            ),
            ("from_etcd", "gauge", "Whether the table is etcd's.", flag(status.shown == Shown::Etcd)),
            (
                "last_good_timestamp_seconds",
                "gauge",
                "When the last good state was saved that the table shows.",
                seconds(saved_at),
            ),
            ("revision", "gauge", "The revision of etcd that the table shows.", status.revision.to_string()),
            (
                "newest_revision",
                "gauge",
                "The newest revision that etcd is known to have.",
                status.newest.to_string(),
            ),
            (
                "current_timestamp_seconds",
                "gauge",
                "When the table was last known to be all that etcd had.",
                seconds(status.current_at.unwrap_or(UNIX_EPOCH)),
            ),
            (
                "lag_seconds",
                "gauge",
                "For how long the table has not been known to be all that etcd has.",
                status.lag().map_or("+Inf".to_owned(), |lag| format!("{:.3}", lag.as_secs_f64())),
            ),
            (
                "lag_revisions",
                "gauge",
                "Revisions of etcd that are not known to be shown.",
                status.lag_revisions().to_string(),
            ),
            ("version", "gauge", "The version of the table in force.", status.version.to_string()),
            ("rejected_keys", "gauge", "Keys that do not decode.", status.rejected_keys.to_string()),
            ("saved", "gauge", "Whether the last good state is saved.", flag(status.save_error.is_none())),
            ("published_total", "counter", "Transactions that were published.", status.published.to_string()),
            ("resyncs_total", "counter", "Lists because something was missing.", status.resyncs.to_string()),
            (
                "restores_total",
                "counter",
                "Histories that were others than before.",
                status.restores.to_string(),
            ),
            ("checks_total", "counter", "Lists to check the table.", status.checks.to_string()),
            ("repaired_total", "counter", "Entries that these have put right.", status.repaired.to_string()),
            ("failed_total", "counter", "Connections that were lost or not made.", status.failed.to_string()),
        ];
        for (name, kind, help, value) in metrics {
            writeln!(
                f,
                "# HELP {prefix}_etcd_{name} {help}\n# TYPE {prefix}_etcd_{name} {kind}\n{prefix}_etcd_{name} {value}"
            )?;
        }
        Ok(())
    }
}

/// A time in seconds since 1970, to the millisecond.
fn seconds(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}.{:03}", since.as_secs(), since.subsec_millis())
}
