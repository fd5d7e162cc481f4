//! Code of the user's that panics: nothing changes, it is told, and the reload goes on.

use crate::support::{Home, OFTEN, Set, file, lines, shown, start, until, until_shown};
use readmostly::{CowCell, CowSet, Keep, Watch};
use readmostly_reload::{Content, FailureKind, Provenance, Refused, Reload};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A reload whose content says what is to panic.
#[track_caller]
fn assert_told(reloader: &readmostly_reload::Reloader<Set>, home: &Home, content: &str, message: &str) {
    // In one step: a busy machine may let the settle time pass between a truncation and the write.
    let write = |content| {
        home.write("new", content);
        home.rename("new", "list");
    };
    write(content);
    until("told", || !reloader.status().is_good());
    let failure = reloader.status().last_error.expect("an error");
    assert_eq!(failure.kind, FailureKind::Panic);
    assert_eq!(failure.reason, message);
    assert_eq!(shown(reloader), "a");
    write("a\n");
    until("good again", || reloader.status().is_good());
}

#[test]
fn a_panic_in_the_parser_or_the_validator_changes_nothing_and_the_thread_goes_on() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let parse = |content: &Content| {
        let lines = lines(content)?;
        match lines.first().map(String::as_str) {
            Some("parse") => panic!("the line {} is bad", 7),
            Some("odd") => panic_any(7),
            _ => Ok::<_, Refused>(lines),
        }
    };
    let validate = |_: &readmostly::paged::PagedSet<String>, new: &readmostly::paged::PagedSet<String>| {
        assert!(!new.contains("validate"), "checked");
        Ok::<_, Refused>(())
    };
    let builder = Reload::file(&path).parse(parse).validate(validate).settle(OFTEN).poll(OFTEN);
    let reloader = start(builder);
    assert_told(&reloader, &home, "parse\n", "a panic in the parser: the line 7 is bad");
    assert_told(&reloader, &home, "odd\n", "a panic in the parser: without a message");
    assert_told(
        &reloader,
        &home,
        "validate\n",
        "a panic in the validator, or the destructor of a value: checked",
    );
    assert_eq!(reloader.status().failed, 3);
    home.write("list", "b\n");
    until_shown(&reloader, "b");
}

/// std shows what was to be sliced.
#[test]
fn the_text_of_a_panic_shows_no_content_unless_that_is_wanted() {
    let start = |excerpt| {
        let source = || Ok::<_, Refused>(Some(Content::from_bytes("list", "pässword-is-hunter2")));
        let parse = |content: &Content| content.text().map(|text| text[..2].to_owned());
        let reload = Reload::source(source).parse(parse).excerpt(excerpt).poll(None);
        reload.into(std::sync::Arc::new(readmostly::CowCell::new(String::new()))).unwrap_err().to_string()
    };
    let error = start(0);
    assert!(!error.contains("hunter2") && error.contains("on standard error"), "{error}");
    assert!(start(1).contains("hunter2"));
}

#[test]
fn a_panic_in_the_source_is_told_and_the_next_look_is_another() {
    let looks = AtomicU32::new(0);
    let source = move || match looks.fetch_add(1, Ordering::Relaxed) {
        0 => Ok::<_, Refused>(Some(Content::from_bytes("list", "a\n"))),
        1 => panic!("no answer"),
        _ => Ok(Some(Content::from_bytes("list", "b\n"))),
    };
    let reloader = start(Reload::source(source).parse(lines));
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!((failure.kind, &*failure.reason), (FailureKind::Panic, "a panic in the source: no answer"));
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "b");
}

/// Panics where it is told to: in `eq`, in `clone`, or when it is dropped.
#[derive(Debug)]
struct Odd(String);

static IN_EQ: AtomicBool = AtomicBool::new(false);
static IN_DROP: AtomicBool = AtomicBool::new(false);

impl PartialEq for Odd {
    fn eq(&self, other: &Self) -> bool {
        assert!(!IN_EQ.load(Ordering::Relaxed), "compared");
        self.0 == other.0
    }
}

