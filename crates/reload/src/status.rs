//! [`Status`]: how a reload is doing, as a value and as Prometheus text.

use crate::content::Fingerprint;
use crate::error::Failure;
use crate::target::Changes;
use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// How a reload is doing.
///
/// # Examples
///
/// ```
/// use readmostly::CowSet;
/// use readmostly_reload::{Content, Refused, Reload};
/// use std::sync::Arc;
///
/// let source = || Ok::<_, Refused>(Some(Content::from_bytes("list", "a b")));
/// let words = |content: &Content| content.text().map(|text| text.split(' ').map(String::from).collect::<Vec<_>>());
/// let reloader = Reload::source(source).parse(words).into(Arc::<CowSet<String>>::default())?;
/// let status = reloader.status();
/// assert!(status.is_good());
/// assert_eq!((status.version, status.changes.added, status.applied), (1, 2, 1));
/// # Ok::<(), readmostly_reload::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The version of the container that the reload has published last, or has found to be right already. Others may have
    /// published since.
    pub version: u64,
    /// Where that version comes from.
    pub provenance: Provenance,
    /// The fingerprint of the content that it was made of, also after a rollback. If that led back to before the first load, it is
    /// that of a content without a file.
    pub fingerprint: Fingerprint,
    /// What the last version that the reload has published has changed.
    pub changes: Changes,
    /// When a content was last taken, of the source or at the start of its copy, whether its values were new or not; or the version
    /// was rolled back.
    pub applied_at: SystemTime,
    /// When a look at the source has come to an end last. One at a content that is changing does not.
    pub checked_at: SystemTime,
    /// How many contents of the source were published as a version.
    pub applied: u64,
    /// How many looks found nothing new: the content was the same, or its values were.
    pub unchanged: u64,
    /// How many times a content was refused, and how many times the source began not to be readable, or for another reason. A
    /// content that stays is counted once, however often it was seen, and again if it comes back after another one. An error of a
    /// source whose text is another each time is another reason each time.
    pub failed: u64,
    /// How many times a version was rolled back.
    pub rolled_back: u64,
    /// Why the last look has failed; `None` if it was good.
    pub last_error: Option<Failure>,
    /// Why the copy of the last good content is not up to date, if it is not. Each look tries again, unless that can lead to nothing: a
    /// store is open to read only, or takes no record of that size. The copy is written after the status tells of the content.
    pub save_error: Option<Failure>,
}

/// Where the version in force comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Provenance {
    /// The source.
    Source,
    /// The copy of the last good content: the source was not good at the start, and has not been since.
    LastGood {
        /// When it was loaded.
        since: SystemTime,
    },
    /// A rollback. It stays until the source says something new.
    Rollback {
        /// The version whose value was published again.
        to: u64,
        /// When that was.
        since: SystemTime,
    },
}

impl Status {
    /// Returns `true` if the last look at the source was good: its content is in force, unless it was rolled back, or others have published
    /// over it.
    pub fn is_good(&self) -> bool {
        self.last_error.is_none()
    }

    /// Returns the status as Prometheus text, to be shown. Each metric's name begins with `name`.
    ///
    /// | metric | |
    /// |---|---|
    /// | `…_last_reload_successful` | 1 if the last look at the source was good, else 0 |
    /// | `…_last_reload_success_timestamp_seconds` | when a content was last taken from the source or its copy, or a version rolled back |
    /// | `…_last_reload_check_timestamp_seconds` | when a look at the source last came to an end |
    /// | `…_reload_version` | the version of the container |
    /// | `…_reload_from_source` | 1 if the version comes from the source, 0 if from the last good copy or a rollback |
    /// | `…_reload_saved` | 1 if the copy of the last good content is up to date, or there is none to be written |
    /// | `…_reloads_applied_total`, `…_unchanged_total`, `…_failed_total`, `…_rolled_back_total` | counts |
    ///
    /// A character of `name` that may not be in a metric's name becomes `_`.
    ///
    /// # Examples
    ///
    /// ```
    /// # use readmostly_reload::{Content, Refused, Reload};
    /// # let source = || Ok::<_, Refused>(Some(Content::from_bytes("list", "a b")));
    /// # let parse = |content: &Content| content.text().map(String::from);
    /// # let cell = std::sync::Arc::new(readmostly::CowCell::new(String::new()));
    /// # let reloader = Reload::source(source).parse(parse).into(cell)?;
    /// let text = reloader.status().prometheus("blocklist").to_string();
    /// assert!(text.contains("# TYPE blocklist_last_reload_successful gauge\nblocklist_last_reload_successful 1\n"));
    /// # Ok::<(), readmostly_reload::Error>(())
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
        let from_source = matches!(status.provenance, Provenance::Source);
        let metrics = [
            (
                "last_reload_successful",
                "gauge",
                "Whether the last look at the source was good.",
                flag(status.is_good()),
            ),
            (
                "last_reload_success_timestamp_seconds",
                "gauge",
                "When a content was last taken from the source or its copy, or a version rolled back.",
                seconds(status.applied_at),
            ),
            (
                "last_reload_check_timestamp_seconds",
                "gauge",
                "When a look at the source last came to an end.",
                seconds(status.checked_at),
            ),
            ("reload_version", "gauge", "The version of the table in force.", status.version.to_string()),
            ("reload_from_source", "gauge", "Whether that version comes from the source.", flag(from_source)),
            (
                "reload_saved",
                "gauge",
                "Whether the copy of the last good content is up to date.",
                flag(status.save_error.is_none()),
            ),
            ("reloads_applied_total", "counter", "Contents that were published.", status.applied.to_string()),
            (
                "reloads_unchanged_total",
                "counter",
                "Looks that found nothing new.",
                status.unchanged.to_string(),
            ),
            ("reloads_failed_total", "counter", "Contents and reads that failed.", status.failed.to_string()),
            (
                "reloads_rolled_back_total",
                "counter",
                "Versions that were rolled back.",
                status.rolled_back.to_string(),
            ),
        ];
        for (name, kind, help, value) in metrics {
            writeln!(
                f,
                "# HELP {prefix}_{name} {help}\n# TYPE {prefix}_{name} {kind}\n{prefix}_{name} {value}"
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
