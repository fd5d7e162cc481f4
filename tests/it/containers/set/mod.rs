//! `CowSet`, method by method. `model.rs` holds it against `HashSet`, and `tests/alloc` counts what it allocates.
//!
//! Most of what a set does by itself is shown here through the container. `PagedSet` has tests of its own in `paged/set.rs`.
//! That a snapshot cannot be changed is a `compile_fail` example at `Snapshot`.

mod model;

use crate::support::elements::{Elem, clones};
use crate::support::versions::{panics, published, unchanged};
use readmostly::paged::PagedSet;
use readmostly::{CowSet, Snapshot};
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::rc::Rc;
use std::sync::Arc;

assert_impl_all!(CowSet<u8>: Send, Sync);
assert_not_impl_any!(CowSet<u8>: Clone);
assert_not_impl_any!(CowSet<Rc<u8>>: Send, Sync);

/// `{0, 1, 2}`, which most tests begin with.
fn three() -> CowSet<i32> {
    CowSet::from([0, 1, 2])
}

/// What the current version holds, in order.
fn content(set: &CowSet<i32>) -> Vec<i32> {
    let mut content: Vec<_> = set.load().iter().copied().collect();
    content.sort_unstable();
    content
}

/// Equal by its number; the tag tells equal ones apart.
#[derive(Clone, Debug)]
struct Tagged(u32, char);

