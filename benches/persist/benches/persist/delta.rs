//! A save of a thousand changes in a million entries, beside a save of all, and where its time goes.

use fastrand::Rng;
use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, race, time};
use readmostly_persist::{Kind, Options, Saved, Store, Table};
use readmostly_persist_bench::{key, value};
use std::hash::Hash;
use std::hint::black_box;
use std::path::Path;

use crate::whole::replace_file;

const ROUNDS: usize = 9;
const CHANGES: usize = 1_000;
const DELTA: &str = "readmostly, a delta";
const WAITED: &str = "readmostly, a delta in the background";
const FULL: &str = "readmostly, in full";

pub(crate) fn deltas(report: &mut Report, home: &Path, entries: usize) {
    report.note(&format!(
        "{CHANGES} keys, drawn at random, have another value, and the table is saved: as a delta, and in full by a store that writes no deltas. Of the delta: its diff \
         alone; its bytes, written, synced, renamed by hand, and the folder synced; and the drop of the version before, whose pages nobody shares any more. \
         `save` drops that version before it returns, since the next delta is found against the new one. In the background it is dropped after the delta is \
         on disk, which is what was waited for here."
    ));
    let of = |kind: &str| format!("{CHANGES} changes in {entries}, {kind}");
    race_of(report, home, &of("String keys, values of 100 bytes"), entries, key, value);
    let number = |n: usize| n as u64;
    race_of(report, home, &of("u64 keys and values"), entries, number, |n, round| (n + round) as u64);
}

fn race_of<K, V>(
    report: &mut Report,
    home: &Path,
    title: &str,
    entries: usize,
    key: impl Fn(usize) -> K,
    value: impl Fn(usize, usize) -> V,
) where
    K: Clone + Eq + Hash + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
    PagedMap<K, V>: Table,
{
    let table: CowMap<K, V> = (0..entries).map(|n| (key(n), value(n, 0))).collect();
    let open = |name: &str, deltas| {
        let folder = tempfile::tempdir_in(home).expect("a folder").keep().join(name);
        Store::open(folder, Options::new().keep(1).max_chain(deltas)).expect("the store opens")
    };
    let (chain, whole): (Store<PagedMap<K, V>>, Store<_>) = (open("delta", 1_000), open("full", 0));
    let by_hand = tempfile::tempdir_in(home).expect("a folder");
    let contenders = [
        (DELTA, Role::Ours),
        (WAITED, Role::Ours),
        (FULL, Role::Rival),
        ("of the delta: its diff", Role::Yardstick),
        ("of the delta: its disk", Role::Yardstick),
        ("of the delta: the drop", Role::Yardstick),
    ]
    .map(|(name, role)| Contender { name, role, subject: Box::new(()) });
    let is = |saved: Saved, kind| -> Saved {
        assert_eq!((saved.written, saved.kind), (true, kind));
        saved
    };
    let saved =
        |store: &Store<PagedMap<K, V>>, kind| is(store.save(&table.snapshot()).expect("it is saved"), kind);
    saved(&chain, Kind::Full);
    saved(&whole, Kind::Full);
    let (mut random, mut round) = (Rng::with_seed(3), 0);
    let turns = race(report.rounds(ROUNDS), &mut [()], |()| {
        let mut change = || {
            round += 1;
            table.update(|draft| {
                for _ in 0..CHANGES.min(entries / 10) {
                    let number = random.usize(..entries);
                    draft.insert(key(number), value(number, round));
                }
            });
        };
        let before = table.snapshot();
        change();
        let diff = time(|| _ = black_box(before.diff(&table.load()).count()));
        // A copy of the pages that were written to, which is all that the snapshot holds alone but for what the stores hold.
        let alone: PagedMap<K, V> = {
            let mut alone = PagedMap::clone(&before);
            for change in before.diff(&table.load()) {
                if let Some(value) = alone.get_mut(change.key()) {
                    *value = value.clone();
                }
            }
            alone
        };
        let drop_of = time(|| drop(alone));
        drop(before);
        let (mut delta, mut waited, mut full) = (0, 0, 0);
        // First: it lets go of the version before, which the delta is then the last to hold.
        let full_time = time(|| full = saved(&whole, Kind::Full).bytes);
        let delta_time = time(|| delta = saved(&chain, Kind::Delta).bytes);
        change();
        let in_background = || chain.save_in_background(table.snapshot()).wait().expect("it is saved");
        let waited_time = time(|| waited = is(in_background(), Kind::Delta).bytes);
        let bytes = vec![random.u8(..); usize::try_from(delta).expect("it fits into memory")];
        let disk = time(|| replace_file(by_hand.path(), &bytes));
        [
            [delta_time, delta as f64],
            [waited_time, waited as f64],
            [full_time, full as f64],
            [diff, 0.0],
            [disk, 0.0],
            [drop_of, 0.0],
        ]
    });
    let of = |nth: usize| turns[0].iter().map(|turn| turn[nth]).collect::<Vec<_>>();
    let each: Vec<Vec<[f64; 2]>> = (0..contenders.len()).map(of).collect();
    let [times, bytes] = Trial::split(&contenders, &each);
    report.table(title, &[("ns".into(), &times), ("bytes".into(), &bytes)]);
    for (what, trial) in [("time", &times), ("bytes", &bytes)] {
        let ratio = |name: &str, how: &str| Some((String::from(how), trial.ratio(name, FULL)?));
        let found = [ratio(DELTA, "`save`"), ratio(WAITED, "in the background, until it is on disk")];
        report.reach(
            &format!("{what} of a delta: {title}"),
            FULL,
            Target::AtMost(0.01),
            &found.into_iter().flatten().collect::<Vec<_>>(),
        );
    }
}
