//! Where a hash belongs: its page, and what of it the page gets.

/// 2^58 divided by the golden ratio, odd.
const FACTOR: u64 = 0x0278_dde6_e5fd_29f1;

/// What the hash table makes of a hash, if it has several pages: the two halves of a product.
///
/// A page takes its low bits for the bucket and its top seven for the tag, so the directory must use others. And a hasher may return
/// the key, or leave the high or the low bits zero: a bit of the product depends on many of the hash. (D. Knuth, *The Art of
/// Computer Programming*, volume 3, 6.4, on multiplicative hashing; the first number of Fibonacci hashing is shifted by six bits
/// here, so that some hundred keys that follow each other share a page if the hasher returns the key.)
#[derive(Clone, Copy)]
pub(super) struct Mixed {
    /// The low bits choose the page.
    pub(super) page: usize,
    /// The hash within the page.
    pub(super) rest: u64,
}

impl Mixed {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the low bits are those that are wanted")]
    pub(super) fn of(hash: u64) -> Self {
        let product = u128::from(hash) * u128::from(FACTOR);
        Self { page: (product >> 64) as usize, rest: product as u64 }
    }
}

/// The places of a table of so many pages.
#[derive(Clone, Copy)]
pub(super) struct Places {
    count: usize,
    /// The bits of a hash that may choose among them.
    mask: usize,
}

impl Places {
    #[inline]
    pub(super) fn of(count: usize) -> Self {
        Self { count, mask: count.next_power_of_two() - 1 }
    }

    /// The page of a hash, and the hash within the page. A single page gets the hash as it is.
    #[inline]
    pub(super) fn place(self, hash: u64) -> (usize, u64) {
        if self.count == 1 {
            return (0, hash);
        }
        let Mixed { page, rest } = Mixed::of(hash);
        let page = page & self.mask;
        (if page < self.count { page } else { page & (self.mask >> 1) }, rest)
    }
}
