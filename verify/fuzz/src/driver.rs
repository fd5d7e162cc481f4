//! Runs operations on a container, on a collection outside it, and on the models of both.

use std::{collections::VecDeque, fmt::Debug, sync::Arc};

use arbitrary::Arbitrary;
use readmostly::{CowCell, Guard, Reader, Snapshot, Source};

use super::elem::{By, Call, Fuse, assert_none_is_live, with_fuse};

/// What an operation returned, in a form that both sides have.
pub type Outcome = Vec<(u16, u8)>;

/// A collection, its container and its model.
pub trait Kind {
    /// What a container publishes.
    type Value: Clone;
    /// What std has in its place.
    type Model: Clone + PartialEq + Debug;
    /// Publishes a `Value`.
    type Container: Source<Value = Self::Value>;
    /// A change of a `Value`.
    type Edit: Debug;
    /// A write of the container's own.
    type Write: Debug;

    /// A model with `len` elements.
    fn model(len: u16) -> Self::Model;
    /// A collection of what a model holds.
    fn value(model: &Self::Model, by: By) -> Self::Value;
    /// A container that begins with a value.
    fn container(value: Self::Value) -> Self::Container;
    /// A container that begins with what another one has published.
    fn fork(container: &Self::Container) -> Self::Container;
    /// Does an edit.
    fn edit(value: &mut Self::Value, edit: &Self::Edit) -> Outcome;
    /// Does an edit to the model.
    fn edit_model(model: &mut Self::Model, edit: &Self::Edit) -> Outcome;
    /// Does a write.
    fn write(container: &Self::Container, write: &Self::Write) -> Outcome;
    /// Does a write to the model.
    fn write_model(model: &mut Self::Model, write: &Self::Write) -> Outcome;
    /// The model of a value. Asserts on the way that all ways to read the value agree.
    fn content(value: &Self::Value) -> Self::Model;
    /// Whether a value may be this one after a panic in an edit that was to make `after` of `before`.
    fn is_between(actual: &Self::Model, before: &Self::Model, after: &Self::Model) -> bool;
    /// Whether a destructor may panic in an edit. Where a whole hash table is dropped then, std's leaks, and so does ours.
    fn may_drop(edit: &Self::Edit) -> bool;
    /// Whether a destructor may panic when a version is dropped.
    const MAY_DROP_VERSIONS: bool;
}

/// How large the collection is to begin with.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Start {
    Empty,
    Few(u8),
    /// Around the length at which a table gets its second page.
    Flat(u8),
    Many(u16),
}

impl Start {
    fn len(self) -> u16 {
        match self {
            Self::Empty => 0,
            Self::Few(len) => len.into(),
            Self::Flat(over) => 1_700 + u16::from(over),
            Self::Many(len) => len % 4_000,
        }
    }
}

/// How a batch ends.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum End {
    Update,
    TryUpdate,
    Commit,
    Rollback,
    Forget,
    Fail,
    /// While a guard shows the version before.
    Guarded,
    Panic(Fuse),
}

#[derive(Arbitrary, Debug)]
enum Step<E, W> {
    /// A change of the collection outside.
    Edit(E),
    /// One in which an element panics.
    Fused(Fuse, E),
    /// A write of the container's own.
    Write(W),
    FusedWrite(Fuse, W),
    Batch(Vec<E>, End),
    /// A clone is kept, and compared at the end.
    Keep,
    Snapshot,
    /// One of those that are kept is dropped, so that pages are unshared again.
    Forget(u8),
    /// The collection outside becomes one of those that are kept.
    Follow(u8),
    /// The collection outside becomes what is published.
    Adopt,
    Publish,
    PublishIfCurrent(bool),
    /// The container becomes a fork of itself.
    Fork,
    Reader,
    Look(u8),
    Check,
}

/// A list of operations.
#[derive(Arbitrary, Debug)]
pub struct Input<E, W> {
    start: Start,
    by: By,
    steps: Vec<Step<E, W>>,
}

/// Most inputs are shorter; a longer one finds nothing that a shorter one does not.
const STEPS: usize = 96;

struct Run<K: Kind> {
    by: By,
    value: K::Value,
    model: K::Model,
    container: Arc<K::Container>,
    published: K::Model,
    kept: VecDeque<(K::Value, K::Model)>,
    snapshots: VecDeque<(Snapshot<K::Value>, K::Model)>,
    readers: VecDeque<Held<K>>,
}

/// A reader, where it reads, and what it holds.
struct Held<K: Kind> {
    reader: Reader<Arc<K::Container>>,
    container: Arc<K::Container>,
    holds: K::Model,
}

