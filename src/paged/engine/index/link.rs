//! What a table holds of an element.

/// Where an element is, and what of its hash is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) hash: Hash,
    slot: u32,
}

/// 32 bits of a hash.
///
/// So a link is 8 bytes. Two different keys have the same bits once in four thousand million times, and are told apart by `Eq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hash(u32);

impl Hash {
    /// 2^64 divided by the golden ratio.
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;

    /// A hasher may return the key, or leave the high or the low bits zero. Each of these bits of the product depends on all that are
    /// below it, and on sixteen at least.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "these 32 bits are those that are wanted")]
    pub(super) fn of(hash: u64) -> Self {
        Self(((u128::from(hash) * u128::from(Self::FACTOR)) >> 48) as u32)
    }

    /// A hash for a table, which takes its low and its high bits.
    #[inline]
    pub(super) fn spread(self) -> u64 {
        u64::from(self.0) << 32 | u64::from(self.0)
    }
}

impl Link {
    /// How many slots there can be.
    pub(super) const SLOTS: usize = u32::MAX as usize;

    pub(super) fn new(hash: u64, slot: usize) -> Self {
        let mut link = Self { hash: Hash::of(hash), slot: 0 };
        link.set_slot(slot);
        link
    }

    #[inline]
    pub(super) fn slot(self) -> usize {
        self.slot as usize
    }

    pub(super) fn set_slot(&mut self, slot: usize) {
        self.slot = u32::try_from(slot).expect("there are fewer slots");
    }
}

/// The hash of a link, for a table. It runs nothing of the user's.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "a table shows its entries by reference")]
pub(super) fn spread(link: &Link) -> u64 {
    link.hash.spread()
}

#[cfg(test)]
mod tests {
    use super::Hash;
    use std::collections::HashSet;

    /// What a hasher may return that returns the key.
    const KEYS: [fn(u32) -> u64; 13] = [
        |n| n.into(),
        |n| u64::from(n) << 16,
        |n| u64::from(n) << 32,
        |n| u64::from(n) << 47,
        |n| u64::from(n) * 1_000,
        |n| u64::from(n) << 32 | u64::from(n),
        |n| u64::from(n) << 32 | u64::from(n & 7),
        |n| u64::from(n & 7) << 32 | u64::from(n),
        |n| u64::from(n) << 35 | u64::from(n) << 3,
        |n| f64::from(n).to_bits(),
        |n| u64::from(n) * ((1 << 32) | 128),
        |n| u64::from(n / 128) << 32 | u64::from(n),
        |n| u64::from(n) << 25 | u64::from(n),
    ];

    #[test]
    fn keys_that_are_their_hashes_are_told_apart() {
        for (nth, key) in KEYS.iter().enumerate() {
            let distinct: HashSet<_> = (0..100_000).map(|n| Hash::of(key(n)).0).collect();
            assert!(distinct.len() > 99_900, "{} of keys {nth}", distinct.len());
        }
    }
}
