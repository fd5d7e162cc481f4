//! std's traits: comparing, hashing, converting, collecting, iterating.

use super::view::out_of_bounds;
use super::{IntoIter, Iter, IterMut, PagedVec, Slice};
use crate::paged::engine::list::Directory;
use crate::paged::engine::list::page::cut_pages;
use std::cmp::Ordering;
use std::collections::VecDeque;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::iter;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

impl<T> Clone for PagedVec<T> {
    /// Returns a vector that shares all pages with this one.
    ///
    /// Computes in **O(1)** time.
    #[inline]
    fn clone(&self) -> Self {
        Self { list: self.list.clone() }
    }
}

impl<T> Default for PagedVec<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for PagedVec<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T> Index<usize> for PagedVec<T> {
    type Output = T;

    #[inline]
    #[track_caller]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(element) => element,
            None => out_of_bounds(self.len(), index),
        }
    }
}

impl<T: Clone> IndexMut<usize> for PagedVec<T> {
    #[inline]
    #[track_caller]
    fn index_mut(&mut self, index: usize) -> &mut T {
        let len = self.len();
        match self.get_mut(index) {
            Some(element) => element,
            None => out_of_bounds(len, index),
        }
    }
}

/// Compares pages that may be cut at different places. The number of elements must be the same.
fn same<'a, T, U>(mut ours: impl Iterator<Item = &'a [T]>, mut theirs: impl Iterator<Item = &'a [U]>) -> bool
where
    T: PartialEq<U> + 'a,
    U: 'a,
{
    let (mut a, mut b): (&[T], &[U]) = (&[], &[]);
    loop {
        if a.is_empty() {
            let Some(page) = ours.next() else { return true };
            a = page;
        }
        if b.is_empty() {
            let Some(page) = theirs.next() else { return true };
            b = page;
        }
        let len = a.len().min(b.len());
        if a[..len] != b[..len] {
            return false;
        }
        (a, b) = (&a[len..], &b[len..]);
    }
}

/// Implements `==` with a paged type on the left.
macro_rules! partial_eq {
    ($([$($generics:tt)*] $left:ty, $right:ty, |$other:ident| $pages:expr;)*) => {$(
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$right> for $left {
            fn eq(&self, $other: &$right) -> bool {
                self.len() == $other.len() && same(self.pages(), $pages)
            }
        }
    )*};
}

partial_eq! {
    [] PagedVec<T>, PagedVec<U>, |other| other.pages();
    [] PagedVec<T>, Slice<'_, U>, |other| other.pages();
    [] PagedVec<T>, Vec<U>, |other| iter::once(&other[..]);
    [] PagedVec<T>, [U], |other| iter::once(other);
    [] PagedVec<T>, &[U], |other| iter::once(*other);
    [const N: usize] PagedVec<T>, [U; N], |other| iter::once(&other[..]);
    [const N: usize] PagedVec<T>, &[U; N], |other| iter::once(&other[..]);
    [] Slice<'_, T>, PagedVec<U>, |other| other.pages();
    [] Slice<'_, T>, Slice<'_, U>, |other| other.pages();
    [] Slice<'_, T>, Vec<U>, |other| iter::once(&other[..]);
    [] Slice<'_, T>, [U], |other| iter::once(other);
    [] Slice<'_, T>, &[U], |other| iter::once(*other);
    [const N: usize] Slice<'_, T>, [U; N], |other| iter::once(&other[..]);
    [const N: usize] Slice<'_, T>, &[U; N], |other| iter::once(&other[..]);
}

/// Implements `==` with a paged type on the right only.
macro_rules! partial_eq_right {
    ($($paged:ty: [$($generics:tt)*] $left:ty, |$ours:ident| $page:expr;)*) => {$(
        impl<T: PartialEq<U>, U, $($generics)*> PartialEq<$paged> for $left {
            fn eq(&self, other: &$paged) -> bool {
                let $ours = self;
                self.len() == other.len() && same(iter::once($page), other.pages())
            }
        }
    )*};
}

partial_eq_right! {
    PagedVec<U>: [] Vec<T>, |ours| &ours[..];
    PagedVec<U>: [] [T], |ours| ours;
    PagedVec<U>: [] &[T], |ours| *ours;
    PagedVec<U>: [const N: usize] [T; N], |ours| &ours[..];
    PagedVec<U>: [const N: usize] &[T; N], |ours| &ours[..];
    Slice<'_, U>: [] Vec<T>, |ours| &ours[..];
    Slice<'_, U>: [] [T], |ours| ours;
    Slice<'_, U>: [] &[T], |ours| *ours;
    Slice<'_, U>: [const N: usize] [T; N], |ours| &ours[..];
    Slice<'_, U>: [const N: usize] &[T; N], |ours| &ours[..];
}

impl<T: Eq> Eq for PagedVec<T> {}
impl<T: Eq> Eq for Slice<'_, T> {}

impl<T: PartialOrd> PartialOrd for PagedVec<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord> Ord for PagedVec<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: PartialOrd> PartialOrd for Slice<'_, T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.iter().partial_cmp(other)
    }
}

