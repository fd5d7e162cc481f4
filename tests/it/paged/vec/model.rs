//! The same random operations on ours and on std's, with clones kept on the way.

use std::fmt::Debug;

use proptest::prelude::*;
use readmostly::paged::PagedVec;

use super::extract::like_std;

/// Two kilobytes of it do not even make a page of plain data: pages are at their shortest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Big([u8; 512]);

trait Element: Clone + Ord + Debug {
    fn make(n: u16) -> Self;
    /// Few different values.
    fn key(&self) -> u8;
}

impl Element for u32 {
    fn make(n: u16) -> Self {
        Self::from(n)
    }
    fn key(&self) -> u8 {
        (*self % 7) as u8
    }
}

impl Element for String {
    fn make(n: u16) -> Self {
        n.to_string()
    }
    fn key(&self) -> u8 {
        self.bytes().next_back().unwrap_or(0)
    }
}

impl Element for Big {
    fn make(n: u16) -> Self {
        let mut bytes = [0; 512];
        bytes[100..102].copy_from_slice(&n.to_be_bytes());
        Self(bytes)
    }
    fn key(&self) -> u8 {
        self.0[101] % 5
    }
}

/// Indices are parts of the length, in 65,536ths.
#[derive(Clone, Debug)]
enum Op {
    Push(u16),
    Pop,
    Insert(u16, u16),
    InsertMany(u16, u8),
    Remove(u16),
    RemoveMany(u16, u8),
    SwapRemove(u16),
    Set(u16, u16),
    Swap(u16, u16),
    Truncate(u16),
    Resize(u16),
    Extend(u16),
    ExtendFromSlice(u8),
    InsertAll(u16, u16),
    SplitOff(u16, bool),
    Append(u16),
    AppendSelf,
    Prepend(u8),
    Drain(u16, u16),
    DrainPart(u16, u16),
    Splice(u16, u16, u8),
    Retain(u8),
    RetainRange(u16, u16),
    RetainMut(u8, u16),
    ExtractIf(u16, u16, u8, u8),
    PopIf(u8),
    ExtendFromWithin(u16, u16),
    SelectNth(u16),
    Room(u8, u16),
    Dedup,
    DedupByKey,
    Reverse,
    RotateLeft(u16),
    RotateRight(u16),
    Fill(u16),
    Sort(u8),
    IterMut(u16),
    ThroughIntoIter,
    Clear,
    Keep,
    GoBack(u16),
}

fn op() -> impl Strategy<Value = Op> {
    use Op::*;
    let at = any::<u16>;
    prop_oneof![
        3 => at().prop_map(Push),
        2 => Just(Pop),
        6 => (at(), at()).prop_map(|(i, n)| Insert(i, n)),
        3 => (at(), any::<u8>()).prop_map(|(i, n)| InsertMany(i, n)),
        6 => at().prop_map(Remove),
        3 => (at(), any::<u8>()).prop_map(|(i, n)| RemoveMany(i, n)),
        2 => at().prop_map(SwapRemove),
        3 => (at(), at()).prop_map(|(i, n)| Set(i, n)),
        2 => (at(), at()).prop_map(|(i, j)| Swap(i, j)),
        // Mostly near the end, or little would be left for the others.
        2 => (50_000..=u16::MAX).prop_map(Truncate),
        2 => (0..3_000_u16).prop_map(Resize),
        3 => (0..3_000_u16).prop_map(Extend),
        2 => any::<u8>().prop_map(ExtendFromSlice),
        3 => (at(), 0..2_500_u16).prop_map(|(i, n)| InsertAll(i, n)),
        2 => (at(), any::<bool>()).prop_map(|(i, first)| SplitOff(i, first)),
        2 => (0..2_500_u16).prop_map(Append),
        1 => Just(AppendSelf),
        2 => any::<u8>().prop_map(Prepend),
        3 => (at(), 0..20_000_u16).prop_map(|(i, n)| Drain(i, n)),
        2 => (at(), 0..20_000_u16).prop_map(|(i, n)| DrainPart(i, n)),
        3 => (at(), 0..9_000_u16, any::<u8>()).prop_map(|(i, n, m)| Splice(i, n, m)),
        2 => any::<u8>().prop_map(Retain),
        2 => (at(), at()).prop_map(|(i, n)| RetainRange(i, n)),
        1 => (any::<u8>(), at()).prop_map(|(key, n)| RetainMut(key, n)),
        3 => (at(), at(), any::<u8>(), any::<u8>()).prop_map(|(i, n, key, most)| ExtractIf(i, n, key, most)),
        1 => any::<u8>().prop_map(PopIf),
        2 => (at(), 0..20_000_u16).prop_map(|(i, n)| ExtendFromWithin(i, n)),
        1 => at().prop_map(SelectNth),
        2 => (any::<u8>(), at()).prop_map(|(way, n)| Room(way, n)),
        1 => Just(Dedup),
        1 => Just(DedupByKey),
        2 => Just(Reverse),
        2 => at().prop_map(RotateLeft),
        2 => at().prop_map(RotateRight),
        1 => at().prop_map(Fill),
        2 => (0..5_u8).prop_map(Sort),
        2 => at().prop_map(IterMut),
        1 => Just(ThroughIntoIter),
        1 => Just(Clear),
        6 => Just(Keep),
        2 => at().prop_map(GoBack),
    ]
}

