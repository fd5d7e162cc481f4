//! What a real list takes on disk, by codec.

use readmostly::CowSet;
use readmostly::paged::PagedSet;
use readmostly_benches::report::Report;
use readmostly_benches::{Contender, Role, Trial, race, time};
use readmostly_persist::{Compression, Options, Store};
use std::hint::black_box;
use std::path::Path;

const ROUNDS: usize = 5;
const LIST: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/blocklist/data/disposable-email-domains-1.0.62.txt");

pub(crate) fn sizes(report: &mut Report, home: &Path) {
    let text = std::fs::read_to_string(LIST).expect("the list is in the repository");
    let list: CowSet<String> = text.lines().map(str::to_owned).collect();
    let mut contenders = [
        ("not compressed", Compression::None),
        ("LZ4", Compression::Lz4),
        ("Zstandard, level 1", Compression::Zstd(1)),
        ("Zstandard, level 3", Compression::Zstd(3)),
        ("Zstandard, level 9", Compression::Zstd(9)),
        ("Zstandard, level 19", Compression::Zstd(19)),
    ]
    .map(|(name, codec)| Contender { name, role: Role::Ours, subject: Box::new(codec) });
    let turns = race(report.rounds(ROUNDS), &mut contenders, |it| {
        let folder = tempfile::tempdir_in(home).expect("a folder");
        let store: Store<PagedSet<String>> =
            Store::open(&folder, Options::new().compression(*it.subject)).expect("the store opens");
        let mut bytes = 0;
        let save = time(|| bytes = store.save(&list.snapshot()).expect("it is saved").bytes);
        let load = time(|| _ = black_box(store.load().expect("it loads")));
        [bytes as f64, save / 1e6, load / 1e6]
    });
    let [bytes, save, load] = Trial::split(&contenders, &turns);
    let (domains, of_text) = (list.load().len(), text.len());
    report
        .note(&format!("The list is a text of {of_text} bytes, and is saved in the order of a hash table."));
    let columns = [("bytes".into(), &bytes), ("save, ms".into(), &save), ("load, ms".into(), &load)];
    report.table(&format!("a real list of {domains} domains"), &columns);
}
