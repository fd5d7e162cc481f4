//! What a write of one entry hands over.

/// An entry that a write is given, or takes out, and the keys of inner nodes that go with it: those of a tree, which a hash table does
/// not have.
///
/// The caller holds it. So whatever is left in here is dropped when the caller's lock is free.
pub(crate) struct Handed<K, V> {
    pub(crate) entry: Option<(K, V)>,
    pub(crate) keys: Vec<K>,
}

impl<K, V> Handed<K, V> {
    pub(crate) fn new(key: K, value: V) -> Self {
        Self { entry: Some((key, value)), keys: Vec::new() }
    }

    /// Drops the keys, and returns the entry.
    pub(crate) fn into_entry(self) -> Option<(K, V)> {
        let Self { entry, keys } = self;
        // While `entry` is a local. A result that is made already is leaked if a destructor panics.
        drop(keys);
        entry
    }
}

impl<K, V> Default for Handed<K, V> {
    fn default() -> Self {
        Self { entry: None, keys: Vec::new() }
    }
}
