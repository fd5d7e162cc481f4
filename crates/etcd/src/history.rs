//! [`Witnesses`]: what shows that etcd still has the history that the table was made of.
//!
//! A cluster that was restored from a backup has the same identity, and may be past the revision that is known. What it has done up to there no watch
//! brings. So a new watch is not trusted before etcd has shown what is known to have been written last, as it was at the revision that
//! is known, and that there were as many keys. That is a look at one key, and a walk over the names in etcd's index.

use crate::wire::{KeyValue, Prefix, Range};
use serde_json::Value;
use std::collections::VecDeque;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// How many keys are kept. If the last ones are removed, there is an older one.
const KEPT: usize = 8;
/// Up to how many bytes a value is compared as well. A larger one may take longer than an answer may on a slow network.
const COMPARED: usize = 16 << 10;

/// The keys that were written last.
#[derive(Default)]
pub(crate) struct Witnesses {
    hasher: RandomState,
    /// By their revisions. None of them was removed since.
    puts: VecDeque<Put>,
    /// The key that was removed last, if none was put since.
    gone: Option<Vec<u8>>,
    /// The last revision that has changed a key of the prefix.
    written: u64,
}

/// How a key was written.
#[derive(Clone, PartialEq, Eq)]
struct Put {
    key: Vec<u8>,
    stamp: Stamp,
    /// A hash of the value. `None`: it is large, and only the stamp is compared.
    value: Option<u64>,
}

/// What etcd knows of a key: when it was made and written, and how often since it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) created: u64,
    pub(crate) revision: u64,
    pub(crate) version: u64,
}

impl From<&KeyValue> for Stamp {
    fn from(kv: &KeyValue) -> Self {
        Self { created: kv.create_revision, revision: kv.mod_revision, version: kv.version }
    }
}

/// A question, and what its answer must be.
pub(crate) struct Proof {
    pub(crate) question: Value,
    expected: Expected,
}

enum Expected {
    Put(Put),
    Gone,
    Count(u64),
}

impl Witnesses {
    /// The last revision that has changed a key of the prefix.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// A key was written. It comes after all others.
    pub(crate) fn put(&mut self, key: &[u8], value: &[u8], stamp: Stamp) {
        self.forget(key);
        self.gone = None;
        self.written = stamp.revision;
        if self.puts.len() == KEPT {
            // The older half stays, or a few keys that come and go would leave none.
            self.puts.remove(KEPT / 2);
        }
        self.puts.push_back(self.of(key, value, stamp));
    }

    /// A key was removed.
    pub(crate) fn removed(&mut self, key: &[u8], revision: u64) {
        self.forget(key);
        self.gone = Some(key.to_vec());
        self.written = revision;
    }

    /// A list has this key.
    pub(crate) fn listed(&mut self, kv: &KeyValue) {
        self.written = self.written.max(kv.mod_revision);
        if self.puts.len() == KEPT {
            if self.puts.front().is_some_and(|oldest| kv.mod_revision <= oldest.stamp.revision) {
                return;
            }
            self.puts.pop_front();
        }
        let place = self.puts.partition_point(|put| put.stamp.revision <= kv.mod_revision);
        self.puts.insert(place, self.of(&kv.key, &kv.value, kv.into()));
    }

    fn forget(&mut self, key: &[u8]) {
        self.puts.retain(|put| put.key != key);
    }

    fn of(&self, key: &[u8], value: &[u8], stamp: Stamp) -> Put {
        let value = (value.len() <= COMPARED).then(|| self.hasher.hash_one(value));
        Put { key: key.to_vec(), stamp, value }
    }

    /// What etcd must show for the revision that is known, at which there are so many keys.
    pub(crate) fn proofs(&self, prefix: &Prefix, known: u64, keys: u64) -> Vec<Proof> {
        let gone = self.gone.as_ref();
        let gone = gone.map(|key| Proof { question: Prefix::stamp(key, known), expected: Expected::Gone });
        let last = self.puts.back().map(|put| {
            let ask = if put.value.is_some() { Prefix::point } else { Prefix::stamp };
            Proof { question: ask(&put.key, known), expected: Expected::Put(put.clone()) }
        });
        // A removal that came before the last list is known by this alone.
        let count = Proof { question: prefix.count(known), expected: Expected::Count(keys) };
        gone.into_iter().chain(last).chain([count]).collect()
    }

