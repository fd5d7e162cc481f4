//! What serde allows and the encoding does not. It has no names and few lengths: where a field is skipped, or another number of parts
//! comes than was announced, all behind it becomes something else.

use serde::ser::{self, Serialize, Serializer};
use std::any::type_name;
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A value in which no field may be skipped, or its serializer.
pub(super) struct Strict<'a, T> {
    inner: T,
    notes: &'a Notes<'a>,
    /// The type whose `Serialize` has the serializer.
    of: &'static str,
}

/// What comes to light while a value is encoded.
#[derive(Default)]
pub(super) struct Notes<'a> {
    /// What is wrong. What an error of the encoding says is not kept.
    pub(super) wrong: Cell<Option<&'static str>>,
    /// What need not be noted, if anything is.
    known: Option<&'a Known>,
    /// The other forms, and how many parts have each.
    pub(super) doubtful: RefCell<BTreeMap<Form, usize>>,
}

/// Forms of values.
pub(crate) type Known = BTreeSet<Form>;

impl<'a> Notes<'a> {
    /// Notes that collect each form that is not known.
    pub(super) fn new(known: &'a Known) -> Self {
        Self { known: Some(known), ..Self::default() }
    }

    /// Takes a part of the value. `of` is the type whose `Serialize` writes it under that name.
    pub(super) fn form(&self, of: &'static str, name: &'static str, variant: Option<u32>, parts: usize) {
        let Some(known) = self.known else { return };
        let place = |text: &'static str| (text.as_ptr().addr(), text.len());
        let form = Form { of: place(of), name: place(name), variant, parts };
        if !known.contains(&form) {
            *self.doubtful.borrow_mut().entry(form).or_default() += 1;
        }
    }
}

/// A type, or a variant of it, with a number of parts. What `Serialize` announces of one tells nothing of what `Deserialize` makes of it:
/// a derived one leaves skipped fields out of the number, and counts the variants with those that are skipped.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form {
    /// The places of the names. If a name has two, it is two kinds.
    of: (usize, usize),
    name: (usize, usize),
    variant: Option<u32>,
    parts: usize,
}

const SKIPPED: &str = "a field is skipped, and could not be told from the next one when it is read; \
                       take `skip_serializing_if` away";
const MISCOUNTED: &str = "`Serialize` of a type writes more or fewer parts than it says before; mend that";

impl<'a, T> Strict<'a, T> {
    pub(super) fn new(inner: T, notes: &'a Notes<'a>) -> Self {
        Self { inner, notes, of: "" }
    }

    fn with<U>(&self, inner: U) -> Strict<'a, U> {
        Strict { inner, notes: self.notes, of: self.of }
    }
}

/// The parts of a value: as many must come as were announced.
pub(super) struct Parts<'a, P> {
    strict: Strict<'a, P>,
    /// None: it was not said.
    left: Option<usize>,
}

impl<P> Parts<'_, P> {
    fn refuse<E: ser::Error>(&self, wrong: &'static str) -> Result<(), E> {
        self.strict.notes.wrong.set(Some(wrong));
        Err(E::custom(wrong))
    }

    fn one<E: ser::Error>(&mut self) -> Result<(), E> {
        match &mut self.left {
            Some(0) => self.refuse(MISCOUNTED),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn all<E: ser::Error>(&self) -> Result<(), E> {
        if self.left.is_none_or(|left| left == 0) { Ok(()) } else { self.refuse(MISCOUNTED) }
    }
}

impl<T: Serialize + ?Sized> Serialize for Strict<'_, &T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of = type_name::<T>();
        self.inner.serialize(Strict { inner: serializer, notes: self.notes, of })
    }
}

/// Passes on what has no parts.
macro_rules! pass {
    ($($method:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $method(self $(, $argument: $type)*) -> Result<S::Ok, S::Error> {
            self.inner.$method($($argument),*)
        }
    )*};
}

/// Passes on what has parts, one after the other. Behind `;` stands how many there are.
macro_rules! parts {
    ($($method:ident($($argument:ident: $type:ty),*; $left:expr) -> $parts:ident;)*) => {$(
        fn $method(self $(, $argument: $type)*) -> Result<Self::$parts, S::Error> {
            let Self { inner, notes, of } = self;
            Ok(Parts { strict: Strict { inner: inner.$method($($argument),*)?, notes, of }, left: $left })
        }
    )*};
}

