//! G13: what `diff` shows between two versions of a map or a set is exact, and `apply` and `assign` go by it.

use crate::support::each_or;
use proptest::collection::{hash_map, vec};
use proptest::prelude::*;
use readmostly::paged::{Change, Conflict, Delta, Mismatch, PagedMap, PagedSet, PagedVec};
use readmostly::{CowMap, CowSet, Snapshot};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};

type Map = PagedMap<u64, u64>;

/// Shows that the delta from `old` to `new` is what std's maps say it is, and that it leads from one to the other and back.
#[track_caller]
fn check<S: BuildHasher + Clone>(old: &PagedMap<u64, u64, S>, new: &PagedMap<u64, u64, S>) -> usize {
    let changes: HashMap<u64, Change<'_, u64, u64>> =
        old.diff(new).map(|change| (*change.key(), change)).collect();
    let delta: Delta<_, _> = old.diff(new).collect();
    assert_eq!(delta.len(), changes.len(), "a key was shown twice");
    for key in old.keys().chain(new.keys()) {
        let expected = match (old.get(key), new.get(key)) {
            (None, Some(value)) => Some(Change::Added { key, value }),
            (Some(value), None) => Some(Change::Removed { key, value }),
            (Some(old), Some(new)) if old != new => Some(Change::Updated { key, old, new }),
            _ => None,
        };
        assert_eq!(changes.get(key).copied(), expected, "of {} and {} entries", old.len(), new.len());
    }
    let mut there = old.clone();
    assert_eq!(there.apply(&delta), Ok(()));
    assert_eq!(there, *new);
    let mut back = new.clone();
    assert_eq!(back.apply(&delta.clone().inverse()), Ok(()));
    assert_eq!(back, *old);
    // On the other side it does not fit, unless there is nothing to do.
    let mut other = new.clone();
    assert_eq!(other.apply(&delta).is_ok(), delta.is_empty());
    assert!(other.ptr_eq(new), "what was refused has changed nothing");
    delta.len()
}

/// Lengths at which a table goes from one page to several, gets another page, or becomes one page again.
fn boundaries() -> Vec<u64> {
    let mut lengths = vec![0, 1, 2, 3, 7, 8, 14, 15, 28, 29];
    let mut map = Map::new();
    let mut pages = map.page_count();
    for key in 0..5_000 {
        map.insert(key, key);
        // Of a round, in which there is one more page with each insertion, the first steps and the last.
        if map.page_count() != pages && (map.page_count().is_power_of_two() || pages.is_power_of_two()) {
            lengths.extend([key - 1, key, key + 1, key + 2]);
        }
        pages = map.page_count();
    }
    for key in 0..5_000 {
        map.remove(&key);
        if map.page_count() != pages && (map.page_count().is_power_of_two() || pages.is_power_of_two()) {
            lengths.extend([4_999 - key, 4_998 - key]);
        }
        pages = map.page_count();
    }
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

#[test]
fn every_single_change_at_every_boundary_is_found() {
    let lengths = boundaries();
    assert!(lengths.len() > 20 && lengths.iter().any(|length| *length > 1_792), "{lengths:?}");
    for length in lengths.into_iter().step_by(each_or(5)) {
        let old: Map = (0..length).map(|key| (key, key)).collect();
        // Each key where there are few, and else a part of them that differs from length to length.
        let step = usize::try_from(length / 60).unwrap() + 1;
        for key in (0..=length).skip(usize::try_from(length).unwrap() % step).step_by(step) {
            let mut updated = old.clone();
            updated.insert(key, key + 1);
            assert_eq!(check(&old, &updated), 1);
            let mut removed = old.clone();
            removed.remove(&key);
            assert_eq!(check(&old, &removed), usize::from(key < length));
        }
    }
}

#[test]
fn a_map_is_the_same_before_and_after_it_has_grown_and_shrunk() {
    let mut versions = vec![Map::new()];
    let mut map = Map::new();
    for step in 0..12 {
        for key in 0..700 {
            map.insert(step * 500 + key, step);
        }
        versions.push(map.clone());
    }
    for step in 0..12 {
        map.retain(|key, _| key % 12 != step && *key > step * 400);
        versions.push(map.clone());
    }
    assert!(map.page_count() == 1 && versions.iter().any(|version| version.page_count() > 4));
    for old in versions.iter().step_by(each_or(6)) {
        for new in &versions {
            check(old, new);
        }
    }
}

#[test]
fn maps_with_different_hashers_are_compared_by_their_keys() {
    let old: Map = (0..5_000).map(|key| (key, key)).collect();
    let new: Map = (10..5_010).map(|key| (key, key)).collect();
    assert_eq!(check(&old, &new), 20);
}

thread_local! {
    /// How many keys were hashed.
    static HASHED: Cell<usize> = const { Cell::new(0) };
}

/// A hasher that counts the keys.
#[derive(Clone, Default)]
struct Counting;

impl BuildHasher for Counting {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        HASHED.set(HASHED.get() + 1);
        DefaultHasher::new()
    }
}

