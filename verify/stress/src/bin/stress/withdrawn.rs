//! A sandbox that is entered late, and refuses the system's barrier while readers and writers rely on it. It cannot be left
//! again, so each trial is a process of its own: this program, with a hidden option.

#![expect(unsafe_code, reason = "std enters no sandbox")]

use crate::args::Whom;
use crate::payload;
use crate::promises;
use crate::report::Report;
use crate::stage::{Part, Stage, Worker};
use crate::subject::{Subject, View};
use readmostly::Guard;
use std::io::{self, Read};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const READERS: usize = 3;
/// How long a trial takes, half of it with the barrier and half without.
const TRIAL: Duration = Duration::from_millis(300);
/// What a trial says that has no filter, or had no barrier to begin with.
const IMPOSSIBLE: u8 = 3;

/// Has one trial after the other. A child's violations count here.
pub(crate) fn play(stage: &Stage<'_>) {
    let (trials, impossible) = (AtomicU64::new(0), AtomicU64::new(0));
    let part: Part<'_> = Box::new(|worker, _| {
        for whom in [Whom::All, Whom::One].into_iter().cycle() {
            if !stage.is_running() {
                break;
            }
            match trial(stage, worker, whom) {
                Ok(possible) => _ = impossible.fetch_add((!possible).into(), Ordering::Relaxed),
                Err(what) => return stage.violation(|| what),
            }
            trials.fetch_add(1, Ordering::Relaxed);
        }
    });
    stage.play(vec![part], Vec::new());
    let (trials, impossible) = (trials.into_inner(), impossible.into_inner());
    stage.note(format!(
        "withdrawn: {trials} processes have entered a sandbox, of which {impossible} could not, or had no barrier"
    ));
}

/// Returns whether it was possible to withdraw the barrier.
fn trial(stage: &Stage<'_>, worker: &Worker, whom: Whom) -> Result<bool, String> {
    let failed = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let program = std::env::current_exe().map_err(failed("the program is not found"))?;
    let mut child = Command::new(program)
        .args(["--inside", whom.name(), "--patience", &stage.patience().as_secs().to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed("a trial was not started"))?;
    let status = wait_for(&mut child, stage, worker)?;
    let mut said = String::new();
    // One line, which is in the pipe since the child has ended.
    child
        .stdout
        .take()
        .map_or(Ok(0), |mut out| out.read_to_string(&mut said))
        .map_err(failed("no figures"))?;
    if status == Some(IMPOSSIBLE.into()) {
        return Ok(false);
    }
    if status != Some(0) {
        return Err(format!("a trial ended with {status:?}, and said: {}", said.trim()));
    }
    let figures: Vec<u64> = said.split_whitespace().map_while(|word| word.parse().ok()).collect();
    let [reads, writes, versions] = figures[..] else { return Err(format!("a trial said: {said}")) };
    worker.counted(reads, writes, versions);
    Ok(true)
}

/// Waits until the child has ended, or ends it when it seems to hang. It has a watchdog of its own.
fn wait_for(child: &mut Child, stage: &Stage<'_>, worker: &Worker) -> Result<Option<i32>, String> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.code()),
            Ok(None) if start.elapsed() > 2 * stage.patience() + TRIAL => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("a trial has hung".to_owned());
            }
            Ok(None) => {}
            Err(error) => return Err(format!("a trial cannot be waited for: {error}")),
        }
        worker.step();
        thread::sleep(Duration::from_millis(1));
    }
}

