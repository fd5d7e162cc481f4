//! [`Deltas`]: what differs between two versions, walked once for all who ask.

use crate::list::{Domain, Domains, Version};
use readmostly::Snapshot;
use readmostly::paged::Change;
use std::collections::VecDeque;
use std::sync::{Arc, LazyLock, Mutex, mpsc};
use std::thread;
use tokio::sync::{OnceCell, Semaphore};
use tokio::task;

/// So many deltas are remembered. Each costs 16 bytes for a name; the text of a name is shared with the versions.
const REMEMBERED: usize = 8;

/// So many are made at a time.
const WALKS: usize = 2;

/// What differs between two versions.
#[derive(Debug)]
pub struct Delta {
    /// The version that is compared with.
    pub from: u64,
    /// The version that is looked at.
    pub version: u64,
    /// How many domains it has.
    pub size: usize,
    /// Domains that it alone has.
    pub added: Vec<Domain>,
    /// Domains that the other alone has.
    pub removed: Vec<Domain>,
}

/// A delta that is there, or is being made.
type Slot = Arc<OnceCell<Arc<Delta>>>;

/// The deltas that were asked for last. A change of many domains takes tens of milliseconds to walk, and all readers ask for the
/// same one: it is walked once, and on no thread that answers.
#[derive(Debug)]
pub struct Deltas {
    recent: Mutex<VecDeque<((u64, u64), Slot)>>,
    walks: Arc<Semaphore>,
}

impl Default for Deltas {
    fn default() -> Self {
        Self { recent: Mutex::default(), walks: Arc::new(Semaphore::new(WALKS)) }
    }
}

impl Deltas {
    /// Returns what differs. Waits for a walk at most, and holds no thread meanwhile.
    pub async fn between(&self, old: Version, new: Version) -> Arc<Delta> {
        let slot = self.slot((Snapshot::version(&old), Snapshot::version(&new)));
        let delta = slot.get_or_init(|| async {
            let turn = Arc::clone(&self.walks).acquire_owned().await.expect("it is never closed");
            let (old, new) = (old.clone(), new.clone());
            let walk = task::spawn_blocking(move || {
                let delta = Arc::new(Delta::walk(&old, &new));
                // The turn ends with the walk, and not when who asked is gone.
                drop(turn);
                delta
            });
            walk.await.expect("a walk does not panic")
        });
        let delta = Arc::clone(delta.await);
        release((old, new));
        delta
    }

    fn slot(&self, pair: (u64, u64)) -> Slot {
        let mut recent = self.recent.lock().unwrap();
        if let Some((_, slot)) = recent.iter().find(|(other, _)| *other == pair) {
            return Arc::clone(slot);
        }
        let slot = Slot::default();
        recent.push_back((pair, Arc::clone(&slot)));
        let forgotten = if recent.len() > REMEMBERED { recent.pop_front() } else { None };
        drop(recent);
        if forgotten.is_some() {
            release(forgotten);
        }
        slot
    }
}

impl Delta {
    fn walk(old: &Version, new: &Version) -> Self {
        let (before, after): (&Domains, &Domains) = (old, new);
        let (mut added, mut removed) = (Vec::new(), Vec::new());
        for change in before.diff(after) {
            let side = if matches!(change, Change::Added { .. }) { &mut added } else { &mut removed };
            side.push(Arc::clone(change.key()));
        }
        let (from, version) = (Snapshot::version(old), Snapshot::version(new));
        Self { from, version, size: after.len(), added, removed }
    }
}

/// Drops what may be the last of a version, or of its names, on a thread that has time for that. It is one for all: many at once would
/// take the threads of reloads and batches.
pub fn release<T: Send + 'static>(value: T) {
    static RELEASED: LazyLock<mpsc::Sender<Box<dyn Send>>> = LazyLock::new(|| {
        let (sender, values) = mpsc::channel();
        // Where there is no thread, each value is dropped by who sends it.
        drop(thread::Builder::new().name("release".into()).spawn(move || values.into_iter().for_each(drop)));
        sender
    });
    drop(RELEASED.send(Box::new(value)));
}