/// Nearly all entries of a page that was written to are where they were: it would take a hash and a search to look each up.
#[test]
fn an_entry_that_has_stayed_in_its_place_is_not_looked_up() {
    let old: PagedMap<u64, u64, Counting> = (0..20_000).map(|key| (key, key)).collect();
    assert!(old.page_count() > 4);
    let mut new = old.clone();
    for key in 0..3 {
        new.insert(key, 7);
        new.remove(&(100 + key));
        new.insert(30_000 + key, 0);
    }
    HASHED.set(0);
    assert_eq!(old.diff(&new).count(), 9);
    // The removed ones, and the added ones.
    assert_eq!(HASHED.get(), 6);
    assert_eq!(check(&old, &new), 9);
}

/// The other key is in the same bucket, with the same tag.
#[test]
fn a_key_in_the_place_of_another_is_not_taken_for_it() {
    let old: PagedMap<u64, u64, BuildHasherDefault<FewHashes>> = (0..40).map(|key| (key, 0)).collect();
    let mut new = old.clone();
    for key in [3, 12, 39] {
        new.remove(&key);
        new.insert(key + 80, 0);
    }
    assert_eq!(check(&old, &new), 6);
    assert_eq!(check(&new, &old), 6);
}

/// A hasher under which all keys that agree in the last three bits collide.
#[derive(Clone, Default)]
struct FewHashes(u64);

impl Hasher for FewHashes {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = u64::from(bytes[0] % 8);
    }
}

proptest! {
    #[test]
    fn the_delta_of_any_two_maps_is_exact(
        base in hash_map(0..4_000_u64, 0..3_u64, 0..2_500),
        edits in vec((0..4_000_u64, prop::option::of(0..3_u64)), 0..600),
    ) {
        let old: Map = base.into_iter().collect();
        let mut new = old.clone();
        for (key, value) in edits {
            match value {
                Some(value) => drop(new.insert(key, value)),
                None => drop(new.remove(&key)),
            }
        }
        check(&old, &new);
        // Unrelated, and of another hasher.
        let rebuilt: Map = new.iter().map(|(key, value)| (*key, *value)).collect();
        check(&old, &rebuilt);
        let mut assigned = old.clone();
        let changes = assigned.assign(rebuilt.clone());
        prop_assert_eq!(changes, old.diff(&rebuilt).count());
        prop_assert_eq!(&assigned, &rebuilt);
        prop_assert!(assigned.shared_pages(&old) >= old.shared_pages(&new).min(assigned.page_count()) || changes > 0);
    }

    #[test]
    fn the_delta_is_exact_where_hashes_collide(
        old in hash_map(0..60_u64, 0..3_u64, 0..40),
        new in hash_map(0..60_u64, 0..3_u64, 0..40),
    ) {
        type Colliding = PagedMap<u64, u64, BuildHasherDefault<FewHashes>>;
        check::<BuildHasherDefault<FewHashes>>(&old.into_iter().collect::<Colliding>(), &new.into_iter().collect());
    }

    #[test]
    fn the_delta_of_any_two_sets_is_exact(
        old in prop::collection::hash_set(0..3_000_u64, 0..2_500),
        new in prop::collection::hash_set(0..3_000_u64, 0..2_500),
    ) {
        let (old, new): (PagedSet<_>, PagedSet<_>) = (old.into_iter().collect(), new.into_iter().collect());
        let delta: Delta<_, _> = old.diff(&new).collect();
        let expected = old.difference(&new).count() + new.difference(&old).count();
        prop_assert_eq!(delta.len(), expected);
        let mut there = old.clone();
        prop_assert_eq!(there.apply(&delta), Ok(()));
        prop_assert_eq!(&there, &new);
        prop_assert_eq!(there.apply(&delta.inverse()), Ok(()));
        prop_assert_eq!(&there, &old);
        prop_assert_eq!(there.assign(new.clone()), expected);
        prop_assert_eq!(&there, &new);
    }

    #[test]
    fn of_a_key_that_comes_twice_the_last_value_counts(
        old in hash_map(0..50_u64, 0..3_u64, 0..40),
        entries in vec((0..50_u64, 0..3_u64), 0..120),
    ) {
        let expected: HashMap<u64, u64> = entries.iter().copied().collect();
        let mut map: Map = old.into_iter().collect();
        let changes = map.diff(&expected.clone().into_iter().collect()).count();
        prop_assert_eq!(map.assign(entries), changes);
        prop_assert_eq!(map.into_iter().collect::<HashMap<_, _>>(), expected);
    }
}

