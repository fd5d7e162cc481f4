//! [`Service`]: what the routes share.

use crate::deltas::Deltas;
use crate::held::Room;
use crate::list::Table;
use crate::metrics::Metrics;
use crate::options::Options;
use crate::places::Places;
use crate::search;
use crate::source::Source;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use tokio::sync::{Semaphore, watch};

/// How many hexadecimal digits the name of a run has.
pub const RUN: usize = 8;

/// What the routes share.
#[derive(Debug)]
pub struct Service {
    /// The list in force.
    pub table: Arc<Table>,
    /// What it follows.
    pub source: Source,
    /// What its versions have changed.
    pub deltas: Deltas,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The options.
    pub options: Options,
    /// The places of batches, from the end of the request to that of the answer.
    pub batches: Arc<Semaphore>,
    /// The places of searches.
    pub searches: Arc<Semaphore>,
    /// Those of them that run.
    pub searching: Arc<Semaphore>,
    /// Bytes that the bodies of batches, and the answers to batches and searches, may have together.
    pub room: Room,
    /// The places of those who read changes.
    pub streams: Arc<Semaphore>,
    /// The places of what they are sent.
    pub places: Arc<Places>,
    /// Whether the service is to stop.
    pub stopping: watch::Receiver<bool>,
    /// Tells this run from others, whose versions have the same numbers.
    pub run: String,
}

impl Service {
    /// With a table that is empty. Fails with what is wrong with the options.
    pub fn new(options: Options, stopping: watch::Receiver<bool>) -> Result<Self, String> {
        let table = Arc::new(Table::new());
        let room = options.max_body.saturating_mul(options.max_batches as usize);
        let run = RandomState::new().hash_one(std::process::id()) >> 32;
        Ok(Self {
            source: Source::new(&table, &options)?,
            table,
            deltas: Deltas::default(),
            metrics: Arc::default(),
            batches: Arc::new(Semaphore::new(options.max_batches as usize)),
            searches: Arc::new(Semaphore::new(options.max_searches as usize)),
            searching: Arc::new(Semaphore::new(search::AT_A_TIME)),
            room: Room::new(room),
            streams: Arc::new(Semaphore::new(options.max_streams as usize)),
            places: Arc::new(Places::new(usize::from(options.max_versions))),
            options,
            stopping,
            run: format!("{run:0RUN$x}"),
        })
    }

    /// Whether the first load is over, and the service is not about to stop. The table has the list before the copy of it is written.
    pub fn is_ready(&self) -> bool {
        self.source.is_loaded() && !*self.stopping.borrow()
    }
}
