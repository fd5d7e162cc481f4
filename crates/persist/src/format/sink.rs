//! Where the records of a table go: packed into frames, or kept in memory.

use super::frames::{FRAME, FrameWriter};
use super::strict::{Form, Known, Notes, Strict};
use crate::error::{Error, ErrorKind, Result};
use crate::waste::Decoded;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::any::{TypeId, type_name};
use std::collections::BTreeMap;
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The most bytes that the length of a record has.
pub(crate) const LENGTH: usize = 5;

/// The most bytes that a record may have, whatever is asked for: a length has 32 bits.
const MOST: usize = u32::MAX as usize - FRAME;

/// What a change in a delta does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    Removed = 0,
    Added = 1,
    Updated = 2,
    /// Elements of a vector leave a place, and others come there.
    Splice = 3,
    /// One of those that come.
    Element = 4,
}

impl Op {
    pub(super) fn of(byte: u8) -> Option<Self> {
        [Self::Removed, Self::Added, Self::Updated, Self::Splice, Self::Element]
            .into_iter()
            .find(|op| *op as u8 == byte)
    }
}

/// How far a save is, and whether it shall go on.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub(crate) records: AtomicU64,
    pub(crate) bytes: AtomicU64,
    pub(crate) cancelled: AtomicBool,
}

/// Why a sink takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It was asked whether there is any record, and there is.
    Found,
    /// The file would be larger than is wanted.
    Full,
}

/// What a sink does with a frame.
enum Target<'a> {
    /// Nothing: it only finds out whether there is any record at all.
    Probe,
    /// All records stay in one frame, for a log.
    Memory,
    File(&'a mut FrameWriter),
}

/// What a sink takes.
pub(crate) trait Value: Serialize + DeserializeOwned + Send + 'static {}

impl<V: Serialize + DeserializeOwned + Send + 'static> Value for V {}

/// What a sink takes as a key.
pub(crate) trait Key: Value + PartialEq {}

impl<K: Value + PartialEq> Key for K {}

/// A look at what was written: `Serialize` does not tell whether `Deserialize` makes the same of it.
struct Again<'a> {
    known: &'a mut Known,
    decoded: &'a mut Decoded,
    /// Each value, and not only the first of each form.
    each: bool,
}