/// A trial, in the child.
pub(crate) fn inside(whom: Whom, patience: Duration) -> ExitCode {
    let report = Report::new();
    let stage = Stage::new("withdrawn", TRIAL, patience, &report);
    let cells = [Subject::new(18), Subject::new(19)];
    for cell in &cells {
        cell.advance();
    }
    if !barrier_is_there() {
        return ExitCode::from(IMPOSSIBLE);
    }
    let entered = thread::scope(|s| {
        let ((say, said), (tell, told)) = (channel(), channel());
        let (stage, cells) = (&stage, &cells);
        s.spawn(move || stand_still(stage, cells, &say, &told));
        let _ = said.recv();
        let entered = read_and_write(stage, cells, whom);
        let kept = payload::alive();
        if entered && kept <= 2 {
            stage.violation(|| {
                "a version was freed under a thread that did not know of the withdrawal".to_owned()
            });
        }
        // Every thread has ended or reads again, so the next write frees all.
        let _ = tell.send(());
        let _ = said.recv();
        for cell in cells {
            drop(cell.cell.load());
            cell.advance();
        }
        promises::all_else_is_freed(stage, 2, || {});
        let _ = tell.send(());
        entered
    });
    drop(cells);
    stage.close();
    let row = report.sum();
    match (&row.first, entered) {
        (Some(first), _) => {
            println!("{first}");
            ExitCode::FAILURE
        }
        (None, false) => ExitCode::from(IMPOSSIBLE),
        (None, true) => {
            println!("{} {} {}", row.reads, row.writes, row.versions);
            ExitCode::SUCCESS
        }
    }
}

/// A thread that has loaded before the barrier is withdrawn, and does nothing until it is told to.
fn stand_still(stage: &Stage<'_>, cells: &[Subject; 2], say: &Sender<()>, told: &Receiver<()>) {
    let counts = Worker::default();
    let mut views = cells.each_ref().map(|cell| View::new(stage, &counts, cell));
    for view in &mut views {
        drop(view.guard());
    }
    // A reader keeps its version: this thread is to keep nothing by what it holds.
    drop(views);
    let _ = say.send(());
    let _ = told.recv();
    for cell in cells {
        View::new(stage, &counts, cell).last_look();
    }
    let _ = say.send(());
    let _ = told.recv();
}

/// Readers and writers, of whom one enters the sandbox. Returns whether it could.
fn read_and_write(stage: &Stage<'_>, cells: &[Subject; 2], whom: Whom) -> bool {
    let start = Instant::now();
    let entered = AtomicU64::new(0);
    let writer = |id: usize| -> Part<'_> {
        let entered = &entered;
        Box::new(move |worker, _| {
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            let mut enters = id == 0;
            for n in id.. {
                if !stage.is_running() {
                    break;
                }
                views[n % 2].write();
                views[n % 2].look(n);
                if enters && start.elapsed() > TRIAL / 2 {
                    enters = false;
                    entered.fetch_add(enter(whom).into(), Ordering::Relaxed);
                }
            }
        })
    };
    let reader = |id: usize| -> Part<'_> {
        Box::new(move |worker, _| {
            let mut views = cells.each_ref().map(|cell| View::new(stage, worker, cell));
            for n in id.. {
                if !stage.is_open() {
                    break;
                }
                let held = views.each_mut().map(View::guard);
                views[n % 2].look(n);
                for (view, guard) in views.iter().zip(held) {
                    view.check_held(Guard::version(&guard), &guard);
                }
            }
        })
    };
    stage.play((0..2).map(writer).collect(), (0..READERS).map(reader).collect());
    entered.into_inner() > 0
}

/// `MEMBARRIER_CMD_PRIVATE_EXPEDITED`, for which the library has registered the process.
fn barrier_is_there() -> bool {
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    // SAFETY: it touches no memory.
    unsafe { libc::syscall(libc::SYS_membarrier, PRIVATE_EXPEDITED, 0, 0) == 0 }
}

/// Refuses the barrier to all threads of the process or to this one, and returns whether that is so now.
fn enter(whom: Whom) -> bool {
    let number = u32::try_from(libc::SYS_membarrier).expect("the numbers of calls are small");
    let eperm = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();
    // Load the call's number; if it is this one, the first answer, or else the second.
    let step = |code: u32, jf: u8, k: u32| libc::sock_filter {
        code: u16::try_from(code).expect("an operation has 16 bits"),
        jt: 0,
        jf,
        k,
    };
    let mut filter = [
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
        step(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, 1, number),
        step(libc::BPF_RET | libc::BPF_K, 0, eperm),
        step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    let flags = match whom {
        Whom::All => libc::SECCOMP_FILTER_FLAG_TSYNC,
        Whom::One => 0,
    };
    // SAFETY: the kernel copies the program, which lives until then.
    let entered = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
            && libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program) == 0
    };
    entered && !barrier_is_there()
}
