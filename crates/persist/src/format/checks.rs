//! The checks of frames, by which a reader finds out that something is not as it was written.

use super::Hash;
use super::frames::FRAME_HEADER;

/// How many bytes of a check stand behind what is stored.
pub(super) const CHECK: usize = 16;
/// How many of one stand behind the header of a frame of a log.
pub(super) const MARK: usize = 8;

/// What the checks of a file are of.
pub(super) struct Checks {
    /// Of all that is before a frame, but for the checks; in a log, of nothing but the key.
    hasher: blake3::Hasher,
    is_keyed: bool,
}

impl Checks {
    /// Each check is of all that is before it in the file, which begins with `header`.
    pub(super) fn chained(header: &[u8]) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(header);
        Self { hasher, is_keyed: false }
    }

    /// Each check is of one frame and its place, by a key. Whoever does not know the key can make nothing that looks like a frame: so
    /// a value is never taken for one, whatever bytes it has.
    pub(super) fn keyed(key: &[u8; 32]) -> Self {
        Self { hasher: blake3::Hasher::new_keyed(key), is_keyed: true }
    }

    /// How many bytes stand before what is stored.
    pub(super) fn front(&self) -> usize {
        if self.is_keyed { FRAME_HEADER + MARK } else { FRAME_HEADER }
    }

    /// The check of the header of a frame at `at` in a log. With that a header counts although what is behind it was lost.
    pub(super) fn mark(&self, at: u64, header: &[u8; FRAME_HEADER]) -> [u8; MARK] {
        let mut hasher = self.hasher.clone();
        hasher.update(&at.to_le_bytes()).update(header);
        hasher.finalize().as_bytes()[..MARK].try_into().expect("a hash has more bytes")
    }

    /// The hash of a frame at `at`, and the checks of those behind it.
    pub(super) fn frame(&self, at: u64, front: &[u8], stored: &[u8]) -> (Hash, Self) {
        let mut hasher = self.hasher.clone();
        if self.is_keyed {
            hasher.update(&at.to_le_bytes());
        }
        hasher.update(front).update(stored);
        let hash = *hasher.finalize().as_bytes();
        if self.is_keyed {
            hasher.clone_from(&self.hasher);
        }
        (hash, Self { hasher, is_keyed: self.is_keyed })
    }
}
