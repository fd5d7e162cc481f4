//! What data that is read can make the library allocate.

use crate::allocated;
use readmostly::paged::{Delta, PagedIndexMap, PagedMap, PagedVec};
use readmostly::{CowIndexSet, CowMap, CowSet};

pub(crate) const ALL: [(&str, fn()); 1] =
    [("a_length_that_lies_allocates_little", a_length_that_lies_allocates_little)];

/// What is believed of a length, 1 MiB, in pages that are not filled to the brim.
const BELIEVED: usize = 3 << 20;

#[track_caller]
fn at_most_believed<R>(read: impl FnOnce() -> R) {
    let (_, change) = allocated(read);
    assert!(change.bytes_allocated <= BELIEVED, "{change:?}");
}

fn a_length_that_lies_allocates_little() {
    // 2^60 elements, of which some are there. With what they claim the first entry of each page would get the page its memory.
    let mut bytes = vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
    bytes.extend((0..400_u16).flat_map(|n| [(n % 128).to_le_bytes()[0], 1, 1]));
    at_most_believed(|| postcard::from_bytes::<PagedMap<u64, u64>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<CowMap<u8, [u64; 8]>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<CowSet<u64>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<PagedIndexMap<u64, u64>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<CowIndexSet<[u64; 8]>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<PagedVec<u64>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<PagedVec<[u64; 30]>>(&bytes).is_err());
    at_most_believed(|| postcard::from_bytes::<Delta<u8, u8>>(&bytes).is_err());
}
