//! Some tags of a page, compared at once.

#![expect(unsafe_code, reason = "reads tags through a pointer, by SSE2 where there is that")]

/// The tag of a bucket that was never filled since the page was made. It ends a search.
pub(super) const EMPTY: u8 = 0xff;

/// The tag of a bucket whose entry was removed, and that a search must pass.
pub(super) const GRAVE: u8 = 0x80;

/// The tag of a filled bucket is seven bits of the hash, so its top bit is clear.
pub(super) const fn is_full(tag: u8) -> bool {
    tag < GRAVE
}

/// `WIDTH` tags that stand side by side.
pub(in crate::paged::engine::table) trait Group: Copy {
    /// A power of two.
    const WIDTH: usize;
    /// A word that says something of each tag, by one bit.
    type Bits: Bits;
    /// How many of its bits a tag has, as a power of two.
    const BITS: u32;

    /// # Safety
    ///
    /// `WIDTH` tags can be read there.
    unsafe fn load(tags: *const u8) -> Self;

    /// The tags that equal this one of a filled bucket, and perhaps others of filled buckets.
    fn matches(self, tag: u8) -> Set<Self>;

    fn empty(self) -> Set<Self>;

    /// Those of buckets without an entry.
    fn vacant(self) -> Set<Self>;

    /// Those of buckets with an entry.
    fn full(self) -> Set<Self>;
}

/// Some of the tags of a group, by their index.
#[derive(Clone, Copy)]
pub(in crate::paged::engine::table) struct Set<G: Group>(G::Bits);

/// A word of bits.
pub(in crate::paged::engine::table) trait Bits: Copy + Eq {
    const NONE: Self;
    /// The index of the lowest bit of a word that has one.
    fn lowest(self) -> u32;
    /// The index of the highest bit of a word that has one.
    fn highest(self) -> u32;
    /// All but the lowest bit of a word that has one.
    fn without_lowest(self) -> Self;
}

macro_rules! bits {
    ($($word:ty),*) => {$(
        impl Bits for $word {
            const NONE: Self = 0;

            #[inline]
            fn lowest(self) -> u32 {
                self.trailing_zeros()
            }

            #[inline]
            fn highest(self) -> u32 {
                self.ilog2()
            }

            #[inline]
            fn without_lowest(self) -> Self {
                self & (self - 1)
            }
        }
    )*};
}

bits!(u16, u64);

impl<G: Group> Set<G> {
    pub(super) fn none() -> Self {
        Self(G::Bits::NONE)
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.0 == G::Bits::NONE
    }

    #[inline]
    pub(super) fn first(self) -> Option<usize> {
        if self.is_empty() { None } else { Some((self.0.lowest() >> G::BITS) as usize) }
    }

    /// All but the first, of one or more.
    #[inline]
    pub(super) fn without_first(self) -> Self {
        Self(self.0.without_lowest())
    }

    /// How many tags stand before the first of these.
    pub(super) fn before_first(self) -> usize {
        self.first().unwrap_or(G::WIDTH)
    }

    /// How many tags stand behind the last of these.
    pub(super) fn behind_last(self) -> usize {
        if self.is_empty() { G::WIDTH } else { G::WIDTH - 1 - (self.0.highest() >> G::BITS) as usize }
    }
}

#[cfg(all(target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86")))]
pub(in crate::paged::engine::table) use sse2::Sse2 as Native;
#[cfg(all(target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86")))]
pub(super) use sse2::prefetch;

#[cfg(not(all(target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86"))))]
pub(in crate::paged::engine::table) use Portable as Native;

/// Asks for memory that may be read soon. Only SSE has that in std.
#[cfg(not(all(target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86"))))]
pub(super) fn prefetch(_address: *const u8) {}

#[cfg(all(target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86")))]
mod sse2 {
    use super::{EMPTY, Group, Set};
    #[cfg(target_arch = "x86")]
    use std::arch::x86 as arch;
    #[cfg(target_arch = "x86_64")]
    use std::arch::x86_64 as arch;

    use self::arch::{__m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_set1_epi8};
    use self::arch::{_MM_HINT_T0, _mm_prefetch};

    /// Asks for memory that may be read soon. It need not be readable.
    #[inline]
    pub(in crate::paged::engine::table::page) fn prefetch(address: *const u8) {
        // SAFETY: it is a hint. The processor ignores one of an address that is none.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address.cast()) };
    }

    /// Sixteen tags. A set has one bit for each.
    #[derive(Clone, Copy)]
    pub(in crate::paged::engine::table) struct Sse2(__m128i);

    impl Sse2 {
        #[inline]
        #[expect(clippy::cast_possible_truncation, reason = "there are sixteen")]
        fn top_bits(tags: __m128i) -> u16 {
            // SAFETY: the target has SSE2.
            unsafe { _mm_movemask_epi8(tags) }.unsigned_abs() as u16
        }
    }

    impl Group for Sse2 {
        const WIDTH: usize = 16;
        type Bits = u16;
        const BITS: u32 = 0;

        #[inline]
        unsafe fn load(tags: *const u8) -> Self {
            // SAFETY: the target has SSE2. The caller allows to read sixteen bytes, which need not be aligned.
            Self(unsafe { _mm_loadu_si128(tags.cast()) })
        }