/// Where the records of a table go.
#[allow(missing_debug_implementations, reason = "nobody outside has one")]
pub struct Sink<'a> {
    target: Target<'a>,
    frame: Vec<u8>,
    count: u32,
    /// One record.
    body: Vec<u8>,
    key: Vec<u8>,
    max_record: usize,
    /// The most bytes that the file may have, or what is kept in memory.
    most: u64,
    progress: Option<&'a Progress>,
    stop: Option<Stop>,
    again: Option<Again<'a>>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(
        writer: &'a mut FrameWriter,
        max_record: usize,
        progress: Option<&'a Progress>,
    ) -> Self {
        Self {
            target: Target::File(writer),
            frame: Vec::new(),
            count: 0,
            body: Vec::new(),
            key: Vec::new(),
            max_record: max_record.min(MOST),
            most: u64::MAX,
            progress,
            stop: None,
            again: None,
        }
    }

    /// A sink that only finds out whether there is any record.
    pub(crate) fn probe() -> Self {
        Self {
            target: Target::Probe,
            frame: Vec::new(),
            count: 0,
            body: Vec::new(),
            key: Vec::new(),
            max_record: 0,
            most: 0,
            progress: None,
            stop: None,
            again: None,
        }
    }

    /// A sink that keeps the records, until they are [taken](Self::take).
    pub(crate) fn memory(max_record: usize) -> Self {
        let max_record = max_record.min(MOST);
        // A log has 32 bits for the length.
        Self { target: Target::Memory, max_record, most: u64::from(u32::MAX), ..Self::probe() }
    }

    /// What it says of a record that is too large.
    #[cfg(test)]
    pub(super) fn too_large(&self) -> Error {
        too_large(self.max_record)
    }

    /// Takes the records out, and says how many there are.
    pub(crate) fn take(self) -> (Vec<u8>, u32) {
        (self.frame, self.count)
    }

    /// Takes no more when the file has more than `bytes`.
    pub(crate) fn at_most(mut self, bytes: u64) -> Self {
        self.most = bytes;
        self
    }

    /// Reads the first value of each form again. The values come into `decoded`, to be dropped when no lock is held.
    pub(crate) fn reading_again(mut self, known: &'a mut Known, decoded: &'a mut Decoded) -> Self {
        self.again = Some(Again { known, decoded, each: false });
        self
    }

    /// Reads each value again, unless std says what it is read as.
    pub(crate) fn reading_each_again(self, known: &'a mut Known, decoded: &'a mut Decoded) -> Self {
        let mut sink = self.reading_again(known, decoded);
        if let Some(again) = &mut sink.again {
            again.each = true;
        }
        sink
    }

    /// Why it takes no more, if that is no error.
    pub(crate) fn stopped(&self) -> Option<Stop> {
        self.stop
    }

    /// Takes one value.
    pub(crate) fn value(&mut self, value: &impl Value) -> Result<()> {
        self.record(|sink| put(value, &mut sink.body, sink.max_record, &mut sink.again))
    }

    /// Takes a change of one value.
    pub(crate) fn op_value(&mut self, op: Op, value: &impl Value) -> Result<()> {
        self.record(|sink| {
            sink.body.push(op as u8);
            put(value, &mut sink.body, sink.max_record, &mut sink.again)
        })
    }

    /// Takes a key, or an element of a set.
    pub(crate) fn key(&mut self, key: &impl Key) -> Result<()> {
        self.record(|sink| put_key(key, &mut sink.body, sink.max_record, &mut sink.again))
    }

    /// Takes a change of a key without a value.
    pub(crate) fn op_key(&mut self, op: Op, key: &impl Key) -> Result<()> {
        self.record(|sink| {
            sink.body.push(op as u8);
            put_key(key, &mut sink.body, sink.max_record, &mut sink.again)
        })
    }

    /// Takes a key with its value.
    pub(crate) fn entry(&mut self, key: &impl Key, value: &impl Value) -> Result<()> {
        self.record(|sink| sink.put_entry(key, value))
    }

    /// Takes a change of a key with its value.
    pub(crate) fn op_entry(&mut self, op: Op, key: &impl Key, value: &impl Value) -> Result<()> {
        self.record(|sink| {
            sink.body.push(op as u8);
            sink.put_entry(key, value)
        })
    }

    /// Takes what a change of a vector does, before the elements that it inserts.
    pub(crate) fn splice(&mut self, at: u64, removed: u64, inserted: u64) -> Result<()> {
        self.record(|sink| {
            sink.body.push(Op::Splice as u8);
            for number in [at, removed, inserted] {
                put_number(&mut sink.body, number);
            }
            Ok(())
        })
    }

    /// Takes a record whose parts are bytes already.
    pub(crate) fn raw(&mut self, op: Option<Op>, key: Option<&[u8]>, value: &[u8]) -> Result<()> {
        self.record(|sink| {
            sink.body.extend(op.map(|op| op as u8));
            if let Some(key) = key {
                put_number(&mut sink.body, key.len() as u64);
                sink.body.extend_from_slice(key);
            }
            sink.body.extend_from_slice(value);
            Ok(())
        })
    }

    fn put_entry(&mut self, key: &impl Key, value: &impl Value) -> Result<()> {
        let mut bytes = mem::take(&mut self.key);
        bytes.clear();
        put_key(key, &mut bytes, self.max_record, &mut self.again)?;
        put_number(&mut self.body, bytes.len() as u64);
        self.body.extend_from_slice(&bytes);
        self.key = bytes;
        put(value, &mut self.body, self.max_record, &mut self.again)
    }

    fn record(&mut self, fill: impl FnOnce(&mut Self) -> Result<()>) -> Result<()> {
        let cancelled = || Err(Error::new(ErrorKind::Cancelled, "the save was cancelled"));
        if matches!(self.target, Target::Probe) {
            self.stop = Some(Stop::Found);
            return cancelled();
        }
        self.body.clear();
        fill(self)?;
        if self.body.len() > self.max_record {
            return Err(too_large(self.max_record));
        }
        if matches!(self.target, Target::Memory)
            && (self.frame.len() + LENGTH + self.body.len()) as u64 > self.most
        {
            let what = "one update changes more than 4 GiB; make several of it";
            return Err(Error::new(ErrorKind::TooLarge, what));
        }
        if matches!(self.target, Target::File(_))
            && !self.frame.is_empty()
            && self.frame.len() + LENGTH + self.body.len() > FRAME
        {
            self.flush()?;
        }
        put_number(&mut self.frame, self.body.len() as u64);
        self.frame.extend_from_slice(&self.body);
        self.count += 1;
        if self.body.capacity() > FRAME {
            // A large record is not kept in memory for the sake of small ones.
            self.body = Vec::new();
        }
        let Some(progress) = self.progress else { return Ok(()) };
        progress.records.fetch_add(1, Ordering::Relaxed);
        if progress.cancelled.load(Ordering::Relaxed) { cancelled() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        let Target::File(writer) = &mut self.target else { return Ok(()) };
        if self.count == 0 {
            return Ok(());
        }
        writer.frame(&self.frame, self.count)?;
        self.frame.clear();
        self.count = 0;
        if let Some(progress) = self.progress {
            progress.bytes.store(writer.written(), Ordering::Relaxed);
        }
        if writer.written() > self.most {
            self.stop = Some(Stop::Full);
            return Err(Error::new(ErrorKind::Cancelled, "the save was cancelled"));
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(&mut self) -> Result<()> {
        self.flush()
    }
}

pub(super) fn too_large(max_record: usize) -> Error {
    let what = if max_record < MOST {
        format!("a record has more than {max_record} bytes; raise `Options::max_record`")
    } else {
        format!("a record has more than {MOST} bytes, which no file can hold; make several entries of it")
    };
    Error::new(ErrorKind::TooLarge, what)
}

/// Appends a number of 7 bits a byte, the lowest first.
pub(crate) fn put_number(into: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        into.push(u8::try_from(number & 0x7f).unwrap_or(0) | 0x80);
        number >>= 7;
    }
    into.push(u8::try_from(number).unwrap_or(0));
}

/// Appends a value in postcard, and looks at it again where that is needed.
fn put<V: Value>(value: &V, into: &mut Vec<u8>, most: usize, again: &mut Option<Again<'_>>) -> Result<()> {
    let Some(again) = again else { return encode(value, into, most) };
    let begin = into.len();
    let forms = encode_noting_forms(value, into, most, again.known)?;
    if forms.is_empty() && (!again.each || is_of_std::<V>()) {
        return Ok(());
    }
    let read = postcard::take_from_bytes::<V>(&into[begin..]);
    if forms.is_empty() && read.is_err() {
        let what = "the `Deserialize` of its type refuses a value, and would refuse the whole table when it is opened again; see what `Table` \
                    says of serde: have no value that it refuses";
        return Err(Error::new(ErrorKind::Encode, what));
    }
    let is_whole = read.is_ok_and(|(value, rest)| {
        if forms.is_empty() && !mem::needs_drop::<V>() {
            return rest.is_empty();
        }
        // It is there before code of the user's runs on it.
        let value = again.decoded.keep(value);
        let has_the_forms = |value: &V| {
            // Not the bytes: a hash table may have another order, and a time that is left is shorter.
            encode_noting_forms(value, &mut Vec::new(), most, again.known).is_ok_and(|read| read == forms)
        };
        rest.is_empty() && (forms.is_empty() || value.is_some_and(has_the_forms))
    });
    if !is_whole {
        let what = "a value is another one, or none, when it is read again; see what `Table` says of serde: have no value that its `Deserialize` refuses, and take away \
                    `skip_serializing_if`, `skip_serializing`, `untagged`, or the `skip` of a variant before others";
        return Err(Error::new(ErrorKind::Encode, what));
    }
    again.known.extend(forms.into_keys());
    Ok(())
}

/// Appends a key in postcard, and looks at it again, unless std says what it is read as. Two keys that are written alike are one when
/// they are read, and then the file has fewer entries than it says.
fn put_key<K: Key>(key: &K, into: &mut Vec<u8>, most: usize, again: &mut Option<Again<'_>>) -> Result<()> {
    let begin = into.len();
    put(key, into, most, again)?;
    if again.is_none() || is_of_std::<K>() {
        return Ok(());
    }
    let read = postcard::take_from_bytes::<K>(&into[begin..]);
    if read.is_ok_and(|(read, rest)| rest.is_empty() && read == *key) {
        return Ok(());
    }
    let what = "a key does not equal itself when it is read again; see what `Table` says of keys: save all that its `==` looks at";
    Err(Error::new(ErrorKind::Encode, what))
}

/// Whether it is one of the types of std that most keys are of.
fn is_of_std<K: 'static>() -> bool {
    macro_rules! any { ($($std:ty),*) => { [$(TypeId::of::<$std>()),*] } }
    any!(String, u64, u32, u128, u16, u8, i64, i32, i128, i16, i8, char, bool).contains(&TypeId::of::<K>())
}

