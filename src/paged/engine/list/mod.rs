//! A directory, and a tail of what was pushed while the directory was shared.
//!
//! Such a push would have to copy the directory, which in a long vector has a thousand counts and more. So it appends to the
//! tail instead, a page outside of the directory, and copies only that. A full tail is appended to the directory.
//!
//! Reads, pushes and most removals take the tail for one more page, whose number is `used`. A change that reaches no further
//! than the directory leaves the tail alone. Every other change calls `flush_tail` first, and finds all elements in the
//! directory. That copies the last page and the tail if they are shared.

mod directory;
pub(in crate::paged) mod page;

pub(in crate::paged) use self::directory::Directory;

use self::page::{Page, Place, make_page_mut, shrink_page, truncate_page};
use crate::paged::engine::shared::is_shared;
use std::ops::Range;
use std::sync::Arc;

/// All elements of a vector: first those in the directory, then those in the tail.
pub(in crate::paged) struct List<T> {
    dir: Directory<T>,
    /// Not an empty page, and no more than `PAGE` elements. A push makes it no longer than `tail_limit`.
    tail: Option<Page<T>>,
}

impl<T> List<T> {
    /// Makes a list of pages and a tail. None of them is empty.
    pub(in crate::paged) fn from_parts(pages: Vec<Page<T>>, tail: Option<Page<T>>) -> Self {
        Self { dir: Directory::from_pages(pages), tail }
    }

    #[inline]
    pub(in crate::paged) fn len(&self) -> usize {
        self.dir.len() + self.tail().len()
    }

    #[inline]
    pub(in crate::paged) fn dir(&self) -> &Directory<T> {
        &self.dir
    }

    /// Returns the directory, for changes that leave the pages as they are.
    pub(in crate::paged) fn dir_mut(&mut self) -> &mut Directory<T> {
        &mut self.dir
    }

    #[inline]
    pub(in crate::paged) fn tail(&self) -> &[T] {
        match &self.tail {
            Some(tail) => tail,
            None => &[],
        }
    }

    #[inline]
    pub(in crate::paged) fn get(&self, index: usize) -> Option<&T> {
        if !self.dir.is_regular() {
            return self.get_by_search(index);
        }
        // Both lookups are in here and not in a call. So the way to the tail costs nothing if it is not taken.
        match self.dir.get_by_shift(index) {
            // The index is not less than the directory's length.
            None => self.tail().get(index.wrapping_sub(self.dir.len())),
            element => element,
        }
    }

    fn get_by_search(&self, index: usize) -> Option<&T> {
        match index.checked_sub(self.dir.len()) {
            Some(index) => self.tail().get(index),
            None => self.dir.get(index),
        }
    }

    #[inline]
    pub(in crate::paged) fn get_mut(&mut self, index: usize) -> Option<&mut T>
    where
        T: Clone,
    {
        let Some(offset) = index.checked_sub(self.dir.len()) else {
            let (page, offset) = self.dir.locate(index);
            return self.dir.make_mut(page, 0).get_mut(offset);
        };
        let tail = self.tail.as_mut().filter(|tail| offset < tail.len())?;
        make_page_mut(tail, 0).get_mut(offset)
    }

    /// The page of an index that is below `len`, and the offset in it.
    pub(in crate::paged) fn locate(&self, index: usize) -> (usize, usize) {
        match index.checked_sub(self.dir.len()) {
            Some(offset) => (self.dir.used(), offset),
            None => self.dir.locate(index),
        }
    }

    pub(in crate::paged) fn page(&self, page: usize) -> &[T] {
        self.dir.places().get(page).map_or(self.tail(), Place::as_slice)
    }

    /// Returns `true` if a write to a page would copy it.
    pub(in crate::paged) fn is_page_shared(&self, page: usize) -> bool {
        match &self.tail {
            Some(tail) if page == self.dir.used() => is_shared(tail),
            _ => self.dir.is_page_shared(page),
        }
    }

    /// Makes a page unshared.
    pub(in crate::paged) fn make_mut(&mut self, page: usize) -> &mut Vec<T>
    where
        T: Clone,
    {
        match &mut self.tail {
            Some(tail) if page == self.dir.used() => make_page_mut(tail, 0),
            _ => self.dir.make_mut(page, 0),
        }
    }

