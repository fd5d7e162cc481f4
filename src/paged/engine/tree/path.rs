//! Where an entry is, or would be.

/// The child to take on each level from the root on, and at last the index in the leaf. It is right until the tree is changed. The
/// copy of a node is no change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    /// Those below the leaf are 0. Nodes are at least a quarter full. So no memory is large enough for more levels.
    steps: [u16; Path::LEVELS],
}

impl Path {
    const LEVELS: usize = 24;

    #[inline]
    pub(super) fn at(&self, level: usize) -> usize {
        usize::from(self.steps[level])
    }

    #[inline]
    pub(super) fn set(&mut self, level: usize, index: usize) {
        self.steps[level] = u16::try_from(index).expect("no node is that wide");
    }

    /// Whether it leads to the first entry below the child that it takes on `level`.
    pub(super) fn is_first_below(&self, level: usize) -> bool {
        self.steps[level + 1..].iter().all(|step| *step == 0)
    }

    /// Leads on from a child of the root, which becomes the root.
    pub(super) fn drop_root(&mut self) {
        self.steps.copy_within(1.., 0);
        self.steps[Self::LEVELS - 1] = 0;
    }

    /// Leads on from a new root above the root, of which this takes the child `index`.
    pub(super) fn push_root(&mut self, index: usize) {
        self.steps.copy_within(..Self::LEVELS - 1, 1);
        self.set(0, index);
    }
}
