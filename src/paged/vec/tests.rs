//! What only a look into the directory can show: whether an index is found by a shift. All the other tests use the
//! public interface, to which it makes no difference but time.

use crate::paged::PagedVec;

const PAGE: usize = 1_024;

#[test]
fn an_index_is_found_by_a_shift_where_all_pages_but_the_last_are_full() {
    type Change = fn(&mut PagedVec<usize>);
    // Two full pages and a third.
    let three: PagedVec<usize> = (0..2 * PAGE + 100).collect();
    assert!(three.list.dir().is_regular() && PagedVec::<u8>::new().list.dir().is_regular());
    let changes: [(&str, Change); 16] = [
        ("push", |vec| (0..2 * PAGE).for_each(|n| vec.push(n))),
        ("pop", |vec| (0..2 * PAGE).for_each(|_| _ = vec.pop())),
        ("extend", |vec| vec.extend(0..5_000)),
        ("truncate to a page", |vec| vec.truncate(PAGE)),
        ("truncate", |vec| vec.truncate(PAGE + 5)),
        ("split_off", |vec| assert!(vec.split_off(PAGE + 5).len() > PAGE)),
        ("set", |vec| vec[5] = 0),
        ("swap_remove", |vec| _ = vec.swap_remove(5)),
        ("insert near the end", |vec| vec.insert(2 * PAGE + 5, 0)),
        ("remove near the end", |vec| _ = vec.remove(2 * PAGE + 5)),
        ("insert, and remove", |vec| {
            vec.insert(5, 0);
            assert!(!vec.list.dir().is_regular());
            vec.remove(900);
        }),
        ("remove, and insert", |vec| {
            vec.remove(900);
            assert!(!vec.list.dir().is_regular());
            vec.insert(5, 0);
        }),
        ("remove, and sort", |vec| {
            vec[100] = 0;
            vec.remove(5);
            vec.sort();
        }),
        ("drain a page", |vec| drop(vec.drain(..PAGE))),
        ("splice", |vec| drop(vec.splice(PAGE - 10..2 * PAGE - 10, 0..PAGE))),
        ("insert_all", |vec| vec.insert_all(PAGE, 0..2 * PAGE)),
    ];
    for (name, change) in changes {
        for mut vec in [three.clone(), (0..2 * PAGE + 100).collect()] {
            change(&mut vec);
            let all_full = vec.pages().rev().skip(1).all(|page| page.len() == PAGE);
            assert_eq!(vec.list.dir().is_regular(), all_full, "{name}");
            assert!(all_full || name == "splice", "{name}");
        }
    }
}

#[test]
fn a_page_that_is_too_long_or_too_short_is_no_regular_one() {
    let mut vec: PagedVec<usize> = (0..PAGE).collect();
    vec.insert(5, 0);
    assert!(vec.page_count() == 1 && !vec.list.dir().is_regular());
    assert_eq!((vec.get(PAGE), vec.get(PAGE + 1)), (Some(&(PAGE - 1)), None));
    let mut vec: PagedVec<usize> = (0..PAGE).collect();
    vec.append(&mut (0..=PAGE).collect());
    assert!(vec.page_count() == 3 && vec.list.dir().is_regular());
    vec.append(&mut (0..PAGE).collect());
    assert!(vec.page_count() == 4 && !vec.list.dir().is_regular());
}
