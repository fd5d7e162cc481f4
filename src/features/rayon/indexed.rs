//! Parallel iterators that know how many elements they have, and can be cut at each of them.

/// Implements rayon's iterators for `$iter`, whose field `part` is a `$part`: something that has a length. The closures walk over a part, and
/// cut one at an index.
macro_rules! indexed {
    ($([$($generics:tt)*] $iter:ty, $part:ty => $item:ty, $walk:ty,
        |$walked:ident| $walks:expr, |$whole:ident, $index:ident| $parts:expr;)*
    ) => {$(
        impl<$($generics)*> rayon::iter::ParallelIterator for $iter {
            type Item = $item;

            fn drive_unindexed<C>(self, consumer: C) -> C::Result
            where
                C: rayon::iter::plumbing::UnindexedConsumer<Self::Item>,
            {
                rayon::iter::plumbing::bridge(self, consumer)
            }

            fn opt_len(&self) -> Option<usize> {
                Some(self.part.len())
            }
        }

        impl<$($generics)*> rayon::iter::IndexedParallelIterator for $iter {
            fn len(&self) -> usize {
                self.part.len()
            }

            fn drive<C: rayon::iter::plumbing::Consumer<Self::Item>>(self, consumer: C) -> C::Result {
                rayon::iter::plumbing::bridge(self, consumer)
            }

            fn with_producer<C>(self, callback: C) -> C::Output
            where
                C: rayon::iter::plumbing::ProducerCallback<Self::Item>,
            {
                callback.callback($crate::features::rayon::Cut(self.part))
            }
        }

        impl<$($generics)*> rayon::iter::plumbing::Producer for $crate::features::rayon::Cut<$part> {
            type Item = $item;
            type IntoIter = $walk;

            fn into_iter(self) -> $walk {
                let $walked = self.0;
                $walks
            }

            fn split_at(self, $index: usize) -> (Self, Self) {
                let $whole = self.0;
                let (before, after) = $parts;
                (Self(before), Self(after))
            }
        }
    )*};
}

pub(super) use indexed;

/// A part of a collection, for one thread.
pub(super) struct Cut<P>(pub(super) P);
