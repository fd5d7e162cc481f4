//! [`Update`]: two versions, and what lies between them.

use super::Snapshot;
use std::fmt;

/// The version that was current, and the one that is current now.
///
/// Of a paged collection, `update.old.diff(&update.new)` shows what changed.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly::paged::Change;
///
/// let ports = CowMap::from([("http", 8080)]);
/// let mut txn = ports.write();
/// txn.insert("http", 80);
/// let update = txn.commit_update();
/// assert!(update.old.diff(&update.new).eq([Change::Updated { key: &"http", old: &8080, new: &80 }]));
/// ```
pub struct Update<T> {
    /// The version before.
    pub old: Snapshot<T>,
    /// The version that is current since. It is the same one if nothing was published.
    pub new: Snapshot<T>,
}

impl<T> Clone for Update<T> {
    fn clone(&self) -> Self {
        Self { old: self.old.clone(), new: self.new.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for Update<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update").field("old", &self.old).field("new", &self.new).finish()
    }
}
