//! The status: what is counted, since when, and who is told.

use crate::support::{Home, OFTEN, Set, file, lines, shown, start, until, until_shown};
use readmostly::paged::PagedSet;
use readmostly::{Keep, Snapshot};
use readmostly_reload::{Content, FailureKind, Provenance, Refused, Reload, UnknownVersion};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

/// dskit 262 and logstash 6149: after a bad content the same good one as before is good again, though its values are no news.
#[test]
fn the_same_good_content_after_a_bad_one_is_good_again() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.write("list", "not good\n");
    assert!(!reloader.now().is_good());
    home.write("list", "a\n");
    let status = reloader.now();
    assert_eq!((status.last_error, status.version, status.applied, status.failed), (None, 1, 1, 1));
    // And so it is where the source was only gone.
    home.remove("list");
    assert!(!reloader.now().is_good());
    home.write("list", "a\n");
    let status = reloader.now();
    assert_eq!((status.last_error, status.version, status.failed), (None, 1, 2));
}

/// `VictoriaMetrics` 4786: a file that is still bad turned the flag green at the next look, since it had not changed.
#[test]
fn a_content_that_is_still_bad_stays_bad_and_counts_once() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.write("list", "not good\n");
    let first = reloader.now();
    let since = first.last_error.as_ref().expect("an error").since;
    assert_eq!((first.failed, first.unchanged), (1, 0));
    for _ in 0..3 {
        let before = SystemTime::now();
        let next = reloader.now();
        assert_eq!(next.last_error, first.last_error, "the same, and since then");
        assert!(next.checked_at >= before);
        assert_eq!(next.failed, 1);
    }
    assert_eq!(reloader.status().unchanged, 3);
    // Another bad content is another failure, of the same time without a good one.
    home.write("list", "a\nnot good\n");
    let next = reloader.now();
    let failure = next.last_error.expect("an error");
    assert_eq!((next.failed, failure.line, failure.since), (2, Some(2), since));
    // A source that cannot be read counts once, too, and then the same content again does not.
    home.remove("list");
    assert_eq!((reloader.now().failed, reloader.now().failed), (3, 3));
    home.write("list", "a\nnot good\n");
    let next = reloader.now();
    assert_eq!((next.failed, next.last_error.expect("an error").since), (3, since));
}

/// The verdict was final: a validator that compares with what is in force, or asks another table, could not take it back.
#[test]
fn now_asks_again_about_a_refused_content_and_a_look_does_not() {
    let (calls, is_closed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(true)));
    let (count, closed) = (Arc::clone(&calls), Arc::clone(&is_closed));
    let mut answers = ["a\n", "b\n"].into_iter().map(|text| Content::from_bytes("list", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let validate = move |_: &PagedSet<String>, new: &PagedSet<String>| {
        count.fetch_add(1, Ordering::Relaxed);
        if new.contains("b") && closed.load(Ordering::Relaxed) { Err("closed") } else { Ok(()) }
    };
    let reloader = start(Reload::source(source).parse(lines).validate(validate));
    let first = reloader.now();
    assert_eq!((first.failed, calls.load(Ordering::Relaxed)), (1, 2));
    assert_eq!(reloader.look(), None);
    assert_eq!((reloader.status().last_error, calls.load(Ordering::Relaxed)), (first.last_error.clone(), 2));
    // Refused again it counts once, and since the first time.
    let again = reloader.now();
    assert_eq!((again.last_error, again.failed, again.unchanged), (first.last_error, 1, 2));
    assert_eq!(calls.load(Ordering::Relaxed), 3);
    is_closed.store(false, Ordering::Relaxed);
    assert_eq!(reloader.look(), None);
    assert_eq!((&*shown(&reloader), reloader.status().is_good()), ("a", false));
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.is_good(), status.applied), ("b", true, 2));
}

#[test]
fn equal_content_is_not_parsed_again_and_equal_values_are_no_version() {
    let home = Home::new();
    let path = home.write("list", "a\nb\n");
    let parsed = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = std::sync::Arc::clone(&parsed);
    let parse = move |content: &Content| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        lines(content)
    };
    let parsed = || parsed.load(std::sync::atomic::Ordering::Relaxed);
    let reloader = start(Reload::file(&path).parse(parse).settle(Duration::ZERO).poll(None));
    home.write("list", "a\nb\n");
    assert_eq!((reloader.now().unchanged, parsed()), (1, 1));
    home.write("list", "b\na\nb\n");
    let status = reloader.now();
    assert_eq!((status.unchanged, parsed(), status.version), (2, 2, 1));
    let fingerprint = status.fingerprint;
    home.write("list", "a\nb\nc\n");
    let status = reloader.now();
    assert_eq!((status.applied, parsed(), status.version), (2, 3, 2));
    assert_ne!(status.fingerprint, fingerprint);
}

