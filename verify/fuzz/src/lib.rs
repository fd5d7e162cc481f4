//! What the fuzz targets do: the same operations on a collection of readmostly's and on a model made of std's.
//!
//! [`driver`] runs the operations, and knows versions, snapshots, readers, forks, transactions and panics. [`map`],
//! [`set`], [`ord`], [`index`], [`vec`] and [`cell`] each say what one collection and its model do. [`elem`] has the elements, which are
//! counted and panic when they are told to. [`store`] and [`log`] make files that a companion of the library must not be harmed by. Nothing in here
//! needs a fuzzer: the library's tests run the corpus, too.

#![allow(
    clippy::missing_panics_doc,
    reason = "the targets and a test call these, and want no contract in prose"
)]

pub mod cell;
pub mod driver;
pub mod elem;
pub mod index;
pub mod log;
pub mod map;
pub mod ord;
pub mod set;
pub mod store;
pub mod vec;
