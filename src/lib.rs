//! Concurrent containers for tables that many threads read and few change: configuration, block and allow lists,
//! routing and rule sets that are reloaded while they are in use.
//!
//! [`CowMap`], [`CowSet`] and [`CowVec`], and the ordered [`CowOrdMap`] and [`CowOrdSet`], hold an immutable version of a
//! collection. A reader takes the current version without a lock and sees it unchanged for as long as it looks; a writer
//! copies the pages that it changes and publishes the result in one step. Each is a [`CowCell`] of a collection from
//! [`paged`], and a cell of your own struct makes several of those change in one step.
//!
//! ```
//! use readmostly::CowMap;
//!
//! let limits: CowMap<String, u32> = CowMap::new();
//! limits.insert("free".into(), 10);
//!
//! std::thread::scope(|s| {
//!     // A thread that reads often keeps a reader.
//!     s.spawn(|| {
//!         let mut reader = limits.reader();
//!         for _request in 0..1_000 {
//!             let table = reader.load();
//!             // What is read through `table` is of one version: both entries of the batch below, or neither.
//!             assert_eq!(table.contains_key("team"), table.contains_key("firm"));
//!         }
//!     });
//!     // A batch is one version, and copies each page that it changes once.
//!     limits.update(|draft| {
//!         draft.insert("team".into(), 100);
//!         draft.insert("firm".into(), 1_000);
//!     });
//! });
//! assert_eq!(limits.get("firm"), Some(1_000));
//! ```
//!
//! # Which collection when
//!
//! | container | of | take it for |
//! |---|---|---|
//! | [`CowMap`], [`CowSet`] | [`PagedMap`](paged::PagedMap), [`PagedSet`](paged::PagedSet): hash tables | lookups by key: they are the fastest |
//! | [`CowOrdMap`], [`CowOrdSet`] | [`PagedOrdMap`](paged::PagedOrdMap), [`PagedOrdSet`](paged::PagedOrdSet): trees | the range that an address is in, time windows, prefixes, sorted listings and ranks; a write to a large one copies less |
//! | [`CowIndexMap`], [`CowIndexSet`] | [`PagedIndexMap`](paged::PagedIndexMap), [`PagedIndexSet`](paged::PagedIndexSet): a list with a table that finds its entries | lookups by key where the order of insertion counts: rules that are tried one after the other, the lines of a file |
//! | [`CowVec`] | [`PagedVec`](paged::PagedVec) | a sequence, by index |
//! | [`CowCell`] | a collection of std's | what is only ever replaced as a whole |
//! | [`CowCell`] | a struct of yours, with collections from [`paged`] in it | tables that change together, in one step |
//!
//! # What it costs
//!
//! | operation | cost |
//! |---|---|
//! | [`Reader::load`] | one atomic load and a compare; reads nothing that other threads write, unless somebody publishes |
//! | `load()`, a [`Guard`] | a few stores to memory that no other thread writes: on Linux a nanosecond or two, a tenth of `arc-swap`'s |
//! | `snapshot()`, a [`Snapshot`] | a load, and an increment of a count that threads share |
//! | a lookup in the version | 1.0 to 1.3 times that of a flat table in an `ArcSwap`'s `Cache` up to 1,792 entries of two `u64`s, or 448 with `String`s; beyond, with one or two more levels of pointers, 0.95 to 1.5 times that for a key that is there. For one that is not, 1.0 to 1.7 times up to 1,000,000 entries, and up to 2.6 times at 10,000,000 |
//! | a write | copies a directory of pages and the pages it changes, clones their elements, waits for other writers; an insert takes 0.3 us at 100 entries, 1.1 us at 1,000 and 5.1 us at 1,000,000, with `String`s, whose clones allocate, 3.2 us at 100 and 12 us at 1,000,000, and on Linux up to 10 us more while other threads run, and 2.5 us more for 1,000 threads that have loaded and are idle |
//! | a batch in one `update` | the same, each page once, for any number of changes |
//! | cloning a paged collection | an increment of a count, or up to three, and a clone of its hasher; `fork()` makes a container of it, which is one allocation more |
//!
//! Memory is that of one collection, and of the pages in which the versions that are still held differ from it.
//!
//! # When to take something else
//!
//! - Threads write about as often as they read: a sharded map such as dashmap, or papaya, where writers of different
//!   keys do not wait for each other.
//! - Elements cannot be cloned, or are dear to clone and are not in an `Arc`: `RwLock<HashMap>`, if readers are few.
//! - One writer, and readers that may lag behind a flush: left-right or evmap keep two whole copies, and a write costs
//!   no copy.
//! - The table is only ever replaced whole: a [`CowCell`] of std's `HashMap`. It reads faster than one of pages, which
//!   pay only where a write changes a part.
//! - The table never changes after the start: `OnceLock<HashMap>`.
//! - One word: an atomic.
//!
//! If you have `arc-swap`, `RwLock<HashMap>`, `RwLock<BTreeMap>`, `dashmap` or `tokio::sync::watch` now, [`coming_from`] shows each idiom of theirs
//! beside ours, what is different, and when not to move.
//!
//! # Consistency
//!
//! - A reader sees all of an update or none of it, however large it is. What a guard, a snapshot or a reader's
//!   reference shows never changes.
//! - The versions that one thread sees never go backwards, however it reads.
//! - When a write has returned, its thread and every thread that it happens before see it.
//! - Of N writers that each add M times, N × M additions remain. A closure given to a write runs at most once.
//! - Readers never wait: not for a writer that is inside its closure, asleep, or stuck. A held guard, snapshot or reader never
//!   delays a writer. It keeps memory, and `stats` says how much of it is old.
//! - A closure that returns an `Err` or panics, a panic in a `Clone`, `Hash` or `Eq` that it calls, and a transaction that
//!   is dropped publish nothing and leave the container usable: there is no poison.
//! - A write inside a write to the same container, on one thread, panics and says what to do instead.
//! - After a publish, each [`Watch`] that sleeps is woken, and the next look of each shows it while there is the container. None is
//!   told of a version twice.
//! - A write that changes nothing publishes nothing, and wakes nobody. What counts is whether anything was written: a value that is replaced by an
//!   equal one is a change, and [`CowCell::update`] and a transaction of a cell that was written to always are. `assign` and
//!   `replace_if_changed` do compare.
//!
//! # Examples
//!
//! Two tables that change in one step:
//!
//! ```
//! use readmostly::CowCell;
//! use readmostly::paged::{PagedMap, PagedVec};
//!
//! #[derive(Clone, Default)]
//! struct Tables {
//!     rules: PagedVec<String>,
//!     rule_of_user: PagedMap<u64, usize>,
//! }
//!
//! let tables = CowCell::new(Tables::default());
//! tables.update(|draft| {
//!     draft.rules.push("allow".into());
//!     draft.rule_of_user.insert(7, draft.rules.len() - 1);
//! });
//! let now = tables.load();
//! assert_eq!(now.rules[now.rule_of_user[&7]], "allow");
//! ```
//!
//! A change that is worked out without the lock, and tried again if somebody else was faster:
//!
//! ```
//! use readmostly::CowVec;
//!
//! let list = CowVec::from([3, 1, 2]);
//! let mut base = list.snapshot();
//! loop {
//!     let mut next = base.as_ref().clone(); // O(1): shares every page
//!     next.retain(|n| *n > 1);
//!     match list.replace_if_current(&base, next) {
//!         Ok(_before) => break,
//!         Err(stale) => base = stale.current,
//!     }
//! }
//! assert_eq!(list.len(), 2);
//! ```
//!
//! A thread that is told of each change, and of what it was:
//!
//! ```
//! use readmostly::{CowSet, Watch};
//! use std::sync::Arc;
//!
//! let blocked = Arc::new(CowSet::from(["a.example"]));
//! let mut watch = Watch::new(Arc::clone(&blocked));
//! let thread = std::thread::spawn(move || {
//!     let update = watch.next();
//!     update.old.diff(&update.new).map(|change| *change.key()).collect::<Vec<_>>()
//! });
//! blocked.assign(["a.example", "b.example"]);
//! assert_eq!(thread.join().unwrap(), ["b.example"]);
//! ```
//!
//! A table in a `static`. No container has a `const fn new`, since a version is an allocation:
//!
//! ```
//! use readmostly::CowSet;
//! use std::sync::LazyLock;
//!
//! static BLOCKED: LazyLock<CowSet<String>> = LazyLock::new(CowSet::new);
//!
//! BLOCKED.insert("spam.example".into());
//! assert!(BLOCKED.contains("spam.example"));
//! ```
//!
//! A faster hasher, where the keys cannot be chosen by an attacker:
//!
//! ```
//! use readmostly::CowMap;
//!
//! let map: CowMap<u64, &str, foldhash::fast::RandomState> = CowMap::default();
//! # map.insert(1, "one");
//! ```
//!
//! # How it works
//!
//! A cell keeps its current version, the value and its number, in one `Arc`, and publishes by swapping one pointer. The
//! writers' lock holds a master copy of that `Arc`, from which each write starts, so that readers and writers meet
//! nowhere but in the swap. A [`Reader`] keeps the version it last saw and looks at one number to know whether there
//! is a newer one, which the writer announces before it swaps.
//!
//! A paged collection is a directory of pages, each behind an `Arc`. A clone shares the directory; a change copies
//! the directory and the pages that it touches, unless nobody else holds them. The map finds the page of a key by
//! linear hashing, so that growth splits one page at a time and never copies the table. A large directory is in sections, of
//! which a change copies one, so that a page is small at every size. An ordered map has no directory: it is a B+ tree whose nodes are the
//! pages. See [`paged`].
//!
//! The *publish backend* decides when a replaced version is freed. The build of the binary chooses it, by
//! `RUSTFLAGS='--cfg readmostly_backend="…"'`:
//!
//! | backend | a load | a replaced version is freed |
//! |---|---|---|
//! | `hazard`, the default on Linux | names the version in a hazard pointer of its thread | when its last holder lets go |
//! | `epoch`, the default elsewhere | pins the thread (`crossbeam-epoch`) | by the end of the first publish, on that container, during which no guard is held anywhere in the process |
//! | `lock` | a reader-writer lock, held while a count is incremented | when its last holder lets go |
//! | `arc_swap` | an `ArcSwap` of the crate `arc-swap`, and a count | when its last holder lets go |
//!
//! With `hazard` a write makes one system call on Linux, `membarrier`, so that a load needs no fence. It takes half a
//! microsecond, and up to ten while other threads are running, since it interrupts each of them. `--cfg
//! readmostly_fence="full"` takes a fence on both sides instead, which is better where writes come as often as loads. A load then has two fences and costs what
//! `arc-swap`'s does, as it does on other systems: there `epoch`, which has one, is the default, and frees later.
//!
//! `arc_swap` needs `arc-swap` 1.9.5, which mended a load that could return another `ArcSwap`'s value. It keeps the
//! promises above, but for one rare case: a destructor that panics while it runs inside a load leaks the version that the
//! load would have shown. A write goes over the slots of as many threads as ever loaded at the same time. It does not
//! build where a `usize` has 32 bits, in which a counter of `arc-swap` would come round.
//!
//! # Destructors
//!
//! The last holder of a version drops it: the writer that replaces it, or a reader, whose `load` or whose guard's drop may also
//! drop other replaced versions of the container. A panic in such a destructor reaches that caller. The crate holds no lock of
//! its own there, so the destructor may use any container, this one included. Two things to keep in mind: a lock of yours
//! that a thread holds while it reads must not be one that a destructor takes; and a read of one container inside a write to
//! another may run a destructor, which may not write to that other one.
//!
//! # Forks, signals and sandboxes
//!
//! - **A child of `fork(2)`** has one thread, and copies of the containers as they were. Reads work in it, but with `lock` one waits
//!   for ever where another thread was about to publish, and a write where another thread was reading. A write works where no
//!   other thread was inside a write to that container; where one was, it panics and says so, and `try_write` returns `None`: go on with a [`fork`](CowMap::fork)
//!   of the container, which starts from what reads show. (If the other thread was just taking or releasing the lock, or asked for
//!   [`stats`](CowCell::stats), an older version or a watch, the first write in the child is told so after half a second. Then `stats`,
//!   `at`, `history` and `restore` know of the current version alone, and `keep` does nothing.) With `hazard` what the parent's other threads were looking at
//!   is freed with the container, up to seven versions for each of them; with `epoch` no version is freed any more if one of them was looking at any. A container
//!   that lies on the stack of another thread is lost when the child starts threads: the C library gives them that stack. A
//!   child that starts a thread may wait for ever in std, which has a mutex for the moment in which any thread starts or ends. A process
//!   that goes on in the child, rather than calling `exec`, does best to fork before it has other threads.
//! - **A signal handler** may call nothing of this crate, not even `load`: it may interrupt a load of the same thread half-way,
//!   and what it does may free memory. Set a flag there, and look at it elsewhere.
//! - **A sandbox** (seccomp) that refuses `membarrier` from the start costs a fence in each load. One that is entered later is
//!   noticed by the first write: no write fails, and all threads go over to fences. What is replaced meanwhile is kept until
//!   each thread that has loaded before does so once more (`load`, `snapshot`, or a reader that finds a new version), or ends,
//!   and the container is written to once after that. (A thread whose first use of the crate was in the destructor of a pthread key never
//!   ends in this sense: std runs no destructor after those.) So have each thread load something when the sandbox is entered. One
//!   that kills who makes the call needs a build with `--cfg readmostly_fence="full"`.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | brings |
//! |---|---|
//! | `serde` | `Serialize` and `Deserialize` (of `serde_core`, without the macros) for the paged collections, the containers and [`Delta`](paged::Delta); `Serialize` for [`Snapshot`] and [`Change`](paged::Change). A container is written as its current version: one of them, from the beginning to the end |
//! | `rayon` | parallel iterators over the paged collections and into them; see the module `rayon`. With `use readmostly::*` its name hides that of the crate: write `::rayon` there |
//! | `stream` | [`Watch`] is a `Stream` of `futures-core` |
//!
//! The default hasher is std's `RandomState`, with or without them.
//!
//! # Minimum supported Rust version
//!
//! 1.85. A raise is a minor release and stands in the changelog.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod cell;
#[doc = include_str!("coming_from.md")]
pub mod coming_from {}
mod containers;
mod error;
mod features;
pub mod paged;
mod panics;
mod publish;
mod sync;

pub use cell::{
    CowCell, Guard, Keep, MappedGuard, MappedReader, MappedSnapshot, Reader, Snapshot, Source, Stats, Update,
    Watch, Watched, WriteTxn,
};
pub use containers::{CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec};
pub use error::{Gone, Occupied, OutOfBounds, Stale};
#[cfg(feature = "rayon")]
pub use features::rayon;

#[cfg(readmostly_mutants)]
#[doc(hidden)]
pub use sync::mutant::{Mutant, switch::with as with_mutant};

#[cfg(all(readmostly_loom, readmostly_mutants))]
#[doc(hidden)]
pub use sync::barrier::{Barrier, with_barrier};

/// The README's example runs as the others do.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// The [publish backend](crate#how-it-works) of this build: `"hazard"`, `"epoch"`, `"lock"` or `"arc_swap"`; in a loom model that
/// chooses none, `"model"`.
///
/// # Examples
///
/// ```
/// println!("readmostly publishes through {}", readmostly::BACKEND);
/// ```
pub const BACKEND: &str = publish::NAME;
