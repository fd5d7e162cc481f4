//! The contenders: the library, its rivals, and how each is read and published to.

#![expect(unsafe_code, reason = "two rivals are collectors, around which a publish is written by hand")]
#![expect(clippy::inline_always, reason = "a call costs as much as a read, and some would be left with one")]

use arc_swap::ArcSwap;
use hazarc::AtomicArc;
use kovan::Atom;
use left_right::{Absorb, ReadHandleFactory, WriteHandle};
use parking_lot::{Mutex, RwLock};
use readmostly::CowCell;
use readmostly_benches::{Contender, Role, time_each};
use seize::Guard as _;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::time::Duration;

/// A published `u64`.
pub trait Subject: Sync {
    /// Reads the value once, as a thread does that reads now and then.
    fn read(&self) -> u64;

    /// Nanoseconds for each of many reads, in the way that is to be measured.
    fn reads(&self, span: Duration) -> f64 {
        time_each(span, || _ = black_box(self.read()))
    }

    /// Reads once, and calls `rest` while this thread is still one of the readers.
    fn take_part(&self, rest: &mut dyn FnMut()) {
        self.read();
        rest();
    }

    fn publish(&self, value: u64);
}

/// Who takes part in a table.
pub type Contenders = Vec<Contender<dyn Subject>>;

fn contender(name: &'static str, role: Role, subject: impl Subject + 'static) -> Contender<dyn Subject> {
    Contender { name, role, subject: Box::new(Apart(subject)) }
}

/// In cache lines of its own, where nobody else's writes delay its readers.
#[repr(align(128))]
struct Apart<S>(S);

impl<S: Subject> Subject for Apart<S> {
    fn read(&self) -> u64 {
        self.0.read()
    }

    fn reads(&self, span: Duration) -> f64 {
        self.0.reads(span)
    }

    fn take_part(&self, rest: &mut dyn FnMut()) {
        self.0.take_part(rest);
    }

    fn publish(&self, value: u64) {
        self.0.publish(value);
    }
}

/// Those who look at what is current in each read, and keep nothing in between.
pub fn loads() -> Contenders {
    vec![
        contender("readmostly CowCell::load", Role::Ours, CowCell::new(0)),
        contender("arc-swap load", Role::Rival, ArcSwap::from_pointee(0)),
        contender("hazarc load", Role::Rival, AtomicArc::<u64>::from(Arc::new(0))),
        contender("kovan Atom::load", Role::Rival, Atom::new(0)),
        contender("crossbeam-epoch by hand, pin", Role::Rival, ByEpoch::default()),
        contender("seize by hand, enter", Role::Rival, BySeize::default()),
        contender("left-right enter", Role::Rival, ByTwo::default()),
        contender("parking_lot RwLock<Arc>, read", Role::Rival, RwLock::new(Arc::new(0))),
    ]
}

/// Those who keep the value between two reads, and only look whether there is a newer one.
pub fn handles() -> Contenders {
    vec![
        contender("readmostly Reader::load", Role::Ours, ByReader(CowCell::new(0))),
        contender("arc-swap Cache", Role::Rival, ByCache(ArcSwap::from_pointee(0))),
        contender("hazarc Cache", Role::Rival, ByHazarcCache(AtomicArc::from(Arc::new(0)))),
    ]
}

/// Those who give the reader a count of its own, which it gives back.
pub fn owned() -> Contenders {
    let (ours, arc_swap) = (CowCell::new(0), ArcSwap::from_pointee(0));
    let (hazarc, lock) = (AtomicArc::<u64>::from(Arc::new(0)), RwLock::new(Arc::new(0)));
    let arc = Arc::new(0);
    let under_lock = move || {
        // A statement of its own: the lock is let go of before the count.
        let owned = Arc::clone(&lock.read());
        *owned
    };
    vec![
        contender("readmostly CowCell::snapshot", Role::Ours, Quiet(move || *ours.snapshot())),
        contender("arc-swap load_full", Role::Rival, Quiet(move || *arc_swap.load_full())),
        contender("hazarc load_owned", Role::Rival, Quiet(move || *hazarc.load_owned())),
        contender("parking_lot RwLock<Arc>, clone", Role::Rival, Quiet(under_lock)),
        contender("clone of an Arc at hand", Role::Yardstick, Quiet(move || *Arc::clone(&arc))),
    ]
}

impl Subject for CowCell<u64> {
    #[inline(always)]
    fn read(&self) -> u64 {
        *self.load()
    }

    fn publish(&self, value: u64) {
        drop(self.replace(value));
    }
}

impl Subject for ArcSwap<u64> {
    #[inline(always)]
    fn read(&self) -> u64 {
        **self.load()
    }

    fn publish(&self, value: u64) {
        self.store(Arc::new(value));
    }
}

impl Subject for AtomicArc<u64> {
    #[inline(always)]
    fn read(&self) -> u64 {
        **self.load()
    }

    fn publish(&self, value: u64) {
        self.store(Arc::new(value));
    }
}

impl Subject for Atom<u64> {
    #[inline(always)]
    fn read(&self) -> u64 {
        *self.load()
    }

    fn publish(&self, value: u64) {
        self.store(value);
    }
}

impl Subject for RwLock<Arc<u64>> {
    #[inline(always)]
    fn read(&self) -> u64 {
        **self.read()
    }

