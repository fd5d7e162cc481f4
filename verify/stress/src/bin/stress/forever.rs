//! Cells that are there as long as the program, so that thread locals can keep guards of them.

use parking_lot::Mutex;
use std::any::Any;

/// Keeps `value` for ever, in sight of whoever looks for leaks.
pub(crate) fn keep<T: Any + Sync>(value: T) -> &'static T {
    static KEPT: Mutex<Vec<&'static (dyn Any + Sync)>> = Mutex::new(Vec::new());
    let value: &'static T = Box::leak(Box::new(value));
    KEPT.lock().push(value);
    value
}
