//! The watch of a [`Weak`]: it does not keep its container, and ends when that is gone.

use super::{Waiting, Watch, Watched};
use crate::cell::sealed::Sealed;
use crate::cell::{CowCell, Source, Update};
use std::future::{Future, poll_fn};
use std::iter::FusedIterator;
use std::sync::{Arc, Weak};

impl<S: Source> Sealed for Weak<S> {}

impl<S: Source> Watched for Weak<S> {
    type Value = S::Value;

    fn with_cell<R>(&self, f: impl FnOnce(&CowCell<S::Value>) -> R) -> Option<R> {
        let source = self.upgrade()?;
        let result = f(source.cell());
        // This may be the last to hold the container. Dropping that wakes all that sleep, this watch included. It comes while
        // `result` is a local: a result that is made already is leaked if it panics.
        drop(source);
        Some(result)
    }
}

impl<S: Source> Watch<Arc<S>> {
    /// Makes a watch that does not keep the container, and ends when that is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Watch};
    /// use std::sync::Arc;
    ///
    /// let cell = Arc::new(CowCell::new(1));
    /// let watch = Watch::new(Arc::clone(&cell)).downgrade();
    /// let thread = std::thread::spawn(move || watch.count());
    /// drop(cell);
    /// assert_eq!(thread.join().unwrap(), 0);
    /// ```
    ///
    /// Computes in **O(1)** time.
    #[must_use = "the watch that is returned takes the place of this one"]
    pub fn downgrade(mut self) -> Watch<Weak<S>> {
        let weak = Watch::starting_from(self.seen.take(), self.number, Arc::downgrade(&self.watched));
        // While `weak` is a local: this may be the end of the container.
        drop(self);
        weak
    }
}

/// Sleeps until there is a newer version than the one seen, and returns both; ends when the container is gone.
///
/// Panics as [`Watch::next`] does. A look may be the last that holds the container. Then the wakers of other watches and the
/// destructors of its versions run here, and a panic of theirs reaches the caller.
impl<S: Source> Iterator for Watch<Weak<S>> {
    type Item = Update<S::Value>;

    fn next(&mut self) -> Option<Self::Item> {
        self.sleep(None)
    }
}

impl<S: Source> FusedIterator for Watch<Weak<S>> {}

impl<S: Source> Watch<Weak<S>> {
    /// Returns a future that waits for a newer version than the one seen, and returns both; or `None` when the container is
    /// gone.
    ///
    /// See [`changed`](Watch::changed).
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::future::Future;
    /// # use std::pin::pin;
    /// # use std::task::{Context, Poll, Waker};
    /// use readmostly::{CowCell, Watch};
    /// use std::sync::Arc;
    ///
    /// let cell = Arc::new(CowCell::new(1));
    /// let mut watch = Watch::new(Arc::clone(&cell)).downgrade();
    /// let mut changed = pin!(watch.changed());
    /// # let mut cx = Context::from_waker(Waker::noop());
    /// assert!(changed.as_mut().poll(&mut cx).is_pending());
    /// drop(cell);
    /// assert!(matches!(changed.poll(&mut cx), Poll::Ready(None)));
    /// ```
    ///
    /// Computes in the time that [`changed`](Watch::changed) of a watch does.
    pub fn changed(&mut self) -> impl Future<Output = Option<Update<S::Value>>> + Send
    where
        S: Send + Sync,
        S::Value: Send + Sync,
    {
        let watch = Waiting(self);
        poll_fn(move |context| watch.0.poll_update(context.waker()))
    }

    /// Returns `true` if the container is gone.
    ///
    /// # Examples
    ///
    /// ```
    /// use readmostly::{CowCell, Watch};
    /// use std::sync::Arc;
    ///
    /// let cell = Arc::new(CowCell::new(1));
    /// let mut watch = Watch::new(Arc::clone(&cell)).downgrade();
    /// assert!(watch.try_next().is_none() && !watch.is_closed());
    /// drop(cell);
    /// assert!(watch.try_next().is_none() && watch.is_closed());
    /// ```
    ///
    /// Computes in **O(1)** time.
    pub fn is_closed(&self) -> bool {
        self.watched.strong_count() == 0
    }
}
