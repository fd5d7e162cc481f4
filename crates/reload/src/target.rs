//! [`Target`]: what can be reloaded, and from what.

use readmostly::paged::{
    Change, PagedIndexMap, PagedIndexSet, PagedMap, PagedOrdMap, PagedOrdSet, PagedSet, PagedVec,
};
use readmostly::{CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec, Source};
use std::hash::{BuildHasher, Hash};

/// How many elements a reload has changed.
///
/// # Examples
///
/// ```
/// use readmostly::CowMap;
/// use readmostly::paged::PagedMap;
/// use readmostly_reload::{Changes, Target};
///
/// let (old, new) = (PagedMap::from([(1, "a"), (2, "b")]), PagedMap::from([(2, "c"), (3, "d")]));
/// let changes = <CowMap<_, _> as Target<Vec<(i32, &str)>>>::changes(&old, &new);
/// assert_eq!((changes.added, changes.removed, changes.updated), (1, 1, 1));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Changes {
    /// Elements that are new.
    pub added: usize,
    /// Elements that are gone.
    pub removed: usize,
    /// Keys that have another value. Of a cell whose value is another one, 1.
    pub updated: usize,
}

impl Changes {
    /// Returns `true` if nothing has changed.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// A container that can be reloaded from `N`, which is what the parser returns.
///
/// | container | what the parser returns |
/// |---|---|
/// | `CowMap<K, V>`, `CowOrdMap<K, V>` | anything that iterates over `(K, V)`; if a key comes twice the last value counts |
/// | `CowIndexMap<K, V>` | the same, and the order of the first places counts |
/// | `CowSet<T>`, `CowOrdSet<T>` | anything that iterates over `T` |
/// | `CowIndexSet<T>` | the same, and the order of the first places counts |
/// | `CowVec<T>` | anything that iterates over `T` |
/// | `CowCell<T>` | a `T`, which is compared by `==` |
///
/// Where the order of insertion is kept, an element whose place has changed counts as removed and as added. An element that comes in
/// between changes the places of all behind it. So take such a container where a source adds at the end.
///
/// What else is in such a container is the source's as well: what other writers put there is gone after the next reload. So it has one
/// reloader. Of two, each is content when its own look was good, and what is in force is what the last one has published.
///
/// A cell of your own struct, of which the source describes a part, implements it with a type of its own. Each part may have a reloader,
/// and the rest is for other writers:
///
/// ```
/// use readmostly::paged::PagedSet;
/// use readmostly::{CowCell, Keep};
/// use readmostly_reload::{Changes, Content, Refused, Reload, Target};
/// use std::sync::Arc;
///
/// #[derive(Clone, Default)]
/// struct Tables {
///     blocked: PagedSet<String>,
///     hits: u64, // not from the source
/// }
///
/// struct Blocked(Vec<String>);
///
/// impl Target<Blocked> for CowCell<Tables> {
///     fn make(base: &Tables, entries: Blocked) -> Tables {
///         let mut draft = base.clone();
///         draft.blocked.assign(entries.0);
///         draft
///     }
///
///     fn changes(old: &Tables, new: &Tables) -> Changes {
///         let added = new.blocked.difference(&old.blocked).count();
///         Changes { added, removed: old.blocked.difference(&new.blocked).count(), updated: 0 }
///     }
///
///     fn restore(base: &Tables, wanted: &Tables) -> Option<Tables> {
///         Some(Tables { blocked: wanted.blocked.clone(), ..base.clone() })
///     }
/// }
///
/// let tables = Arc::new(CowCell::new(Tables::default()));
/// let reloader = Reload::source(|| Ok::<_, Refused>(Some(Content::from_bytes("list", "a.example"))))
///     .parse(|content| Ok::<_, Refused>(Blocked(content.text()?.lines().map(String::from).collect())))
///     .keep(Keep::versions(10))
///     .into(Arc::clone(&tables))?;
/// tables.update(|tables| tables.hits = 7);
/// assert_eq!((tables.load().blocked.len(), tables.load().hits), (1, 7));
/// reloader.rollback(0)?;
/// assert_eq!((tables.load().blocked.len(), tables.load().hits), (0, 7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// No lock is held while these functions run, but where others have published three times meanwhile. Then `restore` and `changes` run
/// while they wait.
pub trait Target<N>: Source {
    /// Makes the value that `entries` describe, which shares with `base` what is equal.
    fn make(base: &Self::Value, entries: N) -> Self::Value;