/// A part of `0..len`.
fn scale(part: u16, len: usize) -> usize {
    usize::from(part) * len / (1 << 16)
}

/// Values with a few repetitions.
fn some<T: Element>(count: impl Into<usize>) -> impl Iterator<Item = T> + Clone {
    (0..count.into()).map(|n| T::make(u16::try_from(n / 2 * 31 % 5_000).unwrap_or(0)))
}

struct Pair<T> {
    ours: PagedVec<T>,
    std: Vec<T>,
    kept: Vec<(PagedVec<T>, Vec<T>)>,
}

impl<T: Element> Pair<T> {
    #[expect(clippy::too_many_lines, reason = "one arm an operation")]
    fn apply(&mut self, op: &Op) {
        let Self { ours, std, kept } = self;
        let len = std.len();
        let range = |start: u16, part: u16| {
            let start = scale(start, len + 1);
            start..(start + scale(part, len + 1)).min(len)
        };
        match *op {
            Op::Push(n) => {
                ours.push(T::make(n));
                std.push(T::make(n));
            }
            Op::Pop => assert_eq!(ours.pop(), std.pop()),
            Op::Insert(i, n) => {
                ours.insert(scale(i, len + 1), T::make(n));
                std.insert(scale(i, len + 1), T::make(n));
            }
            Op::InsertMany(i, count) => {
                for n in 0..u16::from(count) {
                    let index = scale(i, std.len() + 1);
                    ours.insert(index, T::make(n));
                    std.insert(index, T::make(n));
                }
            }
            Op::Remove(i) if len > 0 => assert_eq!(ours.remove(scale(i, len)), std.remove(scale(i, len))),
            Op::RemoveMany(i, count) => {
                for _ in 0..usize::from(count).min(len) {
                    let index = scale(i, std.len());
                    assert_eq!(ours.remove(index), std.remove(index));
                }
            }
            Op::SwapRemove(i) if len > 0 => {
                assert_eq!(ours.swap_remove(scale(i, len)), std.swap_remove(scale(i, len)));
            }
            Op::Set(i, n) if len > 0 => {
                ours[scale(i, len)] = T::make(n);
                std[scale(i, len)] = T::make(n);
            }
            Op::Swap(i, j) if len > 0 => {
                ours.swap(scale(i, len), scale(j, len));
                std.swap(scale(i, len), scale(j, len));
            }
            Op::Truncate(at) => {
                ours.truncate(scale(at, len + 1));
                std.truncate(scale(at, len + 1));
            }
            Op::Resize(to) => {
                ours.resize(usize::from(to), T::make(to));
                std.resize(usize::from(to), T::make(to));
            }
            Op::Extend(count) => {
                ours.extend(some(count));
                std.extend(some(count));
            }
            Op::ExtendFromSlice(count) => {
                let more: Vec<T> = some(count).collect();
                ours.extend_from_slice(&more);
                std.extend_from_slice(&more);
            }
            Op::InsertAll(i, count) => {
                let index = scale(i, len + 1);
                ours.insert_all(index, some(count));
                std.splice(index..index, some(count));
            }
            Op::SplitOff(at, first) => {
                let tails = (ours.split_off(scale(at, len + 1)), std.split_off(scale(at, len + 1)));
                assert_eq!(tails.0, tails.1);
                if !first {
                    (*ours, *std) = tails;
                }
            }
            Op::Append(count) => {
                let mut more: PagedVec<T> = some(count).collect();
                let _shared = (count % 2 == 0).then(|| more.clone());
                ours.append(&mut more);
                assert!(more.is_empty());
                std.extend(some(count));
            }
            Op::AppendSelf if len < 4_000 => {
                ours.append(&mut ours.clone());
                std.extend_from_within(..);
            }
            Op::SelectNth(at) if len > 0 => {
                let nth = scale(at, len);
                assert_eq!(ours.select_nth_unstable(nth).1, std.select_nth_unstable(nth).1);
                // Which of the others stand where is for each to choose.
                ours.sort();
                std.sort();
            }
            Op::Remove(_)
            | Op::SwapRemove(_)
            | Op::Set(..)
            | Op::Swap(..)
            | Op::SelectNth(_)
            | Op::AppendSelf => {}
            Op::Prepend(count) => {
                let more: PagedVec<T> = some(count).collect();
                *ours = PagedVec::concat([more, ours.clone()]);
                std.splice(..0, some(count));
            }
            Op::Drain(start, part) => {
                let range = range(start, part);
                assert!(ours.drain(range.clone()).eq(std.drain(range)));
            }
            Op::DrainPart(start, part) => {
                let range = range(start, part);
                let (mut ours, mut std) = (ours.drain(range.clone()), std.drain(range));
                assert_eq!(
                    (ours.next(), ours.next_back(), ours.len()),
                    (std.next(), std.next_back(), std.len())
                );
            }
            Op::Splice(start, part, count) => {
                let range = range(start, part);
                assert!(ours.splice(range.clone(), some(count)).eq(std.splice(range, some(count))));
            }
            Op::Retain(key) => {
                let (mut seen, mut asked) = (Vec::new(), Vec::new());
                let keep = |element: &T| element.key() != key % 8;
                ours.retain(|element| (seen.push(element.clone()), keep(element)).1);
                std.retain(|element| (asked.push(element.clone()), keep(element)).1);
                assert_eq!(seen, asked);
            }
            Op::RetainRange(start, part) => {
                let range = range(start, part / 4);
                let (mut i, mut j) = (0, 0);
                ours.retain(|_| (i += 1, !range.contains(&(i - 1))).1);
                std.retain(|_| (j += 1, !range.contains(&(j - 1))).1);
            }
            Op::RetainMut(key, n) => {
                let retain = |element: &mut T| {
                    if element.key() == key % 5 {
                        *element = T::make(n);
                    }
                    element.key() != key % 8
                };
                ours.retain_mut(retain);
                std.retain_mut(retain);
            }
            Op::ExtractIf(start, part, key, most) => {
                let range = range(start, part);
                let most = if most < 200 { usize::from(most) } else { usize::MAX };
                let (mut seen, mut asked) = (Vec::new(), Vec::new());
                let goes = |element: &T| element.key() % 4 == key % 4;
                let gone: Vec<T> = ours
                    .extract_if(range.clone(), |element| (seen.push(element.clone()), goes(element)).1)
                    .take(most)
                    .collect();
                let asking = |element: &T| (asked.push(element.clone()), goes(element)).1;
                let expected = like_std(std, range, most, asking);
                assert_eq!((gone, seen), (expected, asked));
            }
            Op::PopIf(key) => {
                let goes = |element: &T| element.key() % 2 == key % 2;
                let last = if std.last().is_some_and(goes) { std.pop() } else { None };
                assert_eq!(ours.pop_if(goes), last);
            }
            Op::ExtendFromWithin(start, part) => {
                ours.extend_from_within(range(start, part));
                std.extend_from_within(range(start, part));
            }
            Op::Room(way, n) => match way % 4 {
                0 => ours.reserve(n.into()),
                1 => ours.reserve_exact(n.into()),
                2 => ours.shrink_to(n.into()),
                _ => ours.shrink_to_fit(),
            },
            Op::Dedup => {
                ours.dedup();
                std.dedup();
            }
            Op::DedupByKey => {
                ours.dedup_by_key(T::key);
                std.dedup_by_key(|element| element.key());
            }
            Op::Reverse => {
                ours.reverse();
                std.reverse();
            }
            Op::RotateLeft(mid) => {
                ours.rotate_left(scale(mid, len + 1));
                std.rotate_left(scale(mid, len + 1));
            }
            Op::RotateRight(k) => {
                ours.rotate_right(scale(k, len + 1));
                std.rotate_right(scale(k, len + 1));
            }
            Op::Fill(n) => {
                // Everything would be equal from here on; a part is enough.
                let tail = (ours.split_off(len / 2), std.split_off(len / 2));
                ours.fill(T::make(n));
                std.fill(T::make(n));
                ours.extend(tail.0);
                std.extend(tail.1);
            }
            Op::Sort(0) => {
                ours.sort();
                std.sort();
            }
            Op::Sort(1) => {
                ours.sort_by_key(T::key);
                std.sort_by_key(T::key);
            }
            Op::Sort(2) => {
                ours.sort_by_cached_key(T::key);
                std.sort_by_cached_key(T::key);
            }
            Op::Sort(3) => {
                ours.sort_by(|a, b| b.cmp(a));
                std.sort_by(|a, b| b.cmp(a));
            }
            Op::Sort(_) => {
                ours.sort_unstable();
                std.sort_unstable();
            }
            Op::IterMut(at) => {
                for (a, b) in ours.iter_mut().zip(&mut *std).skip(scale(at, len)).step_by(97) {
                    *a = T::make(at);
                    *b = T::make(at);
                }
            }
            Op::ThroughIntoIter => {
                let taken = std::mem::take(ours);
                *ours = taken.into_iter().collect();
            }
            Op::Clear => {
                ours.clear();
                std.clear();
                // Something to go on with.
                ours.extend(some(2_000_usize));
                std.extend(some(2_000_usize));
            }
            Op::Keep => kept.push((ours.clone(), std.clone())),
            Op::GoBack(i) => {
                if !kept.is_empty() {
                    (*ours, *std) = kept[scale(i, kept.len())].clone();
                }
            }
        }
        // Not without end.
        if std.len() > 12_000 {
            ours.truncate(6_000);
            std.truncate(6_000);
        }
        self.check();
    }