#[test]
fn what_a_reload_has_changed_is_counted_and_can_be_asked_for() {
    let home = Home::new();
    let path = home.write("list", "a\nb\nc\n");
    let reloader = start(file(&path).poll(None));
    let changes = reloader.status().changes;
    assert_eq!((changes.added, changes.removed, changes.updated), (3, 0, 0));
    home.write("list", "c\nd\n");
    let changes = reloader.now().changes;
    assert_eq!((changes.added, changes.removed, changes.updated), (1, 2, 0));
    let update = reloader.last_update().expect("an update");
    let mut keys: Vec<_> = update.old.diff(&update.new).map(|change| change.key().clone()).collect();
    keys.sort();
    assert_eq!(keys, ["a", "b", "d"]);
    // A refused content changes nothing of that.
    home.write("list", "not good\n");
    assert_eq!(reloader.now().changes, changes);
    assert_eq!(reloader.last_update().unwrap().new, update.new);
}

#[test]
fn a_watch_is_woken_for_events_and_not_for_looks() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    let mut watch = reloader.watch_status();
    for _ in 0..3 {
        reloader.now();
    }
    assert!(watch.try_next().is_none(), "told of a look that found nothing");
    home.write("list", "not good\n");
    thread::scope(|scope| {
        let sleeper = scope.spawn(|| watch.next_timeout(Duration::from_secs(60)).expect("told"));
        reloader.now();
        let update = sleeper.join().unwrap();
        assert!(update.old.is_good() && !update.new.is_good());
    });
    reloader.now();
    assert!(watch.try_next().is_none(), "told of a failure twice");
    home.write("list", "a\n");
    reloader.now();
    assert!(watch.try_next().expect("told").new.is_good());
}

#[test]
fn an_excerpt_is_shown_only_if_it_is_asked_for() {
    let home = Home::new();
    let secret = "password = \u{e9}hunter2";
    for (characters, wanted) in [(0, None), (13, Some("password = \u{e9}…")), (100, Some(secret))] {
        let path = home.write("list", "a\n");
        let reloader = start(file(&path).poll(None).excerpt(characters));
        home.write("list", format!("a\n{secret}\n"));
        let failure = reloader.now().last_error.expect("an error");
        assert_eq!(failure.excerpt.as_deref(), wanted);
        let said = format!("{failure} {:?} {}", reloader.status(), reloader.status().prometheus("x"));
        assert_eq!(said.contains("pass"), wanted.is_some(), "{said}");
        assert!(
            !format!("{reloader:?} {:?}", Content::from_bytes("x", secret)).contains("hunter2")
                || characters > 20
        );
    }
}

/// Somebody who may put a file into a folder could write lines of his own into logs.
#[test]
fn the_name_of_a_file_is_one_line() {
    let refused = readmostly_reload::Refused::new("is bad").in_file("a\nb\u{1b}[31m é\u{7}").at_line(7);
    assert_eq!(refused.to_string(), r"a\nb\u{1b}[31m é\u{7}:7: is bad");
}

#[test]
fn an_excerpt_is_a_line_as_the_text_has_it() {
    let home = Home::new();
    let path = home.write("list", "\u{feff}is bad\r\na\r\n");
    let error = file(&path).excerpt(100).into(std::sync::Arc::<crate::support::Set>::default()).unwrap_err();
    assert_eq!(error.failure.excerpt.as_deref(), Some("is bad"));
}

#[test]
fn a_reason_of_any_length_is_shown_in_part() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let parse = |content: &Content| if content.len() > 2 { Err("é".repeat(10_000)) } else { Ok(Vec::new()) };
    let reloader = start(Reload::file(&path).parse(parse).poll(None));
    home.write("list", "long\n");
    assert_eq!(reloader.now().last_error.expect("an error").reason.chars().count(), 500);
}

#[test]
fn an_error_of_another_type_is_told_with_its_causes() {
    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("no number")
        }
    }
    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }
    let source = || Ok::<_, Refused>(Some(Content::from_bytes("number", "7x")));
    let parse = |content: &Content| match content.text() {
        Ok(text) => text.parse::<u32>().map_err(Outer),
        Err(_) => unreachable!("it is UTF-8"),
    };
    let cell = std::sync::Arc::new(readmostly::CowCell::new(0));
    let error = Reload::source(source).parse(parse).into(cell).unwrap_err();
    assert_eq!(error.to_string(), "number: no number: invalid digit found in string");
}

