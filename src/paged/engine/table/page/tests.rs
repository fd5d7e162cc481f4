use super::group::{EMPTY, GRAVE, Group, Native, Portable, is_full};
use super::{Page, View, capacity_of, tag_of};
use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

impl<T, G: Group> Page<T, G> {
    fn view(&self) -> View<'_, T, G> {
        // SAFETY: the page is borrowed for as long.
        unsafe { self.tags.view() }
    }

    /// Asserts what the page's unsafe code relies on. `hash_of` is that of its entries.
    pub(in crate::paged::engine::table) fn check(&self, hash_of: impl Fn(&T) -> u64) {
        let buckets = self.bucket_count();
        let Some(mask) = buckets.checked_sub(1) else {
            assert_eq!((self.len, self.room), (0, 0));
            return;
        };
        assert!(buckets.is_power_of_two() && buckets >= 4);
        // SAFETY: there are so many tags.
        let tag = |index: usize| unsafe { self.tags.first.add(index).read() };
        let tags: Vec<_> = (0..buckets + G::WIDTH).map(tag).collect();
        let count = |wanted: &dyn Fn(u8) -> bool| tags[..buckets].iter().filter(|&&tag| wanted(tag)).count();
        let (full, graves) = (count(&is_full), count(&|tag| tag == GRAVE));
        assert_eq!(full + graves + count(&|tag| tag == EMPTY), buckets);
        assert_eq!(full, self.len);
        assert_eq!(full + graves + self.room, capacity_of(buckets), "of {buckets} buckets");
        // The first tags again. Between the tags of a small page and their repetition there are empty ones.
        for (index, &tag) in tags.iter().enumerate().skip(buckets) {
            let first = if buckets < G::WIDTH { index.checked_sub(G::WIDTH) } else { Some(index - buckets) };
            assert_eq!(tag, first.map_or(EMPTY, |first| tags[first]), "tag {index} of {buckets}");
        }
        let mut next = 0;
        for bucket in self.buckets() {
            let entry = self.get(bucket).unwrap();
            assert!(
                self.next_from(next)
                    .is_some_and(|(found, there)| found == bucket && std::ptr::eq(there, entry))
            );
            next = bucket + 1;
            assert_eq!(tags[bucket], tag_of(hash_of(entry)));
            // SAFETY: the page is borrowed, and the entry is found by its own address.
            let found = unsafe { self.tags.find::<T>(hash_of(entry), |there| std::ptr::eq(there, entry)) };
            assert!(size_of::<T>() == 0 || found == Some(bucket & mask), "an entry is not found");
        }
        assert!(self.next_from(next).is_none() && self.next_from(buckets).is_none());
    }
}

fn random(state: &mut u64) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap()
}

/// Hashes of many kinds: good ones, the number itself, few, and such as differ at one end only.
const HASHES: [fn(u64) -> u64; 6] = [
    |n| BuildHasherDefault::<DefaultHasher>::default().hash_one(n),
    |n| n,
    |_| 0,
    |n| n % 3,
    |n| n << 57,
    |n| n.wrapping_neg(),
];

fn does_what_a_map_does<G: Group, E: Clone + PartialEq + std::fmt::Debug>(entry: impl Fn(u64) -> (u64, E)) {
    for capacity in [1, 3, 7, 14, 15, 28, 100] {
        for hash_of in HASHES {
            let mut page = Page::<(u64, E), G>::with_capacity(capacity);
            assert!(
                page.capacity() >= capacity
                    && page.bucket_count() == Page::<u8>::buckets_for(capacity).unwrap()
            );
            let mut model = HashMap::new();
            let hash_of_entry = |entry: &(u64, E)| hash_of(entry.0);
            let mut state = 1;
            for step in 0..12 * capacity.max(10) {
                let key = random(&mut state) as u64 % (2 * capacity as u64);
                let found = page.view().find(hash_of(key), |there| there.0 == key);
                assert_eq!(found, model.get(&key));
                match found {
                    Some(_) => {
                        let bucket = page.view().find_bucket(hash_of(key), |there| there.0 == key).unwrap();
                        assert_eq!(page.get(bucket), model.get(&key));
                        assert_eq!(page.get_mut(bucket).unwrap().0, key);
                        assert_eq!(page.take(bucket), model.remove(&key));
                        assert_eq!(page.take(bucket), None);
                    }
                    None if page.is_full() => {
                        // As the table does: all of them to a page that is new.
                        let mut next = Page::with_capacity(capacity);
                        for entry in page {
                            next.put(hash_of(entry.0), entry);
                        }
                        page = next;
                    }
                    None => {
                        let mut new = Some(entry(key));
                        assert!(page.put_or_merge(
                            hash_of(key),
                            &mut new,
                            |a, b| a.0 == b.0,
                            |_, _| unreachable!()
                        ));
                        assert_eq!(new, None);
                        model.insert(key, entry(key));
                        if page.is_full() {
                            continue;
                        }
                        let mut again = Some(entry(key));
                        let merged = Cell::new(false);
                        let merge = |_: &mut (u64, E), _: &mut (u64, E)| merged.set(true);
                        assert!(!page.put_or_merge(hash_of(key), &mut again, |a, b| a.0 == b.0, merge));
                        assert!(merged.get() && again.is_some());
                    }
                }
                if step % (capacity / 4 + 1) == 0 {
                    page.check(hash_of_entry);
                    let copy = page.clone();
                    copy.check(hash_of_entry);
                    assert!(copy.buckets().eq(page.buckets()) && copy.iter().eq(page.iter()));
                    assert_eq!(copy.capacity(), page.capacity());
                    assert!(page.iter().all(|entry| model.get(&entry.0) == Some(entry)));
                    assert_eq!((page.iter().count(), page.iter().len()), (model.len(), model.len()));
                    assert_eq!(page.iter_mut().count(), model.len());
                    assert!(copy.into_iter().eq(page.iter().cloned()));
                }
            }
            page.check(hash_of_entry);
            // An iterator that is dropped half-way drops the rest.
            let half = page.len() / 2;
            assert_eq!(page.into_iter().take(half).count(), half);
        }
    }
}

