//! Many threads at one collection, each test under the watchdog.

use crate::support::{Random, SetOnDrop, join_all, rounds, watched};
use readmostly::{CowMap, CowSet, CowVec, Guard, Snapshot};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

/// Runs `change` over and over on one thread while two others run `look`, each at least `times` times.
fn beside(times: usize, change: impl Fn() + Sync, look: impl Fn() + Sync) {
    let stop = AtomicBool::new(false);
    let looks = [const { AtomicUsize::new(0) }; 2];
    thread::scope(|s| {
        let looking = looks.each_ref().map(|count| {
            let (stop, look) = (&stop, &look);
            s.spawn(move || {
                let _stop = SetOnDrop(stop);
                while !stop.load(Ordering::Relaxed) {
                    look();
                    count.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        let enough = || looks.iter().all(|count| count.load(Ordering::Relaxed) >= times);
        for n in 0.. {
            if n >= times && enough() || stop.load(Ordering::Relaxed) {
                break;
            }
            change();
        }
        stop.store(true, Ordering::Relaxed);
        join_all(looking);
    });
}

#[test]
fn no_push_into_a_vector_is_lost() {
    const WRITERS: usize = 4;
    watched(|| {
        let each = rounds(2_000);
        let vec = CowVec::new();
        thread::scope(|s| {
            for writer in 0..WRITERS {
                let vec = &vec;
                s.spawn(move || (0..each).for_each(|i| vec.push((writer, i))));
            }
        });
        assert_eq!((vec.len(), vec.version()), (WRITERS * each, (WRITERS * each) as u64));
        for writer in 0..WRITERS {
            let shown = vec.load();
            assert!(shown.iter().filter(|(w, _)| *w == writer).map(|(_, i)| *i).eq(0..each));
        }
    });
}

#[test]
fn sets_that_always_differ_are_never_seen_equal() {
    watched(|| {
        let (one, other) = (CowSet::from([1]), CowSet::new());
        beside(
            rounds(100_000),
            || assert!(other.insert(2) && other.remove(&2)),
            || {
                assert!(one != other);
                assert!(other != one);
                assert!(*one.load() != *other.load());
                assert!(one.snapshot() != other.snapshot());
                assert!(!other.contains(&1));
            },
        );
    });
}

/// Takes a list through `[]`, `[1]`, `[2, 1]`, `[1]` and back.
fn toggle(list: &CowVec<u32>) {
    list.push(1);
    list.insert(0, 2).unwrap();
    assert_eq!(list.remove(0), Some(2));
    list.clear();
}

fn assert_is_a_version(seen: &[u32]) {
    assert!(matches!(seen, [] | [1] | [2, 1]), "{seen:?} never was");
}

#[test]
fn copies_of_a_list_that_changes_are_versions_of_it() {
    watched(|| {
        let list = CowVec::new();
        beside(
            rounds(20_000),
            || toggle(&list),
            || {
                assert_is_a_version(&list.load().iter().copied().collect::<Vec<_>>());
                let copy: CowVec<_> = list.snapshot().iter().copied().collect();
                assert_is_a_version(&copy.load().to_vec());
                assert_is_a_version(&CowVec::from(Snapshot::into_inner(list.snapshot())).load().to_vec());
                assert_is_a_version(&list.fork().into_inner().to_vec());

                let extended = CowVec::from([9]);
                extended.extend(list.load().iter().copied());
                assert_is_a_version(&extended.load().to_vec()[1..]);
                let extended = CowVec::from([1]);
                extended.extend_absent(list.load().iter().copied());
                assert!(matches!(extended.load().to_vec()[..], [1] | [1, 2]));

                let (is_one, is_empty) = {
                    let shown = list.load();
                    (*shown == [1], shown.is_empty())
                };
                assert!(!(is_one && is_empty));
                // Two looks may be at two versions: neither panics, nor is out of range.
                if let Some(last) = list.len().checked_sub(1) {
                    assert!(matches!(list.get(last), None | Some(1 | 2)));
                }
                assert!(matches!((list.first(), list.last()), (None | Some(1 | 2), None | Some(1))));
            },
        );
    });
}

#[test]
fn what_one_thread_adds_it_removes() {
    watched(|| {
        let (set, map, vec) = (CowSet::new(), CowMap::new(), CowVec::new());
        beside(
            rounds(20_000),
            || {
                assert!(set.insert(7) && vec.push_if_absent(7) && map.insert(7, 7).is_none());
                assert!(set.remove(&7) && vec.remove_item(&7) && map.remove(&7) == Some(7));
            },
            || {
                assert!(set.load().iter().all(|x| *x == 7));
                assert!(set.snapshot().iter().all(|x| *x == 7));
                assert!(vec.load().iter().all(|x| *x == 7));
                assert!(map.load().iter().all(|(k, v)| (*k, *v) == (7, 7)));
                assert!(matches!(map.get(&7), None | Some(7)));
            },
        );
    });
}

#[test]
fn only_what_was_put_in_is_ever_seen() {
    const LEGAL: [u32; 2] = [11, 22];
    type Deed = fn(&CowVec<u32>, &CowSet<u32>, u32);
    let deeds: [Deed; 14] = [
        |v, s, x| {
            v.push_if_absent(x);
            s.insert(x);
        },
        |v, s, x| {
            v.remove_item(&x);
            s.remove(&x);
        },
        |v, _, x| v.push(x),
        |v, s, _| {
            v.clear();
            s.clear();
        },
        |v, s, x| {
            v.retain(|y| *y != x);
            s.retain(|y| *y != x);
        },
        |v, s, _| {
            v.extend(LEGAL);
            s.extend(LEGAL);
        },
        |v, _, x| drop(v.set(0, x)),
        |v, _, x| drop(v.insert(1, x)),
        |v, _, _| v.sort(),
        |v, _, _| {
            v.reverse();
            v.truncate(6);
        },
        |v, s, _| {
            v.update(|draft| assert!(draft.iter().all(|y| LEGAL.contains(y))));
            s.update(|draft| assert!(draft.iter().all(|y| LEGAL.contains(y))));
        },
        |v, s, _| {
            assert!(v.load().iter().all(|y| LEGAL.contains(y)));
            assert!(s.load().iter().all(|y| LEGAL.contains(y)) && s.len() <= 2);
        },
        |v, s, _| {
            assert!(v.pop().is_none_or(|y| LEGAL.contains(&y)));
            assert!(s.take(&11).is_none_or(|y| y == 11));
        },
        |v, s, _| {
            assert!(v.first().is_none_or(|y| LEGAL.contains(&y)));
            let shown = format!("{v:?} {s:?}");
            assert!(shown.split(|c: char| !c.is_ascii_digit()).all(|n| matches!(n, "" | "11" | "22")));
        },
    ];
    watched(move || {
        let (vec, set) = (CowVec::new(), CowSet::new());
        thread::scope(|s| {
            for id in 0..10 {
                let (vec, set) = (&vec, &set);
                s.spawn(move || {
                    let mut random = Random::new(id);
                    for _ in 0..rounds(5_000) {
                        let deed = deeds[usize::try_from(random.below(14)).unwrap()];
                        deed(vec, set, LEGAL[usize::try_from(random.below(2)).unwrap()]);
                    }
                });
            }
        });
    });
}

/// What each version holds, under its number.
struct Models<M>(Mutex<HashMap<u64, Arc<M>>>);

impl<M> Models<M> {
    fn new(first: M) -> Self {
        Self(Mutex::new(HashMap::from([(0, Arc::new(first))])))
    }

    fn of(&self, version: u64) -> Arc<M> {
        Arc::clone(self.0.lock().unwrap().get(&version).expect("published, and not written down before"))
    }

    fn insert(&self, version: u64, model: M) {
        assert!(self.0.lock().unwrap().insert(version, Arc::new(model)).is_none(), "two of one number");
    }
}

const SIMULATED_THREADS: u64 = 8;

/// Lets threads write a little and read a lot, by transactions of which some are rolled back.
fn simulate(write: impl Fn(&mut Random) + Sync, read: impl Fn() + Sync) {
    thread::scope(|s| {
        join_all((0..SIMULATED_THREADS).map(|id| {
            let (write, read) = (&write, &read);
            s.spawn(move || {
                let mut random = Random::new(id);
                for _ in 0..rounds(2_000) {
                    if random.below(5) == 0 { write(&mut random) } else { read() }
                }
            })
        }));
    });
}

#[test]
fn each_version_of_a_map_is_as_its_writer_left_it() {
    // Several pages.
    const KEYS: u64 = 6_000;
    watched(|| {
        let first: HashMap<u64, u64> = (0..KEYS / 2).map(|key| (key, key)).collect();
        let map: CowMap<_, _> = first.iter().map(|(key, value)| (*key, *value)).collect();
        let models = Models::new(first);
        simulate(
            |random| {
                let mut txn = map.write();
                let before = map.snapshot();
                // The lock is held: what is published, nobody but this thread can follow.
                let base = map.version();
                let mut model = HashMap::clone(&models.of(base));
                for _ in 0..=random.below(40) {
                    let (key, value) = (random.below(KEYS), random.below(1_000));
                    if random.below(2) == 0 {
                        assert_eq!(txn.insert(key, value), model.insert(key, value));
                    } else {
                        assert_eq!(txn.remove(&key), model.remove(&key));
                    }
                }
                if random.below(20) == 0 {
                    txn.clear();
                    model.clear();
                }
                if random.below(4) == 0 {
                    txn.rollback();
                } else if txn.ptr_eq(&before) {
                    assert_eq!(Snapshot::version(&txn.commit()), base);
                } else {
                    models.insert(base + 1, model);
                    assert_eq!(Snapshot::version(&txn.commit()), base + 1);
                }
            },
            || {
                let snapshot = map.snapshot();
                let model = models.of(Snapshot::version(&snapshot));
                assert_eq!(snapshot.len(), model.len());
                assert!(snapshot.iter().all(|(key, value)| model.get(key) == Some(value)));
                let guard = map.load();
                assert!(Guard::version(&guard) >= Snapshot::version(&snapshot));
                let model = models.of(Guard::version(&guard));
                assert!((0..KEYS).step_by(97).all(|key| guard.get(&key) == model.get(&key)));
            },
        );
    });
}

#[test]
fn each_version_of_a_vector_is_as_its_writer_left_it() {
    watched(|| {
        let first: Vec<u64> = (0..1_500).collect();
        let vec: CowVec<_> = first.iter().copied().collect();
        let models = Models::new(first);
        simulate(
            |random| {
                let mut txn = vec.write();
                let before = vec.snapshot();
                let base = vec.version();
                let mut model = Vec::clone(&models.of(base));
                for _ in 0..=random.below(20) {
                    let at = usize::try_from(random.below(model.len() as u64 + 1)).unwrap();
                    match random.below(5) {
                        0 if at < model.len() => assert_eq!(txn.remove(at), model.remove(at)),
                        1 if at < model.len() => {
                            txn[at] += 1;
                            model[at] += 1;
                        }
                        2 => {
                            txn.push(at as u64);
                            model.push(at as u64);
                        }
                        3 => assert_eq!(txn.pop(), model.pop()),
                        _ => {
                            txn.insert(at, 7);
                            model.insert(at, 7);
                        }
                    }
                }
                if random.below(4) == 0 {
                    drop(txn);
                } else if txn.ptr_eq(&before) {
                    assert_eq!(Snapshot::version(&txn.commit()), base);
                } else {
                    models.insert(base + 1, model);
                    assert_eq!(Snapshot::version(&txn.commit()), base + 1);
                }
            },
            || {
                let snapshot = vec.snapshot();
                assert!(snapshot.iter().eq(models.of(Snapshot::version(&snapshot)).iter()));
                let mut reader = vec.reader();
                reader.load();
                let model = models.of(reader.version());
                assert_eq!(reader.peek().len(), model.len());
                assert!((0..model.len()).step_by(31).all(|i| reader.peek()[i] == model[i]));
            },
        );
    });
}

#[test]
fn forks_go_on_side_by_side() {
    watched(|| {
        let len = rounds(20_000);
        let map: CowMap<usize, usize> = CowMap::new();
        let forks = thread::scope(|s| {
            let mut forks = Vec::new();
            for n in 0..len {
                if n % (len / 5) == 0 {
                    let fork = map.fork();
                    forks.push(s.spawn(move || {
                        assert_eq!((fork.len(), fork.version()), (n, 0));
                        (n..len).for_each(|key| assert_eq!(fork.insert(key, key), None));
                        fork
                    }));
                }
                map.insert(n, n);
            }
            join_all(forks)
        });
        assert!(forks.iter().all(|fork| *fork == map));
        // Some of them lose half; the others do not notice.
        let (losing, keeping) = forks.split_at(2);
        thread::scope(|s| {
            for fork in losing {
                s.spawn(move || (0..len).step_by(2).for_each(|key| assert_eq!(fork.remove(&key), Some(key))));
            }
        });
        assert!(keeping.len() >= 3 && keeping.iter().all(|fork| *fork == map));
        assert_eq!(map.len(), len);
        for fork in losing {
            assert_eq!(fork.len(), len / 2);
            assert!(fork.load().iter().all(|(key, value)| key % 2 == 1 && key == value));
        }
    });
}

#[test]
fn each_call_counts_once() {
    const KEYS: u64 = 10;
    watched(|| {
        let map: CowMap<u64, u64> = CowMap::new();
        let (hits, ran) = (AtomicU32::new(0), AtomicU32::new(0));
        let run = |by: u64| {
            ran.fetch_add(1, Ordering::Relaxed);
            by + 1
        };
        thread::scope(|s| {
            for id in 0..4 {
                let (map, hits, ran, run) = (&map, &hits, &ran, &run);
                s.spawn(move || {
                    let mut random = Random::new(id);
                    for _ in 0..rounds(10_000) {
                        let key = random.below(KEYS);
                        let before = ran.load(Ordering::Relaxed);
                        let hit = match random.below(3) {
                            0 => map.compute(key, |old| Some(run(old.unwrap_or(0)))).is_some(),
                            1 => map.modify(&key, |value| *value = run(*value)).is_some(),
                            _ => map.update(|draft| {
                                let value = draft.entry(key).or_insert(0);
                                *value = run(*value);
                                true
                            }),
                        };
                        hits.fetch_add(u32::from(hit), Ordering::Relaxed);
                        assert!(!hit || ran.load(Ordering::Relaxed) > before);
                    }
                });
            }
        });
        assert_eq!(map.load().values().sum::<u64>(), u64::from(hits.load(Ordering::Relaxed)));
        assert_eq!(
            ran.load(Ordering::Relaxed),
            hits.load(Ordering::Relaxed),
            "once for each, and not for a miss"
        );
        assert_eq!(map.version(), u64::from(hits.into_inner()));
    });
}

#[test]
fn one_of_many_threads_makes_the_value() {
    watched(|| {
        for _ in 0..rounds(1_000) {
            let map = CowMap::new();
            let made = AtomicUsize::new(0);
            let start = Barrier::new(3);
            let got = thread::scope(|s| {
                join_all((0..3).map(|id| {
                    let (map, made, start) = (&map, &made, &start);
                    s.spawn(move || {
                        start.wait();
                        map.get_or_insert_with("key", || {
                            made.fetch_add(1, Ordering::Relaxed);
                            id
                        })
                    })
                }))
            });
            assert_eq!((made.into_inner(), map.version()), (1, 1));
            assert!(got.iter().all(|id| map.get("key") == Some(*id)));
        }
    });
}

#[test]
fn a_held_key_delays_no_writer() {
    watched(|| {
        let map = CowMap::from([(0, 0), (1, 0)]);
        thread::scope(|s| {
            for key in [0, 1] {
                let map = &map;
                s.spawn(move || {
                    for n in 0..rounds(20_000) {
                        let guard = map.load();
                        let held = &guard[&key];
                        let (snapshot, before) = (map.snapshot(), *held);
                        map.insert(1 - key, n);
                        map.insert(key + 2, n);
                        assert!((*held == before) && snapshot.contains_key(&key));
                        // Under the pages of a guard: `f` is run on one version, and writes another.
                        map.get_with(&key, |_| map.insert(key + 2, n + 1));
                    }
                });
            }
        });
        assert_eq!(map.len(), 4);
    });
}

#[test]
fn the_last_write_of_a_keys_only_writer_decides_it() {
    const THREADS: u64 = 4;
    const KEYS: u64 = 400;
    watched(|| {
        let map = CowMap::new();
        let calm = Barrier::new(THREADS.try_into().unwrap());
        let expected = thread::scope(|s| {
            join_all((0..THREADS).map(|id| {
                let (map, calm) = (&map, &calm);
                s.spawn(move || {
                    let mut random = Random::new(id);
                    let is_mine = |key: &u64| key % THREADS == id;
                    let mut mine = || random.below(KEYS / THREADS) * THREADS + id;
                    // First anybody may take away anything.
                    for n in 0..rounds(5_000) {
                        match n % 50 {
                            7 => map.clear(),
                            17 => map.retain(|key, _| key % 3 != 0),
                            27 => map.extend((0..9).map(|key| (key, id))),
                            _ => drop(map.insert(mine(), id)),
                        }
                    }
                    calm.wait();
                    // Then each its own, and what it did last holds.
                    let mut last = HashMap::new();
                    map.retain(|key, _| !is_mine(key));
                    for n in 0..rounds(10_000) {
                        let key = mine();
                        let value = n as u64;
                        match n % 10 {
                            0 => {
                                map.retain(|key, value| !is_mine(key) || value % 7 != 0);
                                last.retain(|_, value| *value % 7 != 0);
                            }
                            1..4 => assert_eq!(map.remove(&key), last.remove(&key)),
                            4 => {
                                let wanted = last.get_mut(&key).map(|value| *value += 1);
                                assert_eq!(map.modify(&key, |value| *value += 1), wanted);
                            }
                            5 => assert_eq!(map.get(&key), last.get(&key).copied()),
                            _ => assert_eq!(map.insert(key, value), last.insert(key, value)),
                        }
                    }
                    last
                })
            }))
        });
        let expected: HashMap<_, _> = expected.into_iter().flatten().collect();
        assert_eq!(map.len(), expected.len());
        assert!(map.load().iter().all(|(key, value)| expected.get(key) == Some(value)));
    });
}

#[test]
fn a_long_batch_is_seen_whole() {
    const LEN: u32 = 100_000;
    watched(|| {
        let map = CowMap::from([(u32::MAX, 0)]);
        let (copied, version) = (AtomicBool::new(false), || map.version());
        thread::scope(|s| {
            let reader = s.spawn(|| {
                let mut reader = map.reader();
                while reader.version() == 0 {
                    let len = reader.load().len();
                    assert!(len == 1 || len == LEN as usize + 1, "{len}");
                    copied.store(true, Ordering::Relaxed);
                }
                assert_eq!((reader.version(), reader.peek().len()), (1, LEN as usize + 1));
            });
            map.update(|draft| {
                while !copied.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
                (0..LEN).for_each(|key| assert_eq!(draft.insert(key, key), None));
                assert_eq!((version(), map.len()), (0, 1));
            });
            join_all([reader]);
        });
        map.extend((0..LEN).map(|key| (key, 7)));
        assert_eq!((map.version(), map.len()), (2, LEN as usize + 1));
    });
}
