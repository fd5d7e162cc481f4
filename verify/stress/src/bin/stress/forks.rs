//! A process that forks while its threads read and write: the child has one of them, and reads, writes, and starts a thread
//! of its own. Where a writer was left behind in its write the child is told so at once, and never hangs.

#![expect(unsafe_code, reason = "std has no fork")]

use crate::payload::Payload;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::{CowCell, Guard, Snapshot};
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{io, panic, ptr, thread};

const READERS: usize = 2;
/// How long a child that is told that a writer is gone may have waited for it. The lock waits for 250 ms before it looks for
/// a holder whose thread has ended, so this is on the safe side of a busy machine only.
const AT_ONCE: Duration = Duration::from_secs(5);
/// What a write says that meets a writer who was left behind.
const GONE: &str = "is held by a thread that is gone";
/// How many slow writes are begun in a second, at most.
const SLOW: Duration = Duration::from_micros(300);

/// A child says by its exit code what it met: these are right.
const WROTE: i32 = 0;
const MET_A_LOST_WRITER: i32 = 1;
/// And these are wrong.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Panicked = 10,
    ShownOther,
    OwnWriteUnseen,
    LockUnsure,
    NotTold,
    ToldLate,
    ThreadPanicked,
    NoThread,
}

impl Wrong {
    const ALL: [Self; 8] = [
        Self::Panicked,
        Self::ShownOther,
        Self::OwnWriteUnseen,
        Self::LockUnsure,
        Self::NotTold,
        Self::ToldLate,
        Self::ThreadPanicked,
        Self::NoThread,
    ];

    fn said(self) -> &'static str {
        match self {
            Self::Panicked => "panicked",
            Self::ShownOther => "was shown wrong data",
            Self::OwnWriteUnseen => "did not see its own write",
            Self::LockUnsure => "found a lock held that was not held at the fork, or the other way round",
            Self::NotTold => "met a lost writer, and was not told so",
            Self::ToldLate => "met a lost writer, and was told so late",
            Self::ThreadPanicked => "started a thread that panicked",
            Self::NoThread => "could not start a thread",
        }
    }
}

static IN_CHILD: AtomicBool = AtomicBool::new(false);

pub(crate) fn play(stage: &Stage<'_>) {
    // Nothing is printed in a child: another thread may have been at it when the process was forked.
    let print = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !IN_CHILD.load(Ordering::Relaxed) {
            print(info);
        }
    }));
    let cells = &[Subject::new(16), Subject::new(17)];
    let (children, lost) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut writers: Vec<Part<'_>> = vec![
        Box::new(|worker, _| {
            let mut view = View::new(stage, worker, &cells[0]);
            while stage.is_running() {
                view.write();
            }
        }),
        Box::new(|worker, _| {
            // On both, and in the second cell more in its write than not.
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            while stage.is_running() {
                views[0].write();
                views[1].write_slowly(|| thread::sleep(SLOW));
            }
        }),
        Box::new(|worker, _| {
            // Threads that come, write once, and end: what is known of threads changes as well.
            while stage.is_running() {
                let counts = thread::scope(|s| {
                    s.spawn(|| {
                        let counts = Worker::default();
                        View::new(stage, &counts, &cells[0]).write();
                        counts
                    })
                    .join()
                });
                match counts {
                    Ok(counts) => worker.absorb(&counts),
                    Err(_) => stage.violation(|| "a thread that came and went panicked".to_owned()),
                }
            }
        }),
    ];
    writers.push(Box::new(|worker, _| {
        while stage.is_running() {
            match fork(stage, worker, cells) {
                // Without a code, it is a violation already.
                Some(WROTE) | None => {}
                Some(MET_A_LOST_WRITER) => _ = lost.fetch_add(1, Ordering::Relaxed),
                Some(wrong) => {
                    let wrong = Wrong::ALL.into_iter().find(|code| *code as i32 == wrong).ok_or(wrong);
                    stage.violation(|| match wrong {
                        Ok(wrong) => format!("a child {}", wrong.said()),
                        Err(code) => format!("a child ended with the code {code}"),
                    });
                }
            }
            children.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let reader = |id: usize| -> Part<'_> {
        Box::new(move |worker, _| {
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            for n in id.. {
                if !stage.is_open() {
                    break;
                }
                views[n % 2].look(n);
            }
            views.iter_mut().for_each(View::last_look);
        })
    };
    stage.play(writers, (0..READERS).map(reader).collect());
    let (children, lost) = (children.into_inner(), lost.into_inner());
    stage.note(format!("forks: {children} children, of which {lost} met a writer that was left behind"));
}

/// Forks, and returns what the child has said, if the parent can go on.
fn fork(stage: &Stage<'_>, worker: &Worker, cells: &[Subject; 2]) -> Option<i32> {
    // SAFETY: the child of a process with several threads may do what a signal handler may; that it may load, write and start
    // threads as well is what the library, and the allocator of each system that this runs on, say of themselves. It
    // prints nothing, and ends without running a destructor.
    let pid = unsafe { libc::fork() };
    match pid {
        -1 => {
            stage.violation(|| format!("no fork: {}", io::Error::last_os_error()));
            None
        }
        0 => {
            IN_CHILD.store(true, Ordering::Relaxed);
            let outcome = catch_unwind(AssertUnwindSafe(|| child(cells))).unwrap_or(Err(Wrong::Panicked));
            let code = match outcome {
                Ok(false) => WROTE,
                Ok(true) => MET_A_LOST_WRITER,
                Err(wrong) => wrong as i32,
            };
            // SAFETY: it ends the process, and runs nothing.
            unsafe { libc::_exit(code) }
        }
        child => wait_for(stage, worker, child),
    }
}

/// Waits until the child has ended, or ends it when it seems to hang.
fn wait_for(stage: &Stage<'_>, worker: &Worker, child: libc::pid_t) -> Option<i32> {
    let start = Instant::now();
    loop {
        let mut status = 0;
        // SAFETY: the status is a place to write to.
        let ended = unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) };
        worker.step();
        if ended == child {
            if libc::WIFEXITED(status) {
                return Some(libc::WEXITSTATUS(status));
            }
            stage.violation(|| format!("a child was ended by signal {}", libc::WTERMSIG(status)));
            return None;
        }
        if start.elapsed() > stage.patience() / 2 {
            stage.violation(|| format!("a child hangs: it has not ended in {:?}", stage.patience() / 2));
            // SAFETY: it is a child of this process, and was not waited for yet.
            unsafe {
                libc::kill(child, libc::SIGKILL);
                libc::waitpid(child, &raw mut status, 0);
            }
            return None;
        }
        thread::sleep(Duration::from_micros(100));
    }
}

