//! The index that is derived from the list.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;
use readmostly::paged::Change;

use super::list::Domain;

/// The listed domains by their suffix, which is what follows the first dot: who is listed right below `co.uk`?
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Index {
    /// A suffix below which nothing is listed is not in here.
    below: HashMap<Box<str>, BTreeSet<Domain>, RandomState>,
}

impl Index {
    /// Builds the index of these domains.
    pub(crate) fn of<'a>(domains: impl IntoIterator<Item = &'a Domain>) -> Self {
        let mut index = Self::default();
        domains.into_iter().for_each(|domain| index.add(domain));
        index
    }

    /// Follows one change of the list.
    pub(crate) fn apply(&mut self, change: &Change<'_, Domain, ()>) {
        match change {
            Change::Added { key, .. } => self.add(key),
            Change::Removed { key, .. } => self.remove(key),
            Change::Updated { .. } => unreachable!("a set has no values that could change"),
        }
    }

    fn add(&mut self, domain: &Domain) {
        let suffix = suffix(domain);
        // Most suffixes are there, and are not to be copied to find that out.
        if !self.below.contains_key(suffix) {
            self.below.insert(suffix.into(), BTreeSet::new());
        }
        let domains = self.below.get_mut(suffix).expect("it is there, or was inserted just now");
        domains.insert(Arc::clone(domain));
    }

    fn remove(&mut self, domain: &Domain) {
        let suffix = suffix(domain);
        let Some(domains) = self.below.get_mut(suffix) else { return };
        domains.remove(domain);
        if domains.is_empty() {
            self.below.remove(suffix);
        }
    }

    /// How many suffixes there are.
    pub(crate) fn suffixes(&self) -> usize {
        self.below.len()
    }

    /// The suffix below which most is listed, and how much.
    pub(crate) fn largest(&self) -> Option<(&str, usize)> {
        let sizes = self.below.iter().map(|(suffix, domains)| (&**suffix, domains.len()));
        sizes.max_by_key(|&(suffix, size)| (size, suffix))
    }
}

fn suffix(domain: &str) -> &str {
    domain.split_once('.').map_or("", |(_, suffix)| suffix)
}
