//! What the features bring: the traits of other crates for the types of this one, each behind the feature of its name.

#[cfg(feature = "rayon")]
pub mod rayon;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "stream")]
mod stream;
