//! [`Decoder`]: makes entries of etcd's keys and values, and keeps account of those that are refused.

use crate::error::{Fault, guarded, text_of};
use crate::state::{List, Transaction};
use crate::status::Rejected;
use std::collections::BTreeMap;
use std::mem;
use std::time::SystemTime;

pub(crate) type DecodeKey<K> = Box<dyn FnMut(&str) -> Result<K, Fault> + Send>;
pub(crate) type DecodeValue<K, V> = Box<dyn FnMut(&K, &[u8]) -> Result<V, Fault> + Send>;

/// What is said of a key that was taken when it was written, and is refused when it is removed.
const GONE: &str = "it was removed, and its entry stays until all is listed";
/// How many refused keys a status lists.
const LISTED: usize = 100;

/// Makes entries of keys and values.
pub(crate) struct Decoder<K, V> {
    pub(crate) key: DecodeKey<K>,
    pub(crate) value: DecodeValue<K, V>,
    /// How many bytes of a key are the prefix.
    pub(crate) prefix: usize,
    /// Those that were refused, by their whole keys.
    rejected: BTreeMap<Vec<u8>, Refused>,
}

/// A key that is refused.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    shown: Rejected,
    /// The table may have an entry of it.
    may_be_shown: bool,
}

/// What is to be done to an entry.
pub(crate) enum Edit<V> {
    Set(V),
    Remove,
}

/// What a list says.
pub(crate) struct Entries<K, V> {
    pub(crate) good: Vec<(K, V)>,
    /// Those whose values are refused. Their last good ones stay.
    pub(crate) kept: Vec<K>,
    pub(crate) rejected: BTreeMap<Vec<u8>, Refused>,
    /// The places in the list of what is good.
    places: Vec<usize>,
    /// How many of the list are decoded.
    decoded: usize,
}

/// What a transaction says.
pub(crate) struct Edits<K, V> {
    pub(crate) edits: Vec<(K, Edit<V>)>,
    /// What becomes of the refused keys.
    verdicts: Vec<(Vec<u8>, Option<Refused>)>,
}

impl<K, V> Entries<K, V> {
    /// Of a list of so many.
    pub(crate) fn new(entries: usize) -> Self {
        let (good, places) = (Vec::with_capacity(entries), Vec::with_capacity(entries));
        Self { good, kept: Vec::new(), rejected: BTreeMap::new(), places, decoded: 0 }
    }
}

impl<K, V> Decoder<K, V> {
    pub(crate) fn new(key: DecodeKey<K>, value: DecodeValue<K, V>, prefix: usize) -> Self {
        Self { key, value, prefix, rejected: BTreeMap::new() }
    }

    /// How many keys are refused, and the first of them.
    pub(crate) fn rejected(&self) -> (usize, Vec<Rejected>) {
        (self.rejected.len(), self.rejected.values().take(LISTED).map(|it| it.shown.clone()).collect())
    }

    /// Decodes a transaction. The refused keys are as before until it is [entered](Self::enter).
    pub(crate) fn transaction(&mut self, transaction: &Transaction) -> Edits<K, V> {
        let mut all = Edits { edits: Vec::with_capacity(transaction.changes.len()), verdicts: Vec::new() };
        for change in &transaction.changes {
            let may_be_shown = match self.rejected.get(&change.key) {
                Some(before) => before.may_be_shown,
                // The first write of a key makes it.
                None => change.stamp.version != 1,
            };
            let refused = match (self.key(&change.key), &change.value) {
                (Ok(key), Some(value)) => match self.value(&key, value) {
                    Ok(value) => {
                        all.edits.push((key, Edit::Set(value)));
                        None
                    }
                    Err(reason) => Some(reason),
                },
                (Ok(key), None) => {
                    all.edits.push((key, Edit::Remove));
                    None
                }
                (Err(reason), Some(_)) => Some(reason),
                // The decoder takes it now for one that it refuses. A list says that it is gone.
                (Err(reason), None) if may_be_shown => Some(format!("{GONE}: {reason}")),
                (Err(_), None) => None,
            };
            let refused = refused.map(|reason| Refused {
                shown: self.refused(&change.key, change.revision, reason),
                may_be_shown,
            });
            if refused.is_some() || self.rejected.contains_key(&change.key) {
                all.verdicts.push((change.key.clone(), refused));
            }
        }
        all
    }

