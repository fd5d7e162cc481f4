//! Tests of each guarantee, G1 to G12 and G14, on real threads. The other folders take them apart.

use crate::support::{Call, Census, Fuse, Fused, SetOnDrop, alone, rounds, watched};
use readmostly::paged::hash_map::Entry;
use readmostly::paged::{Change, PagedMap, PagedVec};
use readmostly::{CowCell, CowMap, CowSet, CowVec, Guard, Reader, Snapshot, Watch};
use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// How often a race is tried: a debug build is some twenty times slower.
const ROUNDS: u64 = if cfg!(debug_assertions) { 3_000 } else { 60_000 };

/// G1: a reader sees all of an update or none of it, whatever its size.
#[test]
fn g1_an_update_is_seen_whole_or_not_at_all() {
    const KEYS: u64 = 4_000; // several pages
    watched(|| {
        let map: CowMap<u64, u64> = (0..KEYS).map(|key| (key, 0)).collect();
        let done = AtomicBool::new(false);
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    let mut reader = map.reader();
                    while !done.load(Ordering::Relaxed) {
                        let table = reader.load();
                        let first = table[&0];
                        assert!(table.values().all(|value| *value == first));
                        let guard = map.load();
                        let first = guard[&0];
                        assert!((0..KEYS).all(|key| guard[&key] == first));
                    }
                });
            }
            for round in 1..=ROUNDS / 100 {
                if round % 2 == 0 {
                    map.update(|draft| draft.values_mut().for_each(|value| *value = round));
                } else {
                    let mut txn = map.write();
                    txn.insert(0, round);
                    txn.values_mut().for_each(|value| *value = round);
                    txn.commit();
                }
            }
            done.store(true, Ordering::Relaxed);
        });
    });
}

/// G2: what a guard, a snapshot or a reader's reference shows never changes while it is held.
#[test]
fn g2_what_is_held_never_changes() {
    watched(|| {
        let map: CowMap<u32, String> = (0..5_000).map(|key| (key, key.to_string())).collect();
        let expected: HashMap<u32, String> = (0..5_000).map(|key| (key, key.to_string())).collect();
        let (guard, snapshot, mut reader) = (map.load(), map.snapshot(), map.reader());
        let table = reader.load();
        for round in 0..200 {
            map.insert(round, "changed".into());
            map.remove(&(round + 2_000));
            map.insert(round + 10_000, "new".into());
        }
        map.clear();
        for shown in [&*guard, &*snapshot, table] {
            assert_eq!(shown.len(), expected.len());
            assert!(shown.iter().all(|(key, value)| expected.get(key) == Some(value)));
        }
        assert!(map.is_empty());
    });
}

/// G3: the versions that one thread sees never go backwards, across `load`, `snapshot` and `Reader`.
#[test]
fn g3_versions_never_go_backwards() {
    /// What one thread saw last, and how often that was new.
    #[derive(Default)]
    struct Seen(u64, usize);
    impl Seen {
        fn see(&mut self, value: u64, how: &str) {
            assert!(value >= self.0, "{how} shows {value} after {}", self.0);
            self.1 += usize::from(value > self.0);
            self.0 = value;
        }
    }
    watched(|| {
        let cell = CowCell::new(0_u64);
        let done = AtomicBool::new(false);
        thread::scope(|s| {
            let _stop = SetOnDrop(&done);
            // One pair in a tight loop, for the narrow race between a swap and its announcement; and every mixture.
            let pair = s.spawn(|| {
                let (mut reader, mut seen) = (cell.reader(), Seen::default());
                while !done.load(Ordering::Relaxed) {
                    seen.see(*cell.load(), "load");
                    seen.see(*reader.load(), "reader");
                }
                seen.1
            });
            let mixture = s.spawn(|| {
                let (mut reader, mut seen) = (cell.reader(), Seen::default());
                while !done.load(Ordering::Relaxed) {
                    seen.see(*cell.snapshot(), "snapshot");
                    seen.see(*reader.load(), "reader");
                    seen.see(cell.version(), "version");
                    seen.see(*cell.load(), "load");
                    seen.see(*reader.load(), "reader");
                }
                seen.1
            });
            for value in 1..=ROUNDS * 20 {
                cell.replace(value);
            }
            done.store(true, Ordering::Relaxed);
            let new = [pair, mixture].map(|reader| reader.join().unwrap());
            assert!(new.iter().sum::<usize>() > 0, "no reader saw a new version: nothing was tested");
        });
    });
}

