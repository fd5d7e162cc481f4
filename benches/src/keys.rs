//! The same keys for all contenders: scattered numbers, and the domains of a real blocklist.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{BuildHasher, DefaultHasher, Hash, RandomState};
use std::sync::LazyLock;

use foldhash::fast::FixedState;

/// A key, of which there are as many as one wants.
pub trait Key:
    Clone + Debug + Ord + Hash + evmap::StableHashEq + Borrow<Self::Query> + Send + Sync + 'static
{
    /// What a table is asked for.
    type Query: Eq + Hash + ?Sized;

    /// The type, as a table of figures names it.
    const NAME: &'static str;

    /// The key with this number; each number has another.
    fn nth(n: usize) -> Self;
}

impl Key for u64 {
    type Query = u64;

    const NAME: &'static str = "u64";

    fn nth(n: usize) -> Self {
        // Scattered: neighbours in a sequence are neighbours in no table.
        (n as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Key for String {
    type Query = str;

    const NAME: &'static str = "String";

    fn nth(n: usize) -> Self {
        // A step that shares no divisor with the length meets each domain once, in no order.
        const STEP: usize = 48_271;
        let domains = &*DOMAINS;
        let domain = domains[n % domains.len() * STEP % domains.len()];
        // The list has a tenth of a million; after that come hosts in its domains.
        if n < domains.len() { domain.into() } else { format!("{}.{domain}", n / domains.len()) }
    }
}

/// The two days of the list, each domain once.
static DOMAINS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let days = [
        include_str!("../../examples/blocklist/data/disposable-email-domains-1.0.59.txt"),
        include_str!("../../examples/blocklist/data/disposable-email-domains-1.0.62.txt"),
    ];
    let mut seen = HashSet::new();
    days.iter().flat_map(|day| day.lines()).filter(|domain| seen.insert(*domain)).collect()
});

/// A hasher, the same for all contenders of a table.
pub trait Hashing: BuildHasher + Clone + Default + Send + Sync + 'static {
    /// The hasher, as a table of figures names it.
    const NAME: &'static str;

    /// Whether it is the one that those who let nobody choose have.
    const IS_FOLDHASH: bool;
}

impl Hashing for FixedState {
    const NAME: &'static str = "foldhash";
    const IS_FOLDHASH: bool = true;
}

/// std's default hasher, with a seed that is as random, but the same for all: which keys share a bucket is luck.
#[derive(Clone, Debug)]
pub struct DefaultHashing(RandomState);

impl Default for DefaultHashing {
    fn default() -> Self {
        static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        Self(SEED.clone())
    }
}

impl BuildHasher for DefaultHashing {
    type Hasher = DefaultHasher;

    #[inline]
    fn build_hasher(&self) -> DefaultHasher {
        self.0.build_hasher()
    }
}

impl Hashing for DefaultHashing {
    const NAME: &'static str = "default hasher";
    const IS_FOLDHASH: bool = false;
}

/// The first `n` keys with values, all of which are below 2^63.
#[must_use]
pub fn entries<K: Key>(n: usize) -> Vec<(K, u64)> {
    (0..n).map(|n| (K::nth(n), n as u64)).collect()
}

/// `count` of the first `n` keys, in no order.
///
/// They are made one after another, and so lie one after another in memory: a reader has its question at hand.
#[must_use]
pub fn hits<K: Key>(n: usize, count: usize) -> Vec<K> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..count).map(|_| K::nth(random.usize(..n))).collect()
}

/// `count` keys that are not among the first `n`, in no order.
#[must_use]
pub fn misses<K: Key>(n: usize, count: usize) -> Vec<K> {
    let mut random = fastrand::Rng::with_seed(8);
    (0..count).map(|_| K::nth(random.usize(n..n + n.max(1 << 16)))).collect()
}