/// The causes were asked for without an end.
#[test]
fn an_error_that_is_its_own_cause_is_told() {
    #[derive(Debug)]
    struct Own;
    impl std::fmt::Display for Own {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("it is what it is")
        }
    }
    impl std::error::Error for Own {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&Own)
        }
    }
    let source = || Err::<Option<Content>, _>(Own);
    let error = Reload::source(source).parse(lines).into(Arc::<Set>::default()).unwrap_err();
    assert_eq!(error.to_string(), "the source: it is what it is");
}

#[test]
fn a_rollback_stays_until_the_content_changes() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(OFTEN).keep(Keep::versions(10)));
    home.write("list", "b\n");
    until_shown(&reloader, "b");
    let status = reloader.rollback(1).unwrap();
    assert_eq!((shown(&reloader), status.version, status.rolled_back), ("a".into(), 3, 1));
    assert!(matches!(status.provenance, Provenance::Rollback { to: 1, .. }));
    assert_eq!((status.changes.added, status.changes.removed), (1, 1));
    let looks = status.unchanged;
    until("some polls", || reloader.status().unchanged > looks + 3);
    assert_eq!((shown(&reloader), reloader.status().provenance), ("a".into(), status.provenance));
    // A source that is gone and comes back has not changed.
    home.rename("list", "elsewhere");
    until("told", || !reloader.status().is_good());
    home.rename("elsewhere", "list");
    until("good again", || reloader.status().is_good());
    assert_eq!((shown(&reloader), reloader.status().provenance), ("a".into(), status.provenance));
    home.write("list", "c\n");
    until_shown(&reloader, "c");
    assert_eq!(reloader.status().provenance, Provenance::Source);
}

/// A mistake that was rolled back came into force again after another content had been refused for a moment.
#[test]
fn a_content_that_was_rolled_back_is_no_news_after_a_bad_one() {
    let mut answers = ["a\n", "b\n", "not good\n", "b\n", "c\n"].into_iter();
    let source = move || Ok::<_, Refused>(answers.next().map(|text| Content::from_bytes("list", text)));
    let reloader = start(Reload::source(source).parse(lines).keep(Keep::versions(10)));
    assert_eq!(reloader.now().version, 2);
    let rolled_back = reloader.rollback(1).unwrap();
    assert!(!reloader.now().is_good());
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.is_good(), status.version), ("a", true, 3));
    assert_eq!(status.provenance, rolled_back.provenance);
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.provenance), ("c", Provenance::Source));
}

/// It was that of the source, which is not in force then.
#[test]
fn the_fingerprint_is_that_of_the_version_in_force_also_after_a_rollback() {
    let mut answers = ["a\n", "b\n", "c\n"].map(|text| Content::from_bytes("list", text)).into_iter();
    let [a, b, c] = ["a\n", "b\n", "c\n"].map(|text| Content::from_bytes("list", text).fingerprint());
    let source = move || Ok::<_, Refused>(answers.next());
    let reloader = start(Reload::source(source).parse(lines).keep(Keep::versions(10)));
    assert_eq!(reloader.status().fingerprint, a);
    // Another writer's version is made of the content before it.
    reloader.target().insert("x".into());
    assert_eq!(reloader.now().fingerprint, b);
    assert_eq!(reloader.rollback(1).unwrap().fingerprint, a);
    assert_eq!(reloader.rollback(3).unwrap().fingerprint, b);
    assert_eq!(reloader.rollback(2).unwrap().fingerprint, a);
    let status = reloader.rollback(5).unwrap();
    assert_eq!((&*shown(&reloader), status.version, status.fingerprint), ("b", 7, b));
    assert_eq!(reloader.rollback(0).unwrap().fingerprint, Content::new([]).fingerprint());
    assert_eq!(reloader.now().fingerprint, c);
}