/// Shows that the splices between two vectors lead from one to the other, and that none of them is longer than it must be.
#[track_caller]
fn check_splices<T: PartialEq + Clone + std::fmt::Debug>(old: &PagedVec<T>, new: &PagedVec<T>) -> usize {
    let mut follower = old.to_vec();
    let mut last = 0;
    for splice in old.diff(new) {
        let (removed, inserted) = (splice.removed.to_vec(), splice.inserted.to_vec());
        assert!(splice.at >= last && !(removed.is_empty() && inserted.is_empty()));
        assert!(removed.is_empty() || inserted.is_empty() || removed[0] != inserted[0]);
        assert!(removed.is_empty() || inserted.is_empty() || removed.last() != inserted.last());
        let range = splice.at..splice.at + removed.len();
        assert_eq!(follower[range.clone()], removed);
        last = splice.at + inserted.len();
        follower.splice(range, inserted);
    }
    assert_eq!(follower, new.to_vec());
    old.diff(new).count()
}

/// A change of a vector.
#[derive(Clone, Debug)]
enum Edit {
    Set(usize, u8),
    Insert(usize, u8),
    Remove(usize),
    Cut(usize, usize),
    Double(usize, usize),
    Rotate(usize),
    Push(u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = || any::<prop::sample::Index>().prop_map(|index| index.index(1 << 16));
    prop_oneof![
        4 => (at(), 0..3_u8).prop_map(|(at, value)| Edit::Set(at, value)),
        2 => (at(), 0..3_u8).prop_map(|(at, value)| Edit::Insert(at, value)),
        2 => at().prop_map(Edit::Remove),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Cut(a, b)),
        1 => (at(), at()).prop_map(|(a, b)| Edit::Double(a, b)),
        1 => at().prop_map(Edit::Rotate),
        2 => (0..3_u8).prop_map(Edit::Push),
    ]
}

/// Elements of which few make a page.
#[derive(Clone, Debug, PartialEq)]
struct Large(u8, [u64; 64]);

fn large(value: u8) -> Large {
    Large(value, [0; 64])
}

