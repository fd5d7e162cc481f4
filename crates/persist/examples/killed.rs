//! Saves a table for ever, and says after each save that it is on disk. Kill it whenever you like, and start it again: what it
//! has said is there.
//!
//! ```sh
//! cargo run -p readmostly-persist --example killed /tmp/store
//! ```
//!
//! A test does that, and believes nothing but the numbers.

use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_persist::{Options, Store};
use std::error::Error;
use std::io::Write;

/// How many entries the table has.
const ENTRIES: u64 = 500;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder?")?;
    let store: Store<PagedMap<u64, u64>> = Store::open(folder, Options::new())?;
    let (mut round, table) = match store.load()? {
        Some(loaded) => {
            assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
            // Entry `key` is the last round that has written to it.
            let round = loaded.value.values().copied().max().unwrap_or(0);
            for (key, written) in &loaded.value {
                let ago = (round % ENTRIES + ENTRIES - key) % ENTRIES;
                assert_eq!(*written, round.saturating_sub(ago), "of two rounds");
            }
            (round, CowMap::from(loaded.value))
        }
        None => (0, (0..ENTRIES).map(|key| (key, 0)).collect()),
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{round}")?;
    loop {
        round += 1;
        table.insert(round % ENTRIES, round);
        store.save(&table.snapshot())?;
        writeln!(out, "{round}")?;
        out.flush()?;
    }
}
