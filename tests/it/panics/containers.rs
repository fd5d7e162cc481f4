//! The writes of `CowMap`, `CowSet` and `CowVec`: what is published is the version before, or the one after.

use std::fmt::Debug;

use readmostly::paged::PagedVec;
use readmostly::{CowMap, CowSet, CowVec, Snapshot, Source};

use super::paged_map::{Map, entry, map};
use super::paged_set::{Set, set};
use super::paged_vec::{Vector, vector};
use super::{Bomb, CALLS, Subject, unreached};
use crate::support::Call;
use crate::support::alone;
use crate::support::elements::{comes_through, live};
use crate::support::hashers::{By, Mixed};

// The tests are each alone in a process: a guard of another test's would delay the destructors of what is replaced.

pub(super) type Write<C> = (&'static str, &'static str, fn(&C));

#[track_caller]
pub(super) fn sweep<S, C>(base: &S, writes: &[Write<C>])
where
    S: Subject<Content: Debug>,
    C: Source<Value = S> + From<S>,
{
    let before = base.content();
    let mut idle = Vec::new();
    for &(name, calls, write) in writes {
        let after = {
            let container = C::from(base.clone());
            write(&container);
            container.cell().load().content()
        };
        let mut reached = String::new();
        for (letter, call) in CALLS {
            for nth in 0.. {
                let alive = live();
                let mut own = base.clone();
                own.own_half();
                let container = C::from(own);
                let cell = container.cell();
                // Of a version that nobody holds, the write runs the destructors.
                let held = (call != Call::Drop).then(|| cell.snapshot());
                let through = comes_through(call, nth, || write(&container));
                let at = || format!("{name}, {call:?} {nth}");
                let actual = cell.load().content();
                if through {
                    assert!(actual == after, "{}: not what it does otherwise", at());
                } else if let Some(held) = &held {
                    assert!(Snapshot::ptr_eq(held, &cell.snapshot()), "{}: published", at());
                } else {
                    let expected = if cell.version() == 0 { &before } else { &after };
                    assert!(actual == *expected && cell.version() <= 1, "{}: half a write", at());
                }
                assert!(!cell.reader().is_stale(), "{}: announced", at());
                assert!(cell.try_write().is_some(), "{}: locked", at());
                cell.update(S::write_again);
                write(&container);
                drop((held, container));
                let leaks = if call == Call::Drop && !through { S::LEAKS } else { 0 };
                assert!((alive..=alive + leaks).contains(&live()), "{}: leaked", at());
                if through {
                    if nth > 0 {
                        reached.push(letter);
                    }
                    break;
                }
            }
        }
        assert!(base.content() == before, "{name}: a fork has changed");
        idle.extend(unreached(name, calls, &reached));
    }
    assert!(idle.is_empty(), "{idle:#?}");
}

pub(super) fn value(id: u64) -> Bomb {
    Bomb::tagged(id, 1)
}

#[test]
fn in_a_write_of_a_map() {
    type Cow = CowMap<Bomb, Bomb, By<Mixed>>;
    let writes: &'static [Write<Cow>] = &[
        ("insert, new", "CHD", |map| drop(map.insert(Bomb::new(99), value(99)))),
        ("insert, there", "CHED", |map| drop(map.insert(Bomb::new(7), value(7)))),
        ("insert_if_absent", "CHD", |map| _ = map.insert_if_absent(Bomb::new(99), value(99))),
        ("insert_if_absent, there", "HED", |map| {
            assert!(map.insert_if_absent(Bomb::new(0), value(0)).is_some());
        }),
        ("get_or_insert_with", "CHD", |map| drop(map.get_or_insert_with(Bomb::new(99), || value(99)))),
        ("get_or_insert_with, there", "CHED", |map| drop(map.get_or_insert_with(Bomb::new(0), || value(0)))),
        ("get_or_try_insert_with, failed", "HD", |map| {
            drop(map.get_or_try_insert_with(Bomb::new(99), || Err(vec![value(99)])));
        }),
        ("modify", "CHED", |map| _ = map.modify(&Bomb::new(7), |there| *there = value(7))),
        ("compute, new", "CHD", |map| drop(map.compute(Bomb::new(99), |_| Some(value(99))))),
        ("compute, there", "CHED", |map| drop(map.compute(Bomb::new(7), |_| Some(value(7))))),
        ("compute, away", "CHED", |map| drop(map.compute(Bomb::new(7), |_| None))),
        ("remove", "CHED", |map| drop(map.remove(&Bomb::new(7)))),
        ("remove_if", "CHED", |map| drop(map.remove_if(&Bomb::new(7), |_, _| true))),
        ("compare_replace", "CHED", |map| {
            _ = map.compare_replace(&Bomb::new(7), &Bomb::new(7), value(7));
        }),
        ("extend", "CHED", |map| map.extend([7, 99, 100].map(|id| (Bomb::new(id), value(id))))),
        ("Extend", "CHED", |mut map| Extend::extend(&mut map, [7, 99].map(|id| (Bomb::new(id), value(id))))),
        ("retain", "CD", |map| map.retain(|key, _| key.id % 5 != 0)),
        ("clear", "D", CowMap::clear),
        ("update", "CHED", |map| {
            map.update(|draft| {
                draft.remove(&Bomb::new(3));
                draft.values_mut().for_each(|there| there.tag = 1);
                draft.extend([entry(99)]);
            });
        }),
        ("try_update, failed", "CHED", |map| {
            let failed =
                map.try_update(|draft| draft.remove(&Bomb::new(3)).map_or(Ok(()), |gone| Err(vec![gone])));
            drop(failed);
        }),
        ("write, commit", "CHED", |map| {
            let mut txn = map.write();
            txn.remove(&Bomb::new(3));
            txn.commit();
        }),
        ("write, rollback", "CHED", |map| {
            let mut txn = map.write();
            txn.remove(&Bomb::new(3));
            txn.rollback();
        }),
        ("replace", "D", |map| drop(map.replace(Map::default()))),
        ("replace_if_current", "CHED", |map| {
            let base = map.snapshot();
            let mut draft = base.as_ref().clone();
            draft.remove(&Bomb::new(3));
            drop(map.replace_if_current(&base, draft));
        }),
    ];
    alone("panics::containers::in_a_write_of_a_map", || sweep::<Map, Cow>(&map(0..20), writes));
}

