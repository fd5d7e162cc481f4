//! What an element may do while the library calls it: use the container that it is in, and others.
//!
//! The files beside this one are tables of writes. Each write runs once for every thing that a [`Guest`] can be called for
//! and every thing that it can do then. What a destructor does must work, whatever it is: nothing that is in a container or
//! on its way there is dropped under the writers' lock. What `Hash`, `Eq` and `Clone` do must work too, but for a write to the
//! same container, which may meet the panic that is documented.

mod maps;
mod sets;

use readmostly::Source;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt::Debug;
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
    Eq,
}

type Act = Rc<dyn Fn()>;

thread_local! {
    /// What guests do, and when. It is not there while it is done: what a guest does calls guests.
    static ACT: RefCell<Option<(Call, Act)>> = const { RefCell::new(None) };
    static ACTED: Cell<usize> = const { Cell::new(0) };
    /// Which `Hash` or `Eq` panics, and how many go well first.
    static FUSE: Cell<Option<(Call, usize)>> = const { Cell::new(None) };
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
#[derive(Debug)]
pub(crate) struct Guest {
    pub(crate) id: u32,
    pub(crate) tag: u32,
    _wide: [u64; 14],
}

impl Guest {
    pub(crate) fn new(id: u32) -> Self {
        Self::tagged(id, 0)
    }

    pub(crate) fn tagged(id: u32, tag: u32) -> Self {
        Self { id, tag, _wide: [0; 14] }
    }

    fn called(call: Call) {
        if let Some((armed, left)) = FUSE.get() {
            if armed == call && !thread::panicking() {
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
            let outcome = if rests { Ok(()) } else { catch_unwind(AssertUnwindSafe(|| act())) };
            ACT.set(Some((when, act)));
            if let Err(panic) = outcome {
                resume_unwind(panic);
            }
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        Self::called(Call::Drop);
    }
}

impl Clone for Guest {
    fn clone(&self) -> Self {
        Self::called(Call::Clone);
        Self::tagged(self.id, self.tag)
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

/// What a panic said, if it is a text.
fn said_by(panic: &(dyn Any + Send)) -> &str {
    panic.downcast_ref::<String>().map_or("", String::as_str)
}

/// A write, by name. A `~` says that the closure of the write drops elements itself where a call of them panics, which is
/// under the lock.
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

/// Runs each write with guests that do each thing in each of their calls. For a process of one's own.
#[track_caller]
pub(crate) fn try_all<C>(subject: &Subject<C>, writes: &[Write<C>])
where
    C: Source<Value: Clone + Send + Sync> + Send + Sync + 'static,
{
    // The panic that is documented is met a thousand times.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !said_by(info.payload()).starts_with(DOCUMENTED) {
            hook(info);
        }
    }));
    let on_stage = || {
        let container: &'static C = Box::leak(Box::new((subject.make)()));
        STAGES.lock().unwrap().push(container);
        container
    };
    for &(name, write) in writes {
        let before = subject.rest(on_stage());
        let after = {
            let container = on_stage();
            write(container);
            subject.rest(container)
        };
        for call in [Call::Drop, Call::Clone, Call::Hash, Call::Eq] {
            for act in ["load", "snapshot", "keep a guard", "refresh a reader", "write elsewhere", "write"] {
                let at = || format!("{name}: {act} in {call:?}");
                let (container, other) = (on_stage(), on_stage());
                let (mark, content) = (subject.mark, subject.content);
                let see = move |seen: Vec<(u32, u32)>| assert!(seen.len() < 10_000);
                let did: Box<dyn Fn()> = match act {
                    "load" => Box::new(move || drop(container.cell().load())),
                    "snapshot" => Box::new(move || see([content(container), content(other)].concat())),
                    "keep a guard" => Box::new(move || {
                        let guards: [Box<dyn Any>; 2] =
                            [Box::new(container.cell().load()), Box::new(other.cell().load())];
                        KEPT.with_borrow_mut(|kept| kept.extend(guards));
                    }),
                    "refresh a reader" => {
                        let reader = RefCell::new(container.cell().reader());
                        Box::new(move || _ = reader.borrow_mut().load())
                    }
                    "write elsewhere" => Box::new(move || mark(other)),
                    _ => Box::new(move || mark(container)),
                };
                let (acted, outcome) = acting(call, did, || write(container));
                // A reader keeps the elements that a write replaces.
                let called = acted > 0 || call != Call::Drop || act == "refresh a reader";
                assert!(called, "{}: it was not called", at());
                let expected = match outcome {
                    Ok(()) => &after,
                    Err(panic) => {
                        let said = said_by(&*panic);
                        let documented = call != Call::Drop && act == "write" && said.contains(DOCUMENTED);
                        assert!(documented, "{}: {said}", at());
                        // What is made of two writes has cleared the container first.
                        if subject.rest(container).is_empty() { &vec![] } else { &before }
                    }
                };
                assert_eq!(subject.rest(container), *expected, "{}", at());
                let marked = if act == "write elsewhere" { other } else { container };
                let written = act == "write elsewhere" || (act == "write" && call == Call::Drop);
                assert!(
                    !written || acted == 0 || subject.has_mark(marked),
                    "{}: the guest's write is lost",
                    at()
                );
                assert!(container.cell().try_write().is_some(), "{}: locked", at());
            }
        }
        // Where a `Hash` or an `Eq` panics, the destructors run while it unwinds, and a second panic would abort.
        let panicking: &[Call] = if name.starts_with('~') { &[] } else { &[Call::Hash, Call::Eq] };
        for &call in panicking {
            let mut nth = 0;
            loop {
                let (container, mark) = (on_stage(), subject.mark);
                let held = container.cell().snapshot();
                FUSE.set(Some((call, nth)));
                let (_, outcome) = acting(Call::Drop, move || mark(container), || write(container));
                let burnt = FUSE.take().is_none();
                let rest = subject.rest(container);
                match outcome {
                    Ok(()) => assert_eq!(rest, after, "{name}"),
                    Err(panic) => {
                        assert!(panic.is::<Blown>(), "{name}, with a panic in {call:?} {nth}: another one");
                        let at = || format!("{name}, with a panic in {call:?} {nth}: {rest:?}");
                        assert!(rest == before || rest == after || rest.is_empty(), "{}", at());
                    }
                }
                drop(held);
                if !burnt {
                    break;
                }
                nth += 1 + nth / 4 * nth;
            }
        }
    }
}

/// Ids and tags, in order.
pub(crate) fn sorted(content: impl Iterator<Item = (u32, u32)>) -> Vec<(u32, u32)> {
    let mut content: Vec<_> = content.collect();
    content.sort_unstable();
    content
}
