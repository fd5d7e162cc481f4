//! What can be saved: how a table becomes records and changes, and comes out of them.

use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Op, Record, Records, Shape, Sink};
use readmostly::paged::{
    Change, PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::hash::{BuildHasher, Hash as StdHash};
use std::ops::Range;

/// What a [`Store`](crate::Store) can save: a collection of [`readmostly::paged`], or a value that is [`Whole`].
///
/// A collection is saved entry by entry, and as a delta where few entries have changed. Entries have changed if `==` says so: what
/// `==` does not look at is not saved by a delta.
///
/// # What serde can do and this cannot
///
/// Keys, elements and values are encoded in [postcard](https://postcard.jamesmunns.com), which has no names of fields in it and does not say
/// what a value is. A type whose `Deserialize` needs either cannot be loaded. So a save and a write read the first value of each type and
/// variant again: `Deserialize` and `Serialize` run, and a destructor when all is done, and one more such value is in memory meanwhile. (A `Durable`
/// does so once while it is open, and reads each value of a write again, since what is confirmed must be loaded. The parts of a value that cannot be read are dropped at once: their destructors must not write to the table.)
/// If it is not the same types and variants again, the save or the write fails with [`Encode`](ErrorKind::Encode), and nothing is written. So it is with:
///
/// - a field that `skip_serializing_if` skips, `flatten`, and a `Serialize` of yours that writes another number of parts than it announces,
/// - `untagged`, `tag = "…"`, and types that hold anything, such as a value of JSON,
/// - a variant that is skipped before others: serde gives these one number when it writes and another when it reads,
/// - `skip_serializing` without `skip_deserializing`, and the reverse, unless what is missing is made up for by what stands behind it.
///   **A struct that has both is read with the wrong fields where their types allow it**: give both to the same field, which is `skip`.
///
/// **A value that its own `Deserialize` refuses**, as `try_from` may, makes its file one that cannot be loaded. A write of a `Durable` refuses it with
/// `Encode`, unless it is of std; what an open begins with is not looked at. A [`Store`](crate::Store) sees it only where it is the first of its type: a load then skips the file, and takes the one before.
///
/// A key, and an element of a set, has to equal itself when it is read again: its `==` may look at nothing that is not saved. A field of a
/// key that is skipped, or is saved less exactly than it is, makes one key of two. So each of them is read again and compared, and is dropped
/// at once: its destructor must not use the store. (Not if it is a number, a `bool`, a `char` or a `String`, of which std says what they are.)
///
/// A value that equals the one before has not changed, whatever else its `==` looks past: a delta has nothing of a `0.0` that became `-0.0`.
///
/// Put a variant that is skipped behind all others. A type that cannot be saved so can be made from one that can: `#[serde(from, into)]`.
///
/// The trait is sealed.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly_persist::{Options, Store};
///
/// let folder = tempfile::tempdir()?;
/// let users: CowMap<u64, String> = CowMap::from([(1, "ann".to_owned())]);
/// let store = Store::open(&folder, Options::new())?;
/// store.save(&users.snapshot())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Table: sealed::Sealed + Sized + Send + Sync + 'static {
    /// Whether files of any schema can be read, since nothing is decoded.
    #[doc(hidden)]
    const ANY_SCHEMA: bool = false;

    /// Returns what the records are.
    #[doc(hidden)]
    fn shape(&self) -> Shape;

    /// Whether records of that shape are of this type.
    #[doc(hidden)]
    fn accepts(shape: Shape) -> bool;

    /// Whether there are changes; if not, each save is of all.
    #[doc(hidden)]
    fn has_changes(&self) -> bool {
        true
    }

    /// Returns how many entries there are.
    #[doc(hidden)]
    fn entries(&self) -> u64;

    /// Writes all entries.
    #[doc(hidden)]
    fn write(&self, sink: &mut Sink<'_>) -> Result<()>;

    /// Writes what makes this table of `older`.
    #[doc(hidden)]
    fn write_changes(&self, older: &Self, sink: &mut Sink<'_>) -> Result<()>;

    /// Returns what changes can be found against later, if there are changes.
    #[doc(hidden)]
    fn share(&self) -> Option<Self>;

    /// Returns the schema number, where the program does not say it.
    #[doc(hidden)]
    fn schema(&self) -> Option<u32> {
        None
    }

    /// Returns a hash of a value that has no changes, so that an equal one need not be saved.
    #[doc(hidden)]
    fn fingerprint(&self, _max_record: usize) -> Result<Option<Hash>> {
        Ok(None)
    }

    /// Reads all entries.
    #[doc(hidden)]
    fn read(shape: Shape, schema: u32, records: &mut Records<'_>) -> Result<Self>;

    /// Makes the changes.
    #[doc(hidden)]
    fn replay(&mut self, records: &mut Records<'_>) -> Result<()>;
}

mod sealed {
    #[expect(unnameable_types, reason = "that it cannot be named is what seals `Table`")]
    pub trait Sealed {}
}
pub(crate) use sealed::Sealed;

/// A value that is saved as a whole each time, as one record: a struct of settings, or of several tables.
///
/// It must be small enough for [`Options::max_record`](crate::Options::max_record). There are no deltas of it, and a value with the same encoding
/// is not saved again, nor written by a [`Durable`](crate::Durable). (Equal ones with a `HashMap` or a `HashSet` in them may have different encodings, since the
/// order of these is by chance. Take a `BTreeMap` there.) It is encoded in [postcard](https://postcard.jamesmunns.com), which has no names of fields in it: there are
/// [things that serde can do and this cannot](Table#what-serde-can-do-and-this-cannot), and a type that changes needs another
/// [schema](crate::Options::schema).
///
/// # Examples
///
/// ```
/// use readmostly::CowCell;
/// use readmostly_persist::{Options, Store, Whole};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct Settings {
///     limit: u32,
///     names: Vec<String>,
/// }
///
/// impl Whole for Settings {}
///
/// let folder = tempfile::tempdir()?;
/// let settings = CowCell::new(Settings { limit: 5, names: vec!["a".to_owned()] });
/// let store = Store::open(&folder, Options::new().schema(1))?;
/// store.save(&settings.snapshot())?;
/// assert_eq!(store.load()?.unwrap().value.limit, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Whole: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Whole> Sealed for T {}

impl<T: Whole> Table for T {
    fn shape(&self) -> Shape {
        Shape::Whole
    }

    fn accepts(shape: Shape) -> bool {
        shape == Shape::Whole
    }

    fn has_changes(&self) -> bool {
        false
    }

    fn entries(&self) -> u64 {
        1
    }

    fn write(&self, sink: &mut Sink<'_>) -> Result<()> {
        sink.value(self)
    }

    fn write_changes(&self, _: &Self, sink: &mut Sink<'_>) -> Result<()> {
        sink.value(self)
    }

    fn share(&self) -> Option<Self> {
        None
    }

    fn fingerprint(&self, max_record: usize) -> Result<Option<Hash>> {
        let mut bytes = Vec::new();
        crate::format::encode(self, &mut bytes, max_record)?;
        Ok(Some(*blake3::hash(&bytes).as_bytes()))
    }

    fn read(_: Shape, _: u32, records: &mut Records<'_>) -> Result<Self> {
        let value = records
            .next()?
            .ok_or_else(|| Error::new(ErrorKind::WrongType, "the file has no value"))?
            .value()?;
        match records.next()? {
            None => Ok(value),
            Some(record) => Err(record.unfit()),
        }
    }

    fn replay(&mut self, _: &mut Records<'_>) -> Result<()> {
        Err(Error::new(ErrorKind::WrongType, "there are no changes of a value that is saved as a whole"))
    }
}

fn value<T: DeserializeOwned>(record: Record<'_>) -> Result<T> {
    record.value()
}

fn entry<K: DeserializeOwned, V: DeserializeOwned>(record: Record<'_>) -> Result<(K, V)> {
    record.entry()
}

/// Makes a collection of all records, as they come.
fn collect<T, C: FromIterator<T>>(
    records: &mut Records<'_>,
    decode: impl Fn(Record<'_>) -> Result<T>,
) -> Result<C> {
    let mut failed = None;
    let all = std::iter::from_fn(|| match records.next().map(|record| record.map(&decode)) {
        Ok(None) => None,
        Ok(Some(Ok(element))) => Some(element),
        Ok(Some(Err(error))) | Err(error) => {
            failed = Some(error);
            None
        }
    })
    .collect();
    failed.map_or(Ok(all), Err)
}

/// Implements the trait for a map, in terms of its own methods. `$remove` leaves what stays in its order.
macro_rules! map {
    ($([$($parameters:tt)*] $map:ty, $shape:path, $remove:ident;)*) => {$(
        impl<$($parameters)*> Sealed for $map
        where
            K: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
            V: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + 'static,
        {
        }

        impl<$($parameters)*> Table for $map
        where
            K: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
            V: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + 'static,
        {
            fn shape(&self) -> Shape {
                $shape
            }

            fn accepts(shape: Shape) -> bool {
                shape == $shape
            }

            fn entries(&self) -> u64 {
                self.len() as u64
            }

            fn write(&self, sink: &mut Sink<'_>) -> Result<()> {
                self.iter().try_for_each(|(key, value)| sink.entry(key, value))
            }

            fn write_changes(&self, older: &Self, sink: &mut Sink<'_>) -> Result<()> {
                older.diff(self).try_for_each(|change| match change {
                    Change::Removed { key, .. } => sink.op_key(Op::Removed, key),
                    Change::Added { key, value } => sink.op_entry(Op::Added, key, value),
                    Change::Updated { key, new, .. } => sink.op_entry(Op::Updated, key, new),
                })
            }

            fn share(&self) -> Option<Self> {
                Some(self.clone())
            }

            fn read(_: Shape, _: u32, records: &mut Records<'_>) -> Result<Self> {
                collect(records, entry)
            }

            fn replay(&mut self, records: &mut Records<'_>) -> Result<()> {
                while let Some(mut record) = records.next()? {
                    let whole = record;
                    let op = record.op()?;
                    let fits = match op {
                        Op::Removed => self.$remove(&record.value::<K>()?).is_some(),
                        Op::Added | Op::Updated => {
                            let (key, value) = record.entry()?;
                            self.insert(key, value).is_some() == (op == Op::Updated)
                        }
                        Op::Splice | Op::Element => false,
                    };
                    if !fits {
                        return Err(whole.unfit());
                    }
                }
                Ok(())
            }
        }
    )*};
}

map! {
    [K: Eq + StdHash, V, S: BuildHasher + Default + Clone + Send + Sync + 'static] PagedMap<K, V, S>, Shape::Map, remove;
    [K: Ord, V] PagedOrdMap<K, V>, Shape::OrdMap, remove;
    [K: Eq + StdHash, V, S: BuildHasher + Default + Clone + Send + Sync + 'static] PagedIndexMap<K, V, S>, Shape::IndexMap, shift_remove;
}

/// Implements the trait for a set, in terms of its own methods. `$remove` leaves what stays in its order.
macro_rules! set {
    ($([$($parameters:tt)*] $set:ty, $shape:path, $remove:ident;)*) => {$(
        impl<$($parameters)*> Sealed for $set
        where
            T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
        {
        }

        impl<$($parameters)*> Table for $set
        where
            T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
        {
            fn shape(&self) -> Shape {
                $shape
            }

            fn accepts(shape: Shape) -> bool {
                shape == $shape
            }

            fn entries(&self) -> u64 {
                self.len() as u64
            }

            fn write(&self, sink: &mut Sink<'_>) -> Result<()> {
                self.iter().try_for_each(|element| sink.key(element))
            }

            fn write_changes(&self, older: &Self, sink: &mut Sink<'_>) -> Result<()> {
                older.diff(self).try_for_each(|change| match change {
                    Change::Removed { key, .. } => sink.op_key(Op::Removed, key),
                    Change::Added { key, .. } | Change::Updated { key, .. } => sink.op_key(Op::Added, key),
                })
            }

            fn share(&self) -> Option<Self> {
                Some(self.clone())
            }

            fn read(_: Shape, _: u32, records: &mut Records<'_>) -> Result<Self> {
                collect(records, value)
            }

            fn replay(&mut self, records: &mut Records<'_>) -> Result<()> {
                while let Some(mut record) = records.next()? {
                    let whole = record;
                    let fits = match record.op()? {
                        Op::Removed => self.$remove(&record.value::<T>()?),
                        Op::Added => self.insert(record.value()?),
                        Op::Updated | Op::Splice | Op::Element => false,
                    };
                    if !fits {
                        return Err(whole.unfit());
                    }
                }
                Ok(())
            }
        }
    )*};
}

set! {
    [T: Eq + StdHash, S: BuildHasher + Default + Clone + Send + Sync + 'static] PagedSet<T, S>, Shape::Set, remove;
    [T: Ord] PagedOrdSet<T>, Shape::OrdSet, remove;
    [T: Eq + StdHash, S: BuildHasher + Default + Clone + Send + Sync + 'static] PagedIndexSet<T, S>, Shape::IndexSet, shift_remove;
}

impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + 'static> Sealed for PagedVec<T> {}

impl<T: Serialize + DeserializeOwned + PartialEq + Clone + Send + Sync + 'static> Table for PagedVec<T> {
    fn shape(&self) -> Shape {
        Shape::Vec
    }

    fn accepts(shape: Shape) -> bool {
        shape == Shape::Vec
    }

    fn entries(&self) -> u64 {
        self.len() as u64
    }

    fn write(&self, sink: &mut Sink<'_>) -> Result<()> {
        self.iter().try_for_each(|element| sink.value(element))
    }

    fn write_changes(&self, older: &Self, sink: &mut Sink<'_>) -> Result<()> {
        older.diff(self).try_for_each(|splice| {
            sink.splice(splice.at as u64, splice.removed.len() as u64, splice.inserted.len() as u64)?;
            splice.inserted.iter().try_for_each(|element| sink.op_value(Op::Element, element))
        })
    }

    fn share(&self) -> Option<Self> {
        Some(self.clone())
    }

    fn read(_: Shape, _: u32, records: &mut Records<'_>) -> Result<Self> {
        collect(records, value)
    }

    fn replay(&mut self, records: &mut Records<'_>) -> Result<()> {
        splices(self, records, Self::len, value, |vec, range, inserted| drop(vec.splice(range, inserted)))
    }
}

/// How many bytes of elements of a vector are in memory before they get to their place. Where they get there in small parts, each
/// part moves the pages behind it.
const PART: usize = 1 << 18;

/// Makes all splices of a vector, a part after the other, so that none is in memory as a whole.
pub(crate) fn splices<C, T>(
    vec: &mut C,
    records: &mut Records<'_>,
    length: impl Fn(&C) -> usize,
    decode: impl Fn(Record<'_>) -> Result<T>,
    put: impl Fn(&mut C, Range<usize>, Vec<T>),
) -> Result<()> {
    let most = (PART / size_of::<T>().max(1)).max(1);
    while let Some(mut record) = records.next()? {
        let whole = record;
        if record.op()? != Op::Splice {
            return Err(whole.unfit());
        }
        let [at, removed, inserted] = [record.number()?, record.number()?, record.number()?];
        record.done()?;
        let range = usize::try_from(at).ok().zip(usize::try_from(removed).ok());
        let range = range
            .and_then(|(at, removed)| Some(at..at.checked_add(removed)?))
            .filter(|range| range.end <= length(vec));
        let Some(mut range) = range else { return Err(whole.unfit()) };
        let mut left = inserted;
        loop {
            // Nothing is allocated for elements that are only claimed.
            let mut elements = Vec::new();
            while left > 0 && elements.len() < most {
                let missing = || {
                    Error::new(ErrorKind::WrongType, "a change of a vector has fewer elements than it says")
                };
                let mut record = records.next()?.ok_or_else(missing)?;
                let whole = record;
                if record.op()? != Op::Element {
                    return Err(whole.unfit());
                }
                elements.push(decode(record)?);
                left -= 1;
            }
            let begin = range.start + elements.len();
            put(vec, range, elements);
            if left == 0 {
                break;
            }
            range = begin..begin;
        }
    }
    Ok(())
}