#[test]
fn in_a_write_of_a_set() {
    type Cow = CowSet<Bomb, By<Mixed>>;
    let writes: &'static [Write<Cow>] = &[
        ("insert", "CHD", |set| _ = set.insert(Bomb::new(99))),
        ("insert, there", "HED", |set| assert!(!set.insert(Bomb::tagged(0, 1)))),
        ("get_or_insert_with", "CHD", |set| {
            drop(set.get_or_insert_with(&Bomb::new(99), |_| Bomb::new(99)));
        }),
        ("get_or_insert_with, there", "CHED", |set| {
            drop(set.get_or_insert_with(&Bomb::new(0), |_| Bomb::new(0)));
        }),
        ("replace_item", "CHED", |set| drop(set.replace_item(Bomb::tagged(7, 1)))),
        ("remove", "CHED", |set| _ = set.remove(&Bomb::new(7))),
        ("take", "CHED", |set| drop(set.take(&Bomb::new(7)))),
        ("extend", "CHED", |set| set.extend([0, 99, 100].map(Bomb::new))),
        ("Extend", "CHED", |mut set| Extend::extend(&mut set, [0, 99].map(Bomb::new))),
        ("retain", "CD", |set| set.retain(|element| element.id % 5 != 0)),
        ("clear", "D", CowSet::clear),
        ("update", "CHED", |set| set.update(|draft| *draft = &*draft - &super::paged_set::set(0..5))),
        ("replace", "D", |set| drop(set.replace(Set::default()))),
    ];
    alone("panics::containers::in_a_write_of_a_set", || sweep::<Set, Cow>(&set(0..20), writes));
}

#[test]
fn in_a_write_of_a_vector() {
    type Cow = CowVec<Bomb>;
    let writes: &'static [Write<Cow>] = &[
        ("push", "CD", |vec| vec.push(Bomb::new(99))),
        ("push_if_absent", "CED", |vec| _ = vec.push_if_absent(Bomb::new(99))),
        ("push_if_absent, there", "ED", |vec| assert!(!vec.push_if_absent(Bomb::new(8)))),
        ("extend", "CD", |vec| vec.extend((99..120).map(Bomb::new))),
        ("Extend", "CD", |mut vec| Extend::extend(&mut vec, (99..120).map(Bomb::new))),
        ("extend_absent", "CED", |vec| _ = vec.extend_absent([8, 99, 99, 100].map(Bomb::new))),
        ("pop", "CD", |vec| drop(vec.pop())),
        ("pop_if", "CD", |vec| drop(vec.pop_if(|_| true))),
        ("swap", "CD", |vec| drop(vec.swap(3, 30))),
        ("swap_remove", "CD", |vec| drop(vec.swap_remove(3))),
        ("drain", "CD", |vec| drop(vec.drain(5..35))),
        ("insert_all", "C", |vec| drop(vec.insert_all(20, (99..105).map(Bomb::new)))),
        ("insert_all, many", "C", |vec| drop(vec.insert_all(20, (99..150).map(Bomb::new)))),
        ("insert_all, out of range", "D", |vec| drop(vec.insert_all(1_000, (99..105).map(Bomb::new)))),
        ("replace_all", "CD", |vec| {
            vec.replace_all(|element| {
                // On its own: a result is leaked if a temporary panics that is dropped after it is made.
                let id = element.clone().id;
                Bomb::tagged(id, 1)
            });
        }),
        ("insert", "C", |vec| drop(vec.insert(20, Bomb::new(99)))),
        ("insert, out of range", "D", |vec| drop(vec.insert(1_000, Bomb::new(99)))),
        ("set", "CD", |vec| drop(vec.set(20, Bomb::new(99)))),
        ("remove", "CD", |vec| drop(vec.remove(20))),
        ("remove_item", "CED", |vec| _ = vec.remove_item(&Bomb::new(20))),
        ("truncate", "CD", |vec| vec.truncate(20)),
        ("retain", "CD", |vec| vec.retain(|element| element.id % 5 != 0)),
        ("sort", "CDO", CowVec::sort),
        ("sort_by", "CDO", |vec| vec.sort_by(|a, b| b.cmp(a))),
        ("sort_by_key", "CDO", |vec| vec.sort_by_key(|element| Bomb::new(element.id % 7))),
        ("dedup", "CED", CowVec::dedup),
        ("reverse", "CD", CowVec::reverse),
        ("clear", "D", CowVec::clear),
        ("update", "CD", |vec| {
            vec.update(|draft| {
                draft.rotate_left(5);
                drop(draft.drain(10..20));
                draft[3] = Bomb::new(99);
            });
        }),
        ("replace", "D", |vec| drop(vec.replace(PagedVec::new()))),
    ];
    alone("panics::containers::in_a_write_of_a_vector", || {
        let ids = (0..40).map(|n| n / 2 * 2 * 7 % 40);
        sweep::<Vector, Cow>(&vector(ids), writes);
    });
}
