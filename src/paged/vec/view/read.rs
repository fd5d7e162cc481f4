//! The methods that search and copy a vector, or a view of a part of one.

/// Writes these methods. For the examples, `$it` is code that makes an `it` of the numbers from 1 to 5.
macro_rules! reads {
    ($it:literal) => {
        /// Returns `true` if an element equals `value`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.contains(&2) && !it.contains(&9));
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn contains(&self, value: &T) -> bool
        where
            T: PartialEq,
        {
            self.pages().any(|page| page.contains(value))
        }

        /// Returns the index of the first element that equals `value`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!((it.index_of(&3), it.index_of(&9)), (Some(2), None));
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn index_of(&self, value: &T) -> Option<usize>
        where
            T: PartialEq,
        {
            let mut before = 0;
            for page in self.pages() {
                if let Some(offset) = page.iter().position(|element| element == value) {
                    return Some(before + offset);
                }
                before += page.len();
            }
            None
        }

        /// Returns the index of the last element that equals `value`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!((it.last_index_of(&3), it.last_index_of(&9)), (Some(2), None));
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn last_index_of(&self, value: &T) -> Option<usize>
        where
            T: PartialEq,
        {
            let mut after = self.len();
            for page in self.pages().rev() {
                after -= page.len();
                if let Some(offset) = page.iter().rposition(|element| element == value) {
                    return Some(after + offset);
                }
            }
            None
        }

        /// Returns `true` if it begins with the elements of a slice.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.starts_with(&[1, 2]) && !it.starts_with(&[2]));
        /// ```
        ///
        /// Computes in **O(m)** time.
        pub fn starts_with(&self, needle: &[T]) -> bool
        where
            T: PartialEq,
        {
            needle.len() <= self.len() && self.range(..needle.len()) == *needle
        }

        /// Returns `true` if it ends with the elements of a slice.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.ends_with(&[4, 5]) && !it.ends_with(&[4]));
        /// ```
        ///
        /// Computes in **O(m)** time.
        pub fn ends_with(&self, needle: &[T]) -> bool
        where
            T: PartialEq,
        {
            needle.len() <= self.len() && self.range(self.len() - needle.len()..) == *needle
        }

        /// Returns `true` if the elements are in order.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.is_sorted());
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn is_sorted(&self) -> bool
        where
            T: PartialOrd,
        {
            self.is_sorted_by(|a, b| a <= b)
        }

        /// Returns `true` if `in_order` returns `true` for each element and the next one.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.is_sorted_by(|a, b| a < b) && !it.is_sorted_by(|a, b| a > b));
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn is_sorted_by(&self, mut in_order: impl FnMut(&T, &T) -> bool) -> bool {
            self.iter().is_sorted_by(|a, b| in_order(a, b))
        }

        /// Returns `true` if the keys of the elements are in order.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert!(it.is_sorted_by_key(|n| n / 2) && !it.is_sorted_by_key(|n| n % 2));
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn is_sorted_by_key<K: PartialOrd>(&self, key: impl FnMut(&T) -> K) -> bool {
            self.iter().map(key).is_sorted()
        }

        /// Searches for a value in elements that are in order.
        ///
        /// Returns the index of an equal element. If there are several, it may be that of any.
        ///
        /// # Errors
        ///
        /// Returns the index at which `value` could be inserted, if no element equals it.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!((it.binary_search(&4), it.binary_search(&9)), (Ok(3), Err(5)));
        /// ```
        ///
        /// Computes in **O(log n)** time.
        pub fn binary_search(&self, value: &T) -> Result<usize, usize>
        where
            T: Ord,
        {
            self.binary_search_by(|element| element.cmp(value))
        }

        /// Searches in elements that are in order by a comparison.
        ///
        /// It is otherwise like [`binary_search`](Self::binary_search).
        ///
        /// # Errors
        ///
        /// Returns the index at which the element could be inserted, if `compare` returns `Equal` for none.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!(it.binary_search_by(|n| (n * 10).cmp(&30)), Ok(2));
        /// ```
        ///
        /// Computes in **O(log n)** time.
        pub fn binary_search_by(&self, compare: impl FnMut(&T) -> Ordering) -> Result<usize, usize> {
            self.pages().search(compare)
        }

        /// Searches in elements that are in order by a key.
        ///
        /// It is otherwise like [`binary_search`](Self::binary_search).
        ///
        /// # Errors
        ///
        /// Returns the index at which the element could be inserted, if none has that key.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!(it.binary_search_by_key(&30, |n| n * 10), Ok(2));
        /// ```
        ///
        /// Computes in **O(log n)** time.
        pub fn binary_search_by_key<K: Ord>(
            &self,
            sought: &K,
            mut key: impl FnMut(&T) -> K,
        ) -> Result<usize, usize> {
            self.binary_search_by(|element| key(element).cmp(sought))
        }

        /// Returns the index of the first element for which `pred` returns `false`.
        ///
        /// All elements for which it returns `true` must come before the others.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!(it.partition_point(|&n| n < 4), 3);
        /// ```
        ///
        /// Computes in **O(log n)** time.
        #[must_use]
        pub fn partition_point(&self, mut pred: impl FnMut(&T) -> bool) -> usize {
            let found = self
                .binary_search_by(|element| if pred(element) { Ordering::Less } else { Ordering::Greater });
            found.unwrap_or_else(|index| index)
        }

        /// Copies the elements into a `Vec`.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// assert_eq!(it.to_vec(), vec![1, 2, 3, 4, 5]);
        /// ```
        ///
        /// Computes in **O(n)** time.
        pub fn to_vec(&self) -> Vec<T>
        where
            T: Clone,
        {
            let mut elements = Vec::with_capacity(self.len());
            self.pages().for_each(|page| elements.extend_from_slice(page));
            elements
        }

        /// Copies the elements into a slice of the same length.
        ///
        /// # Panics
        ///
        /// Panics if the lengths differ.
        ///
        /// # Examples
        ///
        /// ```
        #[doc = $it]
        /// let mut buffer = [0; 5];
        /// it.copy_to_slice(&mut buffer);
        /// assert_eq!(buffer, [1, 2, 3, 4, 5]);
        /// ```
        ///
        /// Computes in **O(n)** time.
        #[track_caller]
        pub fn copy_to_slice(&self, target: &mut [T])
        where
            T: Clone,
        {
            assert!(target.len() == self.len(), "destination and source slices have different lengths");
            let mut rest = target;
            for page in self.pages() {
                let (part, after) = rest.split_at_mut(page.len());
                part.clone_from_slice(page);
                rest = after;
            }
        }
    };
}
pub(in crate::paged::vec) use reads;
