//! Elements that use the vector they are in, when they are dropped: no write of `CowVec` drops anything with the lock held.
//!
//! A destructor here writes to the same vector, which panics if the lock is held, and aborts if that comes while a panic
//! unwinds. It also loads, takes a snapshot, keeps a guard in a thread local, refreshes a reader, and writes to another
//! container. Each write is run as it is, and with a panic in each call of the user's code that it makes.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use readmostly::paged::PagedVec;
use readmostly::{CowMap, CowVec, Guard, Reader};

use crate::support::alone;

type List = CowVec<Meddler>;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    Clone,
    Eq,
    Closure,
}

thread_local! {
    static FUSE: Cell<Option<(Call, usize)>> = const { Cell::new(None) };
    /// Whether copies that are dropped in an unwinding keep still: those that a `Clone` leaves behind which panics half-way
    /// through a page are dropped with the lock held, as the docs say.
    static COPIES_KEEP_STILL: Cell<bool> = const { Cell::new(false) };
    static MEDDLING: Cell<bool> = const { Cell::new(false) };
    static MEDDLED: Cell<usize> = const { Cell::new(0) };
    static ALIVE: Cell<isize> = const { Cell::new(0) };
    static GUARDS: RefCell<Vec<Guard<'static, PagedVec<Meddler>>>> = const { RefCell::new(Vec::new()) };
    static READER: RefCell<Option<Reader<&'static List>>> = const { RefCell::new(None) };
}

/// Panics if this is the call that is to.
fn burn(call: Call) {
    if let Some((armed, left)) = FUSE.get() {
        if armed == call && !MEDDLING.get() {
            FUSE.set(left.checked_sub(1).map(|left| (call, left)));
            if left == 0 {
                resume_unwind(Box::new("burnt"));
            }
        }
    }
}

/// What the elements meddle with.
struct World {
    list: List,
    other: CowMap<u32, u32>,
}

struct Meddler {
    id: u32,
    /// Without a world it keeps still.
    world: Option<&'static World>,
    is_copy: bool,
}

impl Meddler {
    fn new(id: u32, world: Option<&'static World>) -> Self {
        ALIVE.set(ALIVE.get() + 1);
        Self { id, world, is_copy: false }
    }

    /// A closure that asks for it captures all of the value, and not the number alone.
    fn id(&self) -> u32 {
        self.id
    }
}

impl Clone for Meddler {
    fn clone(&self) -> Self {
        burn(Call::Clone);
        let mut copy = Self::new(self.id, self.world);
        copy.is_copy = true;
        copy
    }
}

impl PartialEq for Meddler {
    fn eq(&self, other: &Self) -> bool {
        burn(Call::Eq);
        self.id == other.id
    }
}

impl Eq for Meddler {}

