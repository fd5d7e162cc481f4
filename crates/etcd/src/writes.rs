//! [`Transaction`]: writes to etcd.

use crate::client::CallError;
use crate::error::{WriteError, WriteErrorKind};
use crate::follower::Follower;
use crate::session::RANGE;
use crate::table::Table;
use crate::wire::{Done, Range, encoded};
use crate::{Failure, FailureKind};
use serde_json::{Value, json};
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
#[derive(Debug)]
#[must_use = "nothing is written before `commit` is called"]
pub struct Transaction<'a, C: Table> {
    follower: &'a Follower<C>,
    expected: Vec<Value>,
    writes: Vec<Value>,
}

/// A value of etcd's.
#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Blocks until etcd has answered: for at most the [timeout](crate::Builder::timeout) for a connection, and once more for the
    /// answer, at each endpoint. The next endpoint is tried only if nothing was sent to the one before.
    ///
    /// # Errors
    ///
    /// [`WriteError`], whose kind says whether it may have happened.
    pub fn commit(self) -> Result<u64, WriteError> {
        let question = json!({ "compare": self.expected, "success": self.writes });
        let client = Arc::clone(self.follower.client());
        let first = self.follower.first_endpoint();
        let done = self.follower.on_thread(async move {
            let mut last = None;
            for nth in 0..client.endpoints() {
                let endpoint = (first + nth) % client.endpoints();
                match client.call::<Done>(endpoint, TXN, &question).await {
                    Err(CallError::NotSent(failure)) => last = Some(CallError::NotSent(failure)),
                    answer => return answer.map(|(done, _)| done),
                }
            }
            Err(last.unwrap_or_else(no_endpoint))
        });
        let done = match done {
            Some(done) => done?,
            None if self.follower.is_own_thread() => {
                return Err(WriteError::new(WriteErrorKind::NotSent, OWN_THREAD));
            }
            None => return Err(WriteError::new(WriteErrorKind::Unknown, "the follower has ended meanwhile")),
        };
        if done.succeeded {
            Ok(done.header.revision)
        } else {
            Err(WriteError::new(WriteErrorKind::Conflict, "a key has another revision than was expected"))
        }
    }

    fn key(&self, name: &str) -> String {
        encoded(self.follower.key(name).as_bytes())
    }
}

/// What is said to a decoder that would wait for itself.
const OWN_THREAD: &str =
    "a decoder or a waker asks its own follower, which would wait for itself: do it on another thread";

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
    /// [`Failure`] if no endpoint answers.
    pub fn get(&self, name: &str) -> Result<Option<Stored>, Failure> {
        let question = json!({ "key": encoded(self.key(name).as_bytes()) });
        let (client, first) = (Arc::clone(self.client()), self.first_endpoint());
        let range = self.on_thread(async move {
            let mut last = None;
            for nth in 0..client.endpoints() {
                let endpoint = (first + nth) % client.endpoints();
                match client.call::<Range>(endpoint, RANGE, &question).await {
                    Ok((range, _)) => return Ok(range),
                    Err(error @ CallError::Answered(_)) => return Err(error),
                    Err(error) => last = Some(error),
                }
            }
            Err(last.unwrap_or_else(no_endpoint))
        });
        let reason = if self.is_own_thread() { OWN_THREAD } else { "the follower has ended meanwhile" };
        let range = range.ok_or_else(|| Failure::new(FailureKind::Unreachable, reason))??;
        Ok(range.kvs.into_iter().next().map(|kv| Stored { value: kv.value, revision: kv.mod_revision }))
    }
}