impl Drop for Odd {
    fn drop(&mut self) {
        assert!(self.0 != "refused" || !IN_DROP.swap(false, Ordering::Relaxed), "dropped");
    }
}

#[test]
fn a_panic_in_a_value_changes_nothing() {
    let answer = Arc::new(Mutex::new("a"));
    let said = Arc::clone(&answer);
    let source = move || Ok::<_, Refused>(Some(Content::from_bytes("odd", *said.lock().unwrap())));
    let parse = |content: &Content| content.text().map(|text| Odd(text.to_owned()));
    let validate = |_: &Odd, new: &Odd| if new.0 == "refused" { Err("refused") } else { Ok(()) };
    let cell = Arc::new(CowCell::new(Odd(String::new())));
    let reloader = Reload::source(source).parse(parse).validate(validate).into(cell).unwrap();
    let say = |text| {
        *answer.lock().unwrap() = text;
        reloader.now().last_error.map(|failure| (failure.kind, failure.reason))
    };
    IN_EQ.store(true, Ordering::Relaxed);
    let (kind, reason) = say("b").expect("an error");
    assert_eq!(
        (kind, &*reason),
        (FailureKind::Panic, "a panic in `Hash`, `Eq` or `Clone` of a value: compared")
    );
    IN_EQ.store(false, Ordering::Relaxed);
    IN_DROP.store(true, Ordering::Relaxed);
    let (kind, reason) = say("refused").expect("an error");
    assert_eq!((kind, reason.ends_with("dropped")), (FailureKind::Panic, true));
    assert_eq!(reloader.target().load().0, "a");
    assert_eq!(say("c"), None);
    assert_eq!(reloader.target().load().0, "c");
}

/// A value that was never in force was reported as taken, and its content was written to the copy: the panic of its destructor was
/// taken for one after the swap, since another writer had published.
#[test]
fn a_panic_in_the_destructor_of_a_value_that_was_overtaken_is_not_a_version() {
    struct Bomb {
        text: String,
        armed: Arc<AtomicBool>,
    }
    impl PartialEq for Bomb {
        fn eq(&self, other: &Self) -> bool {
            self.text == other.text
        }
    }
    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(self.text != "2" || !self.armed.swap(false, Ordering::Relaxed), "dropped");
        }
    }
    let home = Home::new();
    let armed = Arc::new(AtomicBool::new(false));
    let bomb = {
        let armed = Arc::clone(&armed);
        move |text: &str| Bomb { text: text.to_owned(), armed: Arc::clone(&armed) }
    };
    let cell = Arc::new(CowCell::new(bomb("0")));
    let mut answers = ["1", "2"].into_iter().map(|text| Content::from_bytes("bomb", text));
    let source = move || Ok::<_, Refused>(answers.next());
    let (parsed, other, writer) = (bomb.clone(), bomb("77"), Arc::clone(&cell));
    let mut other = Some(other);
    let bases = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bases);
    let reloader = Reload::source(source)
        .parse(move |content| content.text().map(&parsed))
        .validate(move |old: &Bomb, new: &Bomb| {
            seen.lock().unwrap().push(old.text.clone());
            if let Some(other) = (new.text == "2").then(|| other.take()).flatten() {
                writer.replace(other);
                armed.store(true, Ordering::Relaxed);
            }
            Ok::<_, Refused>(())
        })
        .last_good(home.path("copy"))
        .into(Arc::clone(&cell))
        .unwrap();
    let status = reloader.now();
    assert_eq!(*bases.lock().unwrap(), ["0", "1", "77"], "it is worked out again");
    assert_eq!((&*cell.load().text, cell.version()), ("2", 3));
    assert_eq!((status.version, status.applied, status.last_error), (3, 2, None));
    assert!(std::fs::read_to_string(home.path("copy")).unwrap().ends_with("\n2\n"));
}