impl<T: Ord> Ord for Slice<'_, T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.iter().cmp(other)
    }
}

impl<T: Hash> Hash for PagedVec<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.range(..).hash(state);
    }
}

impl<T: Hash> Hash for Slice<'_, T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        // One by one. `hash_slice` may hash a page of bytes in one piece, and then the hash would depend on the pages.
        self.iter().for_each(|element| element.hash(state));
    }
}

impl<T: Clone> Extend<T> for PagedVec<T> {
    /// Appends the elements of an iterator. Unlike in std, nothing has changed if the iterator or its destructor panics.
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        self.append_iter(elements.into_iter());
    }
}

impl<'a, T: Copy + 'a> Extend<&'a T> for PagedVec<T> {
    fn extend<I: IntoIterator<Item = &'a T>>(&mut self, elements: I) {
        self.append_iter(elements.into_iter().copied());
    }
}

impl<T> From<Directory<T>> for PagedVec<T> {
    fn from(dir: Directory<T>) -> Self {
        Self { list: dir.into() }
    }
}

impl<T> FromIterator<T> for PagedVec<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        Directory::from_pages(cut_pages(elements)).into()
    }
}

impl<T> From<Vec<T>> for PagedVec<T> {
    /// Cuts a `Vec` into pages. A `Vec` that is no longer than a page becomes that page.
    fn from(elements: Vec<T>) -> Self {
        Directory::from_vec(elements).into()
    }
}

impl<T, const N: usize> From<[T; N]> for PagedVec<T> {
    fn from(elements: [T; N]) -> Self {
        elements.into_iter().collect()
    }
}

impl<T: Clone, const N: usize> From<&[T; N]> for PagedVec<T> {
    fn from(elements: &[T; N]) -> Self {
        elements[..].into()
    }
}

impl<T> From<Box<[T]>> for PagedVec<T> {
    /// Cuts a boxed slice into pages.
    fn from(elements: Box<[T]>) -> Self {
        elements.into_vec().into()
    }
}

impl<T> From<VecDeque<T>> for PagedVec<T> {
    fn from(elements: VecDeque<T>) -> Self {
        Vec::from(elements).into()
    }
}

impl<T: Clone> From<Slice<'_, T>> for PagedVec<T> {
    /// Makes a vector of a part of another one. The two share the pages that lie in that part.
    fn from(view: Slice<'_, T>) -> Self {
        let (list, range) = view.whole();
        let mut part = Self { list: list.clone() };
        part.truncate(range.end);
        drop(part.drain(..range.start));
        part
    }
}

impl<T: Clone> From<&[T]> for PagedVec<T> {
    fn from(elements: &[T]) -> Self {
        elements.iter().cloned().collect()
    }
}

impl<T: Clone> From<PagedVec<T>> for Vec<T> {
    /// Moves the elements of the pages that no other version shares, and clones the others.
    fn from(mut elements: PagedVec<T>) -> Self {
        let len = elements.len();
        let mut pages = elements.list.take_pages();
        if let [_] = pages[..] {
            return pages.pop().map(Arc::unwrap_or_clone).unwrap_or_default();
        }
        let mut flat = Self::with_capacity(len);
        for page in pages {
            match Arc::try_unwrap(page) {
                Ok(mut page) => flat.append(&mut page),
                Err(shared) => flat.extend_from_slice(&shared),
            }
        }
        flat
    }
}

impl<T: Clone> From<PagedVec<T>> for Box<[T]> {
    fn from(elements: PagedVec<T>) -> Self {
        Vec::from(elements).into()
    }
}

impl<T: Clone> From<PagedVec<T>> for VecDeque<T> {
    fn from(elements: PagedVec<T>) -> Self {
        Vec::from(elements).into()
    }
}

impl<T: Clone, const N: usize> TryFrom<PagedVec<T>> for [T; N] {
    type Error = PagedVec<T>;

    /// Moves the elements into an array, or hands the vector back if it has another length.
    fn try_from(elements: PagedVec<T>) -> Result<Self, PagedVec<T>> {
        if elements.len() == N {
            Vec::from(elements).try_into().map_err(PagedVec::from)
        } else {
            Err(elements)
        }
    }
}

/// Appends the bytes that are written.
impl Write for PagedVec<u8> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.extend_from_slice(bytes);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a, T> IntoIterator for &'a PagedVec<T> {
    type Item = &'a T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<'a, T: Clone> IntoIterator for &'a mut PagedVec<T> {
    type Item = &'a mut T;
    type IntoIter = IterMut<'a, T>;

    fn into_iter(self) -> IterMut<'a, T> {
        self.iter_mut()
    }
}

impl<T: Clone> IntoIterator for PagedVec<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    /// Consumes the vector. Its elements are moved out of the pages that no other version shares, and cloned otherwise.
    fn into_iter(mut self) -> IntoIter<T> {
        IntoIter::new(self.list.take_pages())
    }
}
