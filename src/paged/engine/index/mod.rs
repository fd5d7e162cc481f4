//! A sequence whose elements are found by their hashes. It places hashes and computes none.
//!
//! The elements lie in *slots*, side by side in the order of the sequence (`slots/`). A table holds for each of them a [`Link`]: where
//! it is, and 32 bits of its hash. So an element is stored once. A lookup goes through the table to a slot, and compares there if those
//! bits are equal. A walk sees the slots alone.
//!
//! A slot keeps its number when another one is removed: the removal leaves a *gap*, of which a page knows by a bit. So it changes one
//! page of slots and one of links. When there are more gaps than elements, the slots are numbered anew (`compact`). That takes
//! **O(n)**, after at least as many removals. Each page counts its elements. So the place of an index is found by adding up counts.
//!
//! Three rules hold in here:
//!
//! - Each element has one link, and each link leads to an element. Links are copied as bytes, and have their hash in them. So nothing of
//!   the user's runs when they move, and no hash that lies can part the two.
//! - A write first computes the hashes that it needs and makes unshared what it will change. From there on nothing of the user's
//!   runs. So a panic in `Hash`, `Eq` or `Clone` finds everything in order.
//! - What is taken out goes to the caller, who drops it when everything is in order again.

mod bulk;
mod link;
mod slots;

pub(in crate::paged) use self::bulk::Builder;
pub(crate) use self::slots::Gone;
pub(in crate::paged) use self::slots::{Entries, IntoIter, Iter, IterMut, Slots};

use self::link::{Hash, Link, spread};
use super::table::{Position, Table, std_error};
use std::collections::TryReserveError;

/// A sequence in copy-on-write pages, and a table that finds its elements. Cloning it is some `Arc` clones.
pub(crate) struct Index<T> {
    links: Table<Link>,
    slots: Slots<T>,
}

impl<T> Index<T> {
    pub(in crate::paged) fn with_capacity(capacity: usize) -> Self {
        Self { links: Table::with_capacity(capacity), slots: Slots::new() }
    }

    #[inline]
    pub(in crate::paged) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(in crate::paged) fn capacity(&self) -> usize {
        self.links.capacity()
    }

    pub(in crate::paged) fn ptr_eq(&self, other: &Self) -> bool {
        self.slots.ptr_eq(&other.slots) && self.links.ptr_eq(&other.links)
    }

    pub(in crate::paged) fn page_count(&self) -> usize {
        self.slots.page_count() + self.links.page_count()
    }

    pub(in crate::paged) fn shared_pages(&self, other: &Self) -> usize {
        self.slots.shared_pages(&other.slots) + self.links.shared_pages(&other.links)
    }

    /// Returns an element with this hash that `eq` accepts.
    #[inline]
    pub(in crate::paged) fn find(&self, hash: u64, mut eq: impl FnMut(&T) -> bool) -> Option<&T> {
        let hash = Hash::of(hash);
        let link = self.first_link(hash)?;
        match self.slots.get(link.slot()) {
            Some(there) if eq(there) => Some(there),
            _ => self.slots.get(self.find_among(hash, eq)?.slot()),
        }
    }

    /// Returns the slot of an element with this hash that `eq` accepts.
    #[inline]
    pub(in crate::paged) fn find_slot(&self, hash: u64, mut eq: impl FnMut(&T) -> bool) -> Option<usize> {
        let hash = Hash::of(hash);
        let link = self.first_link(hash)?;
        if self.slots.get(link.slot()).is_some_and(&mut eq) {
            return Some(link.slot());
        }
        Some(self.find_among(hash, eq)?.slot())
    }

    /// Returns a link with these bits. It is nearly always the only one. So nothing of an element is in the search, which is short.
    #[inline]
    fn first_link(&self, hash: Hash) -> Option<Link> {
        self.links.find(hash.spread(), |link| link.hash == hash, |&link| link)
    }

    /// Returns the link of the element that `eq` accepts, of several that have these bits.
    #[cold]
    #[inline(never)]
    fn find_among(&self, hash: Hash, mut eq: impl FnMut(&T) -> bool) -> Option<Link> {
        let is_it = |link: &Link| link.hash == hash && self.slots.get(link.slot()).is_some_and(&mut eq);
        self.links.find(hash.spread(), is_it, |&link| link)
    }

    #[inline]
    pub(in crate::paged) fn get(&self, slot: usize) -> Option<&T> {
        self.slots.get(slot)
    }

    /// The element that is the `index`th.
    #[inline]
    pub(in crate::paged) fn get_index(&self, index: usize) -> Option<&T> {
        self.slots.get_index(index)
    }

    pub(in crate::paged) fn slot_of(&self, index: usize) -> Option<usize> {
        self.slots.slot_of(index)
    }

    pub(in crate::paged) fn index_of(&self, slot: usize) -> usize {
        self.slots.index_of(slot)
    }

    pub(in crate::paged) fn iter(&self) -> Iter<'_, T> {
        self.slots.iter()
    }

    /// The elements without their table.
    pub(in crate::paged) fn slots(&self) -> &Slots<T> {
        &self.slots
    }

    /// Removes all elements, and returns them as an index.
    pub(in crate::paged) fn take_all(&mut self) -> Self {
        // An empty one stays as it is, so that it keeps its capacity and its version.
        if self.len() == 0 { Self::default() } else { std::mem::take(self) }
    }

    pub(in crate::paged) fn last_slot(&self) -> Option<usize> {
        self.slots.last_slot()
    }

    pub(in crate::paged) fn into_iter(self) -> IntoIter<T> {
        self.slots.into_iter()
    }

    /// Returns where the link of a slot is, whose element has this hash.
    fn link_of(&self, slot: usize, hash: u64) -> Position {
        let found = self.links.find_position(Hash::of(hash).spread(), |link| link.slot() == slot);
        // An element that hashes otherwise than when it came is looked for among all.
        let all = || self.links.positions().find(|(_, link)| link.slot() == slot);
        found.or_else(|| Some(all()?.0)).expect("each element has a link")
    }

    fn unlink(&mut self, position: Position) {
        self.links.remove(position, &mut None, spread);
    }
}

