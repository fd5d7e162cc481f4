//! `CowVec`, `CowMap` and `CowSet`: the same promises for collections whose versions share pages.
//!
//! Pages are plain data behind std's `Arc`; what threads share is the cell, which these models go through.

use loom::sync::Arc;
use readmostly::paged::PagedVec;
use readmostly::{CowMap, CowSet, CowVec};
use readmostly_loom_tests::{Watched, outcomes, spawn_with};

#[test]
pub(crate) fn g1_vec_a_batch_is_seen_whole_or_not_at_all() {
    let seen = outcomes(3, || {
        let list = Arc::new(CowVec::from([0]));
        let reader = spawn_with(&list, |list| list.load().iter().copied().collect::<Vec<_>>());
        let mut txn = list.write();
        txn.push(1);
        txn.push(2);
        txn.commit();
        reader.join().unwrap()
    });
    assert_eq!(seen, [vec![0], vec![0, 1, 2]].into());
}

#[test]
pub(crate) fn g1_vec_an_element_is_complete_when_it_is_seen() {
    let seen = outcomes(3, || {
        let list = Arc::new(CowVec::new());
        let reader = spawn_with(&list, |list: Arc<CowVec<_>>| {
            let guard = list.load();
            guard.iter().map(Watched::get).collect::<Vec<_>>()
        });
        list.push(Watched::new(1));
        list.push(Watched::new(2));
        reader.join().unwrap()
    });
    assert_eq!(seen, [vec![], vec![1], vec![1, 2]].into());
}

#[test]
pub(crate) fn g6_vec_no_push_is_lost() {
    let seen = outcomes(2, || {
        let list = Arc::new(CowVec::new());
        let writers = [1, 2].map(|n| spawn_with(&list, move |list| list.push(n)));
        let reader = spawn_with(&list, |list| list.len());
        for writer in writers {
            writer.join().unwrap();
        }
        let all = list.snapshot().iter().copied().collect::<Vec<_>>();
        assert!(all == [1, 2] || all == [2, 1]);
        (reader.join().unwrap(), all[0])
    });
    assert_eq!(seen, [(0, 1), (0, 2), (1, 1), (1, 2), (2, 1), (2, 2)].into());
}

// A writer changes the page that a guard shows: it copies it first.
#[test]
pub(crate) fn g2_vec_a_shared_page_is_copied_before_it_is_changed() {
    let seen = outcomes(3, || {
        let list = Arc::new(CowVec::from([1, 2]));
        let reader = spawn_with(&list, |list| {
            let guard = list.load();
            let mut elements = guard.iter();
            let first = *elements.next().unwrap();
            drop(list.snapshot());
            (first, *elements.next().unwrap())
        });
        list.set(1, 20).unwrap();
        list.set(0, 10).unwrap();
        reader.join().unwrap()
    });
    assert_eq!(seen, [(1, 2), (1, 20), (10, 20)].into());
}

// Two that find a list without the element do not both append it.
#[test]
pub(crate) fn g12_vec_push_if_absent_looks_and_pushes_in_one_step() {
    let seen = outcomes(2, || {
        let list = Arc::new(CowVec::new());
        let other = spawn_with(&list, |list| list.push_if_absent(7));
        let mine = list.push_if_absent(7);
        let theirs = other.join().unwrap();
        assert_eq!((list.len(), list.version()), (1, 1));
        (mine, theirs)
    });
    assert_eq!(seen, [(false, true), (true, false)].into());
}

#[test]
pub(crate) fn g1_map_a_batch_is_seen_whole_or_not_at_all() {
    let seen = outcomes(3, || {
        let map = Arc::new(CowMap::from([("a", 0), ("b", 0)]));
        let reader = spawn_with(&map, |map| {
            let guard = map.load();
            (guard["a"], guard["b"])
        });
        let mut txn = map.write();
        txn.insert("a", 1);
        txn.insert("b", 1);
        txn.commit();
        reader.join().unwrap()
    });
    assert_eq!(seen, [(0, 0), (1, 1)].into());
}

#[test]
pub(crate) fn g6_map_no_insertion_is_lost() {
    let seen = outcomes(2, || {
        let map = Arc::new(CowMap::new());
        let writers = [1, 2].map(|key| spawn_with(&map, move |map| map.insert(key, key * 10)));
        let reader = spawn_with(&map, |map| {
            let guard = map.load();
            (guard.contains_key(&1), guard.contains_key(&2))
        });
        for writer in writers {
            assert_eq!(writer.join().unwrap(), None);
        }
        assert_eq!((map.get(&1), map.get(&2), map.version()), (Some(10), Some(20), 2));
        reader.join().unwrap()
    });
    assert_eq!(seen, [(false, false), (false, true), (true, false), (true, true)].into());
}