fn make(vec: &mut PagedVec<Large>, edit: &Edit) {
    let len = vec.len();
    let within = |at: usize| at % (len + 1);
    match *edit {
        Edit::Set(at, value) => {
            if let Some(element) = vec.get_mut(within(at)) {
                *element = large(value);
            }
        }
        Edit::Insert(at, value) => vec.insert(within(at), large(value)),
        Edit::Remove(at) if len > 0 => drop(vec.remove(at % len)),
        Edit::Cut(a, b) => drop(vec.drain(within(a.min(b)) / 2..within(a.min(b)) / 2 + within(a.max(b)) / 8)),
        Edit::Double(a, b) if len < 2_000 => {
            let (a, b) = (within(a).min(within(b)), within(a).max(within(b)));
            let mut part = vec.clone().split_off(a);
            part.truncate(b - a);
            vec.append(&mut part);
        }
        Edit::Rotate(at) => vec.rotate_left(within(at)),
        Edit::Push(value) => vec.push(large(value)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn the_splices_between_any_two_vectors_are_exact(
        start in vec(0..3_u8, 0..600),
        edits in vec(edit(), 0..40),
    ) {
        let mut versions = vec![start.into_iter().map(large).collect::<PagedVec<_>>()];
        for edit in &edits {
            let mut next = versions[versions.len() - 1].clone();
            make(&mut next, edit);
            versions.push(next);
        }
        let last = &versions[versions.len() - 1];
        check_splices(&versions[0], last);
        check_splices(last, &versions[0]);
        check_splices(&versions[versions.len() / 2], last);
        // A vector that shares nothing.
        check_splices(&versions[0], &last.iter().cloned().collect());
    }
}

#[test]
fn the_splices_of_single_changes_are_single() {
    let old: PagedVec<u64> = (0..10_000).collect();
    for index in (0..10_000).step_by(97).chain([1_023, 1_024, 1_025, 9_999]) {
        let mut changed = old.clone();
        changed[index] = 0;
        assert_eq!(check_splices(&old, &changed), usize::from(index != 0));
        let mut longer = old.clone();
        longer.insert(index, 0);
        assert_eq!(check_splices(&old, &longer), 1);
        let mut shorter = old.clone();
        shorter.remove(index);
        assert_eq!(check_splices(&old, &shorter), 1);
    }
    let mut pushed = old.clone();
    pushed.push(1);
    assert_eq!(check_splices(&old, &pushed), 1);
    assert_eq!(check_splices(&PagedVec::new(), &old), 1);
    assert_eq!(check_splices(&old, &PagedVec::new()), 1);
}

thread_local! {
    /// How often something of an element was called, and at which call it panics.
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static PANICS_AT: Cell<usize> = const { Cell::new(usize::MAX) };
}

fn called() {
    CALLS.set(CALLS.get() + 1);
    assert!(CALLS.get() != PANICS_AT.get(), "at the call that was chosen");
}

/// Counts its comparisons, its hashes and its clones.
#[derive(Debug)]
struct Counted(u64);

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        called();
        self.0 == other.0
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        called();
        self.0.hash(state);
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        called();
        Self(self.0)
    }
}

type CountedMap = PagedMap<Counted, Counted, BuildHasherDefault<DefaultHasher>>;

fn counted(numbers: impl IntoIterator<Item = u64>) -> CountedMap {
    numbers.into_iter().map(|n| (Counted(n), Counted(n))).collect()
}

fn numbers(map: &CountedMap) -> HashMap<u64, u64> {
    map.iter().map(|(key, value)| (key.0, value.0)).collect()
}

#[test]
fn a_page_that_both_share_is_not_looked_into() {
    let old = counted(0..50_000);
    let mut new = old.clone();
    new.insert(Counted(7), Counted(8));
    let page = 50_000 / new.page_count() * 2;
    CALLS.set(0);
    assert_eq!(old.diff(&old.clone()).count(), 0);
    assert_eq!(CALLS.get(), 0);
    assert_eq!(old.diff(&new).count(), 1);
    // The entries of one page, in both directions: a hash, a comparison of the key, and one of the value.
    assert!((1..6 * page).contains(&CALLS.get()), "{} calls, and a page has {page} entries", CALLS.get());
}

#[test]
fn a_page_that_two_vectors_share_is_not_looked_into() {
    let old: PagedVec<Counted> = (0..20_000).map(Counted).collect();
    let mut new = old.clone();
    new[5_000] = Counted(0);
    new.insert(15_000, Counted(0));
    CALLS.set(0);
    assert_eq!(old.diff(&old.clone()).count(), 0);
    assert_eq!(CALLS.get(), 0);
    assert_eq!(old.diff(&new).count(), 2);
    assert!(CALLS.get() < 4 * 1_024, "{} calls", CALLS.get());
}

/// Lets each call of `Hash`, `Eq` and `Clone` panic in turn in what `act` does to a map, and shows that nothing has changed then.
#[track_caller]
fn nothing_changes_where_a_call_panics(old: &CountedMap, act: impl Fn(&mut CountedMap)) {
    let before = numbers(old);
    let mut k = 0;
    loop {
        k += 1;
        let mut map = old.clone();
        CALLS.set(0);
        PANICS_AT.set(k);
        let outcome = catch_unwind(AssertUnwindSafe(|| act(&mut map)));
        PANICS_AT.set(usize::MAX);
        if outcome.is_ok() {
            break;
        }
        assert!(map.ptr_eq(old), "call {k} has panicked, and the map has changed");
        assert_eq!(numbers(&map), before);
    }
    assert!(k > 10, "nothing was called");
}

