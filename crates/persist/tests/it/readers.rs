//! Readers of a folder that another store writes to, which removes files under them.

use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_persist::{Durable, Options, Store};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

type Table = PagedMap<u32, String>;

/// Looks into the folder for a while, as the command line does, while `write` writes to it again and again.
fn look_while(folder: &Path, write: impl Fn(u32) + Sync) {
    write(0);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in (1..u32::MAX).take_while(|_| !stop.load(Ordering::Relaxed)) {
                write(n);
                // A reader looks 20 times. Where others have the processors, and nobody ever pauses, that may not be enough.
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        let began = Instant::now();
        let looked = std::panic::catch_unwind(|| {
            while began.elapsed() < Duration::from_secs(3) {
                let store: Store<Table> = Store::open_read_only(folder, Options::new()).unwrap();
                assert!(store.unreadable().is_empty(), "{:?}", store.unreadable());
                if let Some(logged) = store.load_logged().unwrap() {
                    assert!(logged.recovered.skipped.is_empty(), "{:?}", logged.recovered);
                } else {
                    let loaded = store.load().unwrap().expect("something was saved");
                    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
                }
                store.verify_all(|info, result| result.unwrap_or_else(|error| panic!("{info:?}: {error}")));
            }
        });
        stop.store(true, Ordering::Relaxed);
        writer.join().unwrap();
        looked.unwrap();
    });
}

#[test]
fn a_reader_of_a_store_looks_anew() {
    for keep in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let store: Store<Table> = Store::open(&folder, Options::new().keep(keep).max_chain(3)).unwrap();
        let table: CowMap<u32, String> = (0..2000).map(|n| (n, n.to_string())).collect();
        look_while(folder.path(), |n| {
            table.insert(n % 3000, n.to_string());
            store.save(&table.snapshot()).unwrap();
        });
    }
}

#[test]
fn a_reader_of_a_durable_table_looks_anew() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new().keep(1).log_size(20_000);
    let (table, _) = Durable::<CowMap<u32, String>>::open(&folder, options).unwrap();
    table.extend((0..2000).map(|n| (n, n.to_string()))).unwrap();
    look_while(folder.path(), |n| drop(table.insert(n % 3000, n.to_string()).unwrap()));
}