impl PartialEq for Tagged {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Tagged {}

impl Hash for Tagged {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn a_new_set_is_empty() {
    let set = CowSet::<i32>::new();
    assert_eq!((set.len(), set.is_empty(), set.version()), (0, true, 0));
    let snapshot = set.snapshot();
    let mut elements = snapshot.iter();
    assert_eq!((elements.len(), elements.next(), elements.next()), (0, None, None));
    assert!(!set.contains(&0));
}

#[test]
fn collecting_keeps_each_once() {
    let values: Vec<i32> = (0..20).map(|n| n * 7 % 13).collect();
    let sets: [CowSet<i32>; 3] =
        [values.iter().copied().collect(), <[i32; 20]>::try_from(values.clone()).unwrap().into(), {
            let set: HashSet<i32> = values.iter().copied().collect();
            set.into()
        }];
    for set in sets {
        assert_eq!((content(&set), set.version()), ((0..13).collect::<Vec<_>>(), 0));
    }
}

#[test]
fn extend_adds_what_is_new() {
    let set = three();
    published(&set, || set.extend([3, 4, 5]));
    unchanged(&set, || set.extend([3, 4, 5]));
    assert_eq!(set.len(), 6);

    let set = three();
    published(&set, || set.extend([3, 4, 1]));
    unchanged(&set, || set.extend([3, 4, 1]));
    unchanged(&set, || set.extend([]));
    assert_eq!(content(&set), [0, 1, 2, 3, 4]);

    let set = CowSet::from([3, 1, 2]);
    published(&set, || Extend::extend(&mut &set, [1, 9, 9]));
    assert_eq!(content(&set), [1, 2, 3, 9]);

    let empty = CowSet::<i32>::new();
    unchanged(&empty, || empty.extend([]));
}

#[test]
fn equal_elements_are_interned() {
    let set: CowSet<Arc<str>> = CowSet::new();
    let ann = published(&set, || set.get_or_insert_with("ann", Arc::from));
    let again = unchanged(&set, || set.get_or_insert_with("ann", |_| unreachable!()));
    assert!(Arc::ptr_eq(&ann, &again) && Arc::ptr_eq(&ann, &set.get("ann").unwrap()));
    panics(&set, || set.get_or_insert_with("bob", |_| panic!("on purpose")));
    // One that is not equal is inserted as what it is.
    published(&set, || set.get_or_insert_with("bob", |_| Arc::from("rob")));
    assert!(!set.contains("bob") && set.contains("rob"));
}

/// What was made second is given up for what came first.
#[test]
fn an_element_that_came_meanwhile_is_returned() {
    let set: CowSet<Arc<str>> = CowSet::new();
    let mut first = None;
    let second = set.get_or_insert_with("ann", |name| {
        // Here, as another thread could. No lock is held.
        first = Some(set.get_or_insert_with(name, Arc::from));
        Arc::from(name)
    });
    assert!(Arc::ptr_eq(&first.unwrap(), &second));
    assert_eq!((set.version(), Arc::strong_count(&second)), (1, 2));
}

/// What std asks `Extend` of.
#[test]
fn elements_are_parted_into_two_sets() {
    let (even, odd): (CowSet<_>, CowSet<_>) = (0..10).partition(|n| n % 2 == 0);
    assert_eq!((even.len(), odd.len()), (5, 5));
    let mut both = even;
    Extend::extend(&mut both, &odd.load());
    assert_eq!(both.len(), 10);
}

#[test]
fn a_set_is_walked_by_value() {
    let set = three();
    let held = set.snapshot();
    let mut elements: Vec<_> = set.into_iter().collect();
    elements.sort_unstable();
    assert_eq!((elements, held.len()), (vec![0, 1, 2], 3));

    // Nobody else has the pages, so nothing is cloned.
    let set: CowSet<Elem> = (0..3_000).map(Elem::new).collect();
    assert_eq!(clones(|| set.into_iter().map(|element| element.id).max()), (0, Some(2_999)));
}

#[test]
fn an_iterator_may_use_the_set_that_it_extends() {
    let set = three();
    let guard = set.load();
    published(&set, || set.extend(guard.iter().map(|n| n + 10).filter(|n| !set.contains(n))));
    drop(guard);
    set.extend((20..22).inspect(|n| assert!(set.insert(n + 100))));
    assert_eq!((content(&set), set.version()), (vec![0, 1, 2, 10, 11, 12, 20, 21, 120, 121], 4));
    panics(&set, || set.extend((30..40).inspect(|n| assert!(*n < 33, "half way"))));
    assert!(!set.contains(&30));
}

#[test]
fn insert_and_remove_say_whether_they_changed_it() {
    let set = three();
    assert!(!unchanged(&set, || set.insert(1)));
    assert!(published(&set, || set.insert(3)));
    assert!(set.contains(&3));

    let set = three();
    assert!(published(&set, || set.remove(&1)));
    assert_eq!(content(&set), [0, 2]);
    assert!(!unchanged(&set, || set.remove(&77)));
    assert_eq!(unchanged(&set, || set.take(&77)), None);
    assert_eq!(published(&set, || set.take(&2)), Some(2));
}

#[test]
fn clear_leaves_snapshots_alone() {
    let set = three();
    let before = set.snapshot();
    published(&set, || set.clear());
    assert!(set.is_empty());
    unchanged(&set, || set.clear());
    assert_eq!(before.len(), 3);
}

#[test]
fn contains_and_len_tell_what_is_there() {
    assert!(three().contains(&1));
    assert!(!three().contains(&5));
    let (empty, three) = (CowSet::<i32>::new(), three());
    assert_eq!((empty.len(), empty.is_empty(), three.len(), three.is_empty()), (0, true, 3, false));
}

#[test]
fn sets_are_equal_in_any_order() {
    let (a, b): (CowSet<i32>, CowSet<i32>) = ((0..3_000).collect(), (0..3_000).rev().collect());
    assert_eq!(a, b);
    a.insert(-1);
    assert_ne!(a, b);
    assert_ne!(b, a);
    b.insert(-1);
    assert_eq!(a, b);
    let first = *a.load().iter().next().unwrap();
    assert!(a.remove(&first));
    assert_ne!(a, b);
    a.insert(first);
    assert_eq!(a, b);
    assert_eq!(a.snapshot(), b.snapshot());

    let (one, other) = (CowSet::<i32>::new(), CowSet::new());
    assert_eq!(one, other);
    assert_ne!(one, three());
    assert_ne!(three(), one);
}

#[test]
fn contains_all_is_is_superset() {
    let set = three();
    let (set, empty) = (set.load(), PagedSet::new());
    assert!(set.is_superset(&set));
    for (others, contained) in
        [(vec![], true), (vec![1], true), (vec![1, 2], true), (vec![1, 2, 6], false), (vec![6], false)]
    {
        let others: PagedSet<i32> = others.into_iter().collect();
        // With another hasher state each: only the elements count.
        assert_eq!((set.is_superset(&others), others.is_subset(&set)), (contained, contained));
    }
    assert!(!empty.is_superset(&set));
}

#[test]
fn iteration_shows_each_once_and_the_same_each_time() {
    for len in [20, 5_000] {
        let set: CowSet<i32> = (0..len).map(|n| n * 7 % len).collect();
        let snapshot = set.snapshot();
        let order: Vec<i32> = snapshot.iter().copied().collect();
        set.insert(-1);
        set.retain(|n| n % 2 == 0);
        assert!(snapshot.iter().eq(&order), "the order of one snapshot never changes");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..len), "a permutation");
        assert_eq!(snapshot.iter().len(), order.len());
    }
}

