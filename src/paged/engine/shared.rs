//! [`is_shared`]: whether a node may be changed where it is.

use std::sync::Arc;
use std::sync::atomic::{Ordering, fence};

/// Returns `true` if somebody else has this too. They may let go of it at any moment, but what is not shared stays so while what is
/// above it is not shared either. Nothing in here has a `Weak`.
///
/// It takes no locked operation, as `Arc::get_mut` does. A way down asks for each node on it, from the top.
pub(in crate::paged) fn is_shared<T: ?Sized>(node: &Arc<T>) -> bool {
    if Arc::strong_count(node) > 1 {
        return true;
    }
    // Synchronises with each release by which somebody has let go of the node: the count that was read is what they left. Before
    // that they were done with what is below it, or had counted it for a copy of the node. So the counts below are read after
    // theirs, and what is below the last node may be written.
    fence(Ordering::Acquire);
    false
}
