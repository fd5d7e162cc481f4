//! [`Transaction`]: writes to etcd.

use crate::client::{CallError, Client};
use crate::error::{WriteError, WriteErrorKind};
use crate::follower::Follower;
use crate::session::RANGE;
use crate::state::Fault;
use crate::table::Table;
use crate::wire::{Done, Header, Range, encoded};
use crate::{Failure, FailureKind};
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

const TXN: &str = "/v3/kv/txn";

/// Several writes that happen together or not at all, as one revision of etcd, and so as one version of each table that follows it.
///
/// Made by [`Follower::transaction`]. etcd takes 128 writes and 1.5 MB in one of them, unless it is told otherwise.
///
/// # Examples
///
/// ```no_run
/// # let table = std::sync::Arc::<readmostly::CowMap<String, String>>::default();
/// # let follower = readmostly_etcd::Follow::prefix(["http://127.0.0.1:2379"], "/limits/").text().into(table)?;
/// let before = follower.get("ann")?.map_or(0, |stored| stored.revision);
/// let revision = follower
///     .transaction()
///     .expect("ann", before) // nobody else has written it meanwhile
///     .put("ann", "10")
///     .remove("bob")
///     .commit()?;
/// # let _ = revision;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is written before `commit` is called"]
pub struct Transaction<'a, C: Table> {
    follower: &'a Follower<C>,
    expected: Vec<Value>,
    writes: Vec<Value>,
}

/// A value of etcd's. `Debug` shows its length alone.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stored {
    /// The value, as it is.
    pub value: Vec<u8>,
    /// The revision at which it was written, for [`compare_put`](Follower::compare_put).
    pub revision: u64,
}

impl<C: Table> Transaction<'_, C> {
    /// Gives a name a value.
    pub fn put(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        let put = json!({ "key": self.key(name), "value": encoded(value.as_ref()) });
        self.writes.push(json!({ "request_put": put }));
        self
    }

    /// Takes a name away. One that is not there is no error.
    pub fn remove(mut self, name: &str) -> Self {
        self.writes.push(json!({ "request_delete_range": { "key": self.key(name) } }));
        self
    }

    /// Writes nothing unless this is the revision at which the name was written last; 0: unless there is none.
    pub fn expect(mut self, name: &str, revision: u64) -> Self {
        self.expected.push(json!({
            "key": self.key(name),
            "target": "MOD",
            "result": "EQUAL",
            "mod_revision": revision,
        }));
        self
    }

    /// Writes, and returns the revision, for [`wait_for`](Follower::wait_for).
    ///
    /// Blocks until etcd has answered: for at most the [timeout](crate::Builder::timeout) for a connection, with its login, and once
    /// more for the whole answer, at each endpoint. The next endpoint is tried only if nothing was sent to the one before.
    ///
    /// The answer must come from the cluster that has answered first, at no lower revision than the table shows. A write is agreed on by all
    /// members, so one that answers with less was set back.
    ///
    /// # Errors
    ///
    /// [`WriteError`], whose kind says whether it may have happened.
    pub fn commit(self) -> Result<u64, WriteError> {
        if let Some(obstacle) = self.follower.obstacle() {
            return Err(WriteError::new(WriteErrorKind::NotSent, obstacle));
        }
        let question = json!({ "compare": self.expected, "success": self.writes });
        let expects = !self.expected.is_empty();
        let client = Arc::clone(self.follower.client());
        let (first, known) = (self.follower.first_endpoint(), self.follower.known());
        let done = self.follower.on_thread(async move {
            let mut last = None;
            for endpoint in client.from(first) {
                match client.call::<Done>(endpoint, TXN, &question).await {
                    Err(CallError::NotSent(failure)) => last = Some(CallError::NotSent(failure)),
                    answer => return answer.map(|done| (is_followed(&client, done.header, known), done)),
                }
            }
            Err(last.unwrap_or_else(no_endpoint))
        });
        let (is_followed, done) = match done {
            Some(done) => done?,
            None => return Err(WriteError::new(WriteErrorKind::Unknown, "the follower has ended meanwhile")),
        };
        match (is_followed, done.succeeded) {
            (Ok(()), true) => Ok(done.header.revision),
            (Err(fault), true) => Err(WriteError::new(WriteErrorKind::OtherCluster, fault.to_string())),
            // It was evaluated there, and nothing was written.
            (Err(fault), false) if expects => {
                Err(WriteError::new(WriteErrorKind::Refused, fault.to_string()))
            }
            (Ok(()), false) if expects => {
                Err(WriteError::new(WriteErrorKind::Conflict, "a key has another revision than was expected"))
            }
            (_, false) => Err(WriteError::new(
                WriteErrorKind::Unknown,
                "etcd has refused what depends on nothing, which cannot be",
            )),
        }
    }

    fn key(&self, name: &str) -> String {
        encoded(self.follower.key(name).as_bytes())
    }
}

impl<C: Table> fmt::Debug for Transaction<'_, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("expected", &self.expected.len())
            .field("writes", &self.writes.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Stored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("bytes", &self.value.len()).field("revision", &self.revision).finish()
    }
}

