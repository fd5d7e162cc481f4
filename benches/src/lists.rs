//! The contenders that hold a sequence of numbers: the library, a slice, and vectors of trees.

use crate::{Contender, Role, time};
use arc_swap::ArcSwap;
use parking_lot::Mutex;
use readmostly::CowVec;
use readmostly::paged::PagedVec;
use rpds::VectorSync;
use std::hint::black_box;
use std::sync::Arc;

/// The names that a bench asks for figures of.
pub mod names {
    /// The library.
    pub const OURS: &str = "readmostly CowVec";
    /// The limit, to be read.
    pub const SLICE: &str = "slice";
    /// imbl's.
    pub const IMBL: &str = "imbl Vector";
    /// rpds'.
    pub const RPDS: &str = "rpds Vector";
    /// A `Vec` that is copied for each write.
    pub const COPIED: &str = "ArcSwap, Vec: clone, change, swap";
    /// imbl's, to be written to.
    pub const IMBL_SWAPPED: &str = "ArcSwap, imbl Vector";
    /// rpds', to be written to.
    pub const RPDS_SWAPPED: &str = "ArcSwap, rpds Vector";
}

/// A sequence for one thread, a clone of which is a version.
trait Sequence: Clone + FromIterator<u64> + Send + Sync + 'static {
    fn iter(&self) -> impl Iterator<Item = &u64>;

    fn at(&self, index: usize) -> u64;

    fn push(&mut self, value: u64);

    fn pop(&mut self);

    fn insert(&mut self, index: usize, value: u64);

    fn remove(&mut self, index: usize);

    fn sort(&mut self);
}

macro_rules! sequence {
    ($($type:ty, $push:ident, $pop:ident, { $($rest:tt)* })*) => {$(
        impl Sequence for $type {
            #[inline]
            fn iter(&self) -> impl Iterator<Item = &u64> {
                self.into_iter()
            }

            #[inline]
            fn at(&self, index: usize) -> u64 {
                self[index]
            }

            fn push(&mut self, value: u64) {
                <$type>::$push(self, value);
            }

            fn pop(&mut self) {
                <$type>::$pop(self);
            }

            $($rest)*
        }
    )*};
    (own $($type:ty, $push:ident, $pop:ident;)*) => {$(
        sequence! {
            $type, $push, $pop, {
                fn insert(&mut self, index: usize, value: u64) {
                    <$type>::insert(self, index, value);
                }

                fn remove(&mut self, index: usize) {
                    <$type>::remove(self, index);
                }

                fn sort(&mut self) {
                    <$type>::sort(self);
                }
            }
        }
    )*};
}

sequence! {
    own
    PagedVec<u64>, push, pop;
    imbl::Vector<u64>, push_back, pop_back;
}

sequence! {
    Vec<u64>, push, pop, {
        fn insert(&mut self, index: usize, value: u64) {
            Vec::insert(self, index, value);
        }

        fn remove(&mut self, index: usize) {
            Vec::remove(self, index);
        }

        #[expect(clippy::stable_sort_primitive, reason = "the others' sort is stable as well")]
        fn sort(&mut self) {
            self.as_mut_slice().sort();
        }
    }
    // It has no such methods: a user takes it apart and makes another one.
    VectorSync<u64>, push_back_mut, drop_last_mut, {
        fn insert(&mut self, index: usize, value: u64) {
            let (before, after) = (self.iter().take(index), self.iter().skip(index));
            *self = before.copied().chain([value]).chain(after.copied()).collect();
        }

        fn remove(&mut self, index: usize) {
            let (before, after) = (self.iter().take(index), self.iter().skip(index + 1));
            *self = before.chain(after).copied().collect();
        }

        fn sort(&mut self) {
            let mut elements: Vec<u64> = self.iter().copied().collect();
            Sequence::sort(&mut elements);
            *self = elements.into_iter().collect();
        }
    }
}

/// A sequence that is read, whichever it is. The loops are in here, so that they are compiled for it.
pub trait Reading: Send + Sync {
    /// Nanoseconds for each element, in a `for` loop that mixes the elements in a way that is not vectorised.
    fn mix(&self) -> f64;

    /// The same, in a `for` loop that adds the elements up, which is vectorised for a slice.
    fn add(&self) -> f64;

    /// The same, with `sum`.
    fn sum(&self) -> f64;

    /// The same, with `for_each`, adding up.
    fn for_each(&self) -> f64;

    /// Nanoseconds for each of `indices`.
    fn index(&self, indices: &[usize]) -> f64;
}

struct Held<T> {
    sequence: T,
    len: usize,
}

impl<T: Sequence> Held<T> {
    /// Passes over the whole, often enough to make a turn of it, after one that does not count.
    fn passes(&self, pass: impl Fn(&T) -> u64) -> f64 {
        let times = (1 << 16) / self.len + 1;
        let pass = || _ = black_box(pass(black_box(&self.sequence)));
        pass();
        time(|| (0..times).for_each(|_| pass())) / (times * self.len) as f64
    }
}

