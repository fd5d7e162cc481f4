//! A hash table in pages. It places hashes and computes none.
//!
//! This is linear hashing (W. Litwin, *Linear Hashing: A New Tool for File and Table Addressing*, VLDB 1980). The page
//! of a hash is `hash & mask`, after some mixing (`place.rs`). While that page does not exist, it is the page with the top bit of
//! that cleared. A table that
//! is over its limit splits the next page in two. So growth never copies the table, and no single insertion pays for all of
//! it. Unlike Litwin's, this table splits in rounds: it splits a page with every insertion until all are split, and then rests
//! (`size.rs`). So the page of a hash is `hash & mask` nearly all the time. `directory.rs` has a page that
//! is still to be split in both of its places, so that a read need not ask.
//!
//! Three rules hold in here:
//!
//! - A function that moves entries computes *all* their hashes before the first one moves, and clones shared entries before it
//!   takes unshared ones (`moves.rs`). `Hash` and `Clone` may panic, and then no entry must be lost. For the same reason a page
//!   never rehashes (`page/`).
//! - A write first looks up a [`Position`] and then copies the page. The position stays right, since a cloned page keeps each
//!   entry in its bucket.
//! - `len` changes in the statement after an entry was added or removed, before any value is dropped.

mod build;
mod directory;
mod extract;
mod iter;
mod moves;
mod owners;
mod page;
#[cfg(feature = "rayon")]
mod parts;
mod place;
mod room;
mod size;
mod unshared;

pub(in crate::paged) use self::build::Builder;
pub(in crate::paged) use self::extract::Extract;
pub(in crate::paged) use self::iter::{IntoIter, Iter, IterMut};
#[cfg(feature = "rayon")]
pub(crate) use self::parts::{OwnedPart, Part};
pub(in crate::paged) use self::room::std_error;
pub(in crate::paged) use self::unshared::{Numbers, Unshared};

use self::directory::{Directory, PageMut, Pages};
use self::page::{Page, TryReserveError};
use self::place::{Mixed, Places};
use self::room::granted;
use std::array;
use std::iter::repeat_n;
use std::mem;
use std::ptr;
use std::sync::Arc;

/// A hash table in copy-on-write pages. Cloning it is one `Arc` clone.
pub(crate) struct Table<T> {
    pages: Directory<T>,
    len: usize,
}

/// Where an entry is. It is right until the table is changed. The copy of a page is no change.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    page: usize,
    bucket: usize,
}

impl<T> Table<T> {
    pub(in crate::paged) fn with_capacity(capacity: usize) -> Self {
        granted(Self::try_with_capacity(capacity))
    }

    fn try_with_capacity(capacity: usize) -> Result<Self, TryReserveError> {
        room::ask_for::<T>(capacity)?;
        let count = size::pages_for::<T>(capacity);
        let rooms = repeat_n(size::entries_per_page(capacity, count), count);
        Ok(Self { pages: room::pages_with(rooms)?.into(), len: 0 })
    }

    #[inline]
    pub(in crate::paged) fn len(&self) -> usize {
        self.len
    }

    pub(in crate::paged) fn capacity(&self) -> usize {
        match &self.pages {
            // A page that was made anew may have more room than is used before there are more pages.
            Directory::One(_) => self.page(0).capacity().min(size::limit::<T>(1)),
            _ => size::limit::<T>(self.page_count()),
        }
    }

