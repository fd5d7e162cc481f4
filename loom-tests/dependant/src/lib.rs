//! A routing table that is changed while requests go through it.
//!
//! It stands for a crate that builds on readmostly. It knows loom in one place only, the import of its own counter:
//! readmostly's types are loom's under the same cfg.

use readmostly::CowCell;
use readmostly::paged::{PagedMap, PagedSet};

#[cfg(readmostly_loom)]
use loom::sync::atomic::{AtomicUsize, Ordering};
#[cfg(not(readmostly_loom))]
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where a request goes.
pub type Backend = &'static str;

/// Two tables that have to agree: each route leads to a backend that is up.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The backend that serves a port.
    pub routes: PagedMap<u16, Backend>,
    /// The backends that are up.
    pub up: PagedSet<Backend>,
}

/// Finds the backend of each request, and counts the requests.
#[derive(Debug, Default)]
pub struct Router {
    tables: CowCell<Tables>,
    requests: AtomicUsize,
}

impl Router {
    /// Makes a router with one route.
    #[must_use]
    pub fn new(port: u16, backend: Backend) -> Self {
        let tables = Tables { routes: PagedMap::from([(port, backend)]), up: PagedSet::from([backend]) };
        Self { tables: CowCell::new(tables), requests: AtomicUsize::new(0) }
    }

    /// Finds the backend of a request to `port`.
    ///
    /// # Errors
    ///
    /// Returns the backend that the route leads to if it is not up, which is never to be.
    pub fn route(&self, port: u16) -> Result<Option<Backend>, Backend> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let tables = self.tables.load();
        match tables.routes.get(&port) {
            Some(backend) if !tables.up.contains(backend) => Err(backend),
            found => Ok(found.copied()),
        }
    }

    /// Moves the routes of one backend to another and takes it down, in one step.
    pub fn retire(&self, old: Backend, new: Backend) {
        self.tables.update(|draft| {
            draft.up.insert(new);
            draft.routes.values_mut().filter(|backend| **backend == old).for_each(|backend| *backend = new);
            draft.up.remove(old);
        });
    }

    /// Does what [`retire`](Self::retire) does, in two steps of which requests see the first: the bug that a model is
    /// to find.
    pub fn retire_in_two_steps(&self, old: Backend, new: Backend) {
        self.tables.update(|draft| {
            draft.up.remove(old);
            draft.up.insert(new);
        });
        self.tables.update(|draft| {
            draft.routes.values_mut().filter(|backend| **backend == old).for_each(|backend| *backend = new);
        });
    }

    /// How many requests there were.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}