impl<T: Sequence> Reading for Held<T> {
    fn mix(&self) -> f64 {
        self.passes(|sequence| {
            let mut mixed = 0_u64;
            for element in sequence.iter() {
                mixed = mixed.rotate_left(5) ^ element;
            }
            mixed
        })
    }

    fn add(&self) -> f64 {
        self.passes(|sequence| {
            let mut sum = 0_u64;
            for element in sequence.iter() {
                sum += element;
            }
            sum
        })
    }

    fn sum(&self) -> f64 {
        self.passes(|sequence| sequence.iter().sum())
    }

    fn for_each(&self) -> f64 {
        self.passes(|sequence| {
            let mut sum = 0;
            sequence.iter().for_each(|element| sum += element);
            sum
        })
    }

    fn index(&self, indices: &[usize]) -> f64 {
        let sequence = black_box(&self.sequence);
        let pass = || indices.iter().for_each(|index| _ = black_box(sequence.at(*index)));
        pass();
        time(pass) / indices.len() as f64
    }
}

/// Everybody who reads `elements`.
#[must_use]
pub fn readers(elements: &[u64]) -> Vec<Contender<dyn Reading>> {
    fn held<T: Sequence>(elements: &[u64]) -> Box<dyn Reading> {
        Box::new(Held { sequence: elements.iter().copied().collect::<T>(), len: elements.len() })
    }
    vec![
        Contender { name: names::OURS, role: Role::Ours, subject: held::<PagedVec<u64>>(elements) },
        Contender { name: names::SLICE, role: Role::Yardstick, subject: held::<Vec<u64>>(elements) },
        Contender { name: names::IMBL, role: Role::Rival, subject: held::<imbl::Vector<u64>>(elements) },
        Contender { name: names::RPDS, role: Role::Rival, subject: held::<VectorSync<u64>>(elements) },
    ]
}

/// A sequence that is changed while others read it: each change is a write of its own.
pub trait Writing: Send + Sync {
    /// Appends an element.
    fn push(&self, value: u64);

    /// Takes the last one off.
    fn pop(&self);

    /// Inserts an element at `index`.
    fn insert(&self, index: usize, value: u64);

    /// Removes the element at `index`.
    fn remove(&self, index: usize);

    /// Sorts the whole.
    fn sort(&self);

    /// Puts `elements` in place of what is there.
    fn replace(&self, elements: &[u64]);
}

impl Writing for CowVec<u64> {
    fn push(&self, value: u64) {
        CowVec::push(self, value);
    }

    fn pop(&self) {
        CowVec::pop(self);
    }

    fn insert(&self, index: usize, value: u64) {
        CowVec::insert(self, index, value).expect("the index is in range");
    }

    fn remove(&self, index: usize) {
        CowVec::remove(self, index);
    }

    fn sort(&self) {
        CowVec::sort(self);
    }

    fn replace(&self, elements: &[u64]) {
        drop(CowVec::replace(self, elements.iter().copied().collect()));
    }
}

/// In an `ArcSwap`, with a lock for the writers.
struct Swapped<T> {
    current: ArcSwap<T>,
    writer: Mutex<()>,
}

impl<T: Sequence> Swapped<T> {
    fn update(&self, f: impl FnOnce(&mut T)) {
        let _writer = self.writer.lock();
        let mut next = T::clone(&self.current.load());
        f(&mut next);
        self.current.store(Arc::new(next));
    }
}

impl<T: Sequence> Writing for Swapped<T> {
    fn push(&self, value: u64) {
        self.update(|it| it.push(value));
    }

    fn pop(&self) {
        self.update(T::pop);
    }

    fn insert(&self, index: usize, value: u64) {
        self.update(|it| it.insert(index, value));
    }

    fn remove(&self, index: usize) {
        self.update(|it| it.remove(index));
    }

    fn sort(&self) {
        self.update(T::sort);
    }

    fn replace(&self, elements: &[u64]) {
        self.current.store(Arc::new(elements.iter().copied().collect()));
    }
}

/// Everybody who changes `elements`.
#[must_use]
pub fn writers(elements: &[u64]) -> Vec<Contender<dyn Writing>> {
    fn swapped<T: Sequence>(elements: &[u64]) -> Box<dyn Writing> {
        let current = ArcSwap::from_pointee(elements.iter().copied().collect::<T>());
        Box::new(Swapped { current, writer: Mutex::new(()) })
    }
    let ours: CowVec<u64> = elements.iter().copied().collect();
    vec![
        Contender { name: names::OURS, role: Role::Ours, subject: Box::new(ours) },
        Contender { name: names::COPIED, role: Role::Rival, subject: swapped::<Vec<u64>>(elements) },
        Contender {
            name: names::IMBL_SWAPPED,
            role: Role::Rival,
            subject: swapped::<imbl::Vector<u64>>(elements),
        },
        Contender {
            name: names::RPDS_SWAPPED,
            role: Role::Rival,
            subject: swapped::<VectorSync<u64>>(elements),
        },
    ]
}
