//! `|`, `&`, `^` and `-` of two sets.

use super::PagedOrdSet;
use super::ops::FAR_LARGER;
use std::ops::{BitAnd, BitOr, BitXor, Sub};

/// Returns the elements of the first set, and those that only the second one has. It shares pages with one of the two, or with both where
/// they do not overlap.
///
/// Computes as [`append`](PagedOrdSet::append) does for sets that do not overlap or one of which is far smaller. Otherwise it computes in
/// **O(n + m)** time, and compares only elements of pages that are not shared.
impl<T: Ord + Clone> BitOr<&PagedOrdSet<T>> for &PagedOrdSet<T> {
    type Output = PagedOrdSet<T>;

    fn bitor(self, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
        if self.is_apart_from(other) || self.is_far_smaller(other) || other.is_far_smaller(self) {
            return joined(self, other);
        }
        let lone: Vec<_> = other.difference(self).collect();
        // Many that are inserted one by one take longer than all anew, and leave little to share.
        if lone.len() > self.len() / FAR_LARGER {
            return self.union(other).cloned().collect();
        }
        let mut union = self.clone();
        union.extend(lone.into_iter().cloned());
        union
    }
}

/// Returns a clone of the first set without the elements that the second one does not have, or one of the second without those that the first
/// one does not have, if the second is far smaller. It shares pages with that one. Computes in **O(n + m)** time, or in O(n log m) if one is
/// far smaller, and compares only elements of pages that are not shared.
impl<T: Ord + Clone> BitAnd<&PagedOrdSet<T>> for &PagedOrdSet<T> {
    type Output = PagedOrdSet<T>;

    fn bitand(self, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
        if self.is_apart_from(other) {
            return PagedOrdSet::new();
        }
        let (base, other) = if other.is_far_smaller(self) { (other, self) } else { (self, other) };
        let lone: Vec<_> = base.difference(other).collect();
        without(base, &lone)
    }
}

/// Returns the elements that one of the sets has and the other has not. It shares pages with the larger one, unless most are from the
/// smaller one.
///
/// Computes as [`append`](PagedOrdSet::append) does for sets that do not overlap. Otherwise it computes in **O(n + m)** time, and compares
/// only elements of pages that are not shared.
impl<T: Ord + Clone> BitXor<&PagedOrdSet<T>> for &PagedOrdSet<T> {
    type Output = PagedOrdSet<T>;

    fn bitxor(self, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
        if self.is_apart_from(other) {
            return joined(self, other);
        }
        let (small, large) = if self.len() < other.len() { (self, other) } else { (other, self) };
        let lone: Vec<_> = small.difference(large).collect();
        // As in `|`.
        if lone.len() > large.len() / FAR_LARGER {
            return self.symmetric_difference(other).cloned().collect();
        }
        let mut either = minus(large, small);
        either.extend(lone.into_iter().cloned());
        either
    }
}

/// Returns a clone of the first set without the elements of the second. It shares pages with the first one. Computes as `&`.
impl<T: Ord + Clone> Sub<&PagedOrdSet<T>> for &PagedOrdSet<T> {
    type Output = PagedOrdSet<T>;

    fn sub(self, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
        minus(self, other)
    }
}

fn joined<T: Ord + Clone>(set: &PagedOrdSet<T>, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
    let mut joined = set.clone();
    joined.append(&mut other.clone());
    joined
}

fn minus<T: Ord + Clone>(set: &PagedOrdSet<T>, other: &PagedOrdSet<T>) -> PagedOrdSet<T> {
    if set.is_apart_from(other) {
        return set.clone();
    }
    let lone: Vec<_> = set.difference(other).collect();
    // If few stay there is nothing to share.
    if lone.len() < set.len() / 2 {
        return lone.into_iter().cloned().collect();
    }
    let common: Vec<_> = set.intersection(other).collect();
    without(set, &common)
}

/// Returns a clone of a set without some elements of equal ones, which ascend.
fn without<T: Ord + Clone>(set: &PagedOrdSet<T>, elements: &[&T]) -> PagedOrdSet<T> {
    let mut rest = set.clone();
    let mut elements = elements.iter().peekable();
    if elements.len() < set.len() / FAR_LARGER {
        elements.for_each(|element| _ = rest.remove(*element));
    } else if elements.len() > 0 {
        rest.retain(|there| elements.next_if(|element| there.cmp(element).is_eq()).is_none());
    }
    rest
}