    /// The transaction is shown. Returns `true` if there are other refused keys than before.
    pub(crate) fn enter(&mut self, edits: &mut Edits<K, V>) -> bool {
        let is_new = !edits.verdicts.is_empty();
        for (key, refused) in mem::take(&mut edits.verdicts) {
            match refused {
                Some(refused) => drop(self.rejected.insert(key, refused)),
                None => drop(self.rejected.remove(&key)),
            }
        }
        is_new
    }

    /// Decodes some more of a list, while `goes_on` returns `true`. Returns `true` when all is decoded. The refused keys are as before until it
    /// is [entered](Self::enter_list).
    pub(crate) fn list(
        &mut self,
        list: &List,
        all: &mut Entries<K, V>,
        mut goes_on: impl FnMut() -> bool,
    ) -> bool {
        for (place, (key, value)) in list.entries.iter().enumerate().skip(all.decoded) {
            if !goes_on() {
                return false;
            }
            all.decoded += 1;
            let (reason, may_be_shown) = match self.key(key) {
                Ok(decoded) => match self.value(&decoded, value) {
                    Ok(value) => {
                        all.good.push((decoded, value));
                        all.places.push(place);
                        continue;
                    }
                    Err(reason) => {
                        all.kept.extend(list.written[place].may_be_shown.then_some(decoded));
                        (reason, true)
                    }
                },
                Err(reason) => (reason, false),
            };
            let shown = self.refused(key, list.written[place].revision, reason);
            all.rejected.insert(key.clone(), Refused { shown, may_be_shown });
        }
        true
    }

    /// Refuses entries whose keys others have, and leaves out such keys whose last good values stay. The places are those in both, one behind
    /// the other.
    pub(crate) fn refuse(&self, list: &List, all: &mut Entries<K, V>, twins: &[usize]) {
        if twins.is_empty() {
            return;
        }
        let (mut twins, mut kept) = (twins.iter().copied().peekable(), all.good.len()..);
        let entries = mem::take(&mut all.good).into_iter().zip(&all.places).enumerate();
        for (at, (entry, place)) in entries {
            if twins.next_if_eq(&at).is_none() {
                all.good.push(entry);
                continue;
            }
            let (key, revision) = (&list.entries[*place].0, list.written[*place].revision);
            let shown = self.refused(key, revision, String::from("another name gives the same key"));
            all.rejected.insert(key.clone(), Refused { shown, may_be_shown: false });
        }
        all.kept.retain(|_| {
            let place = kept.next();
            twins.next_if(|twin| Some(*twin) == place).is_none()
        });
    }

    /// The list is shown. Returns `true` if there are other refused keys than before.
    pub(crate) fn enter_list(&mut self, rejected: &mut BTreeMap<Vec<u8>, Refused>) -> bool {
        let is_new = *rejected != self.rejected;
        self.rejected = mem::take(rejected);
        is_new
    }

    fn key(&mut self, key: &[u8]) -> Result<K, String> {
        let name = key.get(self.prefix..).unwrap_or_default();
        let name = std::str::from_utf8(name).map_err(|_| String::from("the name is not UTF-8"))?;
        let decode = &mut self.key;
        guarded(|| decode(name).map_err(text_of))
            .unwrap_or_else(|panic| Err(format!("a panic in the decoder: {panic}")))
    }

    fn value(&mut self, key: &K, value: &[u8]) -> Result<V, String> {
        let decode = &mut self.value;
        guarded(|| decode(key, value).map_err(text_of))
            .unwrap_or_else(|panic| Err(format!("a panic in the decoder: {panic}")))
    }

    fn refused(&self, key: &[u8], revision: u64, reason: String) -> Rejected {
        let name = String::from_utf8_lossy(key.get(self.prefix..).unwrap_or_default()).into_owned();
        let since = self.rejected.get(key).map_or_else(SystemTime::now, |before| before.shown.since);
        Rejected { name, reason, revision, since }
    }
}
