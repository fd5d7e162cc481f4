//! [`Trace`]: finds a value while that is alive, and keeps little of its memory afterwards.

use super::Arc;
use std::sync::Weak;

/// What a value in an `Arc` has of itself, for its traces.
///
/// A `Weak` keeps the memory of the whole value. So a large value owns the one that leads to it, which goes with the value, and
/// its traces keep the memory of that: a few words. A small value has none: another block for each value would cost more.
pub(crate) struct Itself<T>(Option<Arc<Weak<T>>>);

/// What is left of a value to those who do not keep it.
pub(crate) enum Trace<T> {
    OfSmall(Weak<T>),
    OfLarge(Weak<Weak<T>>),
}

/// How many bytes a value that is small may have.
const SMALL: usize = 1024;

impl<T> Itself<T> {
    /// Makes a value that has this.
    #[inline]
    pub(crate) fn within(make: impl FnOnce(Self) -> T) -> Arc<T> {
        if size_of::<T>() <= SMALL {
            Arc::new(make(Self(None)))
        } else {
            Arc::new_cyclic(|weak| make(Self(Some(Arc::new(Weak::clone(weak))))))
        }
    }
}

impl<T> Trace<T> {
    /// A trace of `value`, which has this of itself.
    pub(crate) fn of(value: &Arc<T>, itself: &Itself<T>) -> Self {
        match &itself.0 {
            None => Self::OfSmall(Arc::downgrade(value)),
            Some(weak) => Self::OfLarge(Arc::downgrade(weak)),
        }
    }

    pub(crate) fn find(&self) -> Option<Arc<T>> {
        match self {
            Self::OfSmall(value) => value.upgrade(),
            Self::OfLarge(itself) => itself.upgrade()?.upgrade(),
        }
    }

    pub(crate) fn is_alive(&self) -> bool {
        let holders = match self {
            Self::OfSmall(value) => value.strong_count(),
            Self::OfLarge(itself) => itself.strong_count(),
        };
        holders > 0
    }
}
