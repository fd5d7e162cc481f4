//! A [`Watch`] as a [`Stream`].

use crate::{Update, Watch, Watched};
use futures_core::Stream;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Tells of each new version, as [`changed`](Watch::changed) does. A watch that lags skips versions.
///
/// It ends when the container is gone. A watch that keeps its container never ends.
///
/// A stream leaves a waker at the container when it has nothing to tell. The next poll takes that back, and so does the drop of
/// the watch.
///
/// The method [`next`](Watch::next) of a watch is not that of `StreamExt`: it sleeps, and with it the thread of the executor.
/// Call `StreamExt::next(&mut watch)`. A watch that does not keep its container is an iterator as well, so there an adapter is to
/// be named in full: `StreamExt::map(watch, …)`.
///
/// # Panics
///
/// A poll panics as that of [`changed`](Watch::changed) does.
///
/// # Examples
///
/// ```
/// # use std::task::{Context, Poll, Waker};
/// use futures_core::Stream;
/// use readmostly::{CowCell, Update, Watch};
/// use std::pin::pin;
/// use std::sync::Arc;
///
/// fn updates(cell: &Arc<CowCell<u32>>) -> impl Stream<Item = Update<u32>> + use<> {
///     Watch::new(Arc::clone(cell)).downgrade()
/// }
///
/// let cell = Arc::new(CowCell::new(1));
/// let mut updates = pin!(updates(&cell));
/// # let mut cx = Context::from_waker(Waker::noop());
/// assert!(updates.as_mut().poll_next(&mut cx).is_pending());
/// cell.replace(2);
/// let Poll::Ready(Some(update)) = updates.as_mut().poll_next(&mut cx) else { unreachable!() };
/// assert_eq!((*update.old, *update.new), (1, 2));
/// drop(cell);
/// assert!(matches!(updates.poll_next(&mut cx), Poll::Ready(None)));
/// ```
///
/// Computes in **O(1)** time for each poll.
impl<W: Watched + Unpin> Stream for Watch<W> {
    type Item = Update<W::Value>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_update(context.waker())
    }
}
