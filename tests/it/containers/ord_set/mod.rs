//! `CowOrdSet`: what it has beside the methods that all sets have, which are tested in `set`. `model.rs` holds all of it against `BTreeSet`.

mod model;

use crate::support::versions::{panics, published, unchanged};
use readmostly::CowOrdSet;
use readmostly::paged::PagedOrdSet;
use static_assertions::{assert_impl_all, assert_not_impl_any};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

assert_impl_all!(CowOrdSet<u8>: Send, Sync);
assert_not_impl_any!(CowOrdSet<u8>: Clone);
assert_not_impl_any!(CowOrdSet<Rc<u8>>: Send, Sync);

fn abc() -> CowOrdSet<&'static str> {
    CowOrdSet::from(["c", "a", "b"])
}

fn content<T: Clone>(set: &CowOrdSet<T>) -> Vec<T> {
    set.snapshot().iter().cloned().collect()
}

#[test]
fn a_new_set_is_empty() {
    let set = CowOrdSet::<&str>::new();
    assert_eq!((set.get("a"), set.contains("a"), set.len(), set.is_empty()), (None, false, 0, true));
    assert_eq!(
        (set.first(), set.last(), set.get_index(0), set.get_le("a"), set.rank("a")),
        (None, None, None, None, 0)
    );
    assert_eq!(unchanged(&set, || (set.pop_first(), set.pop_last())), (None, None));
    assert_eq!(set, CowOrdSet::default());
}

#[test]
fn it_is_in_order_whatever_it_is_made_of() {
    let std: BTreeSet<u32> = (0..3_000).map(|n| n * 7).collect();
    let set = CowOrdSet::from(std.clone());
    assert_eq!(set, std.iter().rev().copied().collect());
    assert_eq!(format!("{set:?}"), format!("{std:?}"));
    assert!(set.into_iter().eq(std));
}

#[test]
fn the_ends_are_taken_out() {
    let set = abc();
    assert_eq!(published(&set, || set.pop_first()), Some("a"));
    assert_eq!(published(&set, || set.pop_last()), Some("c"));
    assert_eq!((set.first(), set.last()), (Some("b"), Some("b")));
}

#[test]
fn neighbours_and_ranges_are_found_by_a_borrowed_form() {
    let set: CowOrdSet<String> = content(&abc()).into_iter().map(String::from).collect();
    assert_eq!((set.get_lt("b").as_deref(), set.get_ge("bb").as_deref()), (Some("a"), Some("c")));
    assert_eq!((set.rank("bb"), set.get_index(2).as_deref()), (2, Some("c")));
    let front = (std::ops::Bound::Unbounded, std::ops::Bound::Included("b"));
    assert_eq!(set.range_with::<str, _, _>(front, |elements| elements.count()), 2);
    panics(&abc(), || set.range_with("b".to_string().."a".to_string(), |elements| elements.count()));
}

#[test]
fn equal_elements_stay() {
    let old: Arc<str> = "a".into();
    let set = CowOrdSet::from([Arc::clone(&old)]);
    let new = || -> Arc<str> { "a".into() };
    assert!(!unchanged(&set, || set.insert(new())));
    unchanged(&set, || set.extend([new()]));
    assert_eq!(unchanged(&set, || set.assign([new()])), 0);
    unchanged(&set, || set.append(&PagedOrdSet::new()));
    set.append(&PagedOrdSet::from([new(), "b".into()]));
    assert!(Arc::ptr_eq(&set.get("a").unwrap(), &old));
    assert!(Arc::ptr_eq(&set.get_or_insert_with("a", |_| unreachable!()), &old));
    assert!(Arc::ptr_eq(&published(&set, || set.replace_item(new())).unwrap(), &old));
    assert!(!Arc::ptr_eq(&set.get("a").unwrap(), &old));
}

#[test]
fn many_elements_come_and_go_as_one_version() {
    let set = abc();
    published(&set, || set.extend(["e", "d", "a"]));
    assert_eq!(content(&set), ["a", "b", "c", "d", "e"]);
    assert_eq!(published(&set, || set.split_off("d")), PagedOrdSet::from(["d", "e"]));
    published(&set, || set.retain(|element| *element != "b"));
    assert_eq!(content(&set), ["a", "c"]);
    assert_eq!(published(&set, || set.assign(["c", "d"])), 2);
    let follower = abc();
    let delta = follower.load().diff(&set.load()).collect();
    assert_eq!(published(&follower, || follower.apply(&delta)), Ok(()));
    assert_eq!(follower, set);
    published(&set, || set.clear());
    unchanged(&set, || set.extend([]));
}

#[test]
fn the_algebra_of_two_sets_shares_pages() {
    let a: CowOrdSet<u32> = (0..20_000).collect();
    let b = a.fork();
    b.remove(&7);
    b.insert(50_000);
    assert_eq!((a.union(&b).len(), a.intersection(&b).len()), (20_001, 19_999));
    assert!(a.union(&b).shared_pages(&a.load()) + 4 > a.load().page_count());
    assert_eq!((a.difference(&b), a.symmetric_difference(&b)), ([7].into(), [7, 50_000].into()));
    assert!(!a.is_subset(&b) && !a.is_superset(&b) && !a.is_disjoint(&b));
}
