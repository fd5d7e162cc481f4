//! What does a fork cost, and what does a write to it copy?
//!
//! A fork takes one step, whatever the size: it holds the same pages, and no element moves. The first write to a page,
//! on either side, copies that page alone. This program shows it by the addresses of the elements.
//!
//! `cargo run --example share`

use std::ptr;

use readmostly::CowVec;
use readmostly::paged::PagedVec;

const ELEMENTS: u64 = 100_000;

fn main() {
    let original: CowVec<u64> = (0..ELEMENTS).collect();
    let fork = original.fork();
    println!("A vector of {ELEMENTS} numbers, and its fork:");
    show(&original, &fork);
    let (before, pages) = (original.snapshot(), original.load().page_count());
    assert!(before.ptr_eq(&fork.load()));
    assert_eq!(moved(&before, &fork.load()), 0);

    println!("\nOne element of the fork is set:");
    fork.set(50_000, 0).expect("the index is in range");
    show(&original, &fork);
    let after = fork.snapshot();
    let page = after.pages().find(|page| page.as_ptr_range().contains(&address(&after, 50_000)));
    let copied = page.expect("a page holds the element").len();
    println!("  the page of element 50,000 was copied, with its {copied} elements, and no other");
    assert_eq!(after.shared_pages(&before), pages - 1);
    assert_eq!(moved(&before, &after), copied);
    assert_ne!(address(&before, 50_000), address(&after, 50_000));
    assert_eq!(address(&before, 0), address(&after, 0));

    println!("\nIts neighbour is set, in a write of its own:");
    let address_before = address(&after, 50_001);
    drop(after);
    fork.set(50_001, 0).expect("the index is in range");
    show(&original, &fork);
    println!("  a reader might hold the version before, and so the page was copied again:");
    println!("  element 50,001 was at {address_before:?}, and is at {:?}", address(&fork.load(), 50_001));
    assert_ne!(address(&fork.load(), 50_001), address_before);

    println!("\nFour elements of one page are set, all in one update, which copies it once:");
    fork.update(|draft| {
        for index in [0, 1, 2, 3] {
            draft[index] = 7;
        }
    });
    show(&original, &fork);
    assert_eq!(fork.load().shared_pages(&before), pages - 2);

    // The original never noticed.
    assert!(original.load().ptr_eq(&before));
    assert_eq!((original.get(50_000), original.version()), (Some(50_000), 0));
    println!("\nThe original is at version {}, as it was.", original.version());
}

/// Shows where a few elements are on both sides, and how many pages are shared.
fn show(original: &CowVec<u64>, fork: &CowVec<u64>) {
    let (original, fork) = (original.snapshot(), fork.snapshot());
    for index in [0, 50_000, 99_999] {
        let (here, there) = (address(&original, index), address(&fork, index));
        let same = if here == there { "the same" } else { "its own" };
        println!("  element {index:>6} at {here:?}, in the fork at {there:?}: {same}");
    }
    println!("  {} of {} pages are shared", original.shared_pages(&fork), fork.page_count());
}

/// Where an element is. The address is only shown and compared, never used.
fn address(elements: &PagedVec<u64>, index: usize) -> *const u64 {
    ptr::from_ref(&elements[index])
}

/// How many elements are at another address.
fn moved(before: &PagedVec<u64>, after: &PagedVec<u64>) -> usize {
    before.iter().zip(after.iter()).filter(|&(here, there)| !ptr::eq(here, there)).count()
}