    #[inline]
    fn pages(&self) -> Pages<'_, T> {
        self.pages.pages(0..self.page_count())
    }

    #[inline]
    fn page(&self, index: usize) -> &Page<T> {
        self.pages.get(index).expect("there is a page of this index")
    }

    pub(in crate::paged) fn page_count(&self) -> usize {
        self.pages.len()
    }

    pub(in crate::paged) fn ptr_eq(&self, other: &Self) -> bool {
        self.pages.ptr_eq(&other.pages)
    }

    pub(in crate::paged) fn shared_pages(&self, other: &Self) -> usize {
        // A page never changes its index: splits and merges make new pages out of those that they change.
        self.pages().zip(other.pages()).filter(|&(page, of_other)| ptr::eq(page, of_other)).count()
    }

    /// The page of a hash, and the hash within the page.
    #[inline]
    fn locate(&self, hash: u64) -> (usize, u64) {
        Places::of(self.page_count()).place(hash)
    }

    /// Calls `then` with the entry, if there is one.
    ///
    /// Each case has a code path of its own: one path for all of them, with the page as its input, takes a third longer.
    #[inline]
    pub(in crate::paged) fn find<'a, R>(
        &'a self,
        hash: u64,
        eq: impl FnMut(&T) -> bool,
        then: impl FnOnce(&'a T) -> R,
    ) -> Option<R> {
        match &self.pages {
            Directory::One(one) => Some(then(one.view().find(hash, eq)?)),
            Directory::Many(many) => {
                let hash = Mixed::of(hash);
                Some(then(many.view_of(hash).find(hash.rest, eq)?))
            }
            Directory::Sections(sections) => {
                let hash = Mixed::of(hash);
                Some(then(sections.view_of(hash).find(hash.rest, eq)?))
            }
        }
    }

    /// Finds several entries. The memory of all of them is asked for before the first one is compared.
    pub(in crate::paged) fn find_many<const N: usize>(
        &self,
        hashes: [u64; N],
        eq: impl Fn(usize, &T) -> bool,
        touch: impl Fn(&T),
    ) -> [Option<&T>; N] {
        let views = hashes.map(|hash| match &self.pages {
            Directory::One(one) => (one.view(), hash),
            Directory::Many(many) => (many.view_of(Mixed::of(hash)), Mixed::of(hash).rest),
            Directory::Sections(sections) => (sections.view_of(Mixed::of(hash)), Mixed::of(hash).rest),
        });
        let candidates = views.map(|(view, hash)| view.candidate(hash));
        candidates.into_iter().flatten().for_each(touch);
        array::from_fn(|index| {
            let (view, hash) = views[index];
            view.find(hash, |entry| eq(index, entry))
        })
    }

    #[inline]
    pub(in crate::paged) fn find_position(&self, hash: u64, eq: impl FnMut(&T) -> bool) -> Option<Position> {
        let (page, rest) = self.locate(hash);
        let bucket = match &self.pages {
            Directory::One(one) => one.view().find_bucket(rest, eq)?,
            Directory::Many(many) => many.view_of(Mixed::of(hash)).find_bucket(rest, eq)?,
            Directory::Sections(sections) => sections.view_of(Mixed::of(hash)).find_bucket(rest, eq)?,
        };
        Some(Position { page, bucket })
    }

    pub(in crate::paged) fn get(&self, position: Position) -> &T {
        self.page(position.page).get(position.bucket).expect("a position holds an entry")
    }

    /// The entries, and where each is.
    pub(in crate::paged) fn positions(&self) -> impl Iterator<Item = (Position, &T)> {
        self.pages().enumerate().flat_map(|(index, page)| {
            page.buckets()
                .filter_map(move |bucket| Some((Position { page: index, bucket }, page.get(bucket)?)))
        })
    }

    pub(in crate::paged) fn iter(&self) -> Iter<'_, T> {
        Iter::new(self.pages(), self.len)
    }

    /// Removes all entries, and returns them as a table.
    pub(in crate::paged) fn take_all(&mut self) -> Self {
        // An empty table stays as it is, so that it keeps its capacity and its version.
        if self.len == 0 { Self::default() } else { mem::take(self) }
    }
}