/// Whether an answer on which the cluster has agreed is of the history that is followed. `known` was shown before it was asked.
fn is_followed(client: &Client, header: Header, known: u64) -> Result<(), Fault> {
    client.check(header)?;
    if header.revision < known { Err(Fault::Behind(header.revision, known)) } else { Ok(()) }
}

fn no_endpoint() -> CallError {
    CallError::NotSent(Failure::new(FailureKind::Unreachable, "there is no endpoint"))
}

impl<C: Table> Follower<C> {
    /// Begins a transaction.
    ///
    /// # Examples
    ///
    /// See [`Transaction`].
    pub fn transaction(&self) -> Transaction<'_, C> {
        Transaction { follower: self, expected: Vec::new(), writes: Vec::new() }
    }

    /// Gives a name a value, and returns the revision.
    ///
    /// The table shows it when the watch has brought it: [`wait_for`](Self::wait_for) waits for that.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # use std::time::Duration;
    /// # let table = std::sync::Arc::<readmostly::CowMap<String, String>>::default();
    /// # let follower = readmostly_etcd::Follow::prefix(["http://127.0.0.1:2379"], "/limits/").text().into(table.clone())?;
    /// let revision = follower.put("ann", "10")?;
    /// follower.wait_for(revision, Duration::from_secs(5))?;
    /// assert_eq!(table.get("ann").as_deref(), Some("10"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Transaction::commit`].
    pub fn put(&self, name: &str, value: impl AsRef<[u8]>) -> Result<u64, WriteError> {
        self.transaction().put(name, value).commit()
    }

    /// Takes a name away, and returns the revision. One that is not there is no error.
    ///
    /// # Examples
    ///
    /// See [`Transaction`].
    ///
    /// # Errors
    ///
    /// As [`Transaction::commit`].
    pub fn remove(&self, name: &str) -> Result<u64, WriteError> {
        self.transaction().remove(name).commit()
    }

    /// Gives a name a value if it was written last at this revision; 0: if there is none.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use readmostly_etcd::WriteErrorKind;
    ///
    /// # let table = std::sync::Arc::<readmostly::CowMap<String, String>>::default();
    /// # let follower = readmostly_etcd::Follow::prefix(["http://127.0.0.1:2379"], "/limits/").text().into(table)?;
    /// // Adds one, whoever else does.
    /// loop {
    ///     let stored = follower.get("count")?;
    ///     let (count, revision) = match &stored {
    ///         Some(stored) => (std::str::from_utf8(&stored.value)?.parse()?, stored.revision),
    ///         None => (0, 0),
    ///     };
    ///     match follower.compare_put("count", revision, format!("{}", count + 1)) {
    ///         Ok(_) => break,
    ///         Err(error) if error.kind() == WriteErrorKind::Conflict => {}
    ///         Err(error) => return Err(error.into()),
    ///     }
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Conflict`](WriteErrorKind::Conflict) if it was not, else as [`Transaction::commit`].
    pub fn compare_put(&self, name: &str, revision: u64, value: impl AsRef<[u8]>) -> Result<u64, WriteError> {
        self.transaction().expect(name, revision).put(name, value).commit()
    }

    /// Asks etcd for the value of a name, as the cluster has agreed on it. The table is the faster way where that need not be.
    ///
    /// Blocks as [`Transaction::commit`] does.
    ///
    /// # Examples
    ///
    /// See [`compare_put`](Self::compare_put).
    ///
    /// # Errors
    ///
    /// [`Failure`] if no endpoint can answer, if etcd refuses it, or if the answer is of another cluster than the one that is followed, or of one
    /// that was set back.
    pub fn get(&self, name: &str) -> Result<Option<Stored>, Failure> {
        if let Some(obstacle) = self.obstacle() {
            return Err(Failure::new(FailureKind::Unreachable, obstacle));
        }
        let question = json!({ "key": encoded(self.key(name).as_bytes()) });
        let (client, first, known) = (Arc::clone(self.client()), self.first_endpoint(), self.known());
        let range = self.on_thread(async move {
            let mut last = None;
            for endpoint in client.from(first) {
                let answer = client.call::<Range>(endpoint, RANGE, &question).await.and_then(|range| {
                    is_followed(&client, range.header, known).map_err(CallError::Elsewhere)?;
                    Ok(range)
                });
                match answer {
                    Ok(range) => return Ok(range),
                    // All others say the same.
                    Err(CallError::Answered(refusal)) if refusal.is_certain() => {
                        return Err(CallError::Answered(refusal));
                    }
                    Err(error) => last = Some(error),
                }
            }
            Err(last.unwrap_or_else(no_endpoint))
        });
        let ended = || Failure::new(FailureKind::Unreachable, "the follower has ended meanwhile");
        let range = range.ok_or_else(ended)??;
        Ok(range.kvs.into_iter().next().map(|kv| Stored { value: kv.value, revision: kv.mod_revision }))
    }
}
