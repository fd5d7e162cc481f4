//! What does it cost to tell others of a new version, and how soon are they told?
//!
//! `cargo bench --bench watch`. An `Arc` is published, or what the library makes of a value, to none, one or eight watches. They
//! are awake, or each has left a waker, which counts. *By hand* is what a user writes without a crate: a value and its number
//! behind a mutex, with a condition variable for threads and a list of wakers for tasks.
//!
//! The latency is that from before a publish until a thread that slept has the new value. Both threads are bound to a
//! processor each. A sleeper has had the time to fall asleep. A task's thread runs it by an executor of a few lines, which parks.

use hdrhistogram::Histogram;
use readmostly::CowCell;
use readmostly_benches::report::{Report, Target};
use readmostly_benches::{Contender, Role, Trial, mean_of, race, time, time_each, together};
use std::future::{Future, poll_fn};
use std::hint::{black_box, spin_loop};
use std::mem;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How many watches there are.
const WATCHES: [usize; 3] = [0, 1, 8];

const ROUNDS: usize = 31;

const SPAN: Duration = Duration::from_millis(5);

/// How often a thread is woken in a turn.
const WAKES: u64 = 300;

/// How long a thread has to fall asleep.
const PAUSE: Duration = Duration::from_micros(60);

const CONDVAR: &str = "Mutex and Condvar by hand";
const TOKIO: &str = "tokio watch";

/// A task that takes each new value, or the last one of several, and waits again.
type Watching<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// A value that others wait for.
trait Channel: Sync {
    fn publish(&self, value: u64);

    /// Makes a task that watches.
    fn watch(&self) -> Watching<'_>;

    /// Calls `told` with each value that this thread is told of, until that returns false. Says that it is `ready` before.
    fn sleep(&self, ready: &dyn Fn(), told: &mut dyn FnMut(u64) -> bool);
}

/// A contender in cache lines of its own.
#[repr(align(128))]
struct Ours(CowCell<u64>);

impl Channel for Ours {
    fn publish(&self, value: u64) {
        drop(self.0.replace(value));
    }

    fn watch(&self) -> Watching<'_> {
        let mut watch = self.0.watch();
        Box::pin(async move {
            loop {
                black_box(*watch.changed().await.new);
            }
        })
    }

    fn sleep(&self, ready: &dyn Fn(), told: &mut dyn FnMut(u64) -> bool) {
        let mut watch = self.0.watch();
        ready();
        while told(*watch.next().new) {}
    }
}

/// The library, from a task.
#[repr(align(128))]
struct OursAsTask(CowCell<u64>);

impl Channel for OursAsTask {
    fn publish(&self, value: u64) {
        drop(self.0.replace(value));
    }

    fn watch(&self) -> Watching<'_> {
        unreachable!("it takes part in the latency alone")
    }

    fn sleep(&self, ready: &dyn Fn(), told: &mut dyn FnMut(u64) -> bool) {
        let mut watch = self.0.watch();
        ready();
        block_on(async { while told(*watch.changed().await.new) {} });
    }
}

#[repr(align(128))]
struct Tokio(tokio::sync::watch::Sender<Arc<u64>>);

impl Channel for Tokio {
    fn publish(&self, value: u64) {
        drop(self.0.send_replace(Arc::new(value)));
    }

    fn watch(&self) -> Watching<'_> {
        let mut receiver = self.0.subscribe();
        Box::pin(async move {
            loop {
                receiver.changed().await.expect("the sender is there");
                let value = Arc::clone(&receiver.borrow_and_update());
                black_box(*value);
            }
        })
    }

    fn sleep(&self, ready: &dyn Fn(), told: &mut dyn FnMut(u64) -> bool) {
        let mut receiver = self.0.subscribe();
        ready();
        block_on(async {
            loop {
                receiver.changed().await.expect("the sender is there");
                let value = Arc::clone(&receiver.borrow_and_update());
                if !told(*value) {
                    break;
                }
            }
        });
    }
}

#[derive(Default)]
#[repr(align(128))]
struct ByHand {
    current: Mutex<Numbered>,
    published: Condvar,
}

#[derive(Default)]
struct Numbered {
    number: u64,
    value: Arc<u64>,
    asleep: Vec<Waker>,
}

impl ByHand {
    /// The number and the value, if that is another number.
    fn newer_than(current: &Numbered, seen: u64) -> Option<(u64, Arc<u64>)> {
        (current.number > seen).then(|| (current.number, Arc::clone(&current.value)))
    }

    fn number(&self) -> u64 {
        self.current.lock().expect("nobody panics").number
    }
}

impl Channel for ByHand {
    fn publish(&self, value: u64) {
        let value = Arc::new(value);
        let mut current = self.current.lock().expect("nobody panics");
        current.number += 1;
        let before = mem::replace(&mut current.value, value);
        let asleep = mem::take(&mut current.asleep);
        drop(current);
        self.published.notify_all();
        asleep.into_iter().for_each(Waker::wake);
        drop(before);
    }

    fn watch(&self) -> Watching<'_> {
        let mut seen = self.number();
        Box::pin(poll_fn(move |context| {
            let mut current = self.current.lock().expect("nobody panics");
            if let Some((number, value)) = Self::newer_than(&current, seen) {
                seen = number;
                black_box(*value);
            }
            current.asleep.push(context.waker().clone());
            Poll::Pending
        }))
    }

    fn sleep(&self, ready: &dyn Fn(), told: &mut dyn FnMut(u64) -> bool) {
        let mut seen = self.number();
        ready();
        loop {
            let current = self.current.lock().expect("nobody panics");
            let is_old = |current: &mut Numbered| current.number == seen;
            let current = self.published.wait_while(current, is_old).expect("nobody panics");
            let (number, value) = Self::newer_than(&current, seen).expect("it has waited for that");
            drop(current);
            seen = number;
            if !told(*value) {
                break;
            }
        }
    }
}

