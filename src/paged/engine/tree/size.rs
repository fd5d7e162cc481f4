//! How wide the nodes of a tree are. It is decided here and nowhere else.
//!
//! One write copies one leaf and the nodes above it. So a leaf has some hundred entries, or some ten that are dear to clone. The copy of an
//! inner node counts its children, which lie all over the memory. So an inner node is narrower.
//!
//! Nodes are small in the unit tests, so that a few hundred entries make a tree of several levels.

use std::mem;

/// The most children of an inner node.
pub(super) const INNER: usize = if cfg!(test) { 8 } else { 32 };

/// The most entries of a leaf: 4 KiB, or a quarter of it if a clone is dear.
pub(super) const fn leaf<K, V>() -> usize {
    if cfg!(test) {
        return 8;
    }
    let is_dear = mem::needs_drop::<K>() || mem::needs_drop::<V>();
    let (bytes, most) = if is_dear { (1_024, 16) } else { (4_096, 256) };
    match (size_of::<K>() + size_of::<V>(), bytes) {
        (0, _) => most,
        (size, bytes) => {
            let fit = bytes / size;
            if fit < 8 {
                8
            } else if fit > most {
                most
            } else {
                fit
            }
        }
    }
}

/// The width up to which a node is too narrow to lose anything: a quarter of the most.
pub(super) const fn low(most: usize) -> usize {
    most / 4
}

/// The width up to which two nodes become one. It leaves room, so that the next insertion does not split it again.
pub(super) const fn joined(most: usize) -> usize {
    most - most / 4
}

/// Cuts a length into nodes: full ones, of which the last two may have to share, so that none is narrow.
pub(super) fn cut(len: usize, most: usize) -> impl Iterator<Item = usize> {
    let mut left = len;
    std::iter::from_fn(move || {
        let width =
            if left > most && left < most + low(most) + 1 { left.div_ceil(2) } else { left.min(most) };
        left -= width;
        (width > 0).then_some(width)
    })
}
