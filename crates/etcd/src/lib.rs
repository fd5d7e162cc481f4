//! Tables that follow a prefix of etcd: each process of a fleet has the table in its own memory, reads it in nanoseconds, and goes on
//! with the last good state when etcd is away.
//!
//! [`Follow`] says what is followed, and how it is decoded. A [`Follower`] keeps a [`CowMap`](readmostly::CowMap) or a
//! [`CowOrdMap`](readmostly::CowOrdMap) of [`readmostly`] equal to that. Threads that read the container never wait, and see each transaction
//! of etcd whole or not at all.
//!
//! ```no_run
//! use readmostly::CowMap;
//! use readmostly_etcd::Follow;
//! # #[cfg(feature = "readmostly-persist")]
//! use readmostly_persist::{Options, Store};
//! use std::sync::Arc;
//! use std::time::Duration;
//!
#![cfg_attr(feature = "readmostly-persist", doc = include_str!("ten_lines.txt"))]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What it promises
//!
//! - **One revision is one version.** A transaction of etcd is published in one step, whatever the number of its keys and of the messages that
//!   it comes in. Each version of the table is the prefix as it was at one revision.
//! - **Never back.** Revisions only grow, over lost connections, other endpoints, restarts and compactions of etcd. A cluster
//!   that is behind what was seen, or is another one, is refused and told of. A follower that is started anew takes it.
//! - **Backups are found.** A cluster that was restored from a backup, and went on past what was seen, has another history. It is
//!   [told of](Status::restores), and listed anew: see [below](#when-etcd-was-restored).
//! - **Nothing is missed.** A watch goes on after the last revision that is known. Where etcd has compacted what is missing, all is listed,
//!   and the difference is one version: those who watch the table get exactly what has changed.
//! - **Last good.** A key that does not decode keeps its last good value, also over a restart where there is a
//!   [store](Builder::last_good). It is counted, and listed with its reason. When etcd is away the table stays as it is, and the
//!   [`Status`] says so and since when.
//! - **Nothing for nothing.** What is written again as it was is no new version, and wakes nobody.
//! - **A write says what became of it.** [`WriteError::may_have_happened`] is `false` only if it has not happened. Nothing that
//!   may have happened is sent again. One that has happened in another cluster, or in one that was set back, [says
//!   so](WriteErrorKind::OtherCluster).
//! - **Read your writes.** After [`wait_for`](Follower::wait_for) with the revision that a write has returned, the table shows it, or what came
//!   after it; also one of another process.
//!
//! The keys of a prefix are the names behind it. Two names must decode to two keys; where a list finds that they do not, one of them is refused. Values are
//! what a version is made of, so a lease or the count of writes to a key are not in the table.
//!
//! # What it costs
//!
//! | | |
//! |---|---|
//! | a read of the container | what it costs without a follower |
//! | a transaction | its bytes in base64 and JSON, the decoder, and a write of the container |
//! | what was missed | the same; etcd sends up to 1,000 revisions as one line, and all of it is in memory while it is decoded. What is more than 256 MB is listed |
//! | the start, and each list | all keys and values, in pages of some 4 MB; the memory of all values as they are in etcd, and of a second table, for that time |
//! | a connection | a read of one key, and a count of the keys of the prefix, at the revision that is known; etcd's members agree on both. The count is a walk over the names in etcd's index |
//! | a follower | a read of etcd's current revision each [10 s](Builder::silence), which its members agree on |
//! | a list to [check](Builder::check_every) | once an hour |
//! | threads | one; one more with a [last good](Builder::last_good) state; one more while the name of an endpoint is looked up, and 10 s after it |
//! | connections | one for the watch, and one for all else while writes come one after the other |
//!
//! The number of keys of a page follows from the size of the values in the page before, and in the last list. Where values have become larger since,
//! a page does too: it is read as long as it has at most 1 GiB.
//!
//! Where values are large an outage costs memory: 900 writes of 150 kB to one key that were missed took a follower with a small table 19 s and
//! 306 MB at the peak, on two cores under load. Fragments would take 14 MB. But etcd's work for them grows with the square of the events, and no rule
//! that was tried told the one case from the other beforehand.
//!
//! Measured with Debian's etcd 3.4.23 on the same two cores, which did other things as well; all figures are in `benches/etcd/RESULTS.md`, in the
//! repository. A table of 100,000 keys with values of 100 bytes is there 1.7 s after the start of a process. Of that etcd works 1.1 s,
//! since it writes JSON, and the follower 0.14 s. The process has 49 MB then. At 1,000 changes a second the follower works 58 ms in each
//! second, and without changes 0.3 ms in 10 s. A version shows a change 0.02 ms after `etcdctl put` has said that it is done, in the
//! median, and 2.2 ms after it in one of a hundred cases; beside 1,000 changes a second 0.07 and 2.7 ms. The 99.9th percentile of a lookup is the same
//! beside lists into the table that is read as beside lists into another table: 1.01 of it.
//!
//! Beside the watch etcd is asked whether anything has changed in the prefix when its revision has moved and the watch has said
//! nothing. For that it walks over all keys of the prefix. So it is asked the more seldom the longer that takes: a thousand times
//! as long, ten minutes at most. A thread in `wait_for` has it asked sooner.
//!
//! # When etcd is away
//!
//! A connection that ends is noticed at once, and one that is dead without telling after the [silence](Builder::silence) and the
//! [timeout](Builder::timeout). A follower then tries the next endpoint after a random pause of at most 100 ms. That time doubles
//! with each failure, up to [10 s](Builder::longest_pause). Followers that were cut off together so come back spread out, and go on
//! where they were: they do not list.
//!
//! In a simulation 10,000 followers lose etcd at one moment. Each tries four times in the first second, and in a long outage all
//! together some 2,000 times a second. When etcd is back, half of them are there after 3 s and all after 10 s, and no tenth of a second
//! sees more than 221 of them. After an outage of one second 1,453 come in one tenth of a
//! second. Without chance all
//! 10,000 would come at once.
//!
//! # What a fleet costs etcd
//!
//! A new connection has etcd count the keys of the prefix, and a list has it write all of them. Measured, etcd works 27 ms to count 100,000 keys,
//! and 1.1 s to list them with values of 100 bytes, which are 24 MB of JSON. It works on all questions at once, so each takes as long as
//! all of them together. In a simulation that works with these figures, 10,000 followers lose etcd for a second, and its members have 12
//! processors together. Nearly all of those that list do so at the same time:
//!
//! | keys | after it | [timeout](Builder::timeout) | all are back after | given up, and asked again | etcd sends |
//! |---|---|---|---|---|---|
//! | 1,000 | they go on | 5 s | 7 s | none | |
//! | 10,000 | they go on | 5 s | 7 s | none | |
//! | 100,000 | they go on | 5 s | **not in two minutes** | 124,000 | |
//! | 100,000 | they go on | 30 s | 23 s | none | |
//! | 1,000 | all list | 5 s | 36 s | 27,000 | 3.3 GB |
//! | 1,000 | all list | 15 s | 11 s | none | 2.4 GB |
//! | 10,000 | all list | 120 s | 96 s | none | 24 GB |
//! | 100,000 | all list | 200 s | 16 min | none | 240 GB |
//!
//! What an operator does with this:
//!
//! - Take a timeout that is longer than the followers, by what etcd works for the longest question, by its processors. That question is the count, of
//!   0.27 us a key, or where all list a page, of up to 0.2 s. With less etcd works for nothing: it finishes each count that was given
//!   up. A large fleet may then not come back by itself. A connection that is dead without telling is found that much later.
//! - Have etcd keep its history for a quarter of an hour longer than it is ever away: `--auto-compaction-retention`. Then nobody lists. (Where a
//!   prefix is quiet and others are written to, what a follower knows may be ten minutes old, since each question costs etcd a count.)
//! - All list when a fleet starts: start a large one in parts. One that has a last good state answers meanwhile.
//! - Where none of that is enough, follow a smaller prefix, or have a few followers hand the table on.
//!
//! # When etcd was restored
//!
//! A restored cluster may have the identity of the old one, and its revisions go up again. So a new watch proves nothing. Before the status says
//! that it is [connected](Status::connected), the cluster must show the key that was written last as it was at the revision that is known: with
//! its revisions, the count of its writes, and its value if that has at most 16 KiB; if a key was removed since, that it is not there; and that there are as many
//! keys as there were. An answer of an earlier
//! election or a lower revision than one before is of another history as well. A member that is behind, or has no majority, cannot answer that.
//!
//! If it is another history, all is listed. A list at a revision that is not below what was seen is taken, which counts as a
//! [restore](Status::restores) and a [resync](Status::resyncs). One below is refused: the cluster is at an earlier revision, and may be the wrong
//! one.
//!
//! What is not found at once is a restore after which all of that is as it was, and other keys differ: others were written, or removed and made, in
//! the new history at revisions up to the one that was known. So is one where the key that was written last was written again as it was
//! (or with another value of more than 16 KiB), at the same revision and as often. The next question whether anything has changed finds
//! it if a key was written later than the last one that is known. The next [check](Builder::check_every) finds all of it.
//! It also puts right a list of several pages between two of which etcd was restored, which may mix both histories.
//!
//! A member that has caught up by a snapshot of its peers' may tell of an earlier election until the next write. Then a follower that comes to it
//! lists once more than it must, and counts a restore that was none.
//!
//! # Other writers
//!
//! The container belongs to its follower. What others write into it stays until etcd changes that key, or until the next check,
//! which counts it as [repaired](Status::repaired). A follower waits for their writes. Where they publish all the time, it works a transaction
//! out while they wait.
//!
//! # From async code
//!
//! Reads are the container's, and never wait. [`put`](Follower::put), [`wait_for`](Follower::wait_for) and all else that waits blocks its thread: call
//! it in `spawn_blocking`. A [watch of the status](Follower::watch_status) and one of the container are a thread's or a task's, for any
//! executor. A drop waits for the follower's thread, which takes a moment.
//!
//! The follower's thread is one of a runtime of its own. A decoder that starts a runtime on it panics: give such work to another thread.
//!
//! # Secrets
//!
//! No value is shown in a status, an error or `Debug`, and nothing of what a server answers but etcd's own errors. Names of refused keys are, with what
//! the decoder says, and what it panics with if that is a fixed text. An endpoint with a name or a password in it is refused, and not shown. The password
//! and the private key are in memory for as long as the follower is.
//!
//! # etcd
//!
//! It speaks the JSON gateway of etcd 3.4 and later (`/v3`), over HTTP/1.1. It is tested against Debian's etcd 3.4.23. The gateway is on unless a server is started with
//! `--enable-grpc-gateway=false`. With `--client-cert-auth` the server's certificate must be one for clients too, since the gateway
//! is one; and the gateway takes a [name and a password](Builder::login), and not the name in a client certificate.
//!
//! # When to take something else
//!
//! - All of etcd's interface, leases that are kept alive, locks, elections: [etcd-client](https://docs.rs/etcd-client), over gRPC.
//! - Objects of Kubernetes: [kube](https://docs.rs/kube) and its reflector.
//! - One process, one file: [readmostly-reload](https://docs.rs/readmostly-reload).
//!
//! # Features
//!
//! Both are on by default.
//!
//! | feature | brings |
//! |---|---|
//! | `readmostly-persist` | [`Builder::last_good`] |
//! | `rustls` | endpoints with https, with the provider `ring` |
//!
//! # Minimum supported Rust version
//!
//! 1.85. A raise is a minor release and stands in the changelog.

mod backoff;
mod builder;
mod client;
mod core;
mod decoder;
mod error;
mod follower;
mod history;
mod lag;
mod last_good;
mod session;
mod shared;
mod state;
mod status;
mod table;
#[cfg(test)]
mod tests;
mod vigil;
mod wire;
mod writes;

pub use builder::{Builder, Follow};
pub use client::Tls;
pub use error::{Error, Failure, FailureKind, NotYet, WriteError, WriteErrorKind};
pub use follower::Follower;
pub use status::{Rejected, Shown, Status};
pub use table::Table;
pub use writes::{Stored, Transaction};