#[test]
fn debug_is_that_of_hash_set() {
    for elements in [vec![], vec![7]] {
        let ours: CowSet<i32> = elements.iter().copied().collect();
        let stds: HashSet<i32> = elements.into_iter().collect();
        assert_eq!(format!("{ours:?} {ours:#?}"), format!("{stds:?} {stds:#?}"));
        assert_eq!(format!("{:?}", ours.snapshot()), format!("{stds:?}"));
    }
}

#[test]
fn remove_all_and_retain_all_are_retain() {
    let set = three();
    published(&set, || set.retain(|n| ![1, 2].contains(n)));
    unchanged(&set, || set.retain(|n| ![1, 2].contains(n)));
    assert_eq!(content(&set), [0]);

    let set = CowSet::from([3, 1, 2, 9]);
    published(&set, || set.retain(|n| [9, 3].contains(n)));
    assert_eq!(content(&set), [3, 9]);
    unchanged(&set, || set.retain(|_| true));
}

#[test]
fn extending_by_itself_changes_nothing() {
    for len in [3, 5_000] {
        let set: CowSet<i32> = (0..len).collect();
        let fork = set.fork();
        unchanged(&fork, || fork.extend(set.snapshot().iter().copied()));
        unchanged(&fork, || fork.extend(fork.load().iter().copied()));
        unchanged(&fork, || fork.update(|draft| draft.extend(set.load().iter())));
        assert_eq!((&fork, fork.version()), (&set, 0));
        assert!(fork.load().ptr_eq(&set.load()));
    }
}

#[test]
fn a_panic_in_the_predicate_changes_nothing() {
    let set = CowSet::from([3, 1, 2]);
    panics(&set, || set.retain(|n| if *n == 2 { panic!("at {n}") } else { false }));
    let set: CowSet<i32> = (0..5_000).collect();
    panics(&set, || set.retain(|n| if *n == 2 { panic!("at {n}") } else { false }));
    assert_eq!(set.len(), 5_000);
    published(&set, || set.insert(-1));
}

#[test]
fn retain_keeps_what_it_is_told_to() {
    for len in 0..=6_usize {
        for mask in 0..1_u32 << len {
            let set: CowSet<usize> = (0..len).collect();
            let mut seen = HashSet::new();
            set.retain(|n| {
                assert!(seen.insert(*n), "each once");
                mask >> n & 1 == 1
            });
            assert_eq!(seen.len(), len);
            assert!((0..len).all(|n| set.contains(&n) == (mask >> n & 1 == 1)));
            assert_eq!((set.len(), set.version()), (mask.count_ones() as usize, u64::from(set.len() < len)));
        }
    }
}

#[test]
fn an_iterator_goes_over_its_own_version() {
    for advanced in 0..=3 {
        let set = three();
        let snapshot = set.snapshot();
        let mut elements = snapshot.iter();
        let mut seen: Vec<_> = elements.by_ref().take(advanced).copied().collect();
        set.clear();
        set.insert(7);
        seen.extend(elements);
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2]);
    }
}

#[test]
fn set_algebra_on_snapshots_is_that_of_hash_set() {
    let (a, b): (CowSet<i32>, CowSet<i32>) =
        ((0..3_000).collect(), (2_000..2_500).chain(9_000..9_010).collect());
    let (before_a, before_b) = (a.snapshot(), b.snapshot());
    let stds: [HashSet<i32>; 2] = [before_a.iter().copied().collect(), before_b.iter().copied().collect()];
    a.clear();
    b.insert(-1);
    let sorted = |elements: &mut dyn Iterator<Item = &i32>| {
        let mut elements: Vec<_> = elements.copied().collect();
        elements.sort_unstable();
        elements
    };
    let [x, y] = &stds;
    let (ours_a, ours_b) = (&*before_a, &*before_b);
    assert_eq!(sorted(&mut ours_a.union(ours_b)), sorted(&mut x.union(y)));
    assert_eq!(sorted(&mut ours_a.intersection(ours_b)), sorted(&mut x.intersection(y)));
    assert_eq!(sorted(&mut ours_a.difference(ours_b)), sorted(&mut x.difference(y)));
    assert_eq!(sorted(&mut ours_b.difference(ours_a)), sorted(&mut y.difference(x)));
    assert_eq!(sorted(&mut ours_a.symmetric_difference(ours_b)), sorted(&mut x.symmetric_difference(y)));
    assert!(!ours_a.is_disjoint(ours_b) && !ours_b.is_subset(ours_a));
}