/// It published nothing, and yet the status told of a rollback that has changed nothing.
#[test]
fn a_rollback_to_the_current_version_does_nothing() {
    let mut answers = ["a\n", "b\n"].into_iter().map(|text| Content::from_bytes("list", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let reloader = start(Reload::source(source).parse(lines).keep(Keep::versions(10)));
    let before = reloader.now();
    let mut watch = reloader.watch_status();
    assert_eq!(reloader.rollback(2).unwrap(), before);
    assert!(watch.try_next().is_none());
    let update = reloader.last_update().unwrap();
    assert_eq!((Snapshot::version(&update.old), Snapshot::version(&update.new)), (1, 2));
}

/// It published a version in which nothing differed, each time, and the versions that are kept fell out for it.
#[test]
fn a_rollback_to_equal_values_does_nothing() {
    let mut answers = ["a\n", "b\n"].into_iter().map(|text| Content::from_bytes("list", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let reloader = start(Reload::source(source).parse(lines).keep(Keep::versions(3)));
    reloader.now();
    let first = reloader.rollback(1).unwrap();
    for _ in 0..5 {
        assert_eq!(reloader.rollback(1).unwrap(), first);
    }
    assert_eq!((&*shown(&reloader), first.version, first.rolled_back), ("a", 3, 1));
    assert_eq!(reloader.rollback(2).unwrap().version, 4);
}

#[test]
fn a_rollback_to_nowhere_says_what_there_is() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None).keep(Keep::versions(1)));
    for content in ["b\n", "c\n"] {
        home.write("list", content);
        reloader.now();
    }
    let error: UnknownVersion = reloader.rollback(7).unwrap_err();
    assert_eq!((error.version, &error.there[..]), (7, &[2, 3][..]));
    assert_eq!(error.to_string(), "version 7 is not kept, but 2, 3: `Builder::keep` says how many are");
    assert_eq!((shown(&reloader), reloader.status().rolled_back), ("c".into(), 0));
    // The one that is there already: nothing to publish.
    assert_eq!(reloader.rollback(3).unwrap().version, 3);
}

#[test]
fn the_status_is_prometheus_text() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.write("list", "not good\n");
    let status = reloader.now();
    let text = status.prometheus("my-app.list").to_string();
    let seconds = |time: SystemTime| {
        let since = time.duration_since(std::time::UNIX_EPOCH).unwrap();
        format!("{}.{:03}", since.as_secs(), since.subsec_millis())
    };
    for (name, kind, value) in [
        ("last_reload_successful", "gauge", "0".to_owned()),
        ("last_reload_success_timestamp_seconds", "gauge", seconds(status.applied_at)),
        ("last_reload_check_timestamp_seconds", "gauge", seconds(status.checked_at)),
        ("reload_version", "gauge", "1".to_owned()),
        ("reload_from_source", "gauge", "1".to_owned()),
        ("reload_saved", "gauge", "1".to_owned()),
        ("reloads_applied_total", "counter", "1".to_owned()),
        ("reloads_unchanged_total", "counter", "0".to_owned()),
        ("reloads_failed_total", "counter", "1".to_owned()),
        ("reloads_rolled_back_total", "counter", "0".to_owned()),
    ] {
        let name = format!("my_app_list_{name}");
        let at = text.find(&format!("# HELP {name} ")).unwrap_or_else(|| panic!("no {name} in {text}"));
        let rest: Vec<_> = text[at..].lines().take(3).collect();
        // A rollback and a start from the copy set it as well, and its help did not say so.
        let is_time = name.ends_with("_success_timestamp_seconds");
        assert!(!is_time || rest[0].ends_with("from the source or its copy, or a version rolled back."));
        assert_eq!(rest[1..], [format!("# TYPE {name} {kind}"), format!("{name} {value}")]);
    }
    assert_eq!(text.lines().count(), 30);
    assert!(status.prometheus("7up").to_string().starts_with("# HELP _7up_"));
    assert_eq!(status.last_error.unwrap().kind, FailureKind::Parse);
}

/// It had one more, for the sign that something was left out.
#[test]
fn a_reason_and_an_excerpt_have_no_more_characters_than_they_may() {
    let long = |characters: usize| "\u{1d11e}".repeat(characters);
    for (length, wanted) in [(499, long(499)), (500, long(500)), (501, long(499) + "…")] {
        let refuse = move |_: &Content| Err::<Vec<String>, _>(Refused::new(long(length)).at_line(1));
        for (excerpt, shown) in [(2, long(1) + "…"), (1, "…".into())] {
            let source = move || Ok::<_, Refused>(Some(Content::from_bytes("list", long(3))));
            let reload = Reload::source(source).parse(refuse).excerpt(excerpt);
            let failure = reload.into(Arc::<Set>::default()).unwrap_err().failure;
            assert_eq!(failure.reason, wanted);
            assert_eq!(failure.excerpt, Some(shown));
        }
    }
}

/// A name turned the direction of the rest of the line, or ended it for who counts all ends of lines.
#[test]
fn a_name_ends_no_line_and_turns_none() {
    for (character, shown) in [
        ('\n', "\\n"),
        ('\u{1b}', "\\u{1b}"),
        ('\u{85}', "\\u{85}"),
        ('\u{2028}', "\\u{2028}"),
        ('\u{2029}', "\\u{2029}"),
        ('\u{200f}', "\\u{200f}"),
        ('\u{202e}', "\\u{202e}"),
        ('\u{2066}', "\\u{2066}"),
        ('é', "é"),
    ] {
        let refused = Refused::new("is bad").in_file(format!("a{character}b"));
        assert_eq!(refused.to_string(), format!("a{shown}b: is bad"));
    }
}