    fn publish(&self, value: u64) {
        // The new value is made before the lock, and the old one dropped after it.
        let next = Arc::new(value);
        let old = std::mem::replace(&mut *self.write(), next);
        drop(old);
    }
}

struct ByReader(CowCell<u64>);

impl Subject for ByReader {
    fn read(&self) -> u64 {
        self.0.read()
    }

    fn reads(&self, span: Duration) -> f64 {
        let mut reader = self.0.reader();
        time_each(span, || _ = black_box(*reader.load()))
    }

    fn publish(&self, value: u64) {
        self.0.publish(value);
    }
}

struct ByCache(ArcSwap<u64>);

impl Subject for ByCache {
    fn read(&self) -> u64 {
        self.0.read()
    }

    fn reads(&self, span: Duration) -> f64 {
        let mut cache = arc_swap::Cache::new(&self.0);
        time_each(span, || _ = black_box(**cache.load()))
    }

    fn publish(&self, value: u64) {
        self.0.publish(value);
    }
}

struct ByHazarcCache(AtomicArc<u64>);

impl Subject for ByHazarcCache {
    fn read(&self) -> u64 {
        self.0.read()
    }

    fn reads(&self, span: Duration) -> f64 {
        let mut cache = hazarc::Cache::new(&self.0);
        time_each(span, || _ = black_box(**cache.load()))
    }

    fn publish(&self, value: u64) {
        self.0.publish(value);
    }
}

/// What the library does with its `epoch` backend, without the rest of it: whatever that is, it has a row.
#[derive(Default)]
struct ByEpoch(crossbeam_epoch::Atomic<u64>);

impl Subject for ByEpoch {
    #[inline(always)]
    fn read(&self) -> u64 {
        let pin = crossbeam_epoch::pin();
        // SAFETY: it was published by `publish`, and is not freed while the thread is pinned; null to begin with.
        unsafe { self.0.load(Ordering::Acquire, &pin).as_ref() }.copied().unwrap_or_default()
    }

    fn publish(&self, value: u64) {
        let pin = crossbeam_epoch::pin();
        let old = self.0.swap(crossbeam_epoch::Owned::new(value), Ordering::AcqRel, &pin);
        if !old.is_null() {
            // SAFETY: it was taken out just now, and once.
            unsafe { pin.defer_destroy(old) };
        }
    }
}

impl Drop for ByEpoch {
    fn drop(&mut self) {
        // SAFETY: nobody else has this any longer.
        drop(unsafe { std::mem::take(&mut self.0).try_into_owned() });
    }
}

#[derive(Default)]
struct BySeize {
    collector: seize::Collector,
    current: AtomicPtr<u64>,
}

impl Subject for BySeize {
    #[inline(always)]
    fn read(&self) -> u64 {
        let guard = self.collector.enter();
        // SAFETY: it was published by `publish`, and is not freed while the guard lives; null to begin with.
        unsafe { guard.protect(&self.current, Ordering::Acquire).as_ref() }.copied().unwrap_or_default()
    }

    fn publish(&self, value: u64) {
        let guard = self.collector.enter();
        let old = guard.swap(&self.current, Box::into_raw(Box::new(value)), Ordering::AcqRel);
        if !old.is_null() {
            // SAFETY: it was taken out just now, and once, and is from a `Box`.
            unsafe { guard.defer_retire(old, seize::reclaim::boxed) };
        }
    }
}

impl Drop for BySeize {
    fn drop(&mut self) {
        let current = *self.current.get_mut();
        if !current.is_null() {
            // SAFETY: nobody else has this any longer, and it is from a `Box`.
            drop(unsafe { Box::from_raw(current) });
        }
    }
}

/// A `left-right` pair. Its writes are exclusive, which is a lock's business here as it is in the library.
struct ByTwo {
    readers: ReadHandleFactory<Copied>,
    writer: Mutex<WriteHandle<Copied, u64>>,
}

#[derive(Clone, Default)]
struct Copied(u64);

impl Absorb<u64> for Copied {
    fn absorb_first(&mut self, value: &mut u64, _: &Self) {
        self.0 = *value;
    }

    fn sync_with(&mut self, first: &Self) {
        self.0 = first.0;
    }
}

impl Default for ByTwo {
    fn default() -> Self {
        let (writer, reader) = left_right::new::<Copied, u64>();
        Self { readers: reader.factory(), writer: Mutex::new(writer) }
    }
}

impl Subject for ByTwo {
    fn read(&self) -> u64 {
        self.readers.handle().enter().map_or(0, |copy| copy.0)
    }

    /// Each thread keeps its handle: making one takes a lock.
    fn reads(&self, span: Duration) -> f64 {
        let reader = self.readers.handle();
        time_each(span, || _ = black_box(reader.enter().map(|copy| copy.0)))
    }

    fn take_part(&self, rest: &mut dyn FnMut()) {
        let reader = self.readers.handle();
        drop(reader.enter());
        rest();
    }

    fn publish(&self, value: u64) {
        self.writer.lock().append(value).publish();
    }
}

/// Reads by a closure, and is not published to.
struct Quiet<F>(F);

impl<F: Fn() -> u64 + Sync> Subject for Quiet<F> {
    #[inline(always)]
    fn read(&self) -> u64 {
        (self.0)()
    }

    fn publish(&self, _: u64) {
        unreachable!("the rows of these contenders have no writer")
    }
}
