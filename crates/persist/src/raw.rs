//! [`RawTable`]: a table of types that are not known.

use crate::error::{Error, ErrorKind, Result};
use crate::format::{Hash, Op, Record, Records, Shape, Sink};
use crate::table::{Sealed, Table, splices};
use readmostly::paged::{Change, PagedIndexMap, PagedIndexSet, PagedVec};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

/// A table as bytes, for tools that do not know its types: `readmostly-store` is one.
///
/// What is in the bytes is [postcard](https://postcard.jamesmunns.com), which does not say what it is of. So a tool can list, count,
/// compare and compact, and shows bytes; a program that knows the types loads with them and shows what it likes. A file of any
/// [schema](crate::Options::schema) is read, and keeps its number when it is compacted.
///
/// Keys are told apart by their bytes. Where two keys with other bytes are equal, a delta may not fit, and the load says so.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly_persist::{Options, RawTable, Store};
///
/// let folder = tempfile::tempdir()?;
/// let ports: CowMap<String, u8> = CowMap::from([("http".to_owned(), 80)]);
/// Store::open(&folder, Options::new())?.save(&ports.snapshot())?;
///
/// let store: Store<RawTable> = Store::open_read_only(&folder, Options::new())?;
/// let table = store.load()?.unwrap().value;
/// let entry = table.iter().next().unwrap();
/// assert_eq!((entry.key, entry.value), (Some(&b"\x04http"[..]), &[80][..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RawTable {
    shape: Shape,
    schema: u32,
    content: Arc<Content>,
}

#[derive(Clone)]
enum Content {
    Whole(Vec<u8>),
    Map(BTreeMap<Vec<u8>, Vec<u8>>),
    Set(BTreeSet<Vec<u8>>),
    Vec(PagedVec<Vec<u8>>),
    IndexMap(PagedIndexMap<Vec<u8>, Vec<u8>>),
    IndexSet(PagedIndexSet<Vec<u8>>),
}

/// The order of insertion counts, where there is one.
impl PartialEq for RawTable {
    fn eq(&self, other: &Self) -> bool {
        self.shape == other.shape && self.schema == other.schema && self.iter().eq(other.iter())
    }
}

impl Eq for RawTable {}

/// An entry of a [`RawTable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawEntry<'a> {
    /// The key, in a map.
    pub key: Option<&'a [u8]>,
    /// The place, in a vector.
    pub at: Option<usize>,
    /// The value of the key, the element, or the whole value.
    pub value: &'a [u8],
}

impl<'a> RawEntry<'a> {
    /// What it is known by: its key, its place, or itself.
    fn known(&self) -> (Option<&'a [u8]>, Option<usize>, Option<&'a [u8]>) {
        let itself = self.key.is_none() && self.at.is_none();
        (self.key, self.at, itself.then_some(self.value))
    }
}

/// What differs between two [`RawTable`]s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RawChange<'a> {
    /// It is in the newer one alone.
    Added(RawEntry<'a>),
    /// It is in the older one alone.
    Removed(RawEntry<'a>),
    /// The key has another value.
    Updated {
        /// What it was.
        old: RawEntry<'a>,
        /// What it is.
        new: RawEntry<'a>,
    },
}

impl<'a> RawChange<'a> {
    /// `entry` makes the key and the value of what a collection has.
    fn of<V>(
        change: &Change<'a, Vec<u8>, V>,
        entry: impl Fn(&'a [u8], &'a V) -> (Option<&'a [u8]>, &'a [u8]),
    ) -> Self {
        let raw = |key: &'a Vec<u8>, value: &'a V| {
            let (key, value) = entry(key, value);
            RawEntry { key, at: None, value }
        };
        match *change {
            Change::Added { key, value } => Self::Added(raw(key, value)),
            Change::Removed { key, value } => Self::Removed(raw(key, value)),
            Change::Updated { key, old, new } => Self::Updated { old: raw(key, old), new: raw(key, new) },
        }
    }
}

impl fmt::Debug for RawTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawTable")
            .field("shape", &self.shape)
            .field("entries", &self.entries())
            .finish_non_exhaustive()
    }
}

