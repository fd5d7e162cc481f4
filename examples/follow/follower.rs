//! The thread that follows the list.

use std::sync::Weak;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use foldhash::fast::RandomState;
use readmostly::paged::Change;
use readmostly::{CowSet, Snapshot, Watch};

use super::index::Index;
use super::list::Domain;

/// The list that is followed.
pub(crate) type Blocklist = CowSet<Domain, RandomState>;

/// What the follower has to say of one update.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Followed {
    /// The version that the index shows now.
    pub(crate) version: u64,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    /// How long it took to find what had changed, to apply that to the index, and to build another index from scratch.
    pub(crate) find: Duration,
    pub(crate) apply: Duration,
    pub(crate) rebuild: Duration,
    /// The index is the one that was built from scratch.
    pub(crate) is_right: bool,
}

/// Keeps an index up to date until the list is gone, and returns it. A service would leave out the second index.
pub(crate) fn follow(watch: Watch<Weak<Blocklist>>, say: &Sender<Followed>) -> Index {
    let mut index = Index::of(watch.seen().expect("nothing was forgotten").iter());
    // Sleeps until there is news, and ends with the list. However many versions there were, it is one update.
    for update in watch {
        let (changes, find) = timed(|| update.old.diff(&update.new).collect::<Vec<_>>());
        let ((), apply) = timed(|| changes.iter().for_each(|change| index.apply(change)));
        let (other, rebuild) = timed(|| Index::of(update.new.iter()));
        let added = changes.iter().filter(|change| matches!(change, Change::Added { .. })).count();
        let followed = Followed {
            version: Snapshot::version(&update.new),
            added,
            removed: changes.len() - added,
            find,
            apply,
            rebuild,
            is_right: index == other,
        };
        if say.send(followed).is_err() {
            break;
        }
    }
    index
}

fn timed<R>(f: impl FnOnce() -> R) -> (R, Duration) {
    let start = Instant::now();
    let result = f();
    (result, start.elapsed())
}
