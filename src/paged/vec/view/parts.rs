//! The methods that return views of parts of a vector, or of a view of one.

/// Writes these methods. For the examples, `$it` is code that makes an `it` of the numbers from 1 to 5. `$life` is the lifetime
/// of what they return.
macro_rules! parts {
    ($life:lifetime, $it:literal) => {
        /// Returns the first element and a view of the others, or `None` if there is none.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let (first, rest) = it.split_first().unwrap();
        /// assert!(*first == 1 && rest == [2, 3, 4, 5]);
        /// ```
        ///
        /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular.
        pub fn split_first(&self) -> Option<(&$life T, Slice<$life, T>)> {
            let whole = self.range(..);
            Some((whole.first()?, whole.range(1..)))
        }

        /// Returns the last element and a view of the others, or `None` if there is none.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let (last, rest) = it.split_last().unwrap();
        /// assert!(*last == 5 && rest == [1, 2, 3, 4]);
        /// ```
        ///
        /// Computes in **O(1)** time, or **O(log pages)** where the pages are irregular.
        pub fn split_last(&self) -> Option<(&$life T, Slice<$life, T>)> {
            let whole = self.range(..);
            Some((whole.last()?, whole.range(..whole.len() - 1)))
        }

        /// Returns views of the elements before index `mid` and of those from it on.
        ///
        /// # Panics
        ///
        /// Panics if `mid > len`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let (before, after) = it.split_at(2);
        /// assert!(before == [1, 2] && after == [3, 4, 5]);
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[must_use]
        #[track_caller]
        pub fn split_at(&self, mid: usize) -> (Slice<$life, T>, Slice<$life, T>) {
            self.split_at_checked(mid).expect("mid > len")
        }

        /// Returns views of the elements before index `mid` and of those from it on, or `None` if `mid > len`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.split_at_checked(5).is_some());
        /// assert!(it.split_at_checked(6).is_none());
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[must_use]
        pub fn split_at_checked(&self, mid: usize) -> Option<(Slice<$life, T>, Slice<$life, T>)> {
            (mid <= self.len()).then(|| (self.range(..mid), self.range(mid..)))
        }

        /// Returns a view of the elements after `prefix`, or `None` if it does not begin with that.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.strip_prefix(&[1, 2]).is_some_and(|rest| rest == [3, 4, 5]));
        /// assert!(it.strip_prefix(&[2]).is_none());
        /// ```
        ///
        /// Computes in **O(m)** time.
        #[must_use]
        pub fn strip_prefix(&self, prefix: &[T]) -> Option<Slice<$life, T>>
        where
            T: PartialEq,
        {
            self.starts_with(prefix).then(|| self.range(prefix.len()..))
        }

        /// Returns a view of the elements before `suffix`, or `None` if it does not end with that.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.strip_suffix(&[4, 5]).is_some_and(|rest| rest == [1, 2, 3]));
        /// assert!(it.strip_suffix(&[4]).is_none());
        /// ```
        ///
        /// Computes in **O(m)** time.
        #[must_use]
        pub fn strip_suffix(&self, suffix: &[T]) -> Option<Slice<$life, T>>
        where
            T: PartialEq,
        {
            self.ends_with(suffix).then(|| self.range(..self.len() - suffix.len()))
        }

        /// Returns an iterator over views of all runs of `size` consecutive elements.
        ///
        /// The views are no slices, since one may lie in more than one page.
        ///
        /// # Panics
        ///
        /// Panics if `size` is zero.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let sums: Vec<i32> = it.windows(2).map(|pair| pair[0] + pair[1]).collect();
        /// assert_eq!(sums, [3, 5, 7, 9]);
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[track_caller]
        pub fn windows(&self, size: usize) -> Windows<$life, T> {
            Windows::new(self.range(..), size)
        }

        /// Returns an iterator over views of `size` elements each. The last view has what remains.
        ///
        /// The views are no slices, since one may lie in more than one page.
        ///
        /// # Panics
        ///
        /// Panics if `size` is zero.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let sums: Vec<i32> = it.chunks(2).map(|chunk| chunk.iter().sum()).collect();
        /// assert_eq!(sums, [3, 7, 5]);
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[track_caller]
        pub fn chunks(&self, size: usize) -> Chunks<$life, T> {
            Chunks::new(self.range(..), size)
        }

        /// Returns an iterator over views of exactly `size` elements each.
        ///
        /// It leaves out what remains at the end. [`remainder`](ChunksExact::remainder) returns a view of that.
        ///
        /// # Panics
        ///
        /// Panics if `size` is zero.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let chunks = it.chunks_exact(2);
        /// assert!(chunks.remainder() == [5]);
        /// assert!(chunks.eq([[1, 2], [3, 4]]));
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[track_caller]
        pub fn chunks_exact(&self, size: usize) -> ChunksExact<$life, T> {
            ChunksExact::new(self.range(..), size)
        }

        /// Returns an iterator over views of `size` elements each, from the end on. The last view has what remains.
        ///
        /// The views are no slices, since one may lie in more than one page.
        ///
        /// # Panics
        ///
        /// Panics if `size` is zero.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let sums: Vec<i32> = it.rchunks(2).map(|chunk| chunk.iter().sum()).collect();
        /// assert_eq!(sums, [9, 5, 1]);
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[track_caller]
        pub fn rchunks(&self, size: usize) -> RChunks<$life, T> {
            RChunks::new(self.range(..), size)
        }

        /// Returns an iterator over views of exactly `size` elements each, from the end on.
        ///
        /// It leaves out what remains at the beginning. [`remainder`](RChunksExact::remainder) returns a view of that.
        ///
        /// # Panics
        ///
        /// Panics if `size` is zero.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let chunks = it.rchunks_exact(2);
        /// assert!(chunks.remainder() == [1]);
        /// assert!(chunks.eq([[4, 5], [2, 3]]));
        /// ```
        ///
        /// Computes in **O(1)** time.
        #[track_caller]
        pub fn rchunks_exact(&self, size: usize) -> RChunksExact<$life, T> {
            RChunksExact::new(self.range(..), size)
        }

        /// Returns an iterator over views of the longest runs in which `same` returns `true` for each element and the next one.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.chunk_by(|a, b| *a != 2 && b != a).eq([&[1, 2][..], &[3, 4, 5]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn chunk_by<F: FnMut(&T, &T) -> bool>(&self, same: F) -> ChunkBy<$life, T, F> {
            ChunkBy::new(self.range(..), same)
        }

        /// Returns an iterator over views of the elements between those for which `pred` returns `true`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.split(|n| n % 3 == 0).eq([[1, 2], [4, 5]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn split<F: FnMut(&T) -> bool>(&self, pred: F) -> Split<$life, T, F> {
            Split::new(self.range(..), pred)
        }

        /// Returns an iterator over views that each end with an element for which `pred` returns `true`, or at the end.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.split_inclusive(|n| n % 3 == 0).eq([&[1, 2, 3][..], &[4, 5]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn split_inclusive<F: FnMut(&T) -> bool>(&self, pred: F) -> SplitInclusive<$life, T, F> {
            SplitInclusive::new(self.range(..), pred)
        }

        /// Returns an iterator over views as [`split`](Self::split) does, from the end on.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.rsplit(|n| n % 3 == 0).eq([[4, 5], [1, 2]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn rsplit<F: FnMut(&T) -> bool>(&self, pred: F) -> RSplit<$life, T, F> {
            RSplit::new(self.range(..), pred)
        }

        /// Returns an iterator over at most `n` views of [`split`](Self::split). The last has all elements that are left.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.splitn(2, |n| n % 2 == 0).eq([&[1][..], &[3, 4, 5]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn splitn<F: FnMut(&T) -> bool>(&self, n: usize, pred: F) -> SplitN<$life, T, F> {
            SplitN::new(self.range(..), n, pred)
        }

        /// Returns an iterator over at most `n` views of [`rsplit`](Self::rsplit). The last has all elements that are left.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.rsplitn(2, |n| n % 2 == 0).eq([&[5][..], &[1, 2, 3]]));
        /// ```
        ///
        /// Computes in **O(1)** time, and the whole walk in **O(n)**.
        pub fn rsplitn<F: FnMut(&T) -> bool>(&self, n: usize, pred: F) -> RSplitN<$life, T, F> {
            RSplitN::new(self.range(..), n, pred)
        }
    };
}
pub(in crate::paged::vec) use parts;