#[test]
fn a_panic_in_an_element_applies_and_assigns_nothing() {
    for (length, more) in [(30, 10), (1_790, 5), (2_000, 3)] {
        let old = counted(0..length);
        let mut new = old.clone();
        for n in 0..more {
            new.remove(&Counted(n));
            new.insert(Counted(n + more), Counted(0));
            new.insert(Counted(length + n), Counted(n));
        }
        let delta: Delta<_, _> = old.diff(&new).collect();
        if length < 100 {
            nothing_changes_where_a_call_panics(&old, |map| map.apply(&delta).unwrap());
            nothing_changes_where_a_call_panics(&old, |map| {
                let few = [1, 2, 3, 2, 1].map(|n| (Counted(n), Counted(n % 2)));
                map.assign(few);
            });
        } else {
            // Of the many calls that there are, some.
            for k in (1..2 * usize::try_from(length).unwrap()).step_by(97) {
                let mut map = old.clone();
                CALLS.set(0);
                PANICS_AT.set(k);
                let outcome = catch_unwind(AssertUnwindSafe(|| map.apply(&delta).unwrap()));
                PANICS_AT.set(usize::MAX);
                assert!(if outcome.is_ok() { map == new } else { map.ptr_eq(&old) });
            }
        }
    }
}

#[test]
fn a_panic_in_the_iterator_assigns_nothing() {
    let map = CowMap::from([(1, 1), (2, 2)]);
    let entries = (0..10).map(|n| if n < 5 { (n, n) } else { panic!("no more entries") });
    assert!(catch_unwind(AssertUnwindSafe(|| map.assign(entries))).is_err());
    assert_eq!((map.version(), map.len(), map.get(&1)), (0, 2, Some(1)));
    assert!(map.try_write().is_some());
}

#[test]
fn a_conflict_says_which_key_and_why_and_changes_nothing() {
    let old = PagedMap::from([("gone", 1), ("changed", 1)]);
    let new = PagedMap::from([("changed", 2), ("new", 3)]);
    let delta: Delta<_, _> = old.diff(&new).collect();
    let cases: [(PagedMap<&str, i32>, &str, Mismatch); 5] = [
        (PagedMap::from([("changed", 1)]), "gone", Mismatch::IsAbsent),
        (PagedMap::from([("gone", 9), ("changed", 1)]), "gone", Mismatch::OtherValue),
        (PagedMap::from([("gone", 1)]), "changed", Mismatch::IsAbsent),
        (PagedMap::from([("gone", 1), ("changed", 7)]), "changed", Mismatch::OtherValue),
        (PagedMap::from([("gone", 1), ("changed", 1), ("new", 3)]), "new", Mismatch::IsThere),
    ];
    for (map, key, mismatch) in cases {
        let mut other = map.clone();
        assert_eq!(other.apply(&delta), Err(Conflict { key, mismatch }));
        assert!(other.ptr_eq(&map));
        let container = CowMap::from(map.clone());
        let conflict = container.apply(&delta).unwrap_err();
        assert_eq!((conflict.key, container.version()), (key, 0));
        assert!(conflict.to_string().contains(&format!("{key:?}")), "{conflict}");
        assert!(container.load().ptr_eq(&map));
    }
}

#[test]
fn what_is_right_already_stays_where_it_is() {
    let value = |n: u64| Arc::new(n);
    let map: CowMap<u64, Arc<u64>> = (0..50_000).map(|n| (n, value(n))).collect();
    let before = map.snapshot();
    // Equal values, but none of them the same.
    assert_eq!(map.assign((0..50_000).map(|n| (n, value(n)))), 0);
    assert_eq!(map.version(), 0);
    assert_eq!(map.assign((1..50_001).map(|n| (n, value(if n == 9 { 0 } else { n })))), 3);
    let after = map.snapshot();
    assert_eq!((Snapshot::version(&after), after.len()), (1, 50_000));
    assert!(after.shared_pages(&before) >= before.page_count() - 3);
    assert!((10..50_000).all(|n| Arc::ptr_eq(&before[&n], &after[&n])));
}