fn main() {
    let question = "What does it cost to tell others of a new version, and how soon are they told?";
    let mut report = Report::start(env!("CARGO_TARGET_TMPDIR"), "watch", question);
    publishes(&mut report);
    let found = latencies(&mut report);
    for (percentile, ratio) in ["p50", "p99"].into_iter().zip(found) {
        let what = format!("a thread that sleeps is woken, {percentile}");
        report.reach(&what, CONDVAR, Target::AtMost(1.2), &[(String::new(), ratio)]);
    }
    report.finish();
}

fn contenders() -> Vec<Contender<dyn Channel>> {
    vec![
        Contender {
            name: "readmostly CowCell, Watch",
            role: Role::Ours,
            subject: Box::new(Ours(CowCell::new(0))),
        },
        Contender { name: CONDVAR, role: Role::Rival, subject: Box::new(ByHand::default()) },
        Contender {
            name: TOKIO,
            role: Role::Rival,
            subject: Box::new(Tokio(tokio::sync::watch::Sender::new(Arc::new(0)))),
        },
    ]
}

fn publishes(report: &mut Report) {
    let (rounds, span) = (report.rounds(ROUNDS), report.span(SPAN));
    let (mut awake, mut asleep, mut told) = (Vec::new(), Vec::new(), Vec::new());
    for watches in WATCHES {
        let mut contenders = contenders();
        let trial = Trial::run(rounds, &mut contenders, |channel| {
            let watching: Vec<_> = (0..watches).map(|_| channel.watch()).collect();
            let nanoseconds = time_each(span, || channel.publish(black_box(1)));
            drop(watching);
            nanoseconds
        });
        awake.push((watches, trial));
        if watches == 0 {
            continue;
        }
        let turns = race(rounds, &mut contenders, |it| publish_and_tell(&*it.subject, watches, span));
        let [publish, tell] = Trial::split(&contenders, &turns);
        asleep.push((watches, publish));
        told.push((watches, tell));
    }
    report.by_size("publish, by the number of watches that are awake, ns", &awake);
    report.by_size("publish, by the number of wakers that it wakes, ns", &asleep);
    report.by_size("a task that was woken takes the value and waits again, each of so many, ns", &told);
}

/// How long a publish takes that wakes as many tasks as there are `watches`, and how long each task takes after that to be
/// told and to leave its waker again.
fn publish_and_tell(channel: &dyn Channel, watches: usize, span: Duration) -> [f64; 2] {
    let counter = Arc::new(Counter(AtomicU64::new(0)));
    let waker = Waker::from(Arc::clone(&counter));
    let mut watching: Vec<_> = (0..watches).map(|_| channel.watch()).collect();
    let mut wait = || {
        for watching in &mut watching {
            assert!(watching.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        }
    };
    wait();
    let (mut publishes, mut publishing) = (0, 0.0);
    let telling = mean_of(span, || {
        publishing += time(|| channel.publish(black_box(1)));
        publishes += 1;
        assert_eq!(counter.0.load(Ordering::Relaxed), publishes * watches as u64, "each was woken");
        time(&mut wait)
    });
    [publishing / publishes as f64, telling / watches as f64]
}

struct Counter(AtomicU64);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Shows the latencies, and returns the ratios of ours to the condition variable's.
fn latencies(report: &mut Report) -> [f64; 2] {
    let (rounds, wakes) = (report.rounds(ROUNDS), if report.is_quick() { 30 } else { WAKES });
    let mut contenders = contenders();
    contenders.insert(
        1,
        Contender {
            name: "readmostly CowCell, Watch as a task",
            role: Role::Ours,
            subject: Box::new(OursAsTask(CowCell::new(0))),
        },
    );
    let turns = race(rounds, &mut contenders, |it| latency(&*it.subject, wakes));
    let trials = Trial::split::<_, 2>(&contenders, &turns);
    let [p50, p99] = &trials;
    let columns = [("p50".to_owned(), p50), ("p99".to_owned(), p99)];
    report.table("from a publish until a thread that slept has the value, ns", &columns);
    trials.map(|trial| trial.ratio(trial.ours().unwrap_or(""), CONDVAR).unwrap_or(f64::NAN))
}

/// The median and the 99th percentile of what it takes to wake a thread.
fn latency(channel: &dyn Channel, wakes: u64) -> [f64; 2] {
    let start = Instant::now();
    let now = || u64::try_from(start.elapsed().as_nanos()).expect("the run is not that long");
    // How often the thread has gone to sleep.
    let slept = AtomicU64::new(0);
    let publishes = || {
        for wake in 1..=wakes {
            while slept.load(Ordering::Acquire) < wake {
                spin_loop();
            }
            let since = Instant::now();
            while since.elapsed() < PAUSE {
                spin_loop();
            }
            channel.publish(now());
        }
    };
    let sleeps = || {
        let mut latencies =
            Histogram::<u64>::new_with_bounds(1, 1 << 36, 3).expect("the bounds are in order");
        let go_to_sleep = || _ = slept.fetch_add(1, Ordering::Release);
        channel.sleep(&go_to_sleep, &mut |published| {
            latencies.saturating_record(now().saturating_sub(published));
            go_to_sleep();
            latencies.len() < wakes
        });
        [0.5, 0.99].map(|quantile| latencies.value_at_quantile(quantile) as f64)
    };
    together(publishes, sleeps).1
}

/// Runs a task on this thread, which is parked while the task waits.
fn block_on<F: Future>(task: F) -> F::Output {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut task = pin!(task);
    loop {
        match task.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