#[test]
fn does_what_a_map_does_with_each_group() {
    does_what_a_map_does::<Native, _>(|n| (n, n));
    does_what_a_map_does::<Portable, _>(|n| (n, n));
    does_what_a_map_does::<Native, _>(|n| (n, n.to_string()));
    does_what_a_map_does::<Portable, _>(|n| (n, n.to_string()));
}

#[repr(align(256))]
#[derive(Clone, Debug, PartialEq)]
struct Wide(u8);

#[test]
fn entries_of_each_shape_stand_where_they_may() {
    does_what_a_map_does::<Native, _>(|n| (n, Wide(1)));
    does_what_a_map_does::<Portable, _>(|n| (n, Wide(1)));
    does_what_a_map_does::<Native, _>(|n| (n, [n; 512]));
    let mut page = Page::<u8>::with_capacity(200);
    (0..200).for_each(|n| _ = page.put(u64::from(n) << 50, n));
    page.check(|&n| u64::from(n) << 50);
    assert!((0..200).all(|n| page.view().find(u64::from(n) << 50, |&there| there == n) == Some(&n)));
}

#[test]
fn entries_without_a_size_are_counted() {
    let mut page = Page::<()>::with_capacity(7);
    for count in 1..=7 {
        page.put(5, ());
        page.check(|()| 5);
        assert_eq!(page.len(), count);
    }
    assert_eq!(page.iter().count(), 7);
}

/// Counts those that live, and panics at a given clone.
struct Fragile {
    lives: Rc<Cell<usize>>,
    clones_left: Rc<Cell<usize>>,
}

impl Clone for Fragile {
    fn clone(&self) -> Self {
        if self.clones_left.get() == 0 {
            resume_unwind(Box::new("a clone panics"));
        }
        self.clones_left.set(self.clones_left.get() - 1);
        self.lives.set(self.lives.get() + 1);
        Self { lives: Rc::clone(&self.lives), clones_left: Rc::clone(&self.clones_left) }
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.lives.set(self.lives.get() - 1);
    }
}

fn a_clone_that_panics_loses_nothing<G: Group>() {
    for len in [1, 3, 5, 7, 14, 60] {
        let (lives, clones_left) = (Rc::new(Cell::new(1)), Rc::new(Cell::new(usize::MAX)));
        let first = Fragile { lives: Rc::clone(&lives), clones_left: Rc::clone(&clones_left) };
        let mut page = Page::<(u64, Fragile), G>::with_capacity(len);
        for n in 0..len as u64 {
            page.put(n, (n, first.clone()));
        }
        drop(first);
        for k in 0..=len {
            clones_left.set(k);
            let copy = catch_unwind(AssertUnwindSafe(|| page.clone()));
            assert_eq!(copy.is_ok(), k == len);
            assert_eq!(lives.get(), if k == len { 2 * len } else { len });
            drop(copy);
            page.check(|entry| entry.0);
            assert_eq!(lives.get(), len);
        }
        let mut rest = page.into_iter();
        drop(rest.next());
        assert_eq!((rest.iter().count(), lives.get()), (len - 1, len - 1));
        drop(rest);
        assert_eq!(lives.get(), 0);
    }
}

#[test]
fn a_clone_that_panics_loses_nothing_with_each_group() {
    a_clone_that_panics_loses_nothing::<Native>();
    a_clone_that_panics_loses_nothing::<Portable>();
}

