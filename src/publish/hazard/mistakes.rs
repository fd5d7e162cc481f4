//! What is done wrong on purpose: see `sync/mutant.rs`. Each is the function of the same kind in `mod.rs`, but for one thing.

use super::list::Chain;
use super::records::{self, Hazard};
use super::{Retired, Slot, Version};
use crate::sync::mutant::{self, Mutant};
use crate::sync::{Arc, fence};
use std::cell::RefCell;

std::thread_local! {
    /// The versions that a search before their swap has found named. A model runs all its threads on one.
    static NAMED_BEFORE: RefCell<Vec<*const ()>> = const { RefCell::new(Vec::new()) };
}

impl<T> Slot<T> {
    pub(super) fn protect_wrongly(
        &self,
        hazard: &Hazard,
        seen: *const Version<T>,
    ) -> Result<*const Version<T>, *const Version<T>> {
        if !mutant::is(Mutant::Unpinned) {
            hazard.protect(self.address(), seen.cast());
        }
        if !mutant::is(Mutant::ReaderUnfenced) {
            fence::light(records::acknowledge);
        }
        let current = if mutant::is(Mutant::NoSecondLook) { seen } else { self.current() };
        if current != seen {
            return Err(current);
        }
        if mutant::is(Mutant::ClearEarly) {
            hazard.clear();
        }
        Ok(current)
    }

    pub(super) fn protect_and_drop_inside(
        &self,
        hazard: &Hazard,
        mut seen: *const Version<T>,
        mut newer: *const Version<T>,
    ) -> (*const Version<T>, bool) {
        loop {
            if self.release(hazard, seen) {
                drop(self.visit());
            }
            seen = newer;
            match self.protect(hazard, seen) {
                Ok(current) => return (current, false),
                Err(current) => newer = current,
            }
        }
    }

    pub(super) fn release_wrongly(&self, hazard: &Hazard, version: *const Version<T>) -> bool {
        let overtaken = self.current() != version;
        hazard.clear();
        if mutant::is(Mutant::GuardUnfenced) {
            return self.current() != version;
        }
        fence::light(records::acknowledge);
        overtaken
    }

    pub(super) fn swap_after_search(&self, next: Arc<Version<T>>) -> Retired<'_, T> {
        let current = self.current().cast();
        let named = records::find(self.address(), current).is_some();
        NAMED_BEFORE.with_borrow_mut(|versions| {
            versions.retain(|version| *version != current);
            versions.extend(named.then_some(current));
        });
        self.exchange(next)
    }

    pub(super) fn search_wrongly_for(&self, version: Arc<Version<T>>, out_of_reach: &mut Chain<T>) -> bool {
        let address = Arc::as_ptr(&version).cast();
        let found = records::find(self.address(), address);
        let named = if mutant::is(Mutant::SearchEarly) {
            NAMED_BEFORE.with_borrow(|versions| versions.contains(&address))
        } else {
            mutant::is(Mutant::FreeLate)
        };
        if named {
            self.retired.push(version);
            found.is_some_and(|name| name.stands())
        } else {
            out_of_reach.push(version);
            true
        }
    }
}
