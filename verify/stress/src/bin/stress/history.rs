//! Random transactions on five collections in one cell, beside a model of each version under its number (bbolt's
//! simulation): a snapshot holds what the model of its version says, all of it, at once and long after.

use crate::stage::{Part, Stage, Worker};
use fastrand::Rng;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};
use indexmap::IndexMap;
use parking_lot::Mutex;
use readmostly::paged::{PagedIndexMap, PagedMap, PagedOrdMap, PagedSet, PagedVec};
use readmostly::{CowCell, Guard, Snapshot};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

const WRITERS: usize = 2;
const READERS: usize = 4;
/// More than a table without a directory holds, so that pages split.
const KEYS: u64 = 4_000;
/// What the list is cut to now and then.
const SHORT: usize = 2_000;
/// How many old snapshots a reader keeps.
const KEPT: usize = 8;

#[derive(Clone, Debug, Default)]
struct Tables {
    map: PagedMap<u64, u64, FixedState>,
    set: PagedSet<u64, FixedState>,
    list: PagedVec<u64>,
    ordered: PagedOrdMap<u64, u64>,
    inserted: PagedIndexMap<u64, u64, FixedState>,
}

/// What a version of [`Tables`] holds, by std's means and `indexmap`'s.
#[derive(Clone, Debug, Default)]
struct Model {
    map: HashMap<u64, u64, FixedState>,
    set: HashSet<u64, FixedState>,
    list: Vec<u64>,
    ordered: BTreeMap<u64, u64>,
    inserted: IndexMap<u64, u64, FixedState>,
}

impl Model {
    /// Does one random thing to both, and says how they differ if what it returns does.
    fn change(&mut self, tables: &mut Tables, random: &mut Rng) -> Result<(), &'static str> {
        let same = match random.u32(..4) {
            0 => self.change_ordered(tables, random),
            1 => self.change_inserted(tables, random),
            _ => self.change_others(tables, random),
        };
        if same { Ok(()) } else { Err("a change returned something else than the model's") }
    }

    fn change_ordered(&mut self, tables: &mut Tables, random: &mut Rng) -> bool {
        let (mine, its) = (&mut self.ordered, &mut tables.ordered);
        let (key, value) = (random.u64(..KEYS), random.u64(..));
        match random.u32(..1_000) {
            0..600 => mine.insert(key, value) == its.insert(key, value),
            600..900 => mine.remove(&key) == its.remove(&key),
            900..950 => mine.pop_first() == its.pop_first(),
            950..990 => mine.range(..=key).next_back() == its.get_le(&key),
            990..995 => {
                // What is cut off comes back, or does not.
                let (mut my_end, mut its_end) = (mine.split_off(&key), its.split_off(&key));
                let same = its_end.iter().eq(&my_end);
                if value % 4 > 0 {
                    mine.append(&mut my_end);
                    its.append(&mut its_end);
                }
                same
            }
            _ => {
                mine.retain(|key, _| key % 16 != value % 16);
                its.retain(|key, _| key % 16 != value % 16);
                true
            }
        }
    }

    fn change_inserted(&mut self, tables: &mut Tables, random: &mut Rng) -> bool {
        let (mine, its) = (&mut self.inserted, &mut tables.inserted);
        let (key, value) = (random.u64(..KEYS), random.u64(..));
        match random.u32(..1_000) {
            0..600 => mine.insert_full(key, value) == its.insert_full(key, value),
            600..750 => mine.shift_remove(&key) == its.shift_remove(&key),
            750..850 => mine.swap_remove(&key) == its.swap_remove(&key),
            850..950 => {
                let there = mine.shift_remove_entry(&key);
                mine.extend(there);
                its.move_to_back(&key) == there.is_some()
            }
            950..990 => mine.get_full(&key) == its.get_full(&key) && mine.last() == its.last(),
            990..995 => {
                let end = mine.len() - mine.len() / 8;
                mine.drain(end..).eq(its.drain(end..))
            }
            _ => {
                mine.retain(|key, _| key % 16 != value % 16);
                its.retain(|key, _| key % 16 != value % 16);
                true
            }
        }
    }

    fn change_others(&mut self, tables: &mut Tables, random: &mut Rng) -> bool {
        let (key, value) = (random.u64(..KEYS), random.u64(..));
        let at = random.usize(..=self.list.len());
        match random.u32(..1_000) {
            0..300 => self.map.insert(key, value) == tables.map.insert(key, value),
            300..400 => self.map.remove(&key) == tables.map.remove(&key),
            400..600 => self.set.insert(key) == tables.set.insert(key),
            600..700 => self.set.remove(&key) == tables.set.remove(&key),
            700..850 => {
                self.list.insert(at, value);
                tables.list.insert(at, value);
                true
            }
            850..930 => at == self.list.len() || self.list.remove(at) == tables.list.remove(at),
            930..990 => {
                let (mine, its) = (self.list.get_mut(at), tables.list.get_mut(at));
                mine.map(|slot| *slot = value) == its.map(|slot| *slot = value)
            }
            990..995 => {
                self.list.truncate(SHORT);
                tables.list.truncate(SHORT);
                true
            }
            995..998 => {
                self.map.retain(|key, _| key % 16 != value % 16);
                tables.map.retain(|key, _| key % 16 != value % 16);
                true
            }
            _ => {
                self.set.retain(|key| key % 16 != value % 16);
                tables.set.retain(|key| key % 16 != value % 16);
                true
            }
        }
    }

    fn compare(&self, tables: &Tables) -> Result<(), &'static str> {
        if self.map.len() != tables.map.len() || self.map.iter().any(|(k, v)| tables.map.get(k) != Some(v)) {
            Err("another map than the model's")
        } else if self.set.len() != tables.set.len() || !self.set.iter().all(|key| tables.set.contains(key)) {
            Err("another set than the model's")
        } else if !self.list.iter().eq(tables.list.iter()) {
            Err("another list than the model's")
        } else if !self.ordered.iter().eq(&tables.ordered) {
            Err("another ordered map than the model's")
        } else if !self.inserted.iter().eq(&tables.inserted) {
            Err("another map in insertion order than the model's")
        } else {
            Ok(())
        }
    }
}