    /// The pages of some numbers, to be made unshared one by one: places of an unshared directory, and the tail.
    pub(in crate::paged) fn pages_mut(
        &mut self,
        pages: Range<usize>,
    ) -> (&mut [Place<T>], Option<&mut Page<T>>) {
        let used = self.dir.used();
        let tail = self.tail.as_mut().filter(|_| pages.end > used);
        let places = if pages.start < used { self.dir.places_mut() } else { &mut [] };
        (places.get_mut(pages.start..pages.end.min(used)).unwrap_or_default(), tail)
    }

    pub(in crate::paged) fn ptr_eq(&self, other: &Self) -> bool {
        self.dir.ptr_eq(&other.dir)
            && self.tail.as_ref().map(Arc::as_ptr) == other.tail.as_ref().map(Arc::as_ptr)
    }

    pub(in crate::paged) fn has_same_pages(&self, other: &Self) -> bool {
        let same = |(page, of_other)| Arc::ptr_eq(page, of_other);
        let is_as_long = self.len() == other.len() && self.page_count() == other.page_count();
        is_as_long && (self.ptr_eq(other) || self.pages().zip(other.pages()).all(same))
    }

    pub(in crate::paged) fn page_count(&self) -> usize {
        self.dir.used() + usize::from(self.tail.is_some())
    }

    pub(in crate::paged) fn pages(&self) -> impl Iterator<Item = &Page<T>> {
        self.dir.pages().chain(&self.tail)
    }

    /// Gives a list without a tail one, which is not empty.
    pub(in crate::paged) fn set_tail(&mut self, tail: Option<Page<T>>) {
        debug_assert!(self.tail.is_none());
        self.tail = tail;
    }

    /// Returns how many elements the tail may have.
    ///
    /// They are few enough to be copied by a push, and so many that a push seldom copies the directory. They are far fewer than
    /// those in the directory. An access by index looks there first, and so finds nearly everything at once. A short directory
    /// has no tail: it is copied instead.
    fn tail_limit(&self) -> usize {
        (self.dir.used() / 8).min(Directory::<T>::PAGE)
    }

    /// Returns how many more elements the last page can hold when the tail has become part of the directory.
    pub(in crate::paged) fn room_in_last(&self) -> usize {
        let (room, tail) = (self.dir.room_in_last(), self.tail().len());
        // The tail fills up the last page. If that is too small for it, the rest of the tail is the last page.
        room.checked_sub(tail).unwrap_or_else(|| Directory::<T>::PAGE - (tail - room))
    }

    /// Returns `true` if the next push appends to the tail.
    fn pushes_to_tail(&self) -> bool {
        self.dir.is_shared() && self.tail().len() < self.tail_limit()
    }

    /// Gives back the room that is left in the pages.
    pub(in crate::paged) fn shrink_pages(&mut self) {
        self.dir.shrink_pages();
        if let Some(tail) = &mut self.tail {
            shrink_page(tail);
        }
    }

    /// Adds one element at the end.
    pub(in crate::paged) fn push(&mut self, value: T)
    where
        T: Clone,
    {
        if self.pushes_to_tail() {
            make_page_mut(self.tail.get_or_insert_default(), 1).push(value);
        } else {
            self.flush_tail_and_reserve(1);
            self.dir.push(value);
        }
    }

    /// Makes all copies that a push would make. The push then calls nothing of the user's.
    pub(in crate::paged) fn prepare_push(&mut self)
    where
        T: Clone,
    {
        if self.pushes_to_tail() {
            // There is no empty tail.
            if let Some(tail) = &mut self.tail {
                make_page_mut(tail, 1);
            }
        } else {
            self.flush_tail_and_reserve(1);
            if self.dir.room_in_last() > 0 {
                self.dir.make_mut(self.dir.used() - 1, 1);
            }
        }
    }