/// The same for those with a name and a length, which are noted.
macro_rules! forms {
    ($($method:ident($($index:ident, $variant:ident)?) -> $parts:ident;)*) => {$(
        fn $method(
            self,
            name: &'static str,
            $($index: u32, $variant: &'static str,)?
            length: usize,
        ) -> Result<Self::$parts, S::Error> {
            let Self { inner, notes, of } = self;
            notes.form(of, name, None$(.or(Some($index)))?, length);
            let inner = inner.$method(name, $($index, $variant,)? length)?;
            Ok(Parts { strict: Strict { inner, notes, of }, left: Some(length) })
        }
    )*};
}

impl<'a, S: Serializer> Serializer for Strict<'a, S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Parts<'a, S::SerializeSeq>;
    type SerializeTuple = Parts<'a, S::SerializeTuple>;
    type SerializeTupleStruct = Parts<'a, S::SerializeTupleStruct>;
    type SerializeTupleVariant = Parts<'a, S::SerializeTupleVariant>;
    type SerializeMap = Parts<'a, S::SerializeMap>;
    type SerializeStruct = Parts<'a, S::SerializeStruct>;
    type SerializeStructVariant = Parts<'a, S::SerializeStructVariant>;

    pass! {
        serialize_bool(value: bool);
        serialize_i8(value: i8);
        serialize_i16(value: i16);
        serialize_i32(value: i32);
        serialize_i64(value: i64);
        serialize_i128(value: i128);
        serialize_u8(value: u8);
        serialize_u16(value: u16);
        serialize_u32(value: u32);
        serialize_u64(value: u64);
        serialize_u128(value: u128);
        serialize_f32(value: f32);
        serialize_f64(value: f64);
        serialize_char(value: char);
        serialize_str(value: &str);
        serialize_bytes(value: &[u8]);
        serialize_none();
        serialize_unit();
        serialize_unit_struct(name: &'static str);
    }

    parts! {
        serialize_seq(length: Option<usize>; length) -> SerializeSeq;
        serialize_tuple(length: usize; Some(length)) -> SerializeTuple;
        serialize_map(length: Option<usize>; length.and_then(|entries| entries.checked_mul(2))) -> SerializeMap;
    }

    forms! {
        serialize_tuple_struct() -> SerializeTupleStruct;
        serialize_struct() -> SerializeStruct;
        serialize_tuple_variant(index, variant) -> SerializeTupleVariant;
        serialize_struct_variant(index, variant) -> SerializeStructVariant;
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.notes.form(self.of, name, Some(index), 0);
        self.inner.serialize_unit_variant(name, index, variant)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        let value = self.with(value);
        self.inner.serialize_some(&value)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        let value = self.with(value);
        self.inner.serialize_newtype_struct(name, &value)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.notes.form(self.of, name, Some(index), 1);
        let value = self.with(value);
        self.inner.serialize_newtype_variant(name, index, variant, &value)
    }

    fn collect_str<T: fmt::Display + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.inner.collect_str(value)
    }

    fn is_human_readable(&self) -> bool {
        self.inner.is_human_readable()
    }
}

/// Passes on each part.
macro_rules! each {
    ($($trait:ident: $($method:ident($($name:ident)?)),* $([$skip:ident])?;)*) => {$(
        impl<S: ser::$trait> ser::$trait for Parts<'_, S> {
            type Ok = S::Ok;
            type Error = S::Error;

            $(
                fn $method<T: Serialize + ?Sized>(&mut self $(, $name: &'static str)?, value: &T) -> Result<(), S::Error> {
                    self.one()?;
                    let value = self.strict.with(value);
                    self.strict.inner.$method($($name,)? &value)
                }
            )*

            $(
                fn $skip(&mut self, _: &'static str) -> Result<(), S::Error> {
                    self.refuse(SKIPPED)
                }
            )?

            fn end(self) -> Result<S::Ok, S::Error> {
                self.all()?;
                self.strict.inner.end()
            }
        }
    )*};
}

each! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(name) [skip_field];
    SerializeStructVariant: serialize_field(name) [skip_field];
}