/// Says that it has more elements than there is memory, or fewer than it has.
struct Liar<I>(I, (usize, Option<usize>));

impl<I: Iterator> Iterator for Liar<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.1
    }
}

#[test]
fn an_iterator_that_lies_about_its_length_is_taken_for_what_it_yields() {
    let set = CowSet::from([1, 2, 3]);
    assert_eq!(set.assign(Liar([2, 3, 4].into_iter(), (0, Some(0)))), 2);
    assert_eq!(set.assign(Liar([2, 3].into_iter(), (1, Some(usize::MAX)))), 1);
    assert_eq!(set.assign(Liar([9].into_iter(), (usize::MAX, None))), 3);
    assert_eq!((set.len(), set.contains(&9), set.version()), (1, true, 3));
}

/// Where the elements of a map find it, while it is there.
type Home = Arc<Mutex<Option<Arc<CowMap<u64, Arc<Writes>>>>>>;

/// Writes to the map that it is in when it is dropped.
struct Writes {
    key: u64,
    version: u64,
    home: Home,
}

impl PartialEq for Writes {
    fn eq(&self, other: &Self) -> bool {
        (self.key, self.version) == (other.key, other.version)
    }
}

impl Drop for Writes {
    fn drop(&mut self) {
        let home = self.home.lock().unwrap().clone();
        if let Some(home) = home {
            // A write inside a write would panic.
            home.remove(&(1_000_000 + self.key));
        }
    }
}

#[test]
fn what_is_replaced_refused_and_removed_is_dropped_when_the_lock_is_free() {
    let home = Home::default();
    let value = |key, version| Arc::new(Writes { key, version, home: Arc::clone(&home) });
    for length in [10, 3_000] {
        let map: Arc<CowMap<_, _>> = Arc::new((0..length).map(|key| (key, value(key, 0))).collect());
        *home.lock().unwrap() = Some(Arc::clone(&map));
        // Equal ones are refused, others are replaced, and some are removed.
        let changes = map.assign((0..length - 4).map(|key| (key, value(key, key % 2))));
        assert_eq!(u64::try_from(changes).unwrap(), (length - 4) / 2 + 4);
        let before = map.snapshot();
        map.update(|draft| draft.retain(|key, _| key % 3 != 0));
        let delta: Delta<_, _> = before.diff(&map.load()).collect();
        drop(before);
        map.apply(&delta.clone().inverse()).unwrap();
        map.apply(&delta).unwrap();
        assert!(map.apply(&delta).is_err());
        drop(delta);
        *home.lock().unwrap() = None;
    }
}

#[test]
fn a_key_that_is_renamed_leaves_the_other_pages_alone() {
    // Just above the length at which the table becomes one page.
    let map: CowMap<u64, String> = (0..3_000).map(|key| (key, key.to_string())).collect();
    map.retain(|key, _| *key < 897);
    let before = map.snapshot();
    assert!(before.page_count() > 8);
    let renamed = (0..897).map(|key| if key == 7 { 5_000 } else { key });
    assert_eq!(map.assign(renamed.map(|key| (key, key.to_string()))), 2);
    let after = map.load();
    assert_eq!(after.page_count(), before.page_count());
    assert!(after.shared_pages(&before) + 2 >= before.page_count());
}

