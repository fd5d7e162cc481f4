//! Each container, loaded by what a parser may return for it.

use readmostly::paged::PagedVec;
use readmostly::{
    CowCell, CowIndexMap, CowIndexSet, CowMap, CowOrdMap, CowOrdSet, CowSet, CowVec, Keep, Source,
};
use readmostly_reload::{Changes, Content, Refused, Reload, Reloader, Target};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

/// Says what it is told to say.
fn saying(answer: &Arc<Mutex<String>>) -> Reload {
    let answer = Arc::clone(answer);
    Reload::source(move || Ok::<_, Refused>(Some(Content::from_bytes("it", answer.lock().unwrap().clone()))))
}

/// Reloads from each text in turn, and compares what changed and what the status says.
fn reloads<C, N>(
    parse: impl FnMut(&Content) -> Result<N, Refused> + Send + 'static,
    steps: &[(&str, [usize; 3])],
) -> Reloader<C>
where
    C: Target<N> + Default + Send + Sync + 'static,
    C::Value: Send + Sync,
    N: 'static,
{
    let answer = Arc::new(Mutex::new(String::from(steps[0].0)));
    let reloader = saying(&answer).parse(parse).into(Arc::<C>::default()).unwrap();
    let mut version = 0;
    for (text, [added, removed, updated]) in steps {
        *answer.lock().unwrap() = String::from(*text);
        let status = reloader.now();
        let changes = Changes { added: *added, removed: *removed, updated: *updated };
        if !changes.is_empty() {
            version += 1;
            assert_eq!(status.changes, changes, "{text}");
        }
        assert_eq!(reloader.target().cell().version(), version, "{text}");
    }
    reloader
}