    /// Removes a range that ends in the tail, and returns its pages. If a `Clone` panics, nothing has changed.
    pub(in crate::paged) fn cut_tail_out(&mut self, range: Range<usize>) -> Vec<Page<T>>
    where
        T: Clone,
    {
        // All copies first.
        let (page, offset) = self.locate(range.start);
        if offset > 0 {
            self.make_mut(page);
        }
        if page == self.dir.used() && range.end < self.len() {
            let gone = self.make_mut(page).drain(offset..offset + range.len()).collect();
            return vec![Arc::new(gone)];
        }
        let after = if range.end < self.len() { self.split_off(range.end).take_pages().pop() } else { None };
        let gone = self.split_off(range.start).take_pages();
        // What is before the range has no tail then.
        if after.is_some() {
            self.set_tail(after);
        }
        gone
    }

    /// Makes the tail part of the directory, and returns that. If a `Clone` panics, nothing has changed.
    #[inline]
    pub(in crate::paged) fn flush_tail(&mut self) -> &mut Directory<T>
    where
        T: Clone,
    {
        self.flush_tail_and_reserve(0);
        &mut self.dir
    }

    /// Returns the directory when it has the first `end` elements. It has one, if there is any.
    #[inline]
    pub(in crate::paged) fn flush_tail_up_to(&mut self, end: usize) -> &mut Directory<T>
    where
        T: Clone,
    {
        if end.max(1) <= self.dir.len() { &mut self.dir } else { self.flush_tail() }
    }

    /// Does what `flush_tail` does, and gives the last page room for `extra` more elements, if it may have them.
    #[inline]
    fn flush_tail_and_reserve(&mut self, extra: usize)
    where
        T: Clone,
    {
        if self.tail.is_some() {
            self.append_tail(extra);
        }
    }

    #[cold]
    fn append_tail(&mut self, extra: usize)
    where
        T: Clone,
    {
        let room = self.dir.room_in_last();
        // All copies first.
        let Some(tail) = &mut self.tail else { return };
        let len = make_page_mut(tail, 0).len();
        if room > 0 {
            self.dir.make_mut(self.dir.used() - 1, room.min(len + extra));
        }
        let mut tail = self.tail.take().map(Arc::unwrap_or_clone).unwrap_or_default();
        if room > 0 {
            self.dir.append_to_last(tail.drain(..room.min(len)));
        }
        if !tail.is_empty() {
            self.dir.push_pages([Arc::new(tail)]);
        }
    }

    /// Takes all pages.
    pub(in crate::paged) fn take_pages(&mut self) -> Vec<Page<T>> {
        let (mut pages, tail) = self.take_parts();
        pages.extend(tail);
        pages
    }

    /// Takes the pages of the directory, and the tail.
    pub(in crate::paged) fn take_parts(&mut self) -> (Vec<Page<T>>, Option<Page<T>>) {
        (self.dir.take_pages(), self.tail.take())
    }

    /// Removes the elements from `len` on, which is below the length. See [`Directory::truncate`].
    pub(in crate::paged) fn truncate(&mut self, len: usize) -> (Vec<Page<T>>, Vec<T>)
    where
        T: Clone,
    {
        let Some(offset) = len.checked_sub(self.dir.len()) else {
            let mut gone = self.dir.truncate(len);
            gone.0.extend(self.tail.take());
            return gone;
        };
        match &mut self.tail {
            Some(tail) if offset > 0 => truncate_page(tail, offset),
            _ => (self.tail.take().into_iter().collect(), Vec::new()),
        }
    }

    /// Splits the list in two at an index that is below the length, and returns the second part. If a `Clone` panics, nothing
    /// has changed.
    pub(in crate::paged) fn split_off(&mut self, at: usize) -> Self
    where
        T: Clone,
    {
        let Some(offset) = at.checked_sub(self.dir.len()) else {
            let page = self.dir.split_page(at);
            return Self::from_parts(self.dir.truncate_pages(page), self.tail.take());
        };
        let rest = match &mut self.tail {
            Some(tail) if offset > 0 => Some(Arc::new(make_page_mut(tail, 0).split_off(offset))),
            _ => self.tail.take(),
        };
        Self::from_parts(rest.into_iter().collect(), None)
    }
}

impl<T> From<Directory<T>> for List<T> {
    #[inline]
    fn from(dir: Directory<T>) -> Self {
        Self { dir, tail: None }
    }
}

impl<T> Clone for List<T> {
    #[inline]
    fn clone(&self) -> Self {
        Self { dir: self.dir.clone(), tail: self.tail.clone() }
    }
}