/// G4: when a write has returned, the same thread, and every thread that it happens before, sees it.
#[test]
fn g4_a_finished_write_is_seen() {
    watched(|| {
        let set: CowSet<u64> = CowSet::new();
        let (send, receive) = mpsc::channel();
        thread::scope(|s| {
            let set = &set;
            s.spawn(move || {
                let mut reader = set.reader();
                for value in receive {
                    assert!(reader.load().contains(&value));
                    assert!(set.load().contains(&value));
                    assert!(set.snapshot().contains(&value));
                }
            });
            let mut reader = set.reader();
            for value in 0..ROUNDS / 10 {
                set.insert(value);
                assert!(reader.load().contains(&value));
                assert!(set.contains(&value));
                assert!(set.snapshot().contains(&value));
                send.send(value).unwrap();
            }
            drop(send);
        });
    });
}

/// G5: once writers are quiet and that has been made known, every reader's next look gets the last version.
#[test]
fn g5_the_last_version_reaches_every_reader() {
    watched(|| {
        let cell = Arc::new(CowCell::new(0_u64));
        let mut readers: Vec<_> = (0..4).map(|_| Reader::new(Arc::clone(&cell))).collect();
        let writers: Vec<_> = (0..3)
            .map(|_| {
                let cell = Arc::clone(&cell);
                thread::spawn(move || (0..ROUNDS / 10).for_each(|_| cell.update(|n| *n += 1)))
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        for reader in &mut readers {
            assert_eq!(*reader.load(), 3 * (ROUNDS / 10));
            assert!(!reader.is_stale());
        }
    });
}

/// G6: of N writers each adding M times, N x M remain, and each closure runs exactly once.
#[test]
fn g6_no_update_is_lost() {
    watched(|| {
        let (cell, calls) = (CowCell::new(0_u64), AtomicUsize::new(0));
        let each = ROUNDS / 4;
        thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    for _ in 0..each {
                        cell.update(|n| {
                            calls.fetch_add(1, Ordering::Relaxed);
                            *n += 1;
                        });
                    }
                });
            }
        });
        assert_eq!(*cell.load(), 4 * each);
        assert_eq!(cell.version(), 4 * each);
        assert_eq!(calls.into_inner() as u64, 4 * each);
    });
}

/// G7: a reader finishes while a writer is inside its closure.
#[test]
fn g7_readers_do_not_wait_for_a_writer() {
    watched(|| {
        let list = CowVec::from([1, 2, 3]);
        let mut before = list.reader();
        let (entered, is_in) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        thread::scope(|s| {
            let list = &list;
            s.spawn(move || {
                list.update(|draft| {
                    draft.push(4);
                    entered.send(()).unwrap();
                    released.recv().unwrap();
                });
            });
            is_in.recv().unwrap();
            // The writer sleeps in its closure until all of this is done.
            for _ in 0..1_000 {
                assert_eq!(before.load().len(), 3);
                assert_eq!(list.load().len(), 3);
                assert_eq!(list.snapshot().len(), 3);
                assert_eq!(list.reader().load().len(), 3);
                assert_eq!((list.len(), list.version()), (3, 0));
            }
            assert!(list.try_write().is_none());
            release.send(()).unwrap();
        });
        assert_eq!(list.len(), 4);
    });
}

/// G8: a held guard, snapshot or reader never delays a write.
#[test]
fn g8_writers_do_not_wait_for_readers() {
    watched(|| {
        let cell = CowCell::new(0);
        let (guard, snapshot, reader) = (cell.load(), cell.snapshot(), cell.reader());
        thread::scope(|s| {
            s.spawn(|| (0..1_000).for_each(|_| cell.update(|n| *n += 1)));
        });
        cell.update(|n| *n += 1);
        assert_eq!((*guard, *snapshot, *reader.peek()), (0, 0, 0));
        assert_eq!(*cell.load(), 1_001);
    });
}

