//! Tables that follow a file, a folder, a Kubernetes `ConfigMap` or any other source, and never show a bad version of it.
//!
//! A [`Reload`] says what is followed, how it is parsed and what is refused. A [`Reloader`] keeps a container of [`readmostly`]
//! equal to that: a [`CowMap`](readmostly::CowMap), [`CowSet`](readmostly::CowSet), [`CowVec`](readmostly::CowVec),
//! [`CowCell`](readmostly::CowCell), or one of the others (see [`Target`]). Threads that read the container never wait for a reload, and
//! see each one whole or not at all.
//!
//! ```standalone_crate
//! # let home = tempfile::tempdir()?;
//! # std::env::set_current_dir(&home)?;
//! # std::fs::write("blocked.txt", "spam.example\n")?;
//! use readmostly::CowSet;
//! use readmostly::paged::PagedSet;
//! use readmostly_reload::{Content, Reload};
//! use std::sync::Arc;
//!
#![doc = include_str!("ten_lines.txt")]
//! # assert!(std::fs::exists("blocked.last_good")?);
//! # // A relative path is one of the folder that was the working one at the start.
//! # std::env::set_current_dir("/")?;
//! # std::fs::write(home.path().join("blocked.txt"), "more.example\nspam.example\n")?;
//! # assert!(reloader.now().is_good() && blocked.contains("more.example"));
//! # assert!(std::fs::read_to_string(home.path().join("blocked.last_good"))?.contains("more.example"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it promises
//!
//! - **Last good.** A source that is gone, half written, malformed, refused or too large changes nothing. So does a panic in the
//!   source, the parser, the validator, or in `Eq`, `Hash` or `Clone` of a value, unless the program is built to abort then. The
//!   [`Status`] says so: what, in which file and line, and since when. The next good content is taken.
//! - **All or nothing.** A content is parsed, compared and validated before it is published in one step. If another writer has
//!   published meanwhile it is worked out again, on what is current then.
//! - **Nothing for nothing.** A content that is in force is not parsed again, and one that was refused by [`Reloader::now`] alone. Equal values are no new version, and wake nobody who watches
//!   the container. What does change is a small delta to the version before.
//! - **One at a time.** Looks and rollbacks run one after the other. [`Reloader::status`] waits for none of them.
//! - **Green means good.** The status is good when the last look was: not before a bad content has changed or is taken by
//!   [`Reloader::now`], and at once when it has changed, also back to what was there before.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | a read of the container | what it costs without a reload |
//! | a look at a file that has not changed | reading it, and comparing the bytes: half a millisecond for 1.8 MB in the cache of the system |
//! | a look at one that has | two reads, the [settle](Builder::settle) time apart; the parser and the validator; the time of `assign`, without a lock |
//! | memory | the bytes of the content that was taken last and of one that was refused since, and the values in which the last two versions differ; 32 bytes for each version that the container keeps |
//! | threads | one for a reloader that polls, none with `poll(None)` |
//!
//! On Linux a reloader of a file or folder has an inotify instance, of which a user may have 128 by default. Where there is
//! none left the poll does it alone.
//!
//! # Files
//!
//! An event says "look", and nothing more; the truth is the content, compared at each look and at each poll. So these are all
//! the same: a write in place, a rename over the file, an editor's backup dance, a link that leads elsewhere, a folder that is
//! replaced, the `..data` of a `ConfigMap`. A file is taken when it was the same twice, [`settle`](Builder::settle) apart, and the
//! times and the inodes of it and of the links on the way say that nobody has touched them in between: the empty file between a truncation and the write that follows
//! never is, however often a writer does that. A FIFO, a socket or a folder in place of the file is an error, never a hang.
//!
//! A writer that pauses for longer than the settle time in the middle of a file cannot be told from one that is done. Where
//! that may be, write beside the file and rename, or have the validator look for an end.
//!
//! # Other sources
//!
//! A closure that returns `Ok(Some(content))`, `Ok(None)` for "unchanged", or an error is a source: a request with an `ETag`, a
//! row of a database. `examples/etag.rs`, in the repository, has one. For what can tell that it is not at rest there is [`Origin`].
//!
//! # Where the last good copy is
//!
//! In a [file](Builder::last_good) that a person can read, or with the feature `readmostly-persist` in a
//! store (`Builder::last_good_in`): compressed, encrypted if there is a key, with older copies for when the newest is damaged.
//!
//! # From a loop, or from async code
//!
//! With [`poll(None)`](Builder::poll) there is no thread. [`Reloader::now`] looks, and waits until the content has come to
//! rest: on SIGHUP, in a route, in `spawn_blocking`. [`Reloader::look`] looks once and never sleeps: for a loop with a timer of
//! its own. A [watch of the status](Reloader::watch_status) is a thread's or a task's, for any executor.
//!
//! # Secrets
//!
//! An error shows where it is, and what the parser says about it. Nothing of the content is shown unless
//! [`excerpt`](Builder::excerpt) asks for it. `Debug` of a [`Content`] shows names and lengths. The copy of the last good
//! content has the group and the permissions of the file, or is for its owner alone, as where the file has an access control list (on
//! Linux). What your parser's own errors say is yours to look at:
//! some formats' parsers quote the line.
//!
//! # Minimum supported Rust version
//!
//! 1.85. A raise is a minor release and stands in the changelog.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod chain;
mod content;
mod core;
mod error;
mod fingerprints;
mod last_good;
mod origin;
mod own_thread;
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
