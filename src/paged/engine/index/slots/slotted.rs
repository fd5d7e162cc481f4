//! A page of slots, of which some may be gaps.

use crate::paged::engine::list::page::{Page, make_page_mut};
use crate::paged::engine::shared::is_shared;
use std::mem;
use std::slice;
use std::sync::Arc;

/// A page, and which of its slots have an element.
pub(super) struct Slotted<T> {
    /// The elements side by side, without gaps. `None` for no elements.
    page: Option<Page<T>>,
    /// A bit for each slot, set where there is an element. Without them, the first slots are those that have one.
    bits: Option<Arc<[u64]>>,
    len: usize,
}

/// How many of the bits below `offset` are set, or `None` if that at `offset` is not.
#[inline]
fn rank(bits: &[u64], offset: usize) -> Option<usize> {
    let word = *bits.get(offset / 64)?;
    let bit = 1 << (offset % 64);
    if word & bit == 0 {
        return None;
    }
    let before: u32 = bits[..offset / 64].iter().map(|word| word.count_ones()).sum();
    Some((before + (word & (bit - 1)).count_ones()) as usize)
}

/// The next bit that is set, from `offset` on.
fn next(bits: &[u64], offset: usize) -> Option<usize> {
    let mut at = offset / 64;
    let mut word = *bits.get(at)? & u64::MAX << (offset % 64);
    while word == 0 {
        at += 1;
        word = *bits.get(at)?;
    }
    Some(64 * at + word.trailing_zeros() as usize)
}

impl<T> Slotted<T> {
    pub(super) const EMPTY: Self = Self { page: None, bits: None, len: 0 };

    pub(super) fn of(page: Page<T>) -> Self {
        Self { len: page.len(), page: Some(page), bits: None }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(super) fn elements(&self) -> &[T] {
        self.page.as_ref().map_or(&[], |page| page)
    }

    pub(super) fn page(&self) -> Option<&Page<T>> {
        self.page.as_ref()
    }

    pub(super) fn take_page(&mut self) -> Option<Page<T>> {
        mem::replace(self, Self::EMPTY).page
    }

    /// Where the element of a slot is among the elements.
    #[inline]
    pub(super) fn rank(&self, offset: usize) -> Option<usize> {
        match &self.bits {
            None => Some(offset).filter(|&offset| offset < self.len),
            Some(bits) => rank(bits, offset),
        }
    }

    #[inline]
    pub(super) fn get(&self, offset: usize) -> Option<&T> {
        let page = self.page.as_ref()?;
        if self.bits.is_some() {
            return self.get_beside_gaps(offset);
        }
        page.get(offset)
    }

    /// Not inlined, so that a read of a page without gaps is short.
    #[cold]
    #[inline(never)]
    fn get_beside_gaps(&self, offset: usize) -> Option<&T> {
        self.elements().get(self.rank(offset)?)
    }

    /// The slot of the `rank`th element, which must be there.
    pub(super) fn select(&self, rank: usize) -> usize {
        let Some(bits) = &self.bits else { return rank };
        let mut left = rank;
        for (at, &word) in bits.iter().enumerate() {
            let here = word.count_ones() as usize;
            if left >= here {
                left -= here;
                continue;
            }
            let mut word = word;
            for _ in 0..left {
                word &= word - 1;
            }
            return 64 * at + word.trailing_zeros() as usize;
        }
        unreachable!("there are as many elements")
    }

    /// The elements, with their slots of which the first one is `base`.
    pub(super) fn entries(&self, base: usize) -> Entries<'_, T> {
        Entries { base, next: 0, bits: self.bits.as_deref(), elements: self.elements().iter() }
    }

    pub(super) fn is_shared(&self) -> bool {
        self.page.as_ref().is_some_and(is_shared)
    }

    pub(super) fn shares(&self, other: &Self) -> bool {
        match (&self.page, &other.page) {
            (Some(page), Some(of_other)) => Arc::ptr_eq(page, of_other),
            (None, None) => true,
            _ => false,
        }
    }

    /// Makes the page unshared, with room for `extra` more elements.
    #[inline]
    pub(super) fn make_mut(&mut self, extra: usize) -> &mut Vec<T>
    where
        T: Clone,
    {
        make_page_mut(self.page.get_or_insert_default(), extra)
    }

    /// The elements of a page that is not shared.
    fn unshared(&mut self) -> &mut Vec<T> {
        let page = self.page.get_or_insert_default();
        Arc::get_mut(page).expect("a page that is not shared")
    }