fn panics(f: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

/// G9: an `Err`, a dropped transaction or a panic before the publish publishes nothing and leaves the lock free.
#[test]
fn g9_a_write_that_fails_leaves_nothing_behind() {
    watched(|| {
        let map: CowMap<u32, u32> = (0..4_000).map(|key| (key, key)).collect();
        let before = map.snapshot();
        assert_eq!(map.try_update(|draft| draft.insert(1, 0).map_or(Ok(()), Err)), Err(1));
        let mut txn = map.write();
        txn.clear();
        drop(txn);
        let mut txn = map.write();
        txn.clear();
        txn.rollback();
        assert!(panics(|| map.update(|draft| {
            draft.clear();
            panic!("in the closure");
        })));
        assert!(panics(|| {
            let mut txn = map.write();
            txn.clear();
            panic!("with a transaction open");
        }));
        assert!(panics(|| map.retain(|key, _| {
            assert!(*key != 7, "in the predicate");
            false
        })));
        assert!(panics(|| map.extend((0..9).map(|key| {
            assert!(key != 7, "in the iterator");
            (key, 0)
        }))));
        assert!(Snapshot::ptr_eq(&before, &map.snapshot()));
        assert_eq!(map.insert(1, 100), Some(1));

        // Clone, Hash and Eq.
        let fuse = Fuse::new();
        let set: CowSet<Fused<u32>> = (0..100).map(|key| fuse.on(key)).collect();
        let before = set.snapshot();
        let fails = |call, write: &dyn Fn()| {
            fuse.arm(call, 0);
            assert!(panics(write) && !fuse.disarm(), "{call:?}");
        };
        fails(Call::Hash, &|| _ = set.insert(fuse.on(100)));
        fails(Call::Eq, &|| _ = set.remove(&fuse.on(50)));
        fails(Call::Clone, &|| _ = set.insert(fuse.on(100)));
        fails(Call::Clone, &|| set.extend((200..300).map(|key| fuse.on(key))));
        assert!(Snapshot::ptr_eq(&before, &set.snapshot()));
        assert!(set.contains(&fuse.on(50)));
        set.clear();
        assert!(set.insert(fuse.on(1)));
    });
}

/// G9: a panic in the destructor of a replaced version reaches the writer after its write took effect.
#[test]
fn g9_a_destructor_that_panics_comes_after_the_write() {
    alone("guarantees::on_threads::g9_a_destructor_that_panics_comes_after_the_write", || {
        let fuse = Fuse::new();
        let cell = CowCell::new(fuse.on(0));
        fuse.arm(Call::Drop, 0);
        assert!(panics(|| drop(cell.replace(fuse.on(1)))) && !fuse.disarm());
        assert_eq!((cell.load().value, cell.version()), (1, 1));
        assert!(!panics(|| drop(cell.replace(fuse.on(2)))));
        assert_eq!((cell.load().value, cell.version()), (2, 2));
    });
}

/// G10: a version is dropped exactly once, as soon as its last holder lets go, and one in the middle is freed although
/// an older one is still held.
#[test]
fn g10_a_version_is_dropped_once_and_in_time() {
    alone("guarantees::on_threads::g10_a_version_is_dropped_once_and_in_time", || {
        let versions = [0, 1, 2].map(|_| Census::new());
        let count = |version: usize| versions[version].dropped();
        let cell = CowCell::new(versions[0].count(()));
        let oldest = cell.snapshot();
        cell.replace(versions[1].count(()));
        assert_eq!((count(0), count(1)), (0, 0));
        // By the end of this very publish: no guard is held anywhere.
        cell.replace(versions[2].count(()));
        assert_eq!((count(0), count(1), count(2)), (0, 1, 0));
        let held = cell.snapshot();
        drop(cell);
        assert_eq!((count(0), count(1), count(2)), (0, 1, 0));
        drop(oldest);
        assert_eq!((count(0), count(1), count(2)), (1, 1, 0));
        drop(held);
        assert_eq!((count(0), count(1), count(2)), (1, 1, 1));
    });
}

/// G10: a replaced version and the draft of a failed write are dropped when the lock is free.
#[test]
fn g10_destructors_may_use_the_container() {
    #[derive(Clone)]
    struct Writes(Option<Arc<CowCell<u32>>>);
    impl Drop for Writes {
        fn drop(&mut self) {
            if let Some(log) = &self.0 {
                log.update(|n| *n += 1);
            }
        }
    }
    struct Uses(Arc<CowCell<Option<Uses>>>, Arc<AtomicUsize>);
    impl Clone for Uses {
        fn clone(&self) -> Self {
            Self(Arc::clone(&self.0), Arc::clone(&self.1))
        }
    }
    impl Drop for Uses {
        fn drop(&mut self) {
            // With the lock held, this would panic (G11).
            self.0.update(|value| assert!(value.is_none()));
            self.1.fetch_add(1, Ordering::Relaxed);
        }
    }
    alone("guarantees::on_threads::g10_destructors_may_use_the_container", || {
        let drops = Arc::new(AtomicUsize::new(0));
        let cell = Arc::new(CowCell::new(None));
        let uses = || Some(Uses(Arc::clone(&cell), Arc::clone(&drops)));
        // The draft of a transaction that is dropped, and that of an `Err`.
        let mut txn = cell.write();
        *txn = uses();
        drop(txn);
        assert_eq!(drops.load(Ordering::Relaxed), 1);
        _ = cell.try_update(|value| {
            *value = uses();
            Err::<(), _>(())
        });
        assert_eq!(drops.load(Ordering::Relaxed), 2);
        // A replaced version.
        cell.replace(uses());
        cell.replace(None);
        assert_eq!(drops.load(Ordering::Relaxed), 3);
        // A value that a map's write rejects, replaces or removes.
        let log = Arc::new(CowCell::new(0));
        let map: CowMap<u32, Writes> = CowMap::new();
        map.insert(1, Writes(Some(Arc::clone(&log))));
        map.insert_if_absent(1, Writes(Some(Arc::clone(&log))));
        map.remove(&1);
        assert!(*log.load() > 0);
    });
}

/// G11: a write from inside a write panics with a message that says what to do; reads see the published version.
#[test]
fn g11_a_write_inside_a_write_is_refused() {
    watched(|| {
        let map = CowMap::from([(1, 1)]);
        let nested: [(&str, &dyn Fn()); 8] = [
            ("insert", &|| _ = map.insert(2, 2)),
            ("remove of nothing", &|| _ = map.remove(&9)),
            ("update", &|| map.update(|_| ())),
            ("try_update", &|| _ = map.try_update(|_| Ok::<_, ()>(()))),
            ("write", &|| drop(map.write())),
            ("replace", &|| _ = map.replace(PagedMap::new())),
            ("replace_if_current", &|| _ = map.replace_if_current(&map.snapshot(), PagedMap::new())),
            ("clear", &|| map.clear()),
        ];
        for (name, write) in nested {
            let mut txn = map.write();
            txn.insert(1, 10);
            let panic = catch_unwind(AssertUnwindSafe(write)).expect_err(name);
            let message = panic.downcast_ref::<String>().map_or("", |s| s);
            assert!(
                message.contains("write inside a write") && message.contains("try_write"),
                "{name}: {message}"
            );
            assert!(map.try_write().is_none());
            assert!(map.try_write_for(Duration::from_secs(3_600)).is_none());
            // Reads inside a write, of what is published.
            assert_eq!((map.get(&1), map.load()[&1], map.snapshot()[&1], map.len()), (Some(1), 1, 1, 1));
            drop(txn);
            assert_eq!((map.get(&1), map.version()), (Some(1), 0));
        }
        // Another container is another matter, and so is the same one when the write is over.
        let other = CowVec::from([1]);
        map.update(|draft| draft.extend(other.pop().map(|n| (n, 3))));
        assert_eq!(map.get(&1), Some(3));
    });
}

/// G12: a write that changes nothing publishes no version and copies no page.
#[test]
fn g12_nothing_for_nothing() {
    let map: CowMap<u32, u32> = (0..5_000).map(|key| (key, key)).collect();
    let before = map.snapshot();
    map.remove(&9_999);
    map.remove_if(&1, |_, _| false);
    map.insert_if_absent(1, 7);
    map.get_or_insert_with(1, || unreachable!());
    map.modify(&9_999, |_| unreachable!());
    map.compare_replace(&1, &7, 8);
    map.compute(9_999, |_| None);
    map.retain(|_, _| true);
    map.update(|draft| assert_eq!(draft.extract_if(|_, _| false).count(), 0));
    map.update(|draft| assert_eq!(draft.iter_mut().len(), 5_000));
    map.extend([]);
    map.update(|draft| draft.remove(&9_999));
    map.update(|draft| assert!(matches!(draft.entry(1), Entry::Occupied(entry) if *entry.get() == 1)));
    map.write().commit();
    assert!(Snapshot::ptr_eq(&before, &map.snapshot()));

    let set: CowSet<u32> = (0..5_000).collect();
    let before = set.snapshot();
    set.insert(1);
    set.remove(&9_999);
    set.take(&9_999);
    set.extend(0..5_000);
    set.retain(|_| true);
    assert!(Snapshot::ptr_eq(&before, &set.snapshot()));

    let list: CowVec<u32> = (0..5_000).collect();
    let before = list.snapshot();
    list.push_if_absent(1);
    list.extend_absent([1, 2, 3]);
    list.extend([]);
    list.remove(9_999);
    list.remove_item(&9_999);
    list.truncate(5_000);
    list.retain(|_| true);
    list.sort();
    list.dedup();
    assert!(list.set(5_000, 0).is_err() && list.insert(5_001, 0).is_err());
    // These published a directory with the same pages.
    list.update(|draft| assert_eq!(draft.iter_mut().len(), 5_000));
    list.update(|draft| {
        assert!(draft.iter_mut().nth(5_000).is_none() && draft.iter_mut().nth_back(5_000).is_none());
    });
    list.update(|draft| draft.reserve(100_000));
    list.update(|draft| draft.reserve_exact(100_000));
    list.update(|draft| draft.try_reserve(100_000)).unwrap();
    list.update(PagedVec::shrink_to_fit);
    assert!(Snapshot::ptr_eq(&before, &list.snapshot()));

    for empty in [CowVec::<u32>::new(), CowVec::default()] {
        empty.clear();
        empty.reverse();
        assert_eq!((empty.pop(), empty.version()), (None, 0));
    }
    // A cell cannot know, and says so.
    let cell = CowCell::new(1);
    cell.update(|_| ());
    assert_eq!((cell.version(), Guard::version(&cell.load())), (1, 1));
}

/// G14: each watch is told of the last version, whether it sleeps or comes late, and of no version twice.
#[test]
fn g14_each_watch_is_told() {
    watched(|| {
        let map: Arc<CowMap<u64, u64>> = Arc::new(CowMap::new());
        let last = rounds(10_000) as u64;
        let told: Vec<_> = (0..8)
            .map(|_| {
                let mut watch = Watch::new(Arc::clone(&map));
                thread::spawn(move || {
                    let mut entries = BTreeMap::new();
                    let mut version = 0;
                    while entries.len() as u64 != last {
                        let update = watch.next();
                        assert_eq!(Snapshot::version(&update.old), version);
                        version = Snapshot::version(&update.new);
                        for change in update.old.diff(&update.new) {
                            let Change::Added { key, value } = change else { panic!("nothing is taken out") };
                            assert_eq!(entries.insert(*key, *value), None, "told of twice");
                        }
                    }
                    entries
                })
            })
            .collect();
        thread::scope(|s| {
            for writer in 0..4 {
                let map = &map;
                s.spawn(move || (0..last / 4).for_each(|n| assert_eq!(map.insert(4 * n + writer, n), None)));
            }
        });
        let table: BTreeMap<u64, u64> = map.snapshot().iter().map(|(key, value)| (*key, *value)).collect();
        assert!(told.into_iter().all(|told| told.join().unwrap() == table));
        assert!(map.watch().try_next().is_none());
    });
}