/// A key that equals all keys of its number.
#[derive(Clone, Debug)]
struct Named(u64, &'static str);

impl PartialEq for Named {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Named {}

impl Hash for Named {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

#[test]
fn of_equal_keys_the_first_stays_as_in_std() {
    for there in [vec![], vec![(Named(9, "there"), 0), (Named(1, "there"), 7)]] {
        let mut map: PagedMap<Named, u64> = there.clone().into_iter().collect();
        let entries = [
            (Named(1, "first"), 1),
            (Named(1, "second"), 2),
            (Named(2, "first"), 3),
            (Named(2, "second"), 3),
        ];
        map.assign(entries);
        let name = |key| map.get_key_value(&Named(key, "")).map(|(key, value)| (key.1, *value));
        assert_eq!(name(1), Some((if there.is_empty() { "first" } else { "there" }, 2)));
        assert_eq!((name(2), map.len()), (Some(("first", 3)), 2));
    }
}

/// An element that is never equal, or always unequal and equal in turn.
#[derive(Clone, Debug)]
struct Moody;

impl PartialEq for Moody {
    fn eq(&self, _: &Self) -> bool {
        CALLS.set(CALLS.get() + 1);
        CALLS.get() % 2 == 0
    }
}

#[test]
fn a_comparison_that_contradicts_itself_ends() {
    let old: PagedVec<Moody> = vec![Moody; 5].into();
    assert!(old.diff(&vec![Moody; 5].into()).count() <= 5);
    assert!(old.diff(&vec![Moody; 7].into()).count() <= 5);
}

#[test]
fn a_comparison_that_panics_leaves_the_rest_of_the_splices() {
    let old: PagedVec<Counted> = (0..10).map(Counted).collect();
    let new: PagedVec<Counted> = (0..10).map(|n| Counted(if n == 8 { 0 } else { n })).collect();
    let mut diff = old.diff(&new);
    CALLS.set(0);
    PANICS_AT.set(5);
    assert!(catch_unwind(AssertUnwindSafe(|| diff.next())).is_err());
    PANICS_AT.set(usize::MAX);
    assert_eq!(diff.map(|splice| splice.at).collect::<Vec<_>>(), [8]);
}

/// Where such keys find the map that they were meant for, while it is there.
type LockedHome = Arc<Mutex<Option<Arc<CowMap<Locks, u64>>>>>;

/// A key that panics in one `Hash`, and whose destructor takes the lock of the map that it was meant for.
struct Locks {
    number: u64,
    home: LockedHome,
}

impl Locks {
    fn of(number: u64, home: &LockedHome) -> Self {
        Self { number, home: Arc::clone(home) }
    }
}

impl Clone for Locks {
    fn clone(&self) -> Self {
        // Clones for a page are dropped on the way out, and may not write.
        Self { number: self.number, home: Arc::default() }
    }
}

impl PartialEq for Locks {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Locks {}

impl Hash for Locks {
    fn hash<H: Hasher>(&self, state: &mut H) {
        called();
        self.number.hash(state);
    }
}

impl Drop for Locks {
    fn drop(&mut self) {
        let home = self.home.lock().unwrap().clone();
        if let Some(home) = home {
            assert!(home.try_write().is_some(), "dropped under the lock");
        }
    }
}

#[test]
fn what_an_assign_that_unwinds_was_given_is_dropped_when_the_lock_is_free() {
    for length in [0, 3, 30] {
        let mut k = 0;
        loop {
            k += 1;
            let home = LockedHome::default();
            let map: Arc<CowMap<Locks, u64>> =
                Arc::new((0..length).map(|n| (Locks::of(n, &home), n)).collect());
            *home.lock().unwrap() = Some(Arc::clone(&map));
            let entries: Vec<_> =
                (length / 2..2 * length + 9).map(|n| (Locks::of(n, &home), n + 1)).collect();
            CALLS.set(0);
            PANICS_AT.set(k);
            let outcome = catch_unwind(AssertUnwindSafe(|| map.assign(entries)));
            PANICS_AT.set(usize::MAX);
            assert!(outcome.is_ok() || (map.version(), map.len()) == (0, usize::try_from(length).unwrap()));
            *home.lock().unwrap() = None;
            if outcome.is_ok() {
                break;
            }
        }
        assert!(k > 9);
    }
}

// The caller may catch the panic and go on.
#[test]
fn a_diff_goes_on_at_the_entry_whose_comparison_has_panicked() {
    let old = PagedMap::from([(1, 1), (2, 2), (3, 3)]);
    let new = PagedMap::from([(1, 10), (2, 20), (4, 40)]);
    let all: Vec<_> = old.diff(&new).map(|change| *change.key()).collect();
    for nth in 0..2 {
        let calls = Cell::new(0);
        let mut diff = old.diff_by(&new, |a, b| {
            if calls.replace(calls.get() + 1) == nth {
                resume_unwind(Box::new("a comparison"));
            }
            a == b
        });
        let (mut keys, mut panics) = (Vec::new(), 0);
        loop {
            match catch_unwind(AssertUnwindSafe(|| diff.next().map(|change| *change.key()))) {
                Ok(Some(key)) => keys.push(key),
                Ok(None) => break,
                Err(_) => panics += 1,
            }
        }
        assert_eq!((keys, panics), (all.clone(), 1));
    }
}
