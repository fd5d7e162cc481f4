//! What an element may do while the library calls it: use the container that it is in, and others.
//!
//! The files beside this one are tables of writes. Each write runs once for every thing that a [`Guest`] can be called for
//! and every thing that it can do then. What a destructor does must work, whatever it is: nothing that is in a container or
//! on its way there is dropped under the writers' lock. What the other calls do must work too, but for a write to the
//! same container, which may meet the panic that is documented. Then each of these calls panics, one by one, with guests
//! whose destructors do all of it while it unwinds. No run leaves a guest behind.

mod cells;
mod hashers;
mod index_maps;
mod index_sets;
mod maps;
mod sets;
mod vectors;

use readmostly::{Guard, Source};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::sync::Mutex;
use std::thread;

/// What a [`Guest`] is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Drop,
    Clone,
    Hash,
    /// `Ord` as well.
    Eq,
    Debug,
    /// A closure or an iterator of the write's, by [`closure`].
    Closure,
}

/// All but `Drop`.
const CALLS: [Call; 5] = [Call::Clone, Call::Hash, Call::Eq, Call::Debug, Call::Closure];

type Doing = Rc<dyn Fn()>;

thread_local! {
    /// What guests do, and when. It is not there while it is done: what a guest does calls guests.
    static ACT: RefCell<Option<(Call, Doing)>> = const { RefCell::new(None) };
    static ACTED: Cell<usize> = const { Cell::new(0) };
    /// A guest does something. The fuse does not burn then.
    static ACTING: Cell<bool> = const { Cell::new(false) };
    /// Which call panics, and how many go well first.
    static FUSE: Cell<Option<(Call, usize)>> = const { Cell::new(None) };
    /// Whether copies that are dropped in an unwinding rest: those that a `Clone` leaves behind which panics half-way
    /// through a page are dropped with the lock held, as the docs say.
    static COPIES_REST: Cell<bool> = const { Cell::new(false) };
    static LIVE: Cell<usize> = const { Cell::new(0) };
    /// Guards that outlive the call in which they were taken.
    static KEPT: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
}

/// The containers of all runs, which guards are kept of. They are named here, or a search for leaks would find them.
static STAGES: Mutex<Vec<&'static (dyn Any + Send + Sync)>> = Mutex::new(Vec::new());

/// The id of the element that a guest writes.
pub(crate) const MARK: u32 = 1_000_000;

/// What a write says that finds its own thread in a write to the container.
const DOCUMENTED: &str = "a write inside a write";

struct Blown;

/// An element that acts when it is called, as do its clones. Wide, so that few are a page.
pub(crate) struct Guest {
    pub(crate) id: u32,
    pub(crate) tag: u32,
    is_copy: bool,
    _wide: [u64; 13],
}

impl Guest {
    pub(crate) fn new(id: u32) -> Self {
        Self::tagged(id, 0)
    }

    pub(crate) fn tagged(id: u32, tag: u32) -> Self {
        LIVE.set(LIVE.get() + 1);
        Self { id, tag, is_copy: false, _wide: [0; 13] }
    }

    fn called(call: Call) {
        if let Some((armed, left)) = FUSE.get() {
            if armed == call && !ACTING.get() && !thread::panicking() {
                FUSE.set(left.checked_sub(1).map(|left| (call, left)));
                if left == 0 {
                    // Not `panic!`, whose hook would print each time.
                    resume_unwind(Box::new(Blown));
                }
            }
        }
        let Ok(act) = ACT.try_with(|act| act.borrow_mut().take_if(|(when, _)| *when == call)) else { return };
        if let Some((when, act)) = act {
            let acted = ACTED.replace(ACTED.get() + 1);
            // Each time, and now and then where it is called thousands of times.
            let rests = acted > 100 && acted % 64 != 0;
            ACTING.set(true);
            let outcome = if rests { Ok(()) } else { catch_unwind(AssertUnwindSafe(|| act())) };
            ACTING.set(false);
            ACT.set(Some((when, act)));
            if let Err(panic) = outcome {
                resume_unwind(panic);
            }
        }
    }
}

/// What a closure or an iterator of a write calls.
pub(crate) fn closure() {
    Guest::called(Call::Closure);
}

impl Drop for Guest {
    fn drop(&mut self) {
        LIVE.set(LIVE.get() - 1);
        let rests = self.is_copy && COPIES_REST.get() && thread::panicking();
        if !rests {
            Self::called(Call::Drop);
        }
    }
}

impl Clone for Guest {
    fn clone(&self) -> Self {
        Self::called(Call::Clone);
        let mut copy = Self::tagged(self.id, self.tag);
        copy.is_copy = true;
        copy
    }
}