#[test]
pub(crate) fn g6_map_a_counter_counts_each_modify() {
    let seen = outcomes(2, || {
        let map = Arc::new(CowMap::from([("hits", 0)]));
        let count = |map: &CowMap<&str, u32>| {
            map.modify("hits", |n| {
                *n += 1;
                *n
            })
        };
        let other = spawn_with(&map, move |map| count(&map));
        let mine = count(&map);
        let theirs = other.join().unwrap();
        assert_eq!(map.get("hits"), Some(2));
        (mine, theirs)
    });
    assert_eq!(seen, [(Some(1), Some(2)), (Some(2), Some(1))].into());
}

// Of two that miss, one makes the value, and both get it.
#[test]
pub(crate) fn map_get_or_insert_with_makes_one_value() {
    let seen = outcomes(2, || {
        let map = Arc::new(CowMap::new());
        let other = spawn_with(&map, |map| map.get_or_insert_with("key", || 1));
        let mine = map.get_or_insert_with("key", || 2);
        let theirs = other.join().unwrap();
        assert_eq!(map.version(), 1);
        (mine, theirs)
    });
    assert_eq!(seen, [(1, 1), (2, 2)].into());
}

#[test]
pub(crate) fn map_of_two_compare_replace_one_wins() {
    let seen = outcomes(2, || {
        let map = Arc::new(CowMap::from([("leader", 0)]));
        let other = spawn_with(&map, |map| map.compare_replace("leader", &0, 1));
        let mine = map.compare_replace("leader", &0, 2);
        let theirs = other.join().unwrap();
        (mine, theirs, map.get("leader").unwrap())
    });
    assert_eq!(seen, [(false, true, 1), (true, false, 2)].into());
}

#[test]
pub(crate) fn g1_set_a_move_between_elements_is_one_step() {
    let seen = outcomes(3, || {
        let set = Arc::new(CowSet::from(["old"]));
        let reader = spawn_with(&set, |set| {
            let guard = set.load();
            (guard.contains("old"), guard.contains("new"))
        });
        let mut txn = set.write();
        txn.remove("old");
        txn.insert("new");
        txn.commit();
        reader.join().unwrap()
    });
    assert_eq!(seen, [(false, true), (true, false)].into());
}

#[test]
pub(crate) fn g6_set_no_insertion_is_lost() {
    let seen = outcomes(2, || {
        let set = Arc::new(CowSet::new());
        let writers = [1, 2].map(|n| spawn_with(&set, move |set| set.insert(n)));
        let reader = spawn_with(&set, |set| (set.len(), set.version()));
        for writer in writers {
            assert!(writer.join().unwrap());
        }
        assert_eq!((set.contains(&1), set.contains(&2), set.len()), (true, true, 2));
        let (len, version) = reader.join().unwrap();
        assert!(len as u64 <= version);
        len
    });
    assert_eq!(seen, [0, 1, 2].into());
}

// Of two that insert one element, one does; the other changes nothing and publishes nothing.
#[test]
pub(crate) fn g12_set_an_element_that_is_there_is_not_inserted_again() {
    let seen = outcomes(3, || {
        let set = Arc::new(CowSet::new());
        let other = spawn_with(&set, |set| set.insert(7));
        let mine = set.insert(7);
        let theirs = other.join().unwrap();
        assert_eq!((set.len(), set.version()), (1, 1));
        (mine, theirs)
    });
    assert_eq!(seen, [(false, true), (true, false)].into());
}

// A fork shares its pages with the container it came from, and neither sees the other's writes.
#[test]
pub(crate) fn a_fork_and_its_origin_are_independent() {
    let seen = outcomes(3, || {
        let origin = Arc::new(CowVec::from([1]));
        let fork = Arc::new(origin.fork());
        let forked = spawn_with(&fork, |fork| {
            fork.push(2);
            fork.set(0, 10).unwrap();
        });
        let reader = spawn_with(&origin, |origin| origin.load().iter().copied().collect::<Vec<_>>());
        origin.push(3);
        forked.join().unwrap();
        assert_eq!(*fork.load(), PagedVec::from([10, 2]));
        assert_eq!(*origin.load(), PagedVec::from([1, 3]));
        reader.join().unwrap()
    });
    assert_eq!(seen, [vec![1], vec![1, 3]].into());
}