impl PartialOrd for Meddler {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Meddler {
    fn cmp(&self, other: &Self) -> Ordering {
        burn(Call::Eq);
        self.id.cmp(&other.id)
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        ALIVE.set(ALIVE.get() - 1);
        let Some(World { list, other }) = self.world else { return };
        let keeps_still = self.is_copy && COPIES_KEEP_STILL.get() && thread::panicking();
        // Not in what the meddling itself drops, which would go on for ever.
        if keeps_still || MEDDLING.replace(true) {
            return;
        }
        MEDDLED.set(MEDDLED.get() + 1);
        let len = list.len();
        assert_eq!((list.load().len(), list.snapshot().len()), (len, len));
        GUARDS.with_borrow_mut(|guards| guards.push(list.load()));
        list.push(Meddler::new(1_000, None));
        READER.with_borrow_mut(|reader| {
            assert_eq!(reader.get_or_insert_with(|| list.reader()).load().len(), len + 1);
        });
        assert!(list.try_write().is_some());
        assert_eq!(list.pop().map(|last| last.id), Some(1_000));
        other.insert(self.id, 1);
        MEDDLING.set(false);
    }
}

/// The ids of what is in the list; a few on each of several pages.
const LEN: u32 = 150;

fn ids() -> impl Iterator<Item = u32> {
    (0..LEN).map(|n| n / 2 * 38 % LEN)
}

type Write = fn(&'static World, Meddler);

/// Each gets a value, which is an element where one is to be added, and otherwise belongs to a closure or an iterator.
const WRITES: &[(&str, Write)] = &[
    ("push", |world, value| world.list.push(value)),
    ("push_if_absent", |world, value| assert!(world.list.push_if_absent(value))),
    ("push_if_absent, there", |world, value| {
        drop(value);
        assert!(!world.list.push_if_absent(Meddler::new(38, Some(world))));
    }),
    ("extend", |world, value| world.list.extend(some(world, value))),
    ("Extend", |world, value| Extend::extend(&mut &world.list, some(world, value))),
    ("extend_absent", |world, value| {
        let twice = [38, 500, 500, 501, 76].map(|id| Meddler::new(id, Some(world)));
        assert_eq!(world.list.extend_absent(twice.into_iter().chain([value])), 3);
    }),
    ("pop", |world, _| drop(world.list.pop())),
    ("pop_if", |world, value| {
        let pred = move |element: &Meddler| (burn(Call::Closure), element.id < 1_000 && value.id() > 0).1;
        assert!(world.list.pop_if(pred).is_some());
    }),
    ("pop_if, refused", |world, value| assert!(world.list.pop_if(move |_| value.id() == 0).is_none())),
    ("swap", |world, _| assert!(world.list.swap(3, 100).is_ok())),
    ("swap_remove", |world, _| assert!(world.list.swap_remove(3).is_some())),
    ("drain", |world, _| assert_eq!(world.list.drain(20..120).len(), 100)),
    ("insert_all", |world, value| assert!(world.list.insert_all(70, some(world, value)).is_ok())),
    ("insert_all, few", |world, value| {
        assert!(world.list.insert_all(70, some(world, value).take(3)).is_ok());
    }),
    ("insert_all at the end", |world, value| {
        assert!(world.list.insert_all(LEN as usize, some(world, value)).is_ok());
    }),
    ("insert_all, out of range", |world, value| {
        assert!(world.list.insert_all(1_000, some(world, value)).is_err());
    }),
    ("replace_all", |world, value| {
        world.list.replace_all(move |element| {
            burn(Call::Closure);
            Meddler::new(element.id + value.id(), Some(world))
        });
    }),
    ("insert", |world, value| assert!(world.list.insert(70, value).is_ok())),
    ("insert at the end", |world, value| assert!(world.list.insert(LEN as usize, value).is_ok())),
    ("insert, out of range", |world, value| assert!(world.list.insert(1_000, value).is_err())),
    ("set", |world, value| assert!(world.list.set(70, value).is_ok())),
    ("set, out of range", |world, value| assert!(world.list.set(1_000, value).is_err())),
    ("remove", |world, _| assert!(world.list.remove(70).is_some())),
    ("remove_item", |world, _| assert!(world.list.remove_item(&Meddler::new(38, Some(world))))),
    ("truncate", |world, _| world.list.truncate(70)),
    ("truncate to nothing", |world, _| world.list.truncate(0)),
    ("clear", |world, _| world.list.clear()),
    ("retain", |world, value| {
        world.list.retain(move |element| (burn(Call::Closure), element.id % 3 != 0 && value.id() > 0).1);
    }),
    ("retain none", |world, value| world.list.retain(move |_| value.id() == 0)),
    ("sort", |world, _| world.list.sort()),
    ("sort_by", |world, value| {
        world
            .list
            .sort_by(move |a, b| (burn(Call::Closure), b.id.cmp(&a.id).then(value.id().cmp(&value.id()))).1);
    }),
    ("sort_by_key", |world, value| {
        world.list.sort_by_key(move |element| (burn(Call::Closure), element.id % value.id()).1);
    }),
    ("dedup", |world, _| world.list.dedup()),
    ("reverse", |world, _| world.list.reverse()),
    ("replace", |world, _| drop(world.list.replace(PagedVec::new()))),
    ("replace_if_current, too late", |world, value| {
        let base = world.list.snapshot();
        world.list.pop();
        drop(world.list.replace_if_current(&base, [value].into()).err());
    }),
    ("update", |world, value| {
        let mut value = Some(value);
        world.list.update(|draft| draft.extend(value.take()));
    }),
    ("try_update that fails", |world, value| {
        drop(world.list.try_update(|draft| (draft.clear(), Err::<(), _>(value)).1));
    }),
    ("a transaction", |world, value| {
        let mut txn = world.list.write();
        txn.push(value);
        txn.commit();
    }),
];

/// An iterator that owns a value.
fn some(world: &'static World, value: Meddler) -> impl Iterator<Item = Meddler> {
    let mut value = Some(value);
    (500..540).map(move |id| {
        burn(Call::Closure);
        let value = value.get_or_insert_with(|| Meddler::new(0, None));
        Meddler::new(id + value.id(), Some(world))
    })
}

fn content(list: &List) -> Vec<u32> {
    list.snapshot().iter().map(|element| element.id).collect()
}

/// Runs a write on a list of its own, in which the `nth` call panics. Returns whether it came through.
fn comes_through(name: &str, write: Write, call: Option<Call>, nth: usize) -> bool {
    let world: &World = Box::leak(Box::new(World { list: CowVec::new(), other: CowMap::new() }));
    world.list.extend(ids().map(|id| Meddler::new(id, Some(world))));
    let before = content(&world.list);
    MEDDLED.set(0);
    COPIES_KEEP_STILL.set(call == Some(Call::Clone));
    let value = Meddler::new(400, Some(world));
    FUSE.set(call.map(|call| (call, nth)));
    let outcome = catch_unwind(AssertUnwindSafe(|| write(world, value)));
    FUSE.set(None);
    if let Err(panic) = &outcome {
        assert!(panic.is::<&str>(), "{name}, {call:?} {nth}: {:?}", panic.downcast_ref::<String>());
        assert_eq!(content(&world.list), before, "{name}, {call:?} {nth}");
    }
    assert!(MEDDLED.get() > 0, "{name}, {call:?} {nth}: nothing was dropped");
    // Nothing is left of it, when the guards and the reader are gone.
    MEDDLING.set(true);
    GUARDS.take();
    READER.take();
    world.list.clear();
    // With `epoch`, what was retired under a guard is freed by a later publish.
    for _ in 0..8 {
        world.list.push(Meddler::new(0, None));
        world.list.clear();
    }
    MEDDLING.set(false);
    assert_eq!(ALIVE.get(), 0, "{name}, {call:?} {nth}: leaked");
    outcome.is_ok()
}

#[test]
fn no_write_of_a_vector_drops_anything_with_the_lock_held() {
    alone("reentry_vectors::no_write_of_a_vector_drops_anything_with_the_lock_held", || {
        for &(name, write) in WRITES {
            assert!(comes_through(name, write, None, 0), "{name}");
        }
    });
}

#[test]
fn no_write_of_a_vector_that_panics_drops_anything_with_the_lock_held() {
    alone("reentry_vectors::no_write_of_a_vector_that_panics_drops_anything_with_the_lock_held", || {
        for &(name, write) in WRITES {
            // Here what holds the value with the lock held is the test's own.
            if ["update", "try_update that fails", "a transaction"].contains(&name) {
                continue;
            }
            for call in [Call::Clone, Call::Eq, Call::Closure] {
                let mut nth = 0;
                while !comes_through(name, write, Some(call), nth) {
                    nth += 1 + nth / 16;
                }
            }
        }
    });
}