    fn check(&self) {
        let Self { ours, std, .. } = self;
        assert_eq!(ours.len(), std.len());
        assert!(ours == std, "the contents differ");
        assert_eq!(ours.pages().len(), ours.page_count());
        assert!(ours.pages().all(|page| !page.is_empty()));
        assert!(ours.capacity() >= ours.len());
        let len = std.len();
        for index in [0, 1, len / 3, len / 2, len.saturating_sub(1), len, usize::MAX] {
            assert_eq!(ours.get(index), std.get(index));
        }
        let size = len / 3 + 1;
        assert!(ours.chunks(size).zip(std.chunks(size)).all(|(a, b)| a == b));
        assert!(ours.rchunks_exact(size).zip(std.rchunks_exact(size)).all(|(a, b)| a == b));
        let few = ours.split(|element| element.key() == 3).rev().take(20);
        assert!(few.eq(std.split(|element| element.key() == 3).rev().take(20)));
    }
}

fn run<T: Element>(len: usize, ops: &[Op]) {
    let mut pair = Pair { ours: some::<T>(len).collect(), std: some(len).collect(), kept: Vec::new() };
    pair.check();
    for op in ops {
        pair.apply(op);
    }
    for index in 0..pair.std.len() {
        assert_eq!(pair.ours.get(index), pair.std.get(index));
    }
    for (version, record) in &pair.kept {
        assert!(version == record, "a clone has changed");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn plain_data_behaves_as_in_a_vec(len in 0..6_000_usize, ops in prop::collection::vec(op(), 1..60)) {
        run::<u32>(len, &ops);
    }

    #[test]
    fn strings_behave_as_in_a_vec(len in 0..1_500_usize, ops in prop::collection::vec(op(), 1..60)) {
        run::<String>(len, &ops);
    }

    #[test]
    fn large_elements_behave_as_in_a_vec(len in 0..300_usize, ops in prop::collection::vec(op(), 1..25)) {
        run::<Big>(len, &ops);
    }
}
