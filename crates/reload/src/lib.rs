//! Tables that follow a file, a folder, or any other source, and never show a bad version of it.
#![doc = "\n"]
//! See [`Reload`].

mod builder;
mod content;
mod core;
mod error;
mod last_good;
mod origin;
mod reloader;
mod status;
mod target;
mod trigger;
mod turn;
mod worker;

pub use builder::{Builder, Reload};
pub use content::{Content, File, Fingerprint, Line};
pub use error::{Error, Failure, FailureKind, Refused, UnknownVersion};
pub use origin::{Look, Origin};
pub use reloader::Reloader;
pub use status::{Provenance, Status};
pub use target::{Changes, Target};