    /// Counts what is different in `new`, of what the source describes. If nothing is, nothing is published.
    fn changes(old: &Self::Value, new: &Self::Value) -> Changes;

    /// Makes `base`, which is current, with what the source describes as it is in `wanted`. `None` stands for all of `wanted`, as with
    /// the containers of the table above.
    ///
    /// A [rollback](crate::Reloader::rollback) publishes that, and so does a reload that others overtake again and again. Where they
    /// write to other parts, `None` would take away what they have published since.
    fn restore(base: &Self::Value, wanted: &Self::Value) -> Option<Self::Value>;
}

/// Counts the changes of a diff.
fn count<'a, K: 'a, V: 'a>(diff: impl Iterator<Item = Change<'a, K, V>>) -> Changes {
    let mut changes = Changes::default();
    for change in diff {
        match change {
            Change::Added { .. } => changes.added += 1,
            Change::Removed { .. } => changes.removed += 1,
            Change::Updated { .. } => changes.updated += 1,
        }
    }
    changes
}

/// Implements it for the containers that assign what comes, and have a diff.
macro_rules! assigned {
    ($([$($bounds:tt)*] $container:ty, of $collection:ty, from $entry:ty;)*) => {$(
        impl<$($bounds)*, N: IntoIterator<Item = $entry>> Target<N> for $container {
            fn make(base: &$collection, entries: N) -> $collection {
                let mut draft = base.clone();
                draft.assign(entries);
                draft
            }

            fn changes(old: &$collection, new: &$collection) -> Changes {
                count(old.diff(new))
            }

            fn restore(_: &$collection, _: &$collection) -> Option<$collection> {
                None
            }
        }
    )*};
}

assigned! {
    [K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone] CowMap<K, V, S>, of PagedMap<K, V, S>, from (K, V);
    [T: Eq + Hash + Clone, S: BuildHasher + Clone] CowSet<T, S>, of PagedSet<T, S>, from T;
    [K: Ord + Clone, V: Clone + PartialEq] CowOrdMap<K, V>, of PagedOrdMap<K, V>, from (K, V);
    [T: Ord + Clone] CowOrdSet<T>, of PagedOrdSet<T>, from T;
    [K: Eq + Hash + Clone, V: Clone + PartialEq, S: BuildHasher + Clone] CowIndexMap<K, V, S>, of PagedIndexMap<K, V, S>, from (K, V);
    [T: Eq + Hash + Clone, S: BuildHasher + Clone] CowIndexSet<T, S>, of PagedIndexSet<T, S>, from T;
}

impl<T, N> Target<N> for CowVec<T>
where
    T: Clone + PartialEq,
    N: IntoIterator<Item = T>,
{
    /// Cuts out the run that differs and puts the new one in its place. What is equal before and after it stays where it is.
    fn make(base: &PagedVec<T>, elements: N) -> PagedVec<T> {
        let mut wanted: Vec<T> = elements.into_iter().collect();
        let same = |(old, new): &(&T, &T)| old == new;
        let before = base.iter().zip(&wanted).take_while(same).count();
        let (old, new) = (base.len() - before, wanted.len() - before);
        let after = base.iter().rev().zip(wanted.iter().rev()).take(old.min(new)).take_while(same).count();
        let mut draft = base.clone();
        if old > after || new > after {
            drop(draft.splice(before..base.len() - after, wanted.drain(before..before + new - after)));
        }
        draft
    }

    fn changes(old: &PagedVec<T>, new: &PagedVec<T>) -> Changes {
        let mut changes = Changes::default();
        for splice in old.diff(new) {
            changes.added += splice.inserted.len();
            changes.removed += splice.removed.len();
        }
        changes
    }

    fn restore(_: &PagedVec<T>, _: &PagedVec<T>) -> Option<PagedVec<T>> {
        None
    }
}

impl<T: PartialEq> Target<T> for CowCell<T> {
    fn make(_: &T, value: T) -> T {
        value
    }

    fn changes(old: &T, new: &T) -> Changes {
        Changes { updated: usize::from(old != new), ..Changes::default() }
    }

    fn restore(_: &T, _: &T) -> Option<T> {
        None
    }
}