#[test]
fn what_is_too_large_is_refused() {
    use super::TryReserveError::{AllocError, CapacityOverflow};
    for capacity in [usize::MAX, usize::MAX / 8, usize::MAX / 16] {
        assert!(matches!(Page::<u64>::try_with_capacity(capacity), Err(CapacityOverflow)), "{capacity}");
    }
    if cfg!(target_pointer_width = "64") {
        assert!(matches!(Page::<u64>::try_with_capacity(1 << 55), Err(AllocError { .. })));
    }
}

#[test]
fn a_page_has_the_fewest_buckets_that_do() {
    for (capacity, buckets) in
        [(1, 4), (3, 4), (4, 8), (7, 8), (8, 16), (14, 16), (15, 32), (28, 32), (29, 64)]
    {
        assert_eq!(Page::<u8>::buckets_for(capacity), Some(buckets), "for {capacity}");
        let mut page = Page::<u8>::with_capacity(capacity);
        for len in 0..=capacity {
            assert_eq!((page.len(), page.is_empty()), (len, len == 0));
            assert_eq!(page.is_sparse(), buckets > 16 && len * 8 < buckets, "{len} in {buckets}");
            if len < capacity {
                page.put(len as u64, 0);
            }
        }
        for entries in 0..=capacity {
            let is_loose = buckets > 16 && entries <= capacity_of(buckets / 2);
            assert_eq!(page.is_loose_for(entries), is_loose, "{buckets} for {entries}");
        }
    }
}

#[test]
fn entries_are_alike_that_have_one_tag_in_one_bucket() {
    // The upper bits make the tag, and the lower ones the place.
    let with = |hashes: &[u64]| {
        let mut page = Page::<u64>::with_capacity(14);
        let buckets: Vec<_> = hashes.iter().map(|&hash| page.put(hash, hash)).collect();
        (page, buckets)
    };
    let [first, second] = [1 << 60, 2 << 60];
    let (page, buckets) = with(&[first | 1, second | 5]);
    let (other, others) = with(&[first | 1, first | 5]);
    assert_eq!(buckets, others);
    assert_eq!(page.get_alike(buckets[0], &other), Some(&(first | 1)));
    assert_eq!(page.get_alike(buckets[1], &other), None);
    let (none, _) = with(&[]);
    assert_eq!(page.get_alike(buckets[0], &none), None);
    assert_eq!(none.get_alike(buckets[0], &page), None);
}

fn says_how_much_is_to_come<G: Group>() {
    for len in [0, 1, 3, 7, 60] {
        let mut page = Page::<u64, G>::with_capacity(60);
        (0..len).for_each(|n| _ = page.put(n * 7, n));
        let mut all: Vec<_> = page.iter().copied().collect();
        let mut entries = page.iter();
        for left in (0..all.len()).rev() {
            assert!(entries.clone().eq(&all[all.len() - left - 1..]));
            assert_eq!((entries.next(), entries.len()), (Some(&all[all.len() - left - 1]), left));
        }
        assert_eq!((entries.next(), entries.clone().next()), (None, None));
        let mut entries = page.iter_mut();
        for at in 0..all.len() {
            assert!(entries.iter().eq(&all[at..]));
            *entries.next().expect("one more") += 100;
            all[at] += 100;
            assert_eq!(entries.len(), all.len() - at - 1);
        }
        assert!(entries.next().is_none());
        assert!(page.iter().eq(&all));
        let mut entries = page.into_iter();
        for at in 0..all.len() {
            assert!(entries.iter().eq(&all[at..]));
            assert_eq!((entries.next(), entries.len()), (Some(all[at]), all.len() - at - 1));
        }
        assert_eq!(entries.next(), None);
    }
}

#[test]
fn each_iterator_says_how_much_is_to_come() {
    says_how_much_is_to_come::<Native>();
    says_how_much_is_to_come::<Portable>();
}

fn the_candidate_has_the_tag_of_the_hash<G: Group>() {
    let mut page = Page::<u64, G>::with_capacity(56);
    // Two for each place, of which the second stands behind, and behind the last bucket is the first.
    let hashes = [0x05, 0x05 | 1 << 57, 0x28 | 2 << 57, 0x28 | 3 << 57, 0x3f | 4 << 57, 0x3f | 5 << 57];
    for hash in hashes {
        page.put(hash, hash);
    }
    for hash in hashes {
        assert_eq!(page.view().candidate(hash), Some(&hash), "{hash:x}");
    }
    assert_eq!(page.view().candidate(0x05 | 6 << 57), None);
}

#[test]
fn the_candidate_has_the_tag_of_the_hash_with_each_group() {
    the_candidate_has_the_tag_of_the_hash::<Native>();
    the_candidate_has_the_tag_of_the_hash::<Portable>();
}
