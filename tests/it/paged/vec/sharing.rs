//! What clones share, and what a write copies.

use super::{Change, irregular, page};
use readmostly::paged::PagedVec;
use readmostly::paged::vec::GetDisjointMutError;

#[test]
fn what_changes_nothing_copies_nothing() {
    // G12 of GUARANTEES.md: nothing for nothing.
    let source: Vec<u32> = (0..5_000).collect();
    let other: PagedVec<u32> = (0..10_000).collect();
    let mut tailed = other.clone();
    tailed.push(10_000);
    assert_eq!(tailed.shared_pages(&other), other.page_count());
    for original in [
        PagedVec::from(source.clone()),
        irregular(&source),
        tailed,
        PagedVec::from([1, 2, 3]),
        PagedVec::new(),
    ] {
        let mut vec = original.clone();
        let len = vec.len();
        vec.retain(|_| true);
        assert_eq!(vec.extract_if(.., |_| false).count(), 0);
        assert_eq!(vec.pop_if(|_| false), None);
        vec.extend_from_within(len / 2..len / 2);
        assert_eq!(vec.get_disjoint_mut([len, 0]), Err(GetDisjointMutError::IndexOutOfBounds));
        vec.shrink_to_fit();
        vec.shrink_to(7);
        vec.reserve(0);
        vec.dedup();
        vec.dedup_by_key(|n| *n);
        vec.sort();
        vec.sort_by(Ord::cmp);
        vec.sort_by_key(|n| *n);
        vec.sort_by_cached_key(|n| *n);
        vec.sort_unstable();
        vec.sort_unstable_by(Ord::cmp);
        vec.sort_unstable_by_key(|n| *n);
        vec.truncate(len);
        vec.truncate(usize::MAX);
        vec.resize(len, 0);
        vec.resize_with(len, || 0);
        vec.extend(std::iter::empty::<u32>());
        vec.extend(&[]);
        vec.extend_from_slice(&[]);
        vec.insert_all(0, []);
        vec.insert_all(len, []);
        vec.insert_all(len / 2, []);
        vec.append(&mut PagedVec::new());
        assert!(vec.split_off(len).is_empty());
        assert_eq!(vec.drain(len / 2..len / 2).count(), 0);
        assert_eq!(vec.splice(len / 2..len / 2, []).count(), 0);
        vec.rotate_left(0);
        vec.rotate_right(len);
        assert!(vec.get_mut(len).is_none());
        if len > 0 {
            vec.swap(len / 2, len / 2);
            assert_eq!(*vec.select_nth_unstable(len / 2).1, original[len / 2]);
        } else {
            vec.clear();
            vec.reverse();
            vec.fill(1);
            vec.fill_with(|| 1);
            vec.retain_mut(|_| false);
            assert!(vec.pop().is_none() && vec.iter_mut().next().is_none());
        }
        assert!(vec.ptr_eq(&original));
    }
    let one = PagedVec::from([1]);
    let mut vec = one.clone();
    vec.reverse();
    assert!(vec.ptr_eq(&one));
}

#[test]
fn a_write_copies_one_page() {
    let original: PagedVec<u64> = (0..200_000).collect();
    let pages = original.page_count();
    let changes: [(&str, Change<u64>); 8] = [
        ("set", |vec| vec[77_777] = 0),
        ("pop", |vec| assert!(vec.pop().is_some())),
        ("insert", |vec| vec.insert(77_777, 1)),
        ("remove", |vec| assert_eq!(vec.remove(77_777), 77_777)),
        ("insert_all", |vec| vec.insert_all(77_777, [1, 2, 3])),
        ("retain", |vec| vec.retain(|&n| n != 77_777)),
        ("truncate", |vec| vec.truncate(199_999)),
        ("iter_mut", |vec| *vec.iter_mut().nth(77_777).expect("in range") = 0),
    ];
    for (name, change) in changes {
        let mut vec = original.clone();
        change(&mut vec);
        assert_eq!(vec.shared_pages(&original), pages - 1, "{name}");
        assert!(!vec.ptr_eq(&original));
    }
    // A push copies no page at all.
    let mut vec = original.clone();
    vec.push(1);
    assert_eq!((vec.shared_pages(&original), vec.page_count()), (pages, pages + 1));
    assert!(!vec.ptr_eq(&original));
    // Inside a page on both sides.
    let mut vec = original.clone();
    drop(vec.drain(10_000..100_000));
    assert!(vec.shared_pages(&original) >= pages - 90_000 / 1_024 - 2);
    let mut vec = original.clone();
    vec.rotate_left(100_000);
    assert_eq!(vec.shared_pages(&original), pages - 1);
    let tail = vec.split_off(50_000);
    assert!(vec.shared_pages(&original) + tail.shared_pages(&original) >= pages - 2);
    assert!(original.iter().copied().eq(0..200_000));
}

#[test]
fn pages_stay_well_filled() {
    let full = page::<u32>();
    let mut vec: PagedVec<u32> = (0..100_000).collect();
    // Keep a version alive, so that each change finds all pages shared.
    for n in 0..20_000_usize {
        let before = vec.clone();
        let index = n * 7_919 % vec.len();
        if n % 2 == 0 {
            vec.remove(index);
        } else {
            drop(vec.drain(index..(index + 6).min(vec.len())));
        }
        drop(before);
        assert!(vec.pages().all(|page| !page.is_empty() && page.len() <= 2 * full));
    }
    assert!(vec.page_count() <= 4 * vec.len() / full + 4, "{} pages for {}", vec.page_count(), vec.len());
    for n in 0..20_000 {
        let before = vec.clone();
        vec.insert(n * 7_919 % vec.len(), 0);
        drop(before);
    }
    assert!(vec.page_count() <= 4 * vec.len() / full + 4, "{} pages for {}", vec.page_count(), vec.len());
    vec.sort();
    assert_eq!(vec.page_count(), vec.len().div_ceil(full));

    // Single removals alone, all over the place, until little is left.
    for n in 0..vec.len() - 1_000 {
        let before = vec.clone();
        vec.remove(n * 7_919 % before.len());
    }
    assert!(vec.page_count() <= 4, "{} pages for {}", vec.page_count(), vec.len());
}

#[test]
fn a_clone_keeps_what_it_held() {
    let mut vec = PagedVec::from([1, 2, 3]);
    let (old, half) = (vec.clone(), vec.clone());
    let view = old.range(0..2);
    let mut iter = half.iter();
    iter.next();
    for n in &old {
        vec.push(n + 10);
    }
    assert_eq!(vec, [1, 2, 3, 11, 12, 13]);
    vec.clear();
    assert_eq!(view, [1, 2]);
    assert!(iter.eq(&[2, 3]));
    assert_eq!(old, [1, 2, 3]);

    let mut vec = PagedVec::from([1, 2]);
    let own = vec.clone();
    vec.extend(&own);
    assert_eq!(vec, [1, 2, 1, 2]);
    let own = vec.clone();
    vec.insert_all(1, own);
    assert_eq!(vec, [1, 1, 2, 1, 2, 2, 1, 2]);
}

#[test]
fn nested_vectors_share_too() {
    let inner: PagedVec<u32> = (0..100).collect();
    let mut outer: PagedVec<PagedVec<u32>> = (0..100).map(|_| inner.clone()).collect();
    let kept = outer.clone();
    outer[50].push(7);
    assert!(outer[49].ptr_eq(&inner) && kept[50].ptr_eq(&inner));
    assert_eq!((outer[50].len(), kept[50].len()), (101, 100));
}