/// Runs the operations, and panics where something is not as it should be.
pub fn run<K: Kind>(input: &Input<K::Edit, K::Write>) {
    let model = K::model(input.start.len());
    let value = K::value(&model, input.by);
    let container = Arc::new(K::container(value.clone()));
    let mut run = Run::<K> {
        by: input.by,
        value,
        published: model.clone(),
        model,
        container,
        kept: VecDeque::new(),
        snapshots: VecDeque::new(),
        readers: VecDeque::new(),
    };
    for step in input.steps.iter().take(STEPS) {
        run.step(step);
    }
    run.check();
    drop(run);
    assert_none_is_live();
}

impl<K: Kind> Run<K> {
    fn cell(&self) -> &CowCell<K::Value> {
        self.container.cell()
    }

    fn step(&mut self, step: &Step<K::Edit, K::Write>) {
        match step {
            Step::Edit(edit) => {
                let outcome = K::edit(&mut self.value, edit);
                assert_eq!(outcome, K::edit_model(&mut self.model, edit), "{edit:?}");
            }
            Step::Fused(fuse, edit) => self.fused(*fuse, edit),
            Step::Write(write) => {
                let version = self.cell().version();
                let before = self.published.clone();
                let outcome = K::write(&self.container, write);
                assert_eq!(outcome, K::write_model(&mut self.published, write), "{write:?}");
                let more = self.cell().version() - version;
                assert!(more == 1 || (more == 0 && before == self.published), "{write:?}: {more} versions");
            }
            Step::FusedWrite(fuse, write) => {
                let mut after = self.published.clone();
                let expected = K::write_model(&mut after, write);
                let container = Arc::clone(&self.container);
                self.fused_write(*fuse, || assert_eq!(K::write(&container, write), expected, "{write:?}"));
                self.published = self.published_after(&after);
            }
            Step::Batch(edits, end) => self.batch(edits, *end),
            Step::Keep => keep(&mut self.kept, (self.value.clone(), self.model.clone())),
            Step::Snapshot => {
                let snapshot = self.cell().snapshot();
                keep(&mut self.snapshots, (snapshot, self.published.clone()));
            }
            Step::Forget(nth) => {
                let nth = usize::from(*nth);
                drop((self.kept.remove(nth % 4), self.snapshots.remove(nth / 4 % 4)));
            }
            Step::Follow(nth) => {
                if let Some((value, model)) = self.kept.get(usize::from(*nth) % 4) {
                    (self.value, self.model) = (value.clone(), model.clone());
                }
            }
            Step::Adopt => {
                let value = self.cell().load().clone();
                (self.value, self.model) = (value, self.published.clone());
            }
            Step::Publish => {
                let base = self.cell().snapshot();
                let old = self.cell().replace(self.value.clone());
                assert!(Snapshot::ptr_eq(&base, &old));
                self.published = self.model.clone();
            }
            Step::PublishIfCurrent(current) => self.publish_if_current(*current),
            Step::Fork => {
                self.container = Arc::new(K::fork(&self.container));
                assert_eq!(self.cell().version(), 0);
            }
            Step::Reader => {
                let container = Arc::clone(&self.container);
                let reader = Reader::new(Arc::clone(&container));
                keep(&mut self.readers, Held { reader, container, holds: self.published.clone() });
            }
            Step::Look(nth) => self.look(*nth),
            Step::Check => self.check(),
        }
    }

    /// A panic in an edit of a collection that no container holds.
    fn fused(&mut self, fuse: Fuse, edit: &K::Edit) {
        if fuse.call == Call::Drop && !K::may_drop(edit) {
            return;
        }
        let before = self.model.clone();
        let outcome = with_fuse(fuse, || K::edit(&mut self.value, edit));
        let expected = K::edit_model(&mut self.model, edit);
        if let Some(outcome) = outcome {
            return assert_eq!(outcome, expected, "{edit:?}");
        }
        let actual = K::content(&self.value);
        assert!(
            K::is_between(&actual, &before, &self.model),
            "{edit:?}, {fuse:?}\nmade {actual:?}\nof   {before:?}\nnot  {:?}",
            self.model
        );
        self.model = actual;
    }

    /// A panic in something that would have published one version. `published_after` then tells which one is there.
    fn fused_write(&self, fuse: Fuse, write: impl FnOnce()) {
        if fuse.call == Call::Drop && !K::MAY_DROP_VERSIONS {
            return;
        }
        let version = self.cell().version();
        // With a snapshot the version that is replaced would not be dropped.
        let base = (fuse.call != Call::Drop).then(|| self.cell().snapshot());
        let done = with_fuse(fuse, write).is_some();
        assert!(self.cell().try_write().is_some(), "the lock is free");
        assert!(!self.cell().reader().is_stale());
        assert!(self.cell().version() - version <= 1);
        if let (false, Some(base)) = (done, base) {
            assert!(Snapshot::ptr_eq(&base, &self.cell().snapshot()), "published after a panic");
        }
    }

