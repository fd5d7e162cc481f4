//! Tables that survive a crash: the states of [`readmostly`]'s containers in files.
//!
//! A [`Store`] is a folder. It saves a snapshot of a container: as a full file, or as a delta on what was saved before. The
//! container goes on being written meanwhile, and no reader waits. After a restart the store finds the last state that was saved.
//!
//! ```standalone_crate
//! # let home = tempfile::tempdir()?;
//! # std::env::set_current_dir(&home)?;
//! use readmostly::CowMap;
//! use readmostly::paged::PagedMap;
//! use readmostly_persist::{Options, Store};
//!
//! let store: Store<PagedMap<String, u32>> = Store::open("limits", Options::new().schema(1))?;
//! let limits = match store.load()? {
//!     Some(loaded) => CowMap::from(loaded.value), // in `loaded.skipped` is what was damaged
//!     None => CowMap::default(),
//! };
//! limits.insert("ann".to_owned(), 10);
//! store.save(&limits.snapshot())?; // on disk when this returns
//! # drop(store);
//! # let store: Store<PagedMap<String, u32>> = Store::open("limits", Options::new().schema(1))?;
//! # assert_eq!(store.load()?.unwrap().value["ann"], 10);
//! # std::env::set_current_dir("/")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it promises
//!
//! - **Durable.** What [`save`](Store::save) has returned is there after a crash at any instruction, or a power cut. A file is written
//!   under another name, synced, renamed, and then the folder is synced. A file whose sync has failed is given up, and never synced
//!   again: what a second sync says about it would not be true.
//! - **Whole.** A state is found as it was saved, or not at all. A file that is cut, torn or changed in any bit is noticed by its
//!   hash. One that is swapped, dropped, from another store or of another key is noticed by those that stand on it, which name it by a
//!   random id and its hash. A file of another name is as good; a log of a [`Durable`] counts under its own name alone, since a copy
//!   lacks what was written later. The end of a log is the exception: if it is cut off, or its last write is damaged, that looks as after a crash.
//! - **The last good state.** A load takes the newest state that verifies, and names what it skipped. Nothing is ever repaired or
//!   removed because it cannot be read. A folder in which nothing can be read is an error, and never an empty table.
//! - **Nothing for nothing.** A save of what is saved already writes nothing.
//! - **Bounded.** Whatever is in a file, it makes nothing panic here. Beside the table itself, a load has a record in memory, which is no larger than
//!   [`max_record`](Options::max_record), and a few frames of 64 KiB. The exception is a type of yours that holds itself, as a tree does: it is decoded
//!   as deep as the file says, and a file that was made for it overflows the stack, which aborts. Neither serde nor postcard has a limit. Give such a
//!   type one in its `Deserialize`, or take a key.
//!
//! A disk that says that it has written what it has not is beyond this, and so is one that is lost: make [backups](#backups).
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | the container | nothing: a snapshot shares its pages |
//! | a full save | the time to encode and write all entries, and the memory of a few frames of 64 KiB |
//! | a delta | the time to compare the pages that were written to since the last save, and to write what differs |
//! | a load | the time to read and insert all entries, and the deltas of at most one chain |
//! | memory | the pages of the version that was saved last, as far as the current one does not share them |
//! | disk | [`keep`](Options::keep) full files (3), each with at most [`max_chain`](Options::max_chain) deltas (16), which together are no larger than it; of a [`Durable`] two of these at least, and some 18 logs of [`log_size`](Options::log_size) (16 MiB) at most |
//!
//! # Full files and deltas
//!
//! A delta is written if it takes less than half of the full file that its chain stands on, the deltas of the chain together no more
//! than that, and the chain is not too long. Else there is a new full file, and then the oldest generation is removed. What is
//! [tagged](Store::tag) stays, with all that it stands on. Deltas are of keys, not of pages: after a load the chain goes on, if the
//! container is made of [`Loaded::value`].
//!
//! # Who saves, and when
//!
//! A thread of yours, by [`save`](Store::save) or [`save_current`](Store::save_current); a thread that ends when it is done, by
//! [`save_in_background`](Store::save_in_background); or an [`Autosave`], which follows the container. They take turns.
//!
//! # What can be saved
//!
//! The collections of [`readmostly::paged`], entry by entry, and any value of yours that is [`Whole`], in one piece. The encoding is
//! [postcard](https://postcard.jamesmunns.com), which has a written specification; `FORMAT.md` has ours. There are no names of
//! fields in it, so a program whose types have changed must say so by another [`schema`](Options::schema). To convert, load with the
//! old types and the old number, and save into another folder. **Some attributes of serde do not work with it:** see
//! [`Table`](Table#what-serde-can-do-and-this-cannot) before you derive with any.
//!
//! # Compression and encryption
//!
//! LZ4 (feature `lz4`, on by default), Zstandard (feature `zstd`), or nothing. With the feature `encryption` and an
//! [`Options::key`] files are encrypted by XChaCha20-Poly1305.
//!
//! - **What encryption protects**: the content, and the header against changes. Without the key nobody can read an entry, change
//!   a bit, cut a file of a [`Store`], swap or reorder deltas or writes in a log, or put a file or a log of their own there.
//! - **What it does not**: the header is readable: times, versions, how many entries, how large. Compression before encryption lets the size of a file tell
//!   something about its content; whoever can write entries and see sizes learns from it, as in CRIME. Take
//!   [`Compression::None`] there. Whoever can write to the folder can put back an older state, all of it, or files of another table with the same key, and
//!   can remove files. **Of a log of a [`Durable`] they can cut the end off**, behind any write, and an [`open`](Durable::open) says nothing:
//!   it looks as after a crash. The names of files are not secret; tags are.
//!
//! Without a key the hash finds accidents. Whoever can write to the folder can write a file that loads.
//!
//! # From a shell
//!
//! `readmostly-store`, a program behind the feature `cli`, says what a start would load and what is damaged, lists, checks, dumps and
//! compares states, compacts and tags. A [`RawTable`] is what it sees: bytes. To show your types, load them.
//!
//! # Files
//!
//! On Unix files are for their owner alone. The lock is `flock` on the file `lock`, and on Windows an open that shares nothing: the
//! end of the process releases it, however it ends, and that of all that it has forked: a child has the lock too, until it ends or runs
//! another program. On a network file system it is as good as that system's locks. The
//! folder is for one table.
//!
//! On Unix each new file, a log or `tags` too, and each removal of one is preceded by one `stat`: whether `lock` is still the file that was
//! locked. If the folder was moved or replaced meanwhile, or `lock` removed, that is [`Locked`](ErrorKind::Locked), and nothing is written or
//! removed. A write to a log that is there already does not look at it.
//!
//! # Backups
//!
//! Save a snapshot into another folder. Readers and writers go on, and what is there is whole:
//!
//! ```
//! use readmostly::CowSet;
//! use readmostly_persist::{Durable, Options, Store};
//!
//! # let (folder, elsewhere) = (tempfile::tempdir()?, tempfile::tempdir()?);
//! let (blocked, _) = Durable::<CowSet<u32>>::open(&folder, Options::new())?;
//! blocked.insert(7)?;
//! let backup = Store::open(&elsewhere, Options::new())?;
//! backup.save(&blocked.snapshot())?;
//! # drop(backup);
//! # assert_eq!(Durable::<CowSet<u32>>::open(&elsewhere, Options::new())?.0.load().len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Either opens such a folder: a [`Store`] and a [`Durable`]. Or copy the folder while nothing has it open, or take a snapshot of the file system, which
//! is of one instant. **A copy that is made file by file while a process writes may not open:** a file may be removed before it is copied, another be made
//! after the folder was listed, and of a log the copy may have a part that is older than what stands behind it. **Or it opens and is older than it looks:**
//! it may lack writes that were confirmed before the copy was begun. `readmostly-store verify` says whether all that is in a copy is good, and cannot say
//! what is not in it.
//!
//! # When to take something else
//!
//! - More than fits into memory, or queries: [SQLite](https://docs.rs/rusqlite) or [redb](https://docs.rs/redb).
//! - A small table that is saved once: serde and a rename.
//!
//! # Minimum supported Rust version
//!
//! 1.85. A raise is a minor release and stands in the changelog.

mod disk;
mod durable;
mod error;
mod format;
mod options;
mod raw;
mod store;
mod table;
mod waste;
mod worker;

pub use durable::{Durable, DurableStatus, Logged, Recovered, Torn};
pub use error::{Error, ErrorKind, Result};
#[cfg(feature = "encryption")]
pub use format::Key;
pub use format::{Compression, Id, Kind, Shape};
#[doc(hidden)]
pub use format::{Records, Sink};
pub use options::{Options, SyncMode};
pub use raw::{RawChange, RawEntry, RawTable};
pub use store::{
    Autosave, AutosaveStatus, Compacted, Every, Info, Loaded, Progress, Saved, Saving, Skipped, Store,
};
pub use table::{Table, Whole};