    /// Adds an element behind all others, at a slot of a page of so many.
    pub(super) fn push(&mut self, offset: usize, slots: usize, element: T) {
        if offset != self.len && self.bits.is_none() {
            self.bits = Some(dense(self.len, slots));
        }
        if let Some(bits) = &mut self.bits {
            Arc::make_mut(bits)[offset / 64] |= 1 << (offset % 64);
        }
        self.unshared().push(element);
        self.len += 1;
    }

    pub(super) fn take(&mut self, offset: usize, slots: usize) -> Option<T> {
        let rank = self.rank(offset)?;
        self.len -= 1;
        if rank < self.len || self.bits.is_some() {
            let bits = self.bits.get_or_insert_with(|| dense(self.len + 1, slots));
            Arc::make_mut(bits)[offset / 64] &= !(1 << (offset % 64));
            if is_dense(bits, self.len) {
                self.bits = None;
            }
        }
        let page = self.unshared();
        let element = page.remove(rank);
        // What has lost most gives its memory back.
        if page.capacity() > 2 * page.len() + 8 {
            page.shrink_to(page.len() + page.len() / 2);
        }
        if page.is_empty() {
            self.page = None;
        }
        Some(element)
    }

    pub(super) fn get_unshared(&mut self, offset: usize) -> Option<&mut T> {
        let rank = self.rank(offset)?;
        self.unshared().get_mut(rank)
    }

    /// Exchanges two elements of a page that is not shared.
    pub(super) fn swap(&mut self, a: usize, b: usize) {
        if let (Some(a), Some(b)) = (self.rank(a), self.rank(b)) {
            self.unshared().swap(a, b);
        }
    }

    /// Takes an element out for a moment. Its slot is said to have one meanwhile.
    pub(super) fn lift(&mut self, offset: usize) -> Option<(usize, T)> {
        let rank = self.rank(offset)?;
        Some((rank, self.unshared().remove(rank)))
    }

    pub(super) fn put_back(&mut self, rank: usize, element: T) {
        self.unshared().insert(rank, element);
    }

    /// The elements of a page that is not shared. Who changes their number calls [`keep`](Self::keep).
    pub(super) fn elements_mut(&mut self) -> &mut Vec<T> {
        self.unshared()
    }

    /// Becomes a page of those elements that stay. `offsets` are the slots of those.
    pub(super) fn keep(&mut self, page: Vec<T>, offsets: &[usize], slots: usize) -> Option<Page<T>> {
        debug_assert_eq!(page.len(), offsets.len(), "a slot for each");
        let mut bits = vec![0; slots.div_ceil(64)];
        for offset in offsets {
            bits[offset / 64] |= 1 << (offset % 64);
        }
        self.len = page.len();
        self.bits = if is_dense(&bits, self.len) { None } else { Some(bits.into()) };
        mem::replace(&mut self.page, (!page.is_empty()).then(|| Arc::new(page)))
    }

    pub(super) fn shrink(&mut self) {
        if let Some(page) = self.page.as_mut().and_then(Arc::get_mut) {
            page.shrink_to_fit();
        }
    }
}

/// Bits of which the first `len` are set.
fn dense(len: usize, slots: usize) -> Arc<[u64]> {
    (0..slots.div_ceil(64))
        .map(|at| match len.saturating_sub(64 * at) {
            0 => 0,
            left @ 1..64 => (1 << left) - 1,
            _ => u64::MAX,
        })
        .collect()
}

/// Whether the bits that are set, `len` of them, are the first ones.
fn is_dense(bits: &[u64], len: usize) -> bool {
    let ones = |at: usize| bits.get(at).map_or(0, |word| word.trailing_ones() as usize);
    (0..len / 64).all(|at| ones(at) == 64) && ones(len / 64) >= len % 64
}

impl<T> Clone for Slotted<T> {
    fn clone(&self) -> Self {
        Self { page: self.page.clone(), bits: self.bits.clone(), len: self.len }
    }
}

/// The elements of one page, with their slots.
pub(in crate::paged) struct Entries<'a, T> {
    base: usize,
    next: usize,
    bits: Option<&'a [u64]>,
    elements: slice::Iter<'a, T>,
}

impl<'a, T> Iterator for Entries<'a, T> {
    type Item = (usize, &'a T);

    #[inline]
    fn next(&mut self) -> Option<(usize, &'a T)> {
        let element = self.elements.next()?;
        if let Some(bits) = self.bits {
            self.next = next(bits, self.next)?;
        }
        let offset = self.next;
        self.next += 1;
        Some((self.base + offset, element))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.elements.size_hint()
    }
}

impl<T> Clone for Entries<'_, T> {
    fn clone(&self) -> Self {
        Self { elements: self.elements.clone(), ..*self }
    }
}

impl<T> Default for Entries<'_, T> {
    fn default() -> Self {
        Self { base: 0, next: 0, bits: None, elements: [].iter() }
    }
}
