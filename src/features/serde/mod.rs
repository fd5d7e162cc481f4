//! serde's traits, with the feature `serde`: what a format holds of a collection is what it would hold of std's.
//!
//! A container is its current version, and a read of it makes a version 0. Nothing of a map, a set, a vector or a delta is seen by
//! anybody before all of it is read.

mod delta;

use crate::paged::{PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec};
use crate::{CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec, Snapshot};
use serde_core::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_core::ser::{Serialize, Serializer};
use std::fmt;
use std::hash::{BuildHasher, Hash};
use std::marker::PhantomData;

impl<K: Serialize, V: Serialize, S> Serialize for PagedMap<K, V, S> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_map(self)
    }
}

/// Of a key that comes twice the last value stays.
impl<'de, K, V, S> Deserialize<'de> for PagedMap<K, V, S>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

impl<T: Serialize, S> Serialize for PagedSet<T, S> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self)
    }
}

/// Of two equal elements the first stays.
impl<'de, T, S> Deserialize<'de> for PagedSet<T, S>
where
    T: Deserialize<'de> + Eq + Hash,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// In the order of the keys.
impl<K: Serialize, V: Serialize> Serialize for PagedOrdMap<K, V> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_map(self)
    }
}

/// Of a key that comes twice the last value stays. What is in order, as it is written, is read in **O(n)** time.
impl<'de, K, V> Deserialize<'de> for PagedOrdMap<K, V>
where
    K: Deserialize<'de> + Ord + Clone,
    V: Deserialize<'de>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// In order.
impl<T: Serialize> Serialize for PagedOrdSet<T> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self)
    }
}

/// Of two equal elements the last stays. What is in order, as it is written, is read in **O(n)** time.
impl<'de, T: Deserialize<'de> + Ord + Clone> Deserialize<'de> for PagedOrdSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// In the order of insertion.
impl<K: Serialize, V: Serialize, S> Serialize for PagedIndexMap<K, V, S> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_map(self)
    }
}

/// In the order in which the entries come. Of a key that comes twice the first place and the last value stay.
impl<'de, K, V, S> Deserialize<'de> for PagedIndexMap<K, V, S>
where
    K: Deserialize<'de> + Eq + Hash,
    V: Deserialize<'de>,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries(PhantomData))
    }
}

/// In the order of insertion.
impl<T: Serialize, S> Serialize for PagedIndexSet<T, S> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self)
    }
}

/// In the order in which the elements come. Of two equal ones the first stays.
impl<'de, T, S> Deserialize<'de> for PagedIndexSet<T, S>
where
    T: Deserialize<'de> + Eq + Hash,
    S: BuildHasher + Default,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

impl<T: Serialize> Serialize for PagedVec<T> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for PagedVec<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

/// What the snapshot shows, and nothing beside it.
impl<T: Serialize> Serialize for Snapshot<T> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        (**self).serialize(serializer)
    }
}

/// Implements the traits for what holds a value that others may replace.
macro_rules! current_version {
    ($([$($parameter:ident),*] $container:ty, of $value:ty;)*) => {$(
        /// Serializes the version that is current when this begins.
        impl<$($parameter),*> Serialize for $container
        where
            $value: Serialize,
        {
            fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
                // Not a guard: the format may write to a slow disk, and a guard may keep versions of other containers.
                let current = self.snapshot();
                let written = current.serialize(serializer);
                // While `written` is a local. A result that is made already is leaked if this destructor panics.
                drop(current);
                written
            }
        }

        /// Makes a container whose version 0 is what was read.
        impl<'de, $($parameter),*> Deserialize<'de> for $container
        where
            $value: Deserialize<'de>,
        {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <$value>::deserialize(deserializer).map(Self::from)
            }
        }
    )*};
}

current_version! {
    [T] CowCell<T>, of T;
    [K, V, S] CowMap<K, V, S>, of PagedMap<K, V, S>;
    [T, S] CowSet<T, S>, of PagedSet<T, S>;
    [K, V] CowOrdMap<K, V>, of PagedOrdMap<K, V>;
    [T] CowOrdSet<T>, of PagedOrdSet<T>;
    [K, V, S] CowIndexMap<K, V, S>, of PagedIndexMap<K, V, S>;
    [T, S] CowIndexSet<T, S>, of PagedIndexSet<T, S>;
    [T] CowVec<T>, of PagedVec<T>;
}

/// Makes a `C` of all entries.
struct Entries<C, K, V>(PhantomData<(C, K, V)>);

impl<'de, C, K, V> Visitor<'de> for Entries<C, K, V>
where
    C: FromIterator<(K, V)>,
    K: Deserialize<'de>,
    V: Deserialize<'de>,
{
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<C, A::Error> {
        collect(entries.size_hint(), || entries.next_entry())
    }
}

/// Makes a `C` of all elements.
struct Elements<C, T>(PhantomData<(C, T)>);

impl<'de, C, T> Visitor<'de> for Elements<C, T>
where
    C: FromIterator<T>,
    T: Deserialize<'de>,
{
    type Value = C;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<C, A::Error> {
        collect(elements.size_hint(), || elements.next_element())
    }
}

/// Makes a `C` of what `next` returns, up to `None`. After an error what was made is dropped.
fn collect<C, T, E>(hint: Option<usize>, next: impl FnMut() -> Result<Option<T>, E>) -> Result<C, E>
where
    C: FromIterator<T>,
{
    let mut error = None;
    let collected = UpToError { next, hint: believed::<T>(hint), error: &mut error }.collect();
    error.map_or(Ok(collected), Err)
}

/// How much of a size hint is believed: what has room in a mebibyte, as in serde. The hint is part of the data, which may be hostile.
fn believed<T>(hint: Option<usize>) -> usize {
    const MOST: usize = 1 << 20;
    hint.unwrap_or(0).min(MOST.checked_div(size_of::<T>()).unwrap_or(0))
}

/// The elements that are read before the end, or before an error, which is kept.
struct UpToError<'a, N, E> {
    next: N,
    hint: usize,
    error: &'a mut Option<E>,
}

impl<T, N: FnMut() -> Result<Option<T>, E>, E> Iterator for UpToError<'_, N, E> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let read = (self.next)();
        self.hint = self.hint.saturating_sub(1);
        read.unwrap_or_else(|error| {
            *self.error = Some(error);
            None
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.hint, None)
    }
}
