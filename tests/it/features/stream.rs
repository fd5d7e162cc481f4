//! A `Watch` as a `Stream`.

use crate::support::watched;
use futures_core::Stream;
use readmostly::{CowCell, CowMap, Update, Watch};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

#[derive(Default)]
struct Told(AtomicUsize);

impl Wake for Told {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<S: Stream + Unpin>(stream: &mut S, told: &Arc<Told>) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(&Waker::from(Arc::clone(told))))
}

#[track_caller]
fn pair<T: Copy>(update: Poll<Option<Update<T>>>) -> (T, T) {
    let Poll::Ready(Some(update)) = update else { panic!("there is news") };
    (*update.old, *update.new)
}

#[test]
fn a_stream_tells_of_each_version_and_leaves_one_waker() {
    let cell = CowCell::new(0);
    let mut watch = cell.watch();
    let (told, next) = (Arc::default(), Arc::default());
    assert!(poll(&mut watch, &told).is_pending());
    // Another task goes on with it.
    assert!(poll(&mut watch, &next).is_pending());
    assert_eq!((Arc::strong_count(&told), Arc::strong_count(&next)), (1, 2));
    cell.replace(1);
    cell.replace(2);
    assert_eq!((told.0.load(Ordering::Relaxed), next.0.load(Ordering::Relaxed)), (0, 1));
    assert_eq!(pair(poll(&mut watch, &told)), (0, 2));
    assert!(poll(&mut watch, &told).is_pending());
    cell.replace(3);
    // What the stream has not told of, the watch does, and the other way round.
    assert_eq!(*watch.next().new, 3);
    assert!(poll(&mut watch, &told).is_pending());
    drop(watch);
    assert_eq!((Arc::strong_count(&told), Arc::strong_count(&next)), (1, 1));
}

#[test]
fn a_stream_ends_with_its_container_and_not_before() {
    let map = Arc::new(CowMap::from([(1, 1)]));
    let told = Arc::default();
    let mut kept = Watch::new(Arc::clone(&map));
    let mut watch = Watch::new(Arc::clone(&map)).downgrade();
    assert!(poll(&mut watch, &told).is_pending());
    drop(map);
    // The other watch keeps it.
    assert!(poll(&mut watch, &told).is_pending() && poll(&mut kept, &told).is_pending());
    drop(kept);
    assert_eq!(told.0.load(Ordering::Relaxed), 1);
    for _ in 0..2 {
        assert!(matches!(poll(&mut watch, &told), Poll::Ready(None)));
    }
}

/// Wakes a thread, as the smallest executor does.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_task_that_follows_sees_each_version_until_the_end() {
    watched(|| {
        let cell = Arc::new(CowCell::new(0));
        let (say, said) = mpsc::channel();
        let watch = Watch::new(Arc::clone(&cell)).downgrade();
        let follower = thread::spawn(move || block_on(last(Adapter(watch), |seen| say.send(seen).unwrap())));
        for n in 1..=1_000 {
            cell.update(|there| *there = n);
            // One that is published after the last look before the end is not told of. So each is waited for.
            assert_eq!(said.recv(), Ok(n));
        }
        drop(cell);
        assert_eq!(follower.join().unwrap(), 1_000);
    });
}

/// What an adapter does: it knows of the stream and of nothing else.
struct Adapter<S>(S);

impl<S: Stream + Unpin> Stream for Adapter<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}

async fn last(mut updates: impl Stream<Item = Update<u64>> + Unpin, tell: impl Fn(u64)) -> u64 {
    let mut last = 0;
    while let Some(update) = poll_fn(|context| Pin::new(&mut updates).poll_next(context)).await {
        assert_eq!(*update.old, last);
        last = *update.new;
        tell(last);
    }
    last
}
