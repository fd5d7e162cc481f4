//! A fake of etcd: its history, and what its range and its watch say of it. All chance is given.

use crate::backoff::Chance;
use crate::wire::{Event, Header, KeyValue, Range, Watched};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const PREFIX: &str = "/n/";
pub(super) const CLUSTER: u64 = 7;

/// A value, and what etcd knows of the key.
type State = BTreeMap<String, (String, Written)>;

/// When a key was made and written, and how often since then.
#[derive(Clone, Copy, Default)]
struct Written {
    created: u64,
    revision: u64,
    version: u64,
}

/// What there was at each revision.
pub(super) struct Fake {
    /// The state at each revision. At 1 there is nothing.
    states: Vec<State>,
    /// What each revision has done to keys of the prefix. `None` removes.
    changes: Vec<Vec<(String, Option<String>)>>,
    compacted: u64,
    /// How many elections there were.
    term: u64,
    /// How often it was restored.
    era: u64,
}

/// A watch: the next revision that it brings, and the rest of a message that is sent in fragments.
pub(super) struct Stream {
    next: u64,
    is_created: bool,
    rest: Vec<Event>,
}

impl Fake {
    pub(super) fn new() -> Self {
        Self { states: vec![State::new(); 2], changes: vec![Vec::new(); 2], compacted: 0, term: 2, era: 0 }
    }

    pub(super) fn revision(&self) -> u64 {
        self.states.len() as u64 - 1
    }

    pub(super) fn header(&self) -> Header {
        Header { cluster_id: CLUSTER, revision: self.revision(), raft_term: self.term }
    }

    /// What the keys are, by their names. Values that are no numbers are bad.
    pub(super) fn state(&self, revision: u64) -> BTreeMap<String, String> {
        let state = self.states[usize::try_from(revision).unwrap()].iter();
        state.map(|(key, (value, _))| (key[PREFIX.len()..].to_owned(), value.clone())).collect()
    }

    /// All values that a name has had up to a revision, since it was removed last.
    pub(super) fn values(&self, name: &str, revision: u64) -> Vec<String> {
        let key = format!("{PREFIX}{name}");
        let mut values = Vec::new();
        for changes in &self.changes[..=usize::try_from(revision).unwrap()] {
            for (_, value) in changes.iter().filter(|(changed, _)| *changed == key) {
                match value {
                    Some(value) => values.push(value.clone()),
                    None => values.clear(),
                }
            }
        }
        values
    }

    /// A transaction of some keys of the prefix, or of others.
    pub(super) fn write(&mut self, chance: &mut Chance, bad: u64) {
        let (mut state, revision) = (self.states.last().unwrap().clone(), self.revision() + 1);
        let mut changes = Vec::new();
        if chance.below(4) > 0 {
            let first = chance.below(8);
            for nth in 0..=chance.below(5) {
                let key = format!("{PREFIX}k{}", (first + nth) % 8);
                if chance.below(3) == 0 {
                    if state.remove(&key).is_some() {
                        changes.push((key, None));
                    }
                    continue;
                }
                let value = if chance.below(100) < bad {
                    "bad".to_owned()
                } else {
                    (self.era * 4 + chance.below(4)).to_string()
                };
                let before = state.get(&key).map(|(_, written)| *written);
                let before = before.unwrap_or(Written { created: revision, revision, version: 0 });
                let written = Written { revision, version: before.version + 1, ..before };
                state.insert(key.clone(), (value.clone(), written));
                changes.push((key, Some(value)));
            }
            if changes.is_empty() {
                // Nothing was there to be removed, so there is no revision.
                return;
            }
        }
        self.states.push(state);
        self.changes.push(changes);
    }

    /// What was written after a revision is lost, and others write up to where it was, and beyond. The new values are others than the lost ones.
    pub(super) fn restore(&mut self, chance: &mut Chance) {
        let before = self.revision();
        let kept = self.compacted.max(1) + chance.below(before - self.compacted.max(1) + 1);
        let kept = usize::try_from(kept).unwrap() + 1;
        self.states.truncate(kept);
        self.changes.truncate(kept);
        self.era += 1;
        if chance.below(2) == 0 {
            self.term = 2;
        }
        while self.revision() < before + 3 {
            self.write(chance, 0);
        }
    }

