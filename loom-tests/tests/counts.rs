//! The counts on the way down to a page: which of them may be read before which (`src/paged/engine/shared.rs`).
//!
//! loom does not see the counts of std's `Arc`. So they are written out here, with std's orderings.

use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
use loom::thread;
use readmostly_loom_tests::outcomes;

/// Two versions of a table have one root, and below it one page.
struct Table {
    root: AtomicUsize,
    page: AtomicUsize,
    entry: AtomicU32,
}

/// Who reads the counts passes a fence after each, or after the last.
#[derive(Clone, Copy)]
enum Fences {
    Each,
    Last,
}

fn is_shared(count: &AtomicUsize, fences: Fences) -> bool {
    if count.load(Ordering::Relaxed) > 1 {
        return true;
    }
    if matches!(fences, Fences::Each) {
        fence(Ordering::Acquire);
    }
    false
}

/// Writes to the page where it is, if nothing on the way to it is shared.
fn write(table: &Table, fences: Fences) -> bool {
    if is_shared(&table.root, fences) || is_shared(&table.page, fences) {
        return false;
    }
    fence(Ordering::Acquire);
    table.entry.store(1, Ordering::Relaxed);
    true
}

/// Copies the root, as a write to another page does, and reads the page. Then it lets go of that too.
fn copy_and_read(table: &Table) -> u32 {
    table.page.fetch_add(1, Ordering::Relaxed);
    table.root.fetch_sub(1, Ordering::Release);
    let seen = table.entry.load(Ordering::Relaxed);
    table.page.fetch_sub(1, Ordering::Release);
    seen
}

/// What the other version has seen, and whether there was a write in place.
fn of(fences: Fences) -> std::collections::BTreeSet<(u32, bool)> {
    outcomes(3, move || {
        let (root, page) = (AtomicUsize::new(2), AtomicUsize::new(1));
        let table = Arc::new(Table { root, page, entry: AtomicU32::new(0) });
        let other = Arc::clone(&table);
        let other = thread::spawn(move || copy_and_read(&other));
        let is_in_place = write(&table, fences);
        (other.join().unwrap(), is_in_place)
    })
}

#[test]
fn g2_a_page_that_another_version_has_is_not_written_in_place() {
    assert_eq!(of(Fences::Each), [(0, false), (0, true)].into());
}

/// So it was. The count of the page could be older than that of the root.
#[test]
fn one_fence_after_all_counts_is_too_late() {
    assert!(of(Fences::Last).contains(&(1, true)));
}
