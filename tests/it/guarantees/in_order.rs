//! The guarantees of the containers whose entries have an order, be it that of the keys or that of insertion: those of `on_threads.rs` in
//! which the collection has a part.
//!
//! The containers share a shape and no trait, so the tests are a macro. Who calls it has the functions beside it that say what only
//! such a container can do.

/// Writes the tests for `$Map` and `$Set` over `$Paged`, whose pages have at most `$page` entries.
macro_rules! in_order {
    ($Map:ident, $Set:ident, $Paged:ident, $Entry:ident, $page:literal, $module:literal) => {
        use crate::support::{Call, Census, Fuse, SetOnDrop, alone, rounds, watched};
        use readmostly::paged::{Change, Delta};
        use readmostly::{CowCell, Snapshot, Watch};
        use std::collections::BTreeMap;
        use std::panic::{AssertUnwindSafe, catch_unwind};
        use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
        use std::sync::{Arc, mpsc};
        use std::thread;

        const ROUNDS: u64 = if cfg!(debug_assertions) { 300 } else { 6_000 };

        /// A write, and what it is called.
        type Named<'a> = (&'static str, Box<dyn Fn() + 'a>);

        fn squares(len: u64) -> $Map<u64, u64> {
            (0..len).map(|key| (key, key * key)).collect()
        }

        fn panics(f: impl FnOnce()) -> bool {
            catch_unwind(AssertUnwindSafe(f)).is_err()
        }

        /// G1: all entries of a page and of the whole collection are of one update, and so are their places.
        #[test]
        fn g1_an_update_is_seen_whole_or_not_at_all() {
            const KEYS: u64 = 4_000;
            watched(|| {
                let map: $Map<u64, u64> = (0..KEYS).map(|key| (key, 0)).collect();
                let done = AtomicBool::new(false);
                thread::scope(|s| {
                    let _stop = SetOnDrop(&done);
                    for _ in 0..2 {
                        s.spawn(|| {
                            let mut reader = map.reader();
                            while !done.load(Ordering::Relaxed) {
                                let table = reader.load();
                                // The window slides by as many keys as it loses.
                                let (first, round) = table.iter().next().unwrap();
                                assert_eq!((table.len() as u64, place(table, first + 10)), (KEYS, 10));
                                assert!(table.keys().copied().eq(*first..first + KEYS));
                                assert!(table.values().all(|value| value == round));
                                let values = values(&map);
                                assert!(values.iter().all(|value| *value == values[0]));
                            }
                        });
                    }
                    for round in 1..=ROUNDS / 4 {
                        map.update(|draft| {
                            let end = draft.iter().next_back().map_or(0, |(key, _)| key + 1);
                            slide(draft, end - KEYS + 100);
                            draft.values_mut().for_each(|value| *value = round);
                        });
                    }
                });
                assert_eq!(map.version(), ROUNDS / 4);
            });
        }

        /// G2: what is held never changes, while pages are split, joined, moved and made anew in the versions behind it.
        #[test]
        fn g2_what_is_held_never_changes() {
            watched(|| {
                let map: $Map<u32, String> = (0..5_000).map(|key| (key, key.to_string())).collect();
                let expected: BTreeMap<u32, String> = (0..5_000).map(|key| (key, key.to_string())).collect();
                let (guard, snapshot, mut reader) = (map.load(), map.snapshot(), map.reader());
                let table = reader.load();
                for round in 0..200 {
                    map.insert(round, "changed".into());
                    map.insert(round + 10_000, "new".into());
                    take_some(&map, round);
                }
                change_whole_pages(&map);
                map.retain(|key, _| key % 3 == 0);
                map.assign((0..100).map(|key| (key, "assigned".into())));
                for shown in [&*guard, &*snapshot, table] {
                    assert!(shown.iter().eq(&expected));
                }
                assert_eq!(map.len(), 100);
            });
        }

        /// G3 and G4: a finished write is seen by its thread and by those that it happens before, and nothing older afterwards.
        #[test]
        fn g3_and_g4_versions_go_forwards_and_a_finished_write_is_seen() {
            watched(|| {
                let set: $Set<u64> = $Set::new();
                let (send, receive) = mpsc::channel();
                thread::scope(|s| {
                    let set = &set;
                    s.spawn(move || {
                        let (mut reader, mut last) = (set.reader(), None);
                        for value in receive {
                            assert!(reader.load().contains(&value));
                            assert!(set.contains(&value) && set.snapshot().contains(&value));
                            let now = set.last();
                            assert!(now >= last && now >= Some(value));
                            last = now;
                        }
                    });
                    for value in 0..ROUNDS {
                        set.insert(value);
                        assert_eq!((set.last(), set.load().last()), (Some(value), Some(&value)));
                        send.send(value).unwrap();
                    }
                    drop(send);
                });
            });
        }

        /// G5 and G6: of all writers' updates none is lost, and every reader gets the last version.
        #[test]
        fn g5_and_g6_no_update_is_lost_and_the_last_version_arrives() {
            watched(|| {
                let (map, calls) = ($Map::new(), AtomicUsize::new(0));
                let mut early = map.reader();
                early.load();
                thread::scope(|s| {
                    for _ in 0..4 {
                        s.spawn(|| {
                            for n in 0..ROUNDS {
                                map.modify_or_insert(n % 700, |count| *count += 1, 1);
                                map.update(|draft| {
                                    calls.fetch_add(1, Ordering::Relaxed);
                                    *draft.entry(1_000).or_insert(0) += 1;
                                });
                            }
                        });
                    }
                });
                assert_eq!(calls.into_inner() as u64, 4 * ROUNDS);
                assert_eq!(map.get(&1_000), Some(4 * ROUNDS));
                assert_eq!(early.load().values().sum::<u64>(), 8 * ROUNDS);
                assert_eq!((map.version(), early.is_stale()), (8 * ROUNDS, false));
            });
        }

        /// G7 and G8: readers find places while a writer is inside its closure, and what they hold delays no writer.
        #[test]
        fn g7_and_g8_readers_and_writers_do_not_wait_for_each_other() {
            watched(|| {
                let map = squares(1_000);
                let (entered, is_in) = mpsc::channel();
                let (release, released) = mpsc::channel::<()>();
                let held = (map.load(), map.snapshot(), map.reader());
                thread::scope(|s| {
                    let map = &map;
                    s.spawn(move || {
                        map.update(|draft| {
                            halve(draft);
                            entered.send(()).unwrap();
                            released.recv().unwrap();
                        });
                    });
                    is_in.recv().unwrap();
                    for _ in 0..100 {
                        look_at_a_thousand_squares(map);
                    }
                    assert!(map.try_write().is_none());
                    release.send(()).unwrap();
                });
                assert_eq!((map.len(), held.0.len(), held.1.len()), (500, 1_000, 1_000));
                map.clear();
            });
        }

        /// G9: a panic in a closure, an iterator or the elements' methods publishes nothing and leaves the lock free.
        #[test]
        fn g9_a_write_that_fails_leaves_nothing_behind() {
            watched(|| {
                let map = squares(4_000);
                let before = map.snapshot();
                assert_eq!(map.try_update(|draft| take_first(draft).map_or(Ok(()), Err)), Err((0, 0)));
                assert!(panics(|| map.update(|draft| {
                    draft.clear();
                    panic!("in the closure");
                })));
                assert!(panics(|| map.retain(|key, _| {
                    assert!(*key != 7, "in the predicate");
                    false
                })));
                assert!(panics(|| map.extend((0..9).map(|key| {
                    assert!(key != 7, "in the iterator");
                    (key, 0)
                }))));
                let delta: Delta<u64, u64> = squares(10).load().diff(&squares(9).load()).collect();
                remove(&map, 9);
                assert!(map.apply(&delta).is_err());
                map.insert(9, 81);
                assert_eq!((map.version(), &*map.load()), (2, &*before));

                let fuse = Fuse::new();
                let set: $Set<_> = (0..100).map(|key| fuse.on(key)).collect();
                let before = set.snapshot();
                let fails = |call, write: &dyn Fn()| {
                    fuse.arm(call, 0);
                    assert!(panics(write) && !fuse.disarm(), "{call:?}");
                };
                let many = || (50..150).map(|key| fuse.on(key));
                fails(Call::Clone, &|| _ = set.insert(fuse.on(100)));
                fails(Call::Clone, &|| set.extend(many()));
                fails(Call::Clone, &|| _ = set.assign(many()));
                fail_in_search(&set, &fuse, &fails);
                assert!(Snapshot::ptr_eq(&before, &set.snapshot()));
                assert!(set.contains(&fuse.on(50)) && set.insert(fuse.on(100)));
            });
        }

        /// G10: what leaves the collection is dropped with the last version that has it, and what it keeps for itself with it.
        #[test]
        fn g10_an_element_is_dropped_once_and_in_time() {
            alone(concat!("guarantees::", $module, "::g10_an_element_is_dropped_once_and_in_time"), || {
                let census = Census::new();
                let map: $Map<u32, _> = (0..3_000).map(|key| (key, census.count(key))).collect();
                let oldest = map.snapshot();
                for key in 0..1_000 {
                    map.insert(key, census.count(key));
                }
                // The last page that was copied has entries that nobody has changed.
                assert!((4_000..4_000 + $page).contains(&census.alive()), "{}", census.alive());
                drop(oldest);
                assert_eq!(census.alive(), 3_000);
                move_a_half(&map, &census);
                take_two(&map);
                assert_eq!(census.alive(), 2_998);
                drop(map);
                assert_eq!(census.alive(), 0);
            });
        }

        /// G11: a write from inside a write panics with a message that says what to do, and reads see the published version.
        #[test]
        fn g11_a_write_inside_a_write_is_refused() {
            watched(|| {
                let map = $Map::from([(1, 1)]);
                let mut nested: Vec<Named<'_>> = vec![
                    ("insert", Box::new(|| _ = map.insert(2, 2))),
                    ("extend by nothing", Box::new(|| map.extend([]))),
                    ("assign", Box::new(|| _ = map.assign([(1, 1)]))),
                    ("retain", Box::new(|| map.retain(|_, _| true))),
                    ("clear", Box::new(|| map.clear())),
                ];
                nested.extend(other_writes(&map));
                for (name, write) in nested {
                    let mut txn = map.write();
                    txn.insert(1, 10);
                    let panic = catch_unwind(AssertUnwindSafe(write)).expect_err(name);
                    let message = panic.downcast_ref::<String>().map_or("", |s| s);
                    assert!(
                        message.contains("write inside a write") && message.contains("try_write"),
                        "{name}: {message}"
                    );
                    assert_eq!((place(&map.load(), 1), values(&map), map.get(&1)), (0, vec![1], Some(1)));
                    drop(txn);
                    assert_eq!((map.get(&1), map.version()), (Some(1), 0));
                }
            });
        }

        /// G12: a write that changes nothing publishes no version and copies no page.
        #[test]
        fn g12_nothing_for_nothing() {
            let map = squares(5_000);
            let before = map.snapshot();
            map.insert_if_absent(1, 7);
            map.get_or_insert_with(1, || unreachable!());
            map.modify(&9_999, |_| unreachable!());
            map.compare_replace(&1, &7, 8);
            map.compute(9_999, |_| None);
            map.retain(|_, _| true);
            map.extend([]);
            assert_eq!(map.assign((0..5_000).map(|key| (key, key * key))), 0);
            assert!(map.apply(&std::iter::empty::<Change<'_, u64, u64>>().collect()).is_ok());
            map.update(|draft| assert_eq!(draft.iter_mut().len(), 5_000));
            map.update(|draft| assert!(matches!(draft.entry(1), $Entry::Occupied(entry) if *entry.get() == 1)));
            map.write().commit();
            change_nothing(&map);
            assert!(Snapshot::ptr_eq(&before, &map.snapshot()));

            let set: $Set<u32> = (0..5_000).collect();
            let before = set.snapshot();
            set.insert(1);
            set.extend(0..5_000);
            set.assign(0..5_000);
            set.retain(|_| true);
            change_nothing_of(&set);
            assert!(Snapshot::ptr_eq(&before, &set.snapshot()));

            let empty = $Map::<u64, u64>::new();
            empty.clear();
            empty.extend([]);
            empty.assign([]);
            take_two(&empty);
            assert_eq!(empty.version(), 0);
            // A cell cannot know.
            let cell = CowCell::new($Paged::<u32, u32>::new());
            cell.update($Paged::clear);
            assert_eq!(cell.version(), 1);
        }

        /// G14: each watch is told of the last version, in its order, and of no version twice.
        #[test]
        fn g14_each_watch_is_told() {
            watched(|| {
                let map: Arc<$Map<u64, u64>> = Arc::new($Map::new());
                let last = rounds(4_000) as u64;
                let told: Vec<_> = (0..4)
                    .map(|_| {
                        let mut watch = Watch::new(Arc::clone(&map));
                        thread::spawn(move || {
                            let mut entries = BTreeMap::new();
                            while entries.len() as u64 != last {
                                let update = watch.next();
                                let mut places = Vec::new();
                                for change in update.old.diff(&update.new) {
                                    let Change::Added { key, value } = change else {
                                        panic!("nothing is taken out")
                                    };
                                    assert_eq!(entries.insert(*key, *value), None, "told of twice");
                                    places.push(place(&update.new, *key));
                                }
                                assert!(places.is_sorted());
                            }
                            entries
                        })
                    })
                    .collect();
                thread::scope(|s| {
                    for writer in 0..4 {
                        let map = &map;
                        s.spawn(move || {
                            (0..last / 4).for_each(|n| assert_eq!(map.insert(4 * n + writer, n), None));
                        });
                    }
                });
                let table: BTreeMap<u64, u64> =
                    map.load().iter().map(|(key, value)| (*key, *value)).collect();
                assert!(told.into_iter().all(|told| told.join().unwrap() == table));
            });
        }
    };
}

pub(super) use in_order;