#[test]
fn a_borrowed_form_finds_it() {
    let set = CowSet::from(["x".to_string(), "y".to_string()]);
    assert!(set.contains("x") && !set.contains("z"));
    assert!(set.remove("x"));
    assert_eq!(set.take("y").as_deref(), Some("y"));
}

#[test]
fn insert_keeps_the_equal_element_and_replace_item_does_not() {
    let set = CowSet::from([Tagged(1, 'a')]);
    let tag = || set.load().iter().next().unwrap().1;
    assert!(!unchanged(&set, || set.insert(Tagged(1, 'b'))));
    unchanged(&set, || set.extend([Tagged(1, 'b'), Tagged(1, 'c')]));
    assert_eq!(tag(), 'a');
    let before = published(&set, || set.replace_item(Tagged(1, 'b')));
    assert_eq!((before.map(|item| item.1), tag(), set.len()), (Some('a'), 'b', 1));
    assert_eq!(published(&set, || set.replace_item(Tagged(2, 'c'))), None);
    // Of equal elements that are all new, the first stays.
    set.extend([Tagged(3, 'd'), Tagged(3, 'e')]);
    assert_eq!(set.take(&Tagged(3, ' ')).unwrap().1, 'd');
    let collected: CowSet<Tagged> = [Tagged(3, 'd'), Tagged(3, 'e')].into_iter().collect();
    assert_eq!(collected.take(&Tagged(3, ' ')).unwrap().1, 'd');
    let empty = CowSet::new();
    empty.extend([Tagged(3, 'd'), Tagged(3, 'e')]);
    assert_eq!(empty.take(&Tagged(3, ' ')).unwrap().1, 'd');
}

#[test]
fn a_replaced_set_is_handed_back() {
    let set = three();
    let current = set.snapshot();
    let before = published(&set, || set.replace([7].into()));
    assert!(Snapshot::ptr_eq(&current, &before));
    assert_eq!((content(&set), before.len()), (vec![7], 3));
}

#[test]
fn the_algebra_of_two_sets_is_that_of_their_versions() {
    let (a, b) = (CowSet::from([1, 2, 3]), CowSet::from([3, 4]));
    assert_eq!(a.union(&b), [1, 2, 3, 4].into());
    assert_eq!(a.intersection(&b), [3].into());
    assert_eq!((a.difference(&b), b.difference(&a)), ([1, 2].into(), [4].into()));
    assert_eq!(a.symmetric_difference(&b), [1, 2, 4].into());
    assert_eq!((a.is_subset(&b), a.is_superset(&b), a.is_disjoint(&b)), (false, false, false));
    a.remove(&3);
    assert!(a.is_disjoint(&b) && !b.is_disjoint(&b));
    b.extend([1, 2]);
    assert!(a.is_subset(&b) && b.is_superset(&a) && !a.is_superset(&b) && !b.is_subset(&a));
    // The pages of the larger one.
    let large: CowSet<i32> = (0..20_000).collect();
    let union = large.union(&CowSet::from([20_000]));
    assert_eq!(union.shared_pages(&large.load()), union.page_count() - 1);
}

#[test]
fn the_element_that_is_there_is_shown() {
    let set = CowSet::from([Tagged(1, 'a')]);
    assert_eq!(set.get(&Tagged(1, 'b')).map(|item| item.1), Some('a'));
    assert!(set.get(&Tagged(2, 'a')).is_none());
}

#[test]
fn it_is_extended_by_references() {
    let set = CowSet::from([1]);
    published(&set, || Extend::extend(&mut &set, &[1, 2, 3]));
    assert_eq!(content(&set), [1, 2, 3]);
}