    pub(super) fn was_restored(&self) -> bool {
        self.era > 0
    }

    pub(super) fn elect(&mut self) {
        self.term += 1;
    }

    pub(super) fn compact(&mut self, chance: &mut Chance) {
        self.compacted = self.compacted.max(1 + chance.below(self.revision()));
    }

    /// Answers a range. `None`: the revision is compacted.
    pub(super) fn range(&self, question: &Value) -> Option<Range> {
        let bytes = |name: &str| question[name].as_str().map(|text| STANDARD.decode(text).unwrap());
        let (from, end) = (bytes("key").unwrap(), bytes("range_end"));
        let revision = question["revision"].as_u64().unwrap_or_else(|| self.revision());
        if revision < self.compacted {
            return None;
        }
        let state = &self.states[usize::try_from(revision).unwrap()];
        let is_in = |key: &&String| {
            let key = key.as_bytes();
            end.as_deref().map_or(key == from, |end| key >= &*from && key < end)
        };
        let keys: Vec<_> = state.keys().filter(is_in).collect();
        let least = question["min_mod_revision"].as_u64().unwrap_or(0);
        let mut kvs: Vec<_> = (keys.iter())
            .map(|&key| (key, &state[key]))
            .filter(|(_, (_, written))| written.revision >= least)
            .map(|(key, (value, written))| kv(key, Some(value), *written))
            .collect();
        let limit = question["limit"].as_u64().unwrap_or(u64::MAX);
        let more = kvs.len() as u64 > limit;
        kvs.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Some(Range { header: self.header(), kvs, more, count: keys.len() as u64 })
    }

    /// Begins a watch.
    pub(super) fn watch(question: &Value) -> Stream {
        let next = question["create_request"]["start_revision"].as_u64().unwrap();
        Stream { next, is_created: false, rest: Vec::new() }
    }

    /// The next message of a watch, if there is one.
    pub(super) fn message(&self, stream: &mut Stream, chance: &mut Chance) -> Option<Watched> {
        let message = Watched { header: self.header(), ..Watched::default() };
        if !stream.is_created {
            stream.is_created = true;
            return Some(Watched { created: true, ..message });
        }
        if stream.rest.is_empty() {
            // As etcd does, it looks when it has something to send.
            if stream.next < self.compacted {
                return Some(Watched { canceled: true, compact_revision: self.compacted, ..message });
            }
            for _ in 0..=chance.below(3) {
                while stream.next <= self.revision()
                    && self.changes[usize::try_from(stream.next).unwrap()].is_empty()
                {
                    stream.next += 1;
                }
                if stream.next > self.revision() {
                    break;
                }
                stream.rest.extend(self.events(stream.next));
                stream.next += 1;
            }
        }
        if stream.rest.is_empty() {
            // All was sent. Seldom it says so.
            return (stream.next > self.revision() && chance.below(4) == 0).then_some(message);
        }
        let some = if chance.below(2) == 0 {
            stream.rest.len()
        } else {
            1 + usize::try_from(chance.below(3)).unwrap()
        };
        let rest = stream.rest.split_off(some.min(stream.rest.len()));
        let events = std::mem::replace(&mut stream.rest, rest);
        Some(Watched { fragment: !stream.rest.is_empty(), events, ..message })
    }

    fn events(&self, revision: u64) -> Vec<Event> {
        let at = usize::try_from(revision).unwrap();
        let event = |(key, value): &(String, Option<String>)| {
            let written = self.states[at]
                .get(key)
                .map_or(Written { revision, ..Written::default() }, |(_, written)| *written);
            Event { is_delete: value.is_none(), kv: kv(key, value.as_ref(), written) }
        };
        self.changes[at].iter().map(event).collect()
    }

    /// A message that etcd would never send: what was complete comes again.
    pub(super) fn again(&self, revision: u64) -> Option<Watched> {
        let events = self.events(revision);
        (!events.is_empty()).then(|| Watched { header: self.header(), events, ..Watched::default() })
    }
}

fn kv(key: &str, value: Option<&String>, written: Written) -> KeyValue {
    let value = value.map(|value| value.clone().into_bytes()).unwrap_or_default();
    let Written { created, revision, version } = written;
    KeyValue {
        key: key.as_bytes().to_vec(),
        value,
        create_revision: created,
        mod_revision: revision,
        version,
    }
}
