//! [`Past`]: the versions that were replaced, as long as they are kept or alive.

use super::Keep;
use super::others::Others;
use crate::publish::Version;
use crate::sync::{Arc, Moment, Trace};
use std::collections::VecDeque;
use std::mem;

/// The replaced versions of a cell. They are behind the mutex of the writers' lock, which a writer takes anyhow.
///
/// No code of the user's runs in here: what is no longer kept goes out, to be dropped elsewhere.
///
/// A version is in here before it is replaced, as `current`: a thread that has seen the next one finds it.
pub(super) struct Past<T> {
    keep: Keep,
    current: Current<T>,
    /// Those that are kept, oldest first: the newest before the current one.
    kept: VecDeque<(Moment, Arc<Version<T>>)>,
    /// Older ones, as long as others hold them.
    others: Others<T>,
}

/// The version that is current, or is just being replaced.
enum Current<T> {
    /// Versions are kept, and this is to be one of them.
    Kept(Arc<Version<T>>),
    Alive(u64, Trace<Version<T>>),
}

/// Versions that are no longer kept. The caller drops them with nothing locked.
type NoLongerKept<T> = Vec<Arc<Version<T>>>;

/// Whom the old versions are held by, in numbers.
pub(super) struct Account {
    /// The number of the newest version that was entered.
    pub(super) current: u64,
    pub(super) living: usize,
    pub(super) kept: usize,
    /// The number of the oldest one, and when it was replaced.
    pub(super) oldest: Option<(u64, Moment)>,
}

impl<T> Past<T> {
    pub(super) fn new(first: &Arc<Version<T>>) -> Self {
        let (keep, current) = (Keep::none(), Current::alive(first));
        Self { keep, current, kept: VecDeque::new(), others: Others::new() }
    }

    /// Enters that `next` was published just now.
    #[inline]
    #[must_use]
    pub(super) fn enter(&mut self, next: &Arc<Version<T>>) -> NoLongerKept<T> {
        let replaced = Moment::now();
        let next =
            if self.keep == Keep::none() { Current::alive(next) } else { Current::Kept(Arc::clone(next)) };
        match mem::replace(&mut self.current, next) {
            Current::Alive(number, version) => self.others.push(number, replaced, version),
            Current::Kept(version) => self.kept.push_back((replaced, version)),
        }
        self.let_go()
    }

    #[must_use]
    pub(super) fn keep(&mut self, keep: Keep) -> NoLongerKept<T> {
        self.keep = keep;
        let mut out = self.let_go();
        match &self.current {
            Current::Kept(version) if keep == Keep::none() => {
                let alive = Current::alive(version);
                if let Current::Kept(version) = mem::replace(&mut self.current, alive) {
                    out.push(version);
                }
            }
            Current::Alive(_, version) if keep != Keep::none() => {
                if let Some(version) = version.find() {
                    self.current = Current::Kept(version);
                }
            }
            _ => {}
        }
        out
    }

    /// Keeps no more, and nothing older, than is asked for.
    #[inline]
    #[must_use]
    pub(super) fn let_go(&mut self) -> NoLongerKept<T> {
        let mut out = Vec::new();
        while let Some((replaced, _)) = self.kept.front() {
            if self.keep.is_kept(self.kept.len(), *replaced) {
                break;
            }
            let (replaced, version) = self.kept.pop_front().expect("it was there");
            self.others.push(version.number, replaced, Version::trace(&version));
            out.push(version);
        }
        out
    }

    /// The version of this number, if it is kept, or alive.
    pub(super) fn find(&self, number: u64) -> Option<Arc<Version<T>>> {
        match &self.current {
            Current::Kept(version) if version.number == number => return Some(Arc::clone(version)),
            Current::Alive(current, version) if *current == number => return version.find(),
            _ => {}
        }
        if let Ok(at) = self.kept.binary_search_by_key(&number, |(_, version)| version.number) {
            return Some(Arc::clone(&self.kept[at].1));
        }
        self.others.find(number)
    }

    /// The versions that are kept, oldest first, and the current one last. The caller has seen that `seen` was current.
    pub(super) fn history<'a>(
        &'a self,
        seen: &'a Arc<Version<T>>,
    ) -> impl Iterator<Item = Arc<Version<T>>> + 'a {
        let entered = match &self.current {
            Current::Kept(version) => Some(version),
            Current::Alive(..) => None,
        };
        // `seen` is newer if its writer is just about to enter it, and older if another was published since.
        let is_to_be_entered = entered.is_none_or(|entered| entered.number < seen.number);
        let last = is_to_be_entered.then_some(seen);
        let count = self.kept.len() + usize::from(entered.is_some() && last.is_some());
        let too_many = count.saturating_sub(self.keep.count()).min(self.kept.len());
        let older = self.kept.range(too_many..).map(|(_, version)| version);
        older.chain(entered).chain(last).map(Arc::clone)
    }

    /// Counts those that are alive, or a part of them: then `None`, and it is to be called again. Writers come in between.
    ///
    /// `last_round` is `None` in the first call.
    pub(super) fn account(&mut self, last_round: &mut Option<u64>) -> Option<Account> {
        const PART: usize = 128;
        let last_round = *last_round.get_or_insert(self.others.rounds() + 2);
        for _ in 0..PART {
            if self.others.rounds() < last_round {
                self.others.look();
            }
        }
        if self.others.rounds() < last_round {
            return None;
        }
        let oldest_kept = self.kept.front().map(|(replaced, version)| (version.number, *replaced));
        let oldest = self.others.oldest().or(oldest_kept);
        let current = match &self.current {
            Current::Kept(version) => version.number,
            Current::Alive(number, _) => *number,
        };
        let kept = self.kept.len();
        Some(Account { current, living: self.others.len() + kept, kept, oldest })
    }
}

impl<T> Current<T> {
    fn alive(version: &Arc<Version<T>>) -> Self {
        Self::Alive(version.number, Version::trace(version))
    }
}