impl RawTable {
    /// Returns an iterator over the entries: in the order of the bytes of the keys or elements, of the places, or of insertion.
    ///
    /// # Examples
    ///
    /// See [`RawTable`].
    pub fn iter(&self) -> impl Iterator<Item = RawEntry<'_>> {
        let entry = |key, at, value| RawEntry { key, at, value };
        let entries: Box<dyn Iterator<Item = RawEntry<'_>>> = match &*self.content {
            Content::Whole(value) => Box::new(std::iter::once(entry(None, None, value))),
            Content::Map(map) => Box::new(map.iter().map(move |(key, value)| entry(Some(key), None, value))),
            Content::Set(set) => Box::new(set.iter().map(move |element| entry(None, None, element))),
            Content::Vec(vec) => {
                Box::new(vec.iter().enumerate().map(move |(at, element)| entry(None, Some(at), element)))
            }
            Content::IndexMap(map) => {
                Box::new(map.iter().map(move |(key, value)| entry(Some(key), None, value)))
            }
            Content::IndexSet(set) => Box::new(set.iter().map(move |element| entry(None, None, element))),
        };
        entries
    }

    /// Returns an iterator over what differs in `newer`. Of a vector it is the elements between the first and the last place that
    /// differ. Where the order of insertion counts, an entry whose place changed is removed, and then added.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::CowSet;
    /// use readmostly_persist::{Options, RawChange, RawTable, Store};
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let set: CowSet<u8> = CowSet::from([1, 2]);
    /// let store = Store::open(&folder, Options::new())?;
    /// let old = store.save(&set.snapshot())?.id;
    /// set.insert(3);
    /// let new = store.save(&set.snapshot())?.id;
    ///
    /// let store: Store<RawTable> = Store::open_read_only(&folder, Options::new())?;
    /// let (old, new) = (store.load_at(old)?.value, store.load_at(new)?.value);
    /// assert!(matches!(old.diff(&new).collect::<Vec<_>>()[..], [RawChange::Added(entry)] if entry.value == [3]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff<'a>(&'a self, newer: &'a Self) -> impl Iterator<Item = RawChange<'a>> {
        let changes: Box<dyn Iterator<Item = RawChange<'a>>> = match (&*self.content, &*newer.content) {
            (Content::IndexMap(old), Content::IndexMap(new)) => {
                Box::new(old.diff(new).map(|change| RawChange::of(&change, |key, value| (Some(key), value))))
            }
            (Content::IndexSet(old), Content::IndexSet(new)) => {
                Box::new(old.diff(new).map(|change| RawChange::of(&change, |element, ()| (None, element))))
            }
            (Content::Vec(old), Content::Vec(new)) => {
                let (begin, end) = common(old, new);
                let old = self.iter().take(old.len() - end).skip(begin);
                let new = newer.iter().take(new.len() - end).skip(begin);
                Box::new(Merge { old: old.peekable(), new: new.peekable() })
            }
            _ => {
                let in_order = |table: &'a Self| {
                    let mut entries: Vec<_> = table.iter().collect();
                    entries.sort_by(|a, b| a.known().cmp(&b.known()));
                    entries.into_iter().peekable()
                };
                Box::new(Merge { old: in_order(self), new: in_order(newer) })
            }
        };
        changes
    }

    fn unfit() -> Error {
        Error::new(
            ErrorKind::WrongType,
            "a change does not fit to the bytes; load it with the program that wrote it",
        )
    }
}

/// How many elements both have at the beginning, and then at the end.
fn common(old: &PagedVec<Vec<u8>>, new: &PagedVec<Vec<u8>>) -> (usize, usize) {
    let begin = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let most = old.len().min(new.len()) - begin;
    let ends = old.iter().rev().zip(new.iter().rev()).take(most);
    (begin, ends.take_while(|(old, new)| old == new).count())
}

/// Walks along two sequences that are in order.
struct Merge<A: Iterator, B: Iterator> {
    old: std::iter::Peekable<A>,
    new: std::iter::Peekable<B>,
}

impl<'a, A: Iterator<Item = RawEntry<'a>>, B: Iterator<Item = RawEntry<'a>>> Iterator for Merge<A, B> {
    type Item = RawChange<'a>;

    fn next(&mut self) -> Option<RawChange<'a>> {
        loop {
            let (Some(old), Some(new)) = (self.old.peek(), self.new.peek()) else {
                let removed = self.old.next().map(RawChange::Removed);
                return removed.or_else(|| self.new.next().map(RawChange::Added));
            };
            match old.known().cmp(&new.known()) {
                std::cmp::Ordering::Less => return self.old.next().map(RawChange::Removed),
                std::cmp::Ordering::Greater => return self.new.next().map(RawChange::Added),
                std::cmp::Ordering::Equal => {
                    let (old, new) = (self.old.next()?, self.new.next()?);
                    if old.value != new.value {
                        return Some(RawChange::Updated { old, new });
                    }
                }
            }
        }
    }
}

impl Sealed for RawTable {}

impl Table for RawTable {
    const ANY_SCHEMA: bool = true;

    fn shape(&self) -> Shape {
        self.shape
    }

    fn accepts(_: Shape) -> bool {
        true
    }

    fn has_changes(&self) -> bool {
        self.shape != Shape::Whole
    }

    fn schema(&self) -> Option<u32> {
        Some(self.schema)
    }

