//! What the model slot does wrong on purpose: see `sync/mutant.rs`.

use super::{Retired, Version};
use crate::sync::Arc;

/// Waits until the slot's list and the writer alone hold what was replaced.
pub(super) fn when_nobody_else_holds<T>(version: &Arc<Version<T>>) -> Retired<'_, T> {
    while Arc::strong_count(version) > 2 {
        loom::thread::yield_now();
    }
    Retired::new(Arc::clone(version))
}
