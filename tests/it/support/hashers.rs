//! Hashers that hash well, badly, and not at all.

use std::hash::{BuildHasher, Hasher};

/// A hasher that returns what `F` makes of a number.
#[derive(Clone, Copy, Default)]
pub(crate) struct By<F>(u64, F);

pub(crate) trait Mapping: Copy + Default {
    fn map(n: u64) -> u64;
}

macro_rules! mappings {
    ($($(#[$doc:meta])* $name:ident: $n:ident => $hash:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Default)]
        pub(crate) struct $name;

        impl Mapping for $name {
            fn map($n: u64) -> u64 {
                $hash
            }
        }
    )*};
}

mappings! {
    /// The number itself, as the hashers that people write for ids do.
    Identity: n => n;
    /// Numbers whose low 20 bits are zero.
    Multiples: n => n << 20;
    /// The top 20 bits alone.
    HighBits: n => n << 44;
    /// Good in all bits.
    Mixed: n => (n ^ (n >> 31)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(29).wrapping_mul(0x94d0_49bb_1331_11eb);
    /// A few hashes for all.
    Few: n => n % 61;
    /// One hash for all.
    Constant: _n => 7;
}

impl<F: Mapping> Hasher for By<F> {
    fn finish(&self) -> u64 {
        F::map(self.0)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(u64::from(byte));
        }
    }

    fn write_u64(&mut self, n: u64) {
        self.0 = self.0.wrapping_mul(31).wrapping_add(n);
    }

    fn write_u16(&mut self, n: u16) {
        self.write_u64(u64::from(n));
    }
}

impl<F: Mapping> BuildHasher for By<F> {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        *self
    }
}