/// What a write makes of a borrowed key.
impl From<&Self> for Guest {
    fn from(key: &Self) -> Self {
        closure();
        Self::tagged(key.id, key.tag)
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Self::called(Call::Debug);
        write!(f, "{}", self.id)
    }
}

impl Hash for Guest {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Self::called(Call::Hash);
        self.id.hash(state);
    }
}

impl PartialEq for Guest {
    fn eq(&self, other: &Self) -> bool {
        Self::called(Call::Eq);
        self.id == other.id
    }
}

impl Eq for Guest {}

impl PartialOrd for Guest {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Guest {
    fn cmp(&self, other: &Self) -> Ordering {
        Self::called(Call::Eq);
        self.id.cmp(&other.id)
    }
}

/// What a panic said, if it is a text.
fn said_by(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

/// A write, by name. A `~` says that the closure of the write drops elements itself where a call of them panics, which is
/// under the lock; a `+` that it is made of two writes.
pub(crate) type Write<C> = (&'static str, fn(&C));

/// A container to be tried: how to make one, what it holds (by id and tag), and how a guest writes its [`MARK`] to it.
pub(crate) struct Subject<C> {
    pub(crate) make: fn() -> C,
    pub(crate) content: fn(&C) -> Vec<(u32, u32)>,
    pub(crate) mark: fn(&C),
}

impl<C> Subject<C> {
    /// What it holds beside the mark.
    fn rest(&self, container: &C) -> Vec<(u32, u32)> {
        (self.content)(container).into_iter().filter(|(id, _)| *id != MARK).collect()
    }

    fn has_mark(&self, container: &C) -> bool {
        (self.content)(container).iter().any(|(id, _)| *id == MARK)
    }
}

/// Does `act` whenever a guest gets a `call` while `write` runs. Returns how often, and whether `write` came through.
fn acting(call: Call, act: impl Fn() + 'static, write: impl FnOnce()) -> (usize, thread::Result<()>) {
    ACT.set(Some((call, Rc::new(act))));
    ACTED.set(0);
    let outcome = catch_unwind(AssertUnwindSafe(write));
    // With these go guests, which rest by then.
    drop((ACT.take(), KEPT.take()));
    (ACTED.get(), outcome)
}

/// What a guest may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Load,
    Snapshot,
    KeepAGuard,
    RefreshAReader,
    WriteElsewhere,
    Write,
    /// The last one after all the others.
    All,
}

const ACTS: [Act; 7] = [
    Act::Load,
    Act::Snapshot,
    Act::KeepAGuard,
    Act::RefreshAReader,
    Act::WriteElsewhere,
    Act::Write,
    Act::All,
];

/// What a guest does to the container that it is called by, and to another.
fn doing<C>(act: Act, subject: &Subject<C>, container: &'static C, other: &'static C) -> Box<dyn Fn()>
where
    C: Source<Value: Clone + 'static>,
{
    let (mark, content) = (subject.mark, subject.content);
    let (cell, beside) = (container.cell(), other.cell());
    let load = move || assert_eq!(Guard::version(&cell.load()), cell.version());
    let see = move || assert!(content(container).len() + content(other).len() < 10_000);
    let keep = move || {
        let guards: [Box<dyn Any>; 2] = [Box::new(cell.load()), Box::new(beside.load())];
        KEPT.with_borrow_mut(|kept| kept.extend(guards));
    };
    match act {
        Act::Load => Box::new(load),
        Act::Snapshot => Box::new(see),
        Act::KeepAGuard => Box::new(keep),
        Act::RefreshAReader => {
            let reader = RefCell::new(cell.reader());
            Box::new(move || {
                let mut reader = reader.borrow_mut();
                reader.load();
                assert_eq!(reader.version(), cell.version());
            })
        }
        Act::WriteElsewhere => Box::new(move || mark(other)),
        Act::Write => Box::new(move || mark(container)),
        Act::All => Box::new(move || {
            load();
            see();
            keep();
            let mut reader = cell.reader();
            mark(other);
            mark(container);
            assert!(cell.try_write().is_some());
            reader.load();
            assert_eq!(reader.version(), cell.version());
        }),
    }
}

/// Lets go of all that is in the containers of a run, and returns how many guests are left.
fn emptied<C: Source<Value: Default>>(containers: &[&C]) -> usize {
    for container in containers {
        // With `epoch`, what was retired under a guard is freed by a later publish.
        for _ in 0..8 {
            drop(container.cell().replace(C::Value::default()));
        }
    }
    LIVE.get()
}

/// Runs each write with guests that do each thing in each of their calls, and returns which calls each write made. For a
/// process of one's own.
#[track_caller]
pub(crate) fn try_all<C>(subject: &Subject<C>, writes: &[Write<C>]) -> Vec<(&'static str, Vec<Call>)>
where
    C: Source<Value: Clone + Default + Send + Sync> + Send + Sync + 'static,
{
    // The panic that is documented is met a thousand times.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !said_by(info.payload()).starts_with(DOCUMENTED) {
            hook(info);
        }
    }));
    let made = |(name, write): &Write<C>| {
        // An abort says no more of where it was.
        eprintln!("{name}");
        (*name, try_one(subject, name, *write))
    };
    writes.iter().map(made).collect()
}