/// What a child does. Returns whether it met a writer that was left behind.
fn child(cells: &[Subject; 2]) -> Result<bool, Wrong> {
    cells.iter().try_for_each(read)?;
    let [first, second] = cells.each_ref().map(write);
    let lost = [first?, second?];
    in_a_thread(&|| {
        cells.iter().try_for_each(read)?;
        for (cell, lost) in cells.iter().zip(lost) {
            if write(cell)? != lost {
                return Err(Wrong::LockUnsure);
            }
        }
        Ok(())
    })?;
    cells.iter().try_for_each(read)?;
    Ok(lost.contains(&true))
}

type Work<'a> = &'a dyn Fn() -> Result<(), Wrong>;

/// Does `work` in a thread of the child. Not by std, whose threads lock a list of their stacks when they begin: a thread of
/// the parent may have had it.
fn in_a_thread(work: Work<'_>) -> Result<(), Wrong> {
    extern "C" fn begin(job: *mut c_void) -> *mut c_void {
        // SAFETY: it is the one below, whose thread does nothing but wait for this one.
        let (work, outcome) = unsafe { &mut *job.cast::<(Work<'_>, Result<(), Wrong>)>() };
        *outcome = catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Wrong::ThreadPanicked));
        ptr::null_mut()
    }
    let mut job = (work, Err(Wrong::NoThread));
    let mut thread = MaybeUninit::uninit();
    // SAFETY: the job lives until the thread is joined, and what is read of the thread's name was written if there is one.
    unsafe {
        if libc::pthread_create(thread.as_mut_ptr(), ptr::null(), begin, (&raw mut job).cast()) == 0 {
            libc::pthread_join(thread.assume_init(), ptr::null_mut());
        }
    }
    job.1
}

/// Reads in each way.
fn read(subject: &Subject) -> Result<(), Wrong> {
    let cell = &subject.cell;
    let guard = cell.load();
    let snapshot = cell.snapshot();
    let mut reader = cell.reader();
    reader.load();
    let checked = subject
        .check(Guard::version(&guard), &guard)
        .and_then(|()| subject.check(Snapshot::version(&snapshot), &snapshot))
        .and_then(|()| subject.check(reader.version(), reader.peek()));
    if checked.is_err() || cell.version() != reader.version() {
        return Err(Wrong::ShownOther);
    }
    Ok(())
}

/// Writes if nobody was in a write at the fork. Returns whether somebody was.
fn write(subject: &Subject) -> Result<bool, Wrong> {
    let cell = &subject.cell;
    if let Some(mut txn) = cell.try_write() {
        let version = txn.advance();
        drop(txn.commit());
        if subject.advance() != version + 1 || cell.version() != version + 1 {
            return Err(Wrong::OwnWriteUnseen);
        }
        return Ok(false);
    }
    let start = Instant::now();
    let panic = catch_unwind(AssertUnwindSafe(|| subject.advance())).err().ok_or(Wrong::LockUnsure)?;
    if start.elapsed() > AT_ONCE {
        return Err(Wrong::ToldLate);
    }
    if !panic.downcast::<String>().is_ok_and(|said| said.contains(GONE)) {
        return Err(Wrong::NotTold);
    }
    // What the message says that can be done.
    let own = CowCell::new(Payload::clone(&cell.snapshot()));
    let version = own.update(Payload::advance);
    if own.load().check(subject.id, version).is_err() {
        return Err(Wrong::OwnWriteUnseen);
    }
    Ok(true)
}