/// Appends a value in postcard, and returns how many there are in it of each form that is not known.
fn encode_noting_forms<V: Value>(
    value: &V,
    into: &mut Vec<u8>,
    most: usize,
    known: &Known,
) -> Result<BTreeMap<Form, usize>> {
    let notes = Notes::new(known);
    notes.form(type_name::<V>(), "", None, 0);
    encode_noting(value, into, most, &notes)?;
    Ok(notes.doubtful.take())
}

/// Appends a value in postcard.
pub(crate) fn encode(value: &impl Serialize, into: &mut Vec<u8>, most: usize) -> Result<()> {
    encode_noting(value, into, most, &Notes::default())
}

fn encode_noting(value: &impl Serialize, into: &mut Vec<u8>, most: usize, notes: &Notes<'_>) -> Result<()> {
    let value = Strict::new(value, notes);
    postcard::serialize_with_flavor(&value, Bounded { into, most }).map_err(|error| {
        match (error, notes.wrong.get()) {
            (postcard::Error::SerializeBufferFull, _) => too_large(most),
            (_, Some(wrong)) => Error::new(ErrorKind::Encode, wrong),
            (error, None) => {
                Error::new(ErrorKind::Encode, format!("a value cannot be encoded in postcard: {error}"))
            }
        }
    })
}

/// Refuses what becomes too large before it is all there.
struct Bounded<'a> {
    into: &'a mut Vec<u8>,
    most: usize,
}

impl postcard::ser_flavors::Flavor for Bounded<'_> {
    type Output = ();

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.try_extend(&[byte])
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        if bytes.len() > self.most.saturating_sub(self.into.len()) {
            return Err(postcard::Error::SerializeBufferFull);
        }
        self.into.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}