struct Panicking(AtomicU32);

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
        panic!("woken");
    }
}

/// It is not the content's fault, and readers see the version already.
#[test]
fn a_panic_in_a_waker_of_somebody_elses_comes_after_the_version() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let set = Arc::new(CowSet::new());
    let reloader = file(&path).poll(None).into(Arc::clone(&set)).unwrap();
    let waker = Arc::new(Panicking(AtomicU32::new(0)));
    let mut watches = (Watch::new(Arc::clone(&set)), reloader.watch_status());
    let mut futures = (Box::pin(watches.0.changed()), Box::pin(watches.1.changed()));
    let with = Waker::from(Arc::clone(&waker));
    assert!(matches!(futures.0.as_mut().poll(&mut Context::from_waker(&with)), Poll::Pending));
    assert!(matches!(futures.1.as_mut().poll(&mut Context::from_waker(&with)), Poll::Pending));
    home.write("list", "b\n");
    let status = reloader.now();
    assert_eq!(waker.0.load(Ordering::Relaxed), 2, "both were woken");
    assert_eq!(
        (shown(&reloader), status.applied, status.version, status.last_error),
        ("b".into(), 2, 2, None)
    );
    assert!(reloader.last_update().is_none(), "the one before is not the last");
    home.write("list", "c\n");
    assert_eq!(reloader.now().applied, 3);
}

/// The older version was in force, and the status told of the one before it until the next change of the source.
#[test]
fn a_panic_in_a_rollback_leaves_a_status_that_is_true() {
    struct Value(u32, Arc<AtomicBool>);
    impl PartialEq for Value {
        fn eq(&self, other: &Self) -> bool {
            assert!(!self.1.load(Ordering::Relaxed), "compared");
            self.0 == other.0
        }
    }
    impl Clone for Value {
        fn clone(&self) -> Self {
            Self(self.0, Arc::clone(&self.1))
        }
    }
    let odd = Arc::new(AtomicBool::new(false));
    let (mut answers, inside) = (["1", "2"].into_iter(), Arc::clone(&odd));
    let source = move || Ok::<_, Refused>(answers.next().map(|text| Content::from_bytes("number", text)));
    let parse =
        move |content: &Content| content.text().map(|text| Value(text.parse().unwrap(), Arc::clone(&inside)));
    let cell = Arc::new(CowCell::new(Value(0, Arc::clone(&odd))));
    let reload = Reload::source(source).parse(parse).keep(Keep::versions(10));
    let reloader = reload.into(Arc::clone(&cell)).unwrap();
    let rollback = |version| catch_unwind(AssertUnwindSafe(|| reloader.rollback(version).unwrap()));
    let before = reloader.now();
    odd.store(true, Ordering::Relaxed);
    assert!(rollback(1).is_err());
    odd.store(false, Ordering::Relaxed);
    assert_eq!((cell.load().0, cell.version(), reloader.status()), (2, 2, before), "nothing has changed");
    // A write of this thread: it would wait for itself.
    assert!(cell.update(|_| rollback(1)).is_err());
    assert_eq!(reloader.status().rolled_back, 0);
    let version = cell.version();
    // A waker panics after the swap.
    let mut watch = Watch::new(Arc::clone(&cell));
    let mut changed = Box::pin(watch.changed());
    let with = Waker::from(Arc::new(Panicking(AtomicU32::new(0))));
    assert!(changed.as_mut().poll(&mut Context::from_waker(&with)).is_pending());
    assert!(rollback(1).is_err());
    let status = reloader.status();
    assert_eq!((cell.load().0, cell.version(), status.version), (1, version + 1, version + 1));
    assert!(matches!((status.rolled_back, status.provenance), (1, Provenance::Rollback { to: 1, .. })));
    let update = reloader.last_update().unwrap();
    assert_eq!((update.old.0, update.new.0), (2, 1));
    assert_eq!(reloader.now().version, version + 1);
    assert_eq!(rollback(2).unwrap().rolled_back, 2);
}