    /// Whether an answer is what it must be.
    pub(crate) fn is_shown(&self, proof: &Proof, answer: &Range) -> bool {
        match &proof.expected {
            Expected::Put(put) => {
                let value = |kv: &KeyValue| put.value.map(|_| self.hasher.hash_one(&*kv.value));
                let is_it =
                    |kv: &KeyValue| put.key == kv.key && put.stamp == kv.into() && put.value == value(kv);
                matches!(&*answer.kvs, [kv] if is_it(kv))
            }
            Expected::Gone => answer.kvs.is_empty(),
            Expected::Count(keys) => answer.count == *keys,
        }
    }
}

impl fmt::Debug for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witnesses").field("written", &self.written).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kv(key: &str, revision: u64) -> KeyValue {
        KeyValue {
            key: key.into(),
            create_revision: revision,
            mod_revision: revision,
            version: 1,
            ..KeyValue::default()
        }
    }

    fn put(witnesses: &mut Witnesses, key: &str, revision: u64) {
        let kv = kv(key, revision);
        witnesses.put(&kv.key, &kv.value, (&kv).into());
    }

    fn keys(witnesses: &Witnesses) -> Vec<u64> {
        witnesses.puts.iter().map(|put| put.stamp.revision).collect()
    }

    #[test]
    fn a_list_leaves_the_newest_in_order() {
        let mut witnesses = Witnesses::default();
        for revision in [5, 20, 3, 11, 9, 8, 7, 30, 2, 25, 1] {
            witnesses.listed(&kv(&revision.to_string(), revision));
        }
        assert_eq!((keys(&witnesses), witnesses.written()), (vec![5, 7, 8, 9, 11, 20, 25, 30], 30));
    }

    #[test]
    fn keys_that_come_and_go_do_not_drive_out_those_that_stay() {
        let mut witnesses = Witnesses::default();
        put(&mut witnesses, "stays", 1);
        for n in 1..100 {
            for nth in 0..20 {
                put(&mut witnesses, &nth.to_string(), n * 100 + nth);
            }
            for nth in 0..20 {
                witnesses.removed(nth.to_string().as_bytes(), n * 100 + 20 + nth);
            }
        }
        assert_eq!((keys(&witnesses), witnesses.gone.as_deref()), (vec![1], Some(&b"19"[..])));
    }

    #[test]
    fn another_value_at_the_same_revision_is_no_proof() {
        let (mut witnesses, prefix) = (Witnesses::default(), Prefix::new("/n/".to_owned()));
        put(&mut witnesses, "/n/a", 5);
        let proofs = witnesses.proofs(&prefix, 9, 1);
        let answer = |kvs| Range { kvs, ..Range::default() };
        assert!(witnesses.is_shown(&proofs[0], &answer(vec![kv("/n/a", 5)])));
        let other = KeyValue { value: b"other".to_vec(), ..kv("/n/a", 5) };
        for kvs in [vec![], vec![kv("/n/a", 6)], vec![other]] {
            assert!(!witnesses.is_shown(&proofs[0], &answer(kvs)));
        }
        // One that was removed must not be there, and if no key is left, their number is what is known.
        witnesses.removed(b"/n/a", 6);
        let proofs = witnesses.proofs(&prefix, 9, 0);
        assert!(witnesses.is_shown(&proofs[0], &answer(vec![])));
        assert!(!witnesses.is_shown(&proofs[0], &answer(vec![kv("/n/a", 5)])));
        assert!(!witnesses.is_shown(&proofs[1], &Range { count: 1, ..Range::default() }));
    }

    #[test]
    fn a_large_value_is_proven_by_its_stamp() {
        let (mut witnesses, prefix) = (Witnesses::default(), Prefix::new("/n/".to_owned()));
        let large = KeyValue { value: vec![b'x'; COMPARED + 1], ..kv("/n/a", 5) };
        witnesses.put(&large.key, &large.value, (&large).into());
        let proofs = witnesses.proofs(&prefix, 9, 1);
        assert_eq!(proofs[0].question["keys_only"], true);
        let answer = |kv| Range { kvs: vec![kv], ..Range::default() };
        assert!(witnesses.is_shown(&proofs[0], &answer(kv("/n/a", 5))));
        assert!(!witnesses.is_shown(&proofs[0], &answer(kv("/n/a", 6))));
        assert!(!witnesses.is_shown(&proofs[0], &answer(KeyValue { version: 2, ..kv("/n/a", 5) })));
    }
}