/// Runs one write in all the ways, and returns which calls it made.
#[track_caller]
fn try_one<C>(subject: &Subject<C>, name: &str, write: fn(&C)) -> Vec<Call>
where
    C: Source<Value: Clone + Default + Send + Sync> + Send + Sync + 'static,
{
    let on_stage = || {
        let container: &'static C = Box::leak(Box::new((subject.make)()));
        STAGES.lock().unwrap().push(container);
        container
    };
    let (before, after) = {
        let (untouched, container) = (on_stage(), on_stage());
        write(container);
        let both = (subject.rest(untouched), subject.rest(container));
        assert_eq!(emptied(&[untouched, container]), 0, "{name}: leaked");
        both
    };
    // Of two writes, the first is done, or has cleared the container.
    let may_be_left =
        |rest: &Vec<_>| *rest == before || (name.starts_with('+') && (*rest == after || rest.is_empty()));
    let mut made = Vec::new();
    for call in [Call::Drop].into_iter().chain(CALLS) {
        for act in ACTS {
            let at = || format!("{name}: {act:?} in {call:?}");
            let (container, other) = (on_stage(), on_stage());
            let (acted, outcome) = acting(call, doing(act, subject, container, other), || write(container));
            // A reader keeps the elements that a write replaces.
            let called = acted > 0 || call != Call::Drop || act == Act::RefreshAReader;
            assert!(called, "{}: it was not called", at());
            let writes_here = matches!(act, Act::Write | Act::All);
            match outcome {
                Ok(()) => assert_eq!(subject.rest(container), after, "{}", at()),
                Err(panic) => {
                    let said = said_by(&*panic);
                    let documented = call != Call::Drop && writes_here && said.contains(DOCUMENTED);
                    assert!(documented, "{}: {said}", at());
                    assert!(may_be_left(&subject.rest(container)), "{}", at());
                }
            }
            let written = acted > 0 && writes_here && call == Call::Drop;
            assert!(!written || subject.has_mark(container), "{}: the guest's write is lost", at());
            let written = acted > 0 && matches!(act, Act::WriteElsewhere | Act::All);
            assert!(!written || subject.has_mark(other), "{}: the guest's write elsewhere is lost", at());
            assert!(container.cell().try_write().is_some(), "{}: locked", at());
            assert_eq!(emptied(&[container, other]), 0, "{}: leaked", at());
            if acted == 0 && call != Call::Drop {
                break;
            }
            if !made.contains(&call) {
                made.push(call);
            }
        }
    }
    // Where a call panics, the destructors run while it unwinds, and a second panic would abort.
    let panicking: &[Call] = if name.starts_with('~') { &[] } else { &CALLS };
    for &call in panicking {
        let mut nth = 0;
        loop {
            let (container, other) = (on_stage(), on_stage());
            let held = container.cell().snapshot();
            FUSE.set(Some((call, nth)));
            COPIES_REST.set(call == Call::Clone);
            let all = doing(Act::All, subject, container, other);
            let (acted, outcome) = acting(Call::Drop, all, || {
                let _beside = Guest::new(1);
                write(container);
            });
            COPIES_REST.set(false);
            let burnt = FUSE.take().is_none();
            let rest = subject.rest(container);
            let at = || format!("{name}, with a panic in {call:?} {nth}: {rest:?}");
            match outcome {
                Ok(()) => assert!(rest == after, "{}", at()),
                Err(panic) => {
                    assert!(panic.is::<Blown>(), "{}, another one: {}", at(), said_by(&*panic));
                    assert!(may_be_left(&rest), "{}", at());
                    assert!(acted > 0, "{}: nothing was dropped", at());
                }
            }
            drop(held);
            assert_eq!(emptied(&[container, other]), 0, "{}: leaked", at());
            if !burnt {
                break;
            }
            nth += 1 + nth / 16;
        }
    }
    made
}

/// Ids and tags, in order.
pub(crate) fn sorted(content: impl Iterator<Item = (u32, u32)>) -> Vec<(u32, u32)> {
    let mut content: Vec<_> = content.collect();
    content.sort_unstable();
    content
}
