//! [`Fingerprints`]: which content each version is made of.

use crate::content::{Content, Fingerprint};
use std::collections::VecDeque;

/// The fingerprints of the versions that are alive, oldest first. What other writers publish is made of the content before it.
#[derive(Default)]
pub(crate) struct Fingerprints(VecDeque<(u64, Fingerprint)>);

impl Fingerprints {
    /// A version, which is no older than the last one, is made of this. `oldest` is the oldest version that is alive.
    pub(crate) fn note(&mut self, version: u64, fingerprint: Fingerprint, oldest: u64) {
        if self.0.back().is_some_and(|(last, _)| *last == version) {
            self.0.pop_back();
        }
        self.0.push_back((version, fingerprint));
        while self.0.get(1).is_some_and(|(second, _)| *second <= oldest) {
            self.0.pop_front();
        }
    }

    /// That of a version. If it is from before the first load, that of a content without a file.
    pub(crate) fn of(&self, version: u64) -> Fingerprint {
        let noted = self.0.iter().rev().find(|(noted, _)| *noted <= version);
        noted.map_or_else(|| Content::new([]).fingerprint(), |(_, fingerprint)| *fingerprint)
    }
}
