//! A [`Delta`]: a sequence of changes, each as a derived enum with the variants of [`Change`] would be.

use super::Elements;
use crate::paged::delta::Owned;
use crate::paged::{Change, Delta};
use serde_core::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};
use serde_core::ser::{Serialize, SerializeStructVariant, Serializer};
use std::fmt;
use std::marker::PhantomData;

// The form is in files. So nothing of this ever changes, the order included.
const CHANGE: &str = "Change";
const VARIANTS: &[&str] = &["Added", "Removed", "Updated"];
const ADDED: u32 = 0;
const REMOVED: u32 = 1;
const UPDATED: u32 = 2;
const ONE_VALUE: &[&str] = &["key", "value"];
const TWO_VALUES: &[&str] = &["key", "old", "new"];

impl<K: Serialize, V: Serialize> Serialize for Delta<K, V> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Delta<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData::<(_, Owned<K, V>)>))
    }
}

/// As in a [`Delta`]. So a sequence of what a `diff` shows is read as one.
impl<K: Serialize, V: Serialize> Serialize for Change<'_, K, V> {
    fn serialize<R: Serializer>(&self, serializer: R) -> Result<R::Ok, R::Error> {
        let (variant, key, [first, second]) = match *self {
            Self::Added { key, value } => (ADDED, key, [Some(value), None]),
            Self::Removed { key, value } => (REMOVED, key, [Some(value), None]),
            Self::Updated { key, old, new } => (UPDATED, key, [Some(old), Some(new)]),
        };
        let names = if variant == UPDATED { TWO_VALUES } else { ONE_VALUE };
        let mut change =
            serializer.serialize_struct_variant(CHANGE, variant, VARIANTS[variant as usize], names.len())?;
        change.serialize_field(names[0], key)?;
        for (name, value) in names[1..].iter().zip(first.into_iter().chain(second)) {
            change.serialize_field(name, value)?;
        }
        change.end()
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Owned<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_enum(CHANGE, VARIANTS, Variants(PhantomData))
    }
}

struct Variants<K, V>(PhantomData<(K, V)>);

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for Variants<K, V> {
    type Value = Owned<K, V>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a change")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, change: A) -> Result<Owned<K, V>, A::Error> {
        let (variant, content) = change.variant_seed(OneOf(VARIANTS))?;
        if variant == UPDATED as usize {
            let (key, [old, new]) = content.struct_variant(TWO_VALUES, Fields::of(TWO_VALUES))?;
            return Ok(Owned::Updated(key, old, new));
        }
        let (key, [value]) = content.struct_variant(ONE_VALUE, Fields::of(ONE_VALUE))?;
        Ok(if variant == ADDED as usize { Owned::Added(key, value) } else { Owned::Removed(key, value) })
    }
}

/// The fields of a change: its key and `N` values.
struct Fields<K, V, const N: usize> {
    names: &'static [&'static str],
    types: PhantomData<(K, V)>,
}

impl<K, V, const N: usize> Fields<K, V, N> {
    fn of(names: &'static [&'static str]) -> Self {
        Self { names, types: PhantomData }
    }

    /// Nothing has a default: a value that is `None` is one that was read.
    fn all<E: Error>(&self, key: Option<K>, values: [Option<V>; N]) -> Result<(K, [V; N]), E> {
        let key = key.ok_or_else(|| E::missing_field(self.names[0]))?;
        if let Some(missing) = values.iter().position(Option::is_none) {
            return Err(E::missing_field(self.names[missing + 1]));
        }
        Ok((key, values.map(|value| value.expect("none is missing"))))
    }
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>, const N: usize> Visitor<'de> for Fields<K, V, N> {
    type Value = (K, [V; N]);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the fields {}", self.names.join(", "))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let short = |read| A::Error::invalid_length(read, &self);
        let key = fields.next_element()?.ok_or_else(|| short(0))?;
        let mut values = [const { None }; N];
        for (read, value) in (1..).zip(&mut values) {
            *value = Some(fields.next_element()?.ok_or_else(|| short(read))?);
        }
        self.all(Some(key), values)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let (mut key, mut values) = (None, [const { None }; N]);
        while let Some(field) = fields.next_key_seed(OneOf(self.names))? {
            // The key comes first among the names.
            let twice = match field.checked_sub(1) {
                None => key.replace(fields.next_value()?).is_some(),
                Some(value) => values[value].replace(fields.next_value()?).is_some(),
            };
            if twice {
                return Err(Error::duplicate_field(self.names[field]));
            }
        }
        self.all(key, values)
    }
}

/// Finds which of the names of variants or of fields is next.
struct OneOf(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for OneOf {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for OneOf {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "one of {}", self.0.join(", "))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<usize, E> {
        let index = usize::try_from(number).ok().filter(|index| *index < self.0.len());
        index.ok_or_else(|| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<usize, E> {
        let unknown = if self.0 == VARIANTS { E::unknown_variant } else { E::unknown_field };
        self.0.iter().position(|known| *known == name).ok_or_else(|| unknown(name, self.0))
    }

    fn visit_bytes<E: Error>(self, name: &[u8]) -> Result<usize, E> {
        self.visit_str(&String::from_utf8_lossy(name))
    }
}