    fn entries(&self) -> u64 {
        match &*self.content {
            Content::Whole(_) => 1,
            Content::Map(map) => map.len() as u64,
            Content::Set(set) => set.len() as u64,
            Content::Vec(vec) => vec.len() as u64,
            Content::IndexMap(map) => map.len() as u64,
            Content::IndexSet(set) => set.len() as u64,
        }
    }

    fn write(&self, sink: &mut Sink<'_>) -> Result<()> {
        self.iter().try_for_each(|entry| sink.raw(None, entry.key, entry.value))
    }

    fn write_changes(&self, older: &Self, sink: &mut Sink<'_>) -> Result<()> {
        if let (Content::Vec(old), Content::Vec(new)) = (&*older.content, &*self.content) {
            return old.diff(new).try_for_each(|splice| {
                let (removed, inserted) = (splice.removed.len() as u64, splice.inserted.len() as u64);
                sink.splice(splice.at as u64, removed, inserted)?;
                splice.inserted.iter().try_for_each(|element| sink.raw(Some(Op::Element), None, element))
            });
        }
        older.diff(self).try_for_each(|change| match change {
            // Of a map the key alone, of a set the element.
            RawChange::Removed(old) => sink.raw(Some(Op::Removed), None, old.key.unwrap_or(old.value)),
            RawChange::Added(new) => sink.raw(Some(Op::Added), new.key, new.value),
            RawChange::Updated { new, .. } => sink.raw(Some(Op::Updated), new.key, new.value),
        })
    }

    fn share(&self) -> Option<Self> {
        self.has_changes().then(|| self.clone())
    }

    fn fingerprint(&self, _: usize) -> Result<Option<Hash>> {
        let Content::Whole(value) = &*self.content else { return Ok(None) };
        Ok(Some(*blake3::hash(value).as_bytes()))
    }

    fn read(shape: Shape, schema: u32, records: &mut Records<'_>) -> Result<Self> {
        let mut content = match shape {
            Shape::Whole => Content::Whole(Vec::new()),
            Shape::Map | Shape::OrdMap => Content::Map(BTreeMap::new()),
            Shape::Set | Shape::OrdSet => Content::Set(BTreeSet::new()),
            Shape::Vec => Content::Vec(PagedVec::new()),
            Shape::IndexMap => Content::IndexMap(PagedIndexMap::new()),
            Shape::IndexSet => Content::IndexSet(PagedIndexSet::new()),
        };
        while let Some(mut record) = records.next()? {
            match &mut content {
                Content::Whole(value) => *value = record.bytes().to_vec(),
                Content::Map(map) => {
                    let key = record.key()?.bytes().to_vec();
                    map.insert(key, record.bytes().to_vec());
                }
                Content::Set(set) => drop(set.insert(record.bytes().to_vec())),
                Content::Vec(vec) => vec.push(record.bytes().to_vec()),
                Content::IndexMap(map) => {
                    let key = record.key()?.bytes().to_vec();
                    map.insert(key, record.bytes().to_vec());
                }
                Content::IndexSet(set) => drop(set.insert(record.bytes().to_vec())),
            }
        }
        Ok(Self { shape, schema, content: Arc::new(content) })
    }

    fn replay(&mut self, records: &mut Records<'_>) -> Result<()> {
        let content = Arc::make_mut(&mut self.content);
        if let Content::Vec(vec) = content {
            let bytes = |record: Record<'_>| Ok(record.bytes().to_vec());
            return splices(vec, records, PagedVec::len, bytes, |vec, range, elements| {
                drop(vec.splice(range, elements));
            });
        }
        while let Some(mut record) = records.next()? {
            let op = record.op()?;
            let fits = match (&mut *content, op) {
                (Content::Map(map), Op::Removed) => map.remove(record.bytes()).is_some(),
                (Content::Map(map), Op::Added | Op::Updated) => {
                    let key = record.key()?.bytes().to_vec();
                    map.insert(key, record.bytes().to_vec()).is_some() == (op == Op::Updated)
                }
                (Content::Set(set), Op::Removed) => set.remove(record.bytes()),
                (Content::Set(set), Op::Added) => set.insert(record.bytes().to_vec()),
                (Content::IndexMap(map), Op::Removed) => map.shift_remove(record.bytes()).is_some(),
                (Content::IndexMap(map), Op::Added | Op::Updated) => {
                    let key = record.key()?.bytes().to_vec();
                    map.insert(key, record.bytes().to_vec()).is_some() == (op == Op::Updated)
                }
                (Content::IndexSet(set), Op::Removed) => set.shift_remove(record.bytes()),
                (Content::IndexSet(set), Op::Added) => set.insert(record.bytes().to_vec()),
                _ => false,
            };
            if !fits {
                return Err(Self::unfit());
            }
        }
        Ok(())
    }
}