/// The models of the last versions, by number.
struct Models {
    /// The number of the newest.
    last: u64,
    /// The newest is the last.
    kept: VecDeque<Arc<Model>>,
}

impl Models {
    const MOST: usize = 256;

    fn new() -> Self {
        Self { last: 0, kept: VecDeque::from([Arc::default()]) }
    }

    fn newest(&self) -> Arc<Model> {
        Arc::clone(self.kept.back().expect("there is always one"))
    }

    /// Adds the model of the next version, and returns that version's number.
    fn push(&mut self, model: Model) -> u64 {
        self.last += 1;
        self.kept.push_back(Arc::new(model));
        if self.kept.len() > Self::MOST {
            self.kept.pop_front();
        }
        self.last
    }

    /// The model of a version, unless that is too old.
    fn of(&self, version: u64) -> Option<Arc<Model>> {
        let age = self.last.checked_sub(version).expect("a version is modelled before it is published");
        let index = self.kept.len().checked_sub(1 + usize::try_from(age).ok()?)?;
        self.kept.get(index).cloned()
    }
}

pub(crate) fn play(stage: &Stage<'_>) {
    let (cell, models) = (CowCell::new(Tables::default()), Mutex::new(Models::new()));
    let (tables, models) = (&cell, &models);
    let writer = |id| -> Part<'_> { Box::new(move |worker, _| write(stage, worker, tables, models, id)) };
    let reader = |id| -> Part<'_> { Box::new(move |worker, _| read(stage, worker, tables, models, id)) };
    stage.play((0..WRITERS).map(|id| writer(id as u64)).collect(), (0..READERS).map(reader).collect());
}

fn write(stage: &Stage<'_>, worker: &Worker, cell: &CowCell<Tables>, models: &Mutex<Models>, id: u64) {
    let mut random = Rng::with_seed(id);
    while stage.is_running() {
        let mut txn = cell.write();
        // With the writers' lock held, nobody else adds a model.
        let mut model = Model::clone(&models.lock().newest());
        for _ in 0..random.u32(1..=8) {
            if let Err(what) = model.change(&mut txn, &mut random) {
                stage.violation(|| what.to_owned());
            }
        }
        if random.u32(..16) == 0 {
            // Nobody may ever see this one.
            txn.rollback();
            worker.step();
            continue;
        }
        let version = models.lock().push(model);
        let published = Snapshot::version(&txn.commit());
        if published != version {
            stage.violation(|| format!("the version after {} is {published}", version - 1));
        }
        worker.wrote();
    }
}

fn read(stage: &Stage<'_>, worker: &Worker, cell: &CowCell<Tables>, models: &Mutex<Models>, id: usize) {
    let mut seat = Seat { stage, worker, models, newest: 0, kept: [const { None }; KEPT] };
    let mut reader = cell.reader();
    let mut look = |n: usize| match n % 3 {
        0 => {
            // While it is held, a guard alone keeps its version.
            let guard = cell.load();
            seat.check(Guard::version(&guard), &guard);
        }
        1 => seat.check_and_keep(cell.snapshot(), n),
        _ => {
            reader.load();
            seat.check_and_keep(reader.snapshot(), n);
        }
    };
    for n in id.. {
        if !stage.is_open() {
            break;
        }
        look(n);
    }
    (0..3).for_each(look);
    let (last, newest) = (models.lock().last, seat.newest);
    if newest != last || cell.version() != last {
        stage.violation(|| format!("the last version is {last}, and a reader's last look shows {newest}"));
    }
}

/// A reader's place: what it compares with, and what it has seen.
struct Seat<'a> {
    stage: &'a Stage<'a>,
    worker: &'a Worker,
    models: &'a Mutex<Models>,
    newest: u64,
    kept: [Option<(Snapshot<Tables>, Arc<Model>)>; KEPT],
}

impl Seat<'_> {
    /// Compares a version with its model, and returns that if it is not too old to be known.
    fn check(&mut self, version: u64, tables: &Tables) -> Option<Arc<Model>> {
        let newest = self.newest;
        if version < newest {
            self.stage.violation(|| format!("the tables went backwards, from version {newest} to {version}"));
        }
        let Some(model) = self.models.lock().of(version) else {
            self.worker.step();
            return None;
        };
        self.compare(&model, version, tables, "when it was taken");
        self.worker.read(version > newest);
        self.newest = newest.max(version);
        Some(model)
    }

    /// The same, and the same again when the snapshot has grown old.
    fn check_and_keep(&mut self, snapshot: Snapshot<Tables>, n: usize) {
        let Some(model) = self.check(Snapshot::version(&snapshot), &snapshot) else { return };
        if let Some((old, its)) = self.kept[n / 16 % KEPT].replace((snapshot, model)) {
            self.compare(&its, Snapshot::version(&old), &old, "long after it was taken");
            self.worker.read(false);
        }
    }

    fn compare(&self, model: &Model, version: u64, tables: &Tables, when: &str) {
        if let Err(what) = model.compare(tables) {
            self.stage.violation(|| format!("version {version} has {what}, {when}"));
        }
    }
}