/// The pairs of a text, in its order.
fn pairs(content: &Content) -> Result<Vec<(String, String)>, Refused> {
    let pairs = content.text()?.split(' ').filter_map(|pair| pair.split_once('='));
    Ok(pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn words(content: &Content) -> Result<Vec<String>, Refused> {
    Ok(content.text()?.split_whitespace().map(String::from).collect())
}

#[test]
fn a_map_takes_entries() {
    let parse = |content: &Content| pairs(content).map(BTreeMap::from_iter);
    let steps = [("a=1 b=2", [2, 0, 0]), ("b=2 a=1", [0; 3]), ("b=3 c=4", [1, 1, 1]), ("", [0, 2, 0])];
    let reloader: Reloader<CowMap<String, String>> = reloads(parse, &steps);
    assert!(reloader.target().is_empty());
}

#[test]
fn a_set_takes_elements() {
    let parse =
        |content: &Content| Ok(content.text()?.split_whitespace().map(String::from).collect::<HashSet<_>>());
    let steps = [("a b", [2, 0, 0]), ("b a a", [0; 3]), ("b c", [1, 1, 0])];
    let reloader: Reloader<CowSet<String>> = reloads(parse, &steps);
    assert!(reloader.target().contains("c"));
}

#[test]
fn an_ordered_map_and_set_take_what_comes_in_any_order() {
    let steps = [("b=2 a=1", [2, 0, 0]), ("a=1 b=9 b=2", [0; 3]), ("c=4 b=3", [1, 1, 1]), ("", [0, 2, 0])];
    let reloader: Reloader<CowOrdMap<String, String>> = reloads(pairs, &steps[..3]);
    assert_eq!(reloader.target().get_ge("a"), Some(("b".into(), "3".into())));
    let reloader: Reloader<CowOrdMap<String, String>> = reloads(pairs, &steps);
    assert!(reloader.target().is_empty());
    let steps = [("b a", [2, 0, 0]), ("a b b", [0; 3]), ("c b", [1, 1, 0])];
    let reloader: Reloader<CowOrdSet<String>> = reloads(words, &steps);
    assert_eq!((reloader.target().first(), reloader.target().last()), (Some("b".into()), Some("c".into())));
}

#[test]
fn the_order_of_the_source_is_that_of_insertion() {
    let steps = [
        ("b=1 a=2", [2, 0, 0]),
        ("b=9 a=2 b=1", [0; 3]),
        ("b=1 a=3 c=4", [1, 0, 1]),
        // Its place has changed, and nothing else.
        ("a=3 c=4 b=1", [1, 1, 0]),
        ("a=3 b=1", [0, 1, 0]),
    ];
    let reloader: Reloader<CowIndexMap<String, String>> = reloads(pairs, &steps);
    assert!(reloader.target().load().keys().eq(["a", "b"]));
    let steps = [("b a", [2, 0, 0]), ("b a b", [0; 3]), ("a b", [1, 1, 0]), ("a b c", [1, 0, 0])];
    let reloader: Reloader<CowIndexSet<String>> = reloads(words, &steps);
    assert!(reloader.target().load().iter().eq(["a", "b", "c"]));
}

#[test]
fn a_rollback_brings_the_order_back() {
    let answer = Arc::new(Mutex::new(String::from("b a")));
    let set: Arc<CowIndexSet<String>> = Arc::default();
    let reloader = saying(&answer).parse(words).keep(Keep::versions(4)).into(Arc::clone(&set)).unwrap();
    let version = set.version();
    *answer.lock().unwrap() = String::from("a b");
    reloader.now();
    assert!(set.version() == version + 1 && set.load().iter().eq(["a", "b"]));
    reloader.rollback(version).unwrap();
    assert!(set.version() == version + 2 && set.load().iter().eq(["b", "a"]));
}

#[test]
fn a_vector_takes_elements_in_their_order() {
    let parse = |content: &Content| Ok(content.text()?.chars().collect::<Vec<_>>());
    let steps = [
        ("abcdef", [6, 0, 0]),
        ("abcdef", [0; 3]),
        ("abXdef", [1, 1, 0]),
        ("abXdefg", [1, 0, 0]),
        ("zabXdefg", [1, 0, 0]),
        ("zabdefg", [0, 1, 0]),
        ("", [0, 7, 0]),
        ("aaa", [3, 0, 0]),
        ("aa", [0, 1, 0]),
        ("aaaa", [2, 0, 0]),
    ];
    let reloader: Reloader<CowVec<char>> = reloads(parse, &steps);
    assert_eq!(*reloader.target().load(), ['a'; 4]);
}

/// All pairs of short words: what is made of one for the other is the other, whatever they have in common.
#[test]
fn a_vector_becomes_any_other() {
    let mut words = vec![vec![]];
    for length in 0..4 {
        let longer = words.iter().filter(|word: &&Vec<char>| word.len() == length);
        let longer = longer.flat_map(|word| ['a', 'b', 'c'].map(|letter| [&word[..], &[letter]].concat()));
        words.extend(longer.collect::<Vec<_>>());
    }
    assert_eq!(words.len(), 121);
    for old in &words {
        let base: PagedVec<char> = old.iter().copied().collect();
        for new in &words {
            let made = <CowVec<char> as Target<Vec<char>>>::make(&base, new.clone());
            assert_eq!(made, *new, "of {old:?}");
            let changes = <CowVec<char> as Target<Vec<char>>>::changes(&base, &made);
            assert_eq!(changes.is_empty(), old == new, "{old:?} {new:?}");
        }
    }
}

#[test]
fn a_vector_keeps_the_pages_before_and_after_what_changes() {
    let base: PagedVec<u32> = (0..100_000).collect();
    let wanted = (0..100_000).map(|n| if n == 50_000 { 7 } else { n });
    let made = <CowVec<u32> as Target<_>>::make(&base, wanted);
    assert!(
        made.shared_pages(&base) + 2 >= made.page_count(),
        "{} of {}",
        made.shared_pages(&base),
        made.page_count()
    );
}

/// Whoever follows the container would walk all of it otherwise.
#[test]
fn the_others_keep_all_pages_but_those_that_change() {
    macro_rules! keeps {
        ($container:ty, $entry:expr) => {
            let entry = $entry;
            let base: <$container as Source>::Value = (0..100_000).map(|n| entry(n, 0)).collect();
            let wanted = (0..100_000).map(|n| entry(n, u32::from(n == 99_999)));
            let made = <$container as Target<_>>::make(&base, wanted);
            let (shared, all) = (made.shared_pages(&base), made.page_count());
            // The one that goes, the one that comes, and in an ordered one those that lead there.
            assert!(
                all > 50 && shared < all && shared + 6 >= all,
                "{}: {shared} of {all}",
                stringify!($container)
            );
        };
    }
    keeps!(CowMap<u32, u32>, |n, changed| (n, changed));
    keeps!(CowOrdMap<u32, u32>, |n, changed| (n, changed));
    keeps!(CowIndexMap<u32, u32>, |n, changed| (n, changed));
    keeps!(CowSet<u32>, |n, changed| n + changed);
    keeps!(CowOrdSet<u32>, |n, changed| n + changed);
    keeps!(CowIndexSet<u32>, |n, changed| n + changed);
}

#[test]
fn a_cell_takes_a_value() {
    let parse = |content: &Content| Ok(content.text()?.trim().to_owned());
    let steps = [("a", [0, 0, 1]), ("a\n", [0; 3]), ("b", [0, 0, 1])];
    let reloader: Reloader<CowCell<String>> = reloads(parse, &steps);
    assert_eq!(*reloader.target().load(), "b");
}