impl<T: Clone> Index<T> {
    pub(in crate::paged) fn iter_mut(&mut self) -> IterMut<'_, T> {
        self.slots.iter_mut()
    }

    /// Returns an element to write to, after copying what is shared.
    #[inline]
    pub(in crate::paged) fn get_mut(&mut self, slot: usize) -> Option<&mut T> {
        self.slots.get_mut(slot)
    }

    /// Adds an element that is not there yet at the end, and returns its slot. It stays with the caller until nothing can panic
    /// any more.
    pub(in crate::paged) fn insert(&mut self, hash: u64, element: &mut Option<T>) -> usize {
        if self.slots.end() >= Link::SLOTS {
            self.compact();
            assert!(self.slots.end() < Link::SLOTS, "capacity overflow");
        }
        self.slots.make_room();
        let link = Link::new(hash, self.slots.end());
        self.links.insert_unique(spread(&link), &mut Some(link), spread);
        self.slots.push(element.take().expect("there is an element to insert"))
    }

    /// Moves an element to `gone`. Those after it keep their order. The caller has it there even if a `Clone` panics afterwards.
    pub(in crate::paged) fn remove(&mut self, slot: usize, hash: u64, gone: &mut Option<T>) {
        let position = self.link_of(slot, hash);
        self.slots.unshare(slot);
        self.unlink(position);
        *gone = self.slots.take(slot);
        self.compact_if_loose();
    }

    /// Moves an element to `gone`, and the last one to its slot.
    pub(in crate::paged) fn swap_remove(
        &mut self,
        slot: usize,
        hash_of: impl Fn(&T) -> u64,
        gone: &mut Option<T>,
    ) {
        let last = self.slots.last_slot().expect("there is an element to remove");
        let hash = |slot| hash_of(self.slots.get(slot).expect("a slot holds an element"));
        let position = self.link_of(slot, hash(slot));
        if slot == last {
            self.slots.unshare(slot);
            self.unlink(position);
            *gone = self.slots.take(slot);
            return self.compact_if_loose();
        }
        let of_last = self.link_of(last, hash(last));
        self.slots.unshare(slot);
        self.slots.unshare(last);
        self.links.get_mut(of_last).set_slot(slot);
        // The position holds: a link that is written to stays in its place.
        self.unlink(position);
        if let Some(moved) = self.slots.take(last) {
            *gone = self.slots.replace(slot, moved);
        }
        self.compact_if_loose();
    }

    /// Moves an element behind all others, and returns its slot.
    pub(in crate::paged) fn move_to_back(&mut self, slot: usize, hash: u64) -> usize {
        if self.slots.last_slot() == Some(slot) {
            return slot;
        }
        if self.slots.end() >= Link::SLOTS {
            let index = self.index_of(slot);
            self.compact();
            return self.move_to_back(index, hash);
        }
        let position = self.link_of(slot, hash);
        self.slots.make_room_and_unshare(slot);
        self.links.get_mut(position).set_slot(self.slots.end());
        let Some(moved) = self.slots.take(slot) else { unreachable!("a slot holds an element") };
        self.slots.push(moved);
        self.compact_if_loose();
        self.slots.end() - 1
    }

    /// Exchanges two elements.
    pub(in crate::paged) fn swap(&mut self, a: usize, b: usize, hash_of: impl Fn(&T) -> u64) {
        if a == b {
            return;
        }
        let hash = |slot| hash_of(self.slots.get(slot).expect("a slot holds an element"));
        let links = [(a, self.link_of(b, hash(b))), (b, self.link_of(a, hash(a)))];
        self.slots.unshare(a);
        self.slots.unshare(b);
        for (slot, position) in links {
            self.links.get_mut(position).set_slot(slot);
        }
        self.slots.swap(a, b);
    }

    /// Gives the element in a slot another hash, and returns it. The caller changes it so that it has that hash.
    pub(in crate::paged) fn rehash(&mut self, slot: usize, from: u64, to: u64) -> &mut T {
        let position = self.link_of(slot, from);
        self.slots.unshare(slot);
        self.unlink(position);
        let link = Link::new(to, slot);
        self.links.insert_unique(spread(&link), &mut Some(link), spread);
        self.slots.get_mut(slot).expect("a slot holds an element")
    }

    pub(in crate::paged) fn reserve(&mut self, additional: usize) {
        self.links.reserve(additional, spread);
    }

    pub(in crate::paged) fn try_reserve(&mut self, additional: usize) -> Result<(), TryReserveError> {
        // As much as all elements take at once, as for the pages of a table.
        if self.len().checked_add(additional).is_none_or(|total| total > self.capacity()) {
            let mut all = Vec::<T>::new();
            all.try_reserve_exact(additional)?;
            std::hint::black_box(&all);
        }
        self.links.try_reserve(additional, spread).map_err(|error| std_error(&error))
    }

    pub(in crate::paged) fn shrink_to(&mut self, min_capacity: usize) {
        self.compact();
        self.slots.shrink_pages();
        self.links.shrink_to(min_capacity, spread);
    }
}

impl<T> Clone for Index<T> {
    fn clone(&self) -> Self {
        Self { links: self.links.clone(), slots: self.slots.clone() }
    }
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self::with_capacity(0)
    }
}
