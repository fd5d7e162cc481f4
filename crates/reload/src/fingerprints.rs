//! [`Fingerprints`]: which content each version is made of.

use crate::content::{Content, Fingerprint};
use std::collections::VecDeque;

/// The fingerprints of the versions that are kept, oldest first. What other writers publish is made of the content before it.
pub(crate) struct Fingerprints(VecDeque<(u64, Fingerprint)>);

impl Fingerprints {
    /// All versions are from before the first load, and made of a content without a file.
    pub(crate) fn new() -> Self {
        Self(VecDeque::from([(0, Content::new([]).fingerprint())]))
    }

    /// A version, which is no older than the last one, is made of this. `oldest` is the oldest version that is kept: who holds an older
    /// one lets nothing grow.
    pub(crate) fn note(&mut self, version: u64, fingerprint: Fingerprint, oldest: u64) {
        if self.0.back().is_some_and(|(last, _)| *last == version) {
            self.0.pop_back();
        }
        self.0.push_back((version, fingerprint));
        while self.0.get(1).is_some_and(|(second, _)| *second <= oldest) {
            self.0.pop_front();
        }
    }

    /// That of a version. `None` if it was not kept any more.
    pub(crate) fn of(&self, version: u64) -> Option<Fingerprint> {
        let noted = self.0.iter().rev().find(|(noted, _)| *noted <= version);
        noted.map(|(_, fingerprint)| *fingerprint)
    }
}