        #[inline]
        fn matches(self, tag: u8) -> Set<Self> {
            // SAFETY: the target has SSE2.
            Set(Self::top_bits(unsafe { _mm_cmpeq_epi8(self.0, _mm_set1_epi8(i8::from_ne_bytes([tag]))) }))
        }

        #[inline]
        fn empty(self) -> Set<Self> {
            self.matches(EMPTY)
        }

        #[inline]
        fn vacant(self) -> Set<Self> {
            Set(Self::top_bits(self.0))
        }

        #[inline]
        fn full(self) -> Set<Self> {
            Set(!Self::top_bits(self.0))
        }
    }
}

/// Eight tags in a word, for any processor. A set has the top bit of each byte.
#[derive(Clone, Copy)]
#[cfg_attr(
    all(not(test), target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86")),
    allow(dead_code, reason = "the tests try it beside SSE2")
)]
pub(in crate::paged::engine::table) struct Portable(u64);

#[cfg_attr(
    all(not(test), target_feature = "sse2", any(target_arch = "x86_64", target_arch = "x86")),
    allow(dead_code, reason = "the tests try it beside SSE2")
)]
impl Portable {
    const TOPS: u64 = 0x8080_8080_8080_8080;
    const ONES: u64 = 0x0101_0101_0101_0101;
}

impl Group for Portable {
    const WIDTH: usize = 8;
    type Bits = u64;
    const BITS: u32 = 3;

    #[inline]
    unsafe fn load(tags: *const u8) -> Self {
        // SAFETY: the caller allows to read eight bytes, and they need not be aligned. The first tag is the lowest byte on each
        // processor.
        Self(u64::from_le(unsafe { tags.cast::<u64>().read_unaligned() }))
    }

    #[inline]
    fn matches(self, tag: u8) -> Set<Self> {
        // A byte is zero where the tag is the same. The subtraction borrows from such a byte, and its top bit is set then, and
        // perhaps that of the next one, if it is 1: this is a tag of a filled bucket as well. (S. E. Anderson, "Bit Twiddling
        // Hacks": "Determine if a word has a zero byte".)
        let same = self.0 ^ (Self::ONES * u64::from(tag));
        Set(same.wrapping_sub(Self::ONES) & !same & Self::TOPS)
    }

    #[inline]
    fn empty(self) -> Set<Self> {
        // Of the two tags with the top bit, this one has the next as well.
        Set(self.0 & (self.0 << 1) & Self::TOPS)
    }

    #[inline]
    fn vacant(self) -> Set<Self> {
        Set(self.0 & Self::TOPS)
    }

    #[inline]
    fn full(self) -> Set<Self> {
        Set(!self.0 & Self::TOPS)
    }
}

#[cfg(test)]
mod tests {
    use super::{EMPTY, GRAVE, Group, Native, Portable, Set, is_full};

    fn all<G: Group>(mut set: Set<G>) -> Vec<usize> {
        let mut found = Vec::new();
        while let Some(first) = set.first() {
            found.push(first);
            set = set.without_first();
        }
        found
    }

    fn check<G: Group>(tags: &[u8; 16]) {
        let tags = &tags[..G::WIDTH];
        // SAFETY: there are so many tags.
        let group = unsafe { G::load(tags.as_ptr()) };
        let are = |set: Set<G>, wanted: &dyn Fn(u8) -> bool| {
            let found: Vec<_> = (0..G::WIDTH).filter(|&index| wanted(tags[index])).collect();
            assert_eq!(all(set), found, "{tags:x?}");
            assert_eq!(set.first(), found.first().copied());
            assert_eq!(set.is_empty(), found.is_empty());
            assert_eq!(set.before_first(), tags.iter().take_while(|&&tag| !wanted(tag)).count());
            assert_eq!(set.behind_last(), tags.iter().rev().take_while(|&&tag| !wanted(tag)).count());
        };
        are(group.empty(), &|tag| tag == EMPTY);
        are(group.vacant(), &|tag| !is_full(tag));
        are(group.full(), &is_full);
        for &wanted in tags.iter().filter(|&&tag| is_full(tag)).chain(&[0, 1, 0x7f]) {
            let matches = all(group.matches(wanted));
            for (index, &tag) in tags.iter().enumerate() {
                let is_match = matches.contains(&index);
                assert!(
                    if tag == wanted { is_match } else { !is_match || is_full(tag) },
                    "{wanted:x} in {tags:x?}"
                );
            }
        }
    }

    #[test]
    fn a_group_tells_of_its_tags() {
        let mut state = 1_u64;
        for round in 0..20_000 {
            let tags = std::array::from_fn(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let bits = state >> 40;
                match bits % [2, 3, 5, 9][round % 4] {
                    0 => EMPTY,
                    1 => GRAVE,
                    // Few tags, so that neighbours differ by little.
                    _ => u8::try_from((bits >> 8) % [4, 0x80][round / 4 % 2]).unwrap(),
                }
            });
            check::<Native>(&tags);
            check::<Portable>(&tags);
        }
    }
}