impl<T: Clone> Table<T> {
    pub(in crate::paged) fn iter_mut(&mut self) -> IterMut<'_, T> {
        IterMut::new(&mut self.pages, self.len)
    }

    pub(in crate::paged) fn get_mut(&mut self, position: Position) -> &mut T {
        self.page_mut(position.page).get_mut(position.bucket).expect("a position holds an entry")
    }

    /// Adds an entry that is not there yet. It stays with the caller until nothing can panic any more.
    pub(in crate::paged) fn insert_unique(
        &mut self,
        hash: u64,
        entry: &mut Option<T>,
        hash_of: impl Fn(&T) -> u64,
    ) -> Position {
        if self.len >= size::limit::<T>(self.page_count()) {
            self.grow(&hash_of);
        }
        let (page, rest) = self.locate(hash);
        let mut put =
            |there: PageMut<'_, T>| there.put(rest, entry.take().expect("there is an entry to insert"));
        let bucket = match self.pages.unshared_mut(page) {
            Some(there) if !there.is_full() => put(there),
            _ => {
                if self.page(page).is_full() {
                    self.rebuild(page, size::with_room_to_go_on, &hash_of);
                }
                put(self.page_mut(page))
            }
        };
        self.len += 1;
        Position { page, bucket }
    }

    /// Moves an entry to `gone`. The caller has it there even if the hashing of the entries that stay panics.
    pub(in crate::paged) fn remove(
        &mut self,
        position: Position,
        gone: &mut Option<T>,
        hash_of: impl Fn(&T) -> u64,
    ) {
        let mut page = self.page_mut(position.page);
        *gone = Some(page.take(position.bucket).expect("a position holds an entry"));
        let is_sparse = page.is_sparse();
        self.len -= 1;
        let count = self.page_count();
        if count > 1 && self.len <= size::collapse::<T>() {
            self.repage(1, |_, len| size::with_headroom(len), &hash_of);
        } else if count > 1 && self.len < size::low_water::<T>(count) {
            self.merge(&hash_of);
        } else if is_sparse {
            self.rebuild(position.page, size::with_headroom, &hash_of);
        }
    }

    /// Removes the entries that `keep` rejects, and hands them to `gone`, one page after the other. `keep` is called for every
    /// entry before the first one is removed.
    ///
    /// `gone` is called between pages, when the table is in order. It gets a `Vec`, since a hash table leaks the rest of its
    /// entries if a destructor panics while it is dropped.
    pub(in crate::paged) fn retain(
        &mut self,
        mut keep: impl FnMut(&T) -> bool,
        gone: impl FnMut(Vec<T>),
        hash_of: impl Fn(&T) -> u64,
    ) {
        let before = self.len;
        self.retain_at(|_, entry| keep(entry), gone, &hash_of);
        if self.len < before {
            self.merge_pages_if_few_entries(hash_of);
        }
    }

    /// Does what `retain` does, and leaves as many pages. `keep` gets the position of each entry, too.
    pub(in crate::paged) fn retain_at(
        &mut self,
        mut keep: impl FnMut(Position, &T) -> bool,
        mut gone: impl FnMut(Vec<T>),
        hash_of: impl Fn(&T) -> u64,
    ) {
        let mut doomed = Vec::new();
        for (index, page) in self.pages().enumerate() {
            let mut rejects = |&bucket: &usize| {
                page.get(bucket).is_some_and(|entry| !keep(Position { page: index, bucket }, entry))
            };
            let buckets: Vec<_> = page.buckets().filter(&mut rejects).collect();
            if !buckets.is_empty() {
                doomed.push((index, buckets));
            }
        }
        if doomed.is_empty() {
            return;
        }
        for (index, buckets) in doomed {
            if buckets.len() * 2 > self.page(index).len() {
                gone(self.keep_rest(index, &buckets, &hash_of));
            } else {
                gone(buckets.into_iter().map(|bucket| self.take(Position { page: index, bucket })).collect());
                if self.page(index).is_sparse() {
                    self.rebuild(index, size::with_headroom, &hash_of);
                }
            }
        }
    }

    pub(in crate::paged) fn extract(&mut self) -> Extract<'_, T> {
        Extract::new(self)
    }

    /// Removes pages after many removals, if there are too many of them.
    pub(in crate::paged) fn merge_pages_if_few_entries(&mut self, hash_of: impl Fn(&T) -> u64) {
        let count = self.page_count();
        if size::has_too_many::<T>(count, self.len) {
            self.repage(size::pages_for::<T>(self.len * 2), |_, len| size::with_headroom(len), hash_of);
        }
    }

    pub(in crate::paged) fn reserve(&mut self, additional: usize, hash_of: impl Fn(&T) -> u64) {
        granted(self.try_reserve(additional, hash_of));
    }

    pub(in crate::paged) fn try_reserve(
        &mut self,
        additional: usize,
        hash_of: impl Fn(&T) -> u64,
    ) -> Result<(), TryReserveError> {
        let total = self.len.checked_add(additional).ok_or(TryReserveError::CapacityOverflow)?;
        if total <= self.capacity() {
            return Ok(());
        }
        room::ask_for::<T>(total)?;
        let count = size::pages_for::<T>(total);
        let room = |_, len| size::with_headroom(len).max(size::entries_per_page(total, count));
        self.try_repage(count, room, &hash_of)
    }

    pub(in crate::paged) fn shrink_to(&mut self, min_capacity: usize, hash_of: impl Fn(&T) -> u64) {
        let wanted = min_capacity.max(self.len);
        let count = size::pages_for::<T>(wanted);
        // The least room of each page.
        let share = if min_capacity > self.len { size::entries_per_page(wanted, count) } else { 0 };
        if count < self.page_count() {
            return self.repage(count, |_, len| len.max(share), &hash_of);
        }
        if count > self.page_count() {
            return;
        }
        for index in 0..self.page_count() {
            let page = self.page(index);
            let wanted = page.len().max(share);
            if page.is_loose_for(wanted) || (wanted == 0 && page.capacity() > 0) {
                self.rebuild(index, |len| len.max(share), &hash_of);
            }
        }
    }

    /// Returns a page to write to, after copying it if it is shared.
    fn page_mut(&mut self, index: usize) -> PageMut<'_, T> {
        self.pages.page_mut(index)
    }

    fn take(&mut self, position: Position) -> T {
        let entry = self.page_mut(position.page).take(position.bucket).expect("a position holds an entry");
        self.len -= 1;
        entry
    }

    /// Frees the memory of a page without entries, and all of a table without any. It hashes nothing.
    fn give_back_if_empty(&mut self, page: usize) {
        if self.len == 0 {
            *self = Self::default();
        } else if self.page(page).is_empty() {
            drop(self.pages.replace(page, Page::new()));
        }
    }

    /// Replaces a page by one without the entries in `doomed`, and returns those of them that are not shared.
    ///
    /// `doomed` is in the order of the page's iterator. This is for pages that lose most of their entries. It copies no entry
    /// that is removed, and the new page is small.
    fn keep_rest(&mut self, index: usize, doomed: &[usize], hash_of: impl Fn(&T) -> u64) -> Vec<T> {
        let page = self.page(index);
        let mut next = doomed.iter().copied().peekable();
        let rest: Vec<_> = page.buckets().filter(|&bucket| next.next_if_eq(&bucket).is_none()).collect();
        let entries = || rest.iter().filter_map(|&bucket| page.get(bucket));
        let places = Places::of(self.page_count());
        let hashes: Vec<_> = entries().map(|entry| places.place(hash_of(entry)).1).collect();
        let mut kept = Page::with_capacity(rest.len());
        if self.pages.is_shared(index) {
            let page = self.page(index);
            for (bucket, hash) in rest.into_iter().zip(hashes) {
                kept.put(hash, page.get(bucket).expect("a position holds an entry").clone());
            }
        } else {
            for (bucket, hash) in rest.into_iter().zip(hashes) {
                kept.put(hash, self.page_mut(index).take(bucket).expect("a position holds an entry"));
            }
        }
        let old = self.pages.replace(index, kept);
        self.len -= doomed.len();
        Arc::into_inner(old).into_iter().flatten().collect()
    }
}

impl<T> Clone for Table<T> {
    fn clone(&self) -> Self {
        Self { pages: self.pages.clone(), len: self.len }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}