    /// Of the versions before and after a write that may have panicked, the one that is published.
    fn published_after(&self, after: &K::Model) -> K::Model {
        let actual = K::content(&self.cell().load());
        assert!(actual == self.published || actual == *after, "half a write was published");
        actual
    }

    fn batch(&mut self, edits: &[K::Edit], end: End) {
        let edits = &edits[..edits.len().min(8)];
        let mut after = self.published.clone();
        let mut all = |draft: &mut K::Value| {
            for edit in edits {
                assert_eq!(K::edit(draft, edit), K::edit_model(&mut after, edit), "{edit:?}");
            }
        };
        let cell = self.container.cell();
        let version = cell.version();
        let mut more = 1;
        match end {
            End::Update => cell.update(all),
            End::TryUpdate => {
                let done = cell.try_update(|draft| {
                    all(draft);
                    Ok::<_, ()>(())
                });
                assert_eq!(done, Ok(()));
            }
            End::Commit => {
                let mut txn = cell.write();
                all(&mut txn);
                assert!(cell.try_write().is_none());
                let published = txn.commit();
                assert_eq!(Snapshot::version(&published), version + 1);
            }
            End::Rollback | End::Forget => {
                let mut txn = cell.write();
                all(&mut txn);
                if matches!(end, End::Rollback) {
                    txn.rollback();
                } else {
                    drop(txn);
                }
                more = 0;
            }
            End::Fail => {
                let failed = cell.try_update(|draft| {
                    all(draft);
                    Err::<(), _>(())
                });
                assert_eq!(failed, Err(()));
                more = 0;
            }
            End::Guarded => {
                let guard = cell.load();
                cell.update(all);
                assert_eq!(Guard::version(&guard), version);
                assert_eq!(K::content(&guard), self.published);
            }
            End::Panic(fuse) => {
                let container = Arc::clone(&self.container);
                let all = &mut all;
                self.fused_write(fuse, || container.cell().update(all));
                self.published = self.published_after_batch(edits);
                return;
            }
        }
        assert_eq!(self.cell().version(), version + more);
        if more == 1 {
            self.published = after;
        }
    }

    fn published_after_batch(&self, edits: &[K::Edit]) -> K::Model {
        let mut after = self.published.clone();
        for edit in edits {
            K::edit_model(&mut after, edit);
        }
        self.published_after(&after)
    }

    fn publish_if_current(&mut self, current: bool) {
        let cell = self.cell();
        let base = if current { cell.snapshot() } else { CowCell::new(self.value.clone()).snapshot() };
        match cell.replace_if_current(&base, self.value.clone()) {
            Ok(old) => {
                assert!(current && Snapshot::ptr_eq(&old, &base));
                self.published = self.model.clone();
            }
            Err(stale) => {
                assert!(!current && Snapshot::ptr_eq(&stale.current, &cell.snapshot()));
            }
        }
    }

    fn look(&mut self, nth: u8) {
        let Some(held) = self.readers.get_mut(usize::from(nth) % 4) else { return };
        let version = held.reader.version();
        assert_eq!(K::content(held.reader.peek()), held.holds, "what a reader holds has changed");
        held.holds = K::content(held.reader.load());
        assert!(held.reader.version() >= version && !held.reader.is_stale());
        assert_eq!(K::content(&held.reader.snapshot()), held.holds);
    }

    fn check(&mut self) {
        assert_eq!(K::content(&self.value), self.model);
        assert_eq!(K::content(&self.cell().load()), self.published);
        assert_eq!(K::content(&K::value(&self.model, self.by)), self.model);
        for (value, model) in &self.kept {
            assert_eq!(K::content(value), *model, "what was kept has changed");
        }
        for (snapshot, model) in &self.snapshots {
            assert_eq!(K::content(snapshot), *model, "a snapshot has changed");
        }
        for held in &mut self.readers {
            assert_eq!(K::content(held.reader.peek()), held.holds, "what a reader holds has changed");
            if Arc::ptr_eq(&self.container, &held.container) {
                assert_eq!(K::content(held.reader.load()), self.published);
                held.holds = self.published.clone();
            }
        }
    }
}

/// Keeps the last four.
fn keep<T>(kept: &mut VecDeque<T>, one: T) {
    kept.push_back(one);
    if kept.len() > 4 {
        kept.pop_front();
    }
}
