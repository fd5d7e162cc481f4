//! A file, in all ways that it can change, each found by the system's events alone and by the poll alone.

use crate::support::{Home, SETTLE, WAYS, Way, file, lines, shown, start, until, until_shown};
use readmostly_reload::{Content, FailureKind, Refused, Reload};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// Changes a file to each of these contents in turn. More than once, since a watch of the file itself would end with the first.
#[track_caller]
fn follows(change: impl Fn(&Home, &str)) {
    for way in WAYS {
        until(&format!("each change takes less than the settle time, {way:?}"), || {
            let home = Home::new();
            let path = home.write("list", "a\n");
            let reloader = start(way.of(file(&path)));
            assert_eq!(shown(&reloader), "a");
            let mut longest = Duration::ZERO;
            for (content, wanted) in [("a\nb\n", "a b"), ("b\n", "b"), ("c\nd\n", "c d")] {
                let start = Instant::now();
                change(&home, content);
                longest = longest.max(start.elapsed());
                until_shown(&reloader, wanted);
            }
            until(&format!("good again, {way:?}"), || reloader.status().is_good());
            // Where the writer was held up in the middle, its half was there to be taken.
            let at_once = longest < SETTLE;
            assert!(!at_once || reloader.status().applied == 4, "one version for each content, {way:?}");
            at_once
        });
    }
}

#[test]
fn a_write_in_place_is_found() {
    follows(|home, content| drop(home.write("list", content)));
}

#[test]
fn a_rename_over_the_file_is_found() {
    follows(|home, content| {
        home.write("list.new", content);
        home.rename("list.new", "list");
    });
}

/// Vim without `backupcopy`: tries whether it may write, moves the file away, writes a new one, and removes the old one.
#[test]
fn the_backup_dance_of_vim_is_found() {
    follows(|home, content| {
        home.write("4913", "");
        home.remove("4913");
        home.rename("list", "list~");
        home.write("list", content);
        home.remove("list~");
    });
}

#[test]
fn a_truncation_and_a_write_later_are_one_change() {
    follows(|home, content| {
        let mut file = File::create(home.path("list")).unwrap();
        thread::sleep(SETTLE / 4);
        file.write_all(content.as_bytes()).unwrap();
    });
}

#[test]
fn a_file_that_is_deleted_and_created_is_found() {
    follows(|home, content| {
        home.remove("list");
        home.write("list", content);
    });
}

/// What a daemon writes that keeps its file open, byte by byte: there is no close to wait for.
#[test]
fn a_file_that_stays_open_for_writing_is_found() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("list", "a\n");
        let reloader = start(way.of(file(&path)));
        let mut open = OpenOptions::new().append(true).open(&path).unwrap();
        open.write_all(b"b\n").unwrap();
        until_shown(&reloader, "a b");
        open.write_all(b"c\n").unwrap();
        until_shown(&reloader, "a b c");
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_elsewhere_is_found() {
    for way in WAYS {
        let home = Home::new();
        home.write("one/list", "a\n");
        home.write("two/list", "b\n");
        home.link("list", "one/list");
        let reloader = start(way.of(file(&home.path("list"))));
        home.link("list", "two/list");
        until_shown(&reloader, "b");
        home.write("two/list", "c\n");
        until_shown(&reloader, "c");
        // A folder that it has led through before.
        home.link("list", "one/list");
        until_shown(&reloader, "a");
    }
}

/// As a deployment by releases does it: `current -> releases/1`, and the file is some folders below.
#[cfg(unix)]
#[test]
fn a_link_far_above_the_file_is_followed() {
    for way in WAYS {
        let home = Home::new();
        for release in 1..=3 {
            home.write(&format!("releases/{release}/app/conf/list"), format!("{release}\n"));
        }
        home.link("current", "releases/1");
        let reloader = start(way.of(file(&home.path("current/app/conf/list"))));
        for release in [2, 3] {
            home.link("current", &format!("releases/{release}"));
            until_shown(&reloader, &release.to_string());
        }
    }
}

#[test]
fn a_folder_that_is_replaced_is_followed() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("conf/list", "a\n");
        let reloader = start(way.of(file(&path)));
        home.write("conf.new/list", "b\n");
        home.rename("conf", "conf.old");
        home.rename("conf.new", "conf");
        until_shown(&reloader, "b");
        // The new folder is looked at, and no longer the old one.
        home.write("conf.old/list", "old\n");
        home.write("conf/list", "c\n");
        until_shown(&reloader, "c");
        fs::remove_dir_all(home.path("conf")).unwrap();
        until(&format!("told that it is gone, {way:?}"), || !reloader.status().is_good());
        // So that the thread sleeps again: nobody is left to tell of the folder but its parent.
        thread::sleep(SETTLE * 5);
        home.write("conf/list", "d\n");
        until_shown(&reloader, "d");
    }
}

#[test]
fn a_file_that_is_gone_is_an_error_and_changes_nothing() {
    for way in WAYS {
        let home = Home::new();
        let path = home.write("list", "a\n");
        let reloader = start(way.of(file(&path)));
        home.remove("list");
        until("told", || !reloader.status().is_good());
        let failure = reloader.status().last_error.unwrap();
        assert_eq!(failure.kind, FailureKind::Unreadable);
        assert!(
            failure.to_string().starts_with(&format!("{}: cannot be read: ", path.display())),
            "{failure}"
        );
        assert_eq!(shown(&reloader), "a");
        home.write("list", "a\n");
        until("good again", || reloader.status().is_good());
        assert_eq!(reloader.status().version, 1, "the same content is no new version");
    }
}

/// A look at a file of another kind returns: a FIFO that nobody writes to would hang a plain open for ever.
#[cfg(unix)]
#[test]
fn a_fifo_a_folder_or_a_socket_in_place_of_the_file_is_an_error() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    let assert_refused = |what: &str| {
        let failure = reloader.now().last_error.expect("an error");
        assert_eq!(failure.kind, FailureKind::Unreadable);
        assert!(failure.reason.contains(what), "{failure}");
        assert_eq!(shown(&reloader), "a");
    };
    home.remove("list");
    let made = std::process::Command::new("mkfifo").arg(&path).status().expect("mkfifo runs");
    assert!(made.success());
    assert_refused("is a FIFO, a socket or a device, and not a file");
    home.remove("list");
    fs::create_dir(&path).unwrap();
    assert_refused("is a folder, and not a file");
    fs::remove_dir(&path).unwrap();
    let socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
    assert_refused("cannot be read: ");
    drop(socket);
    home.remove("list");
    home.write("list", "b\n");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "b");
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_an_error_until_it_has_it() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(Way::of(WAYS[0], file(&path)));
    home.write("list", "b\n");
    until_shown(&reloader, "b");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if File::open(&path).is_ok() {
        eprintln!("skipped: this user may read everything, as root may");
        return;
    }
    until("told", || !reloader.status().is_good());
    assert!(reloader.status().last_error.unwrap().reason.contains("denied"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    until("good again", || reloader.status().is_good());
}

#[test]
fn a_file_that_is_too_large_is_refused_with_its_size_and_the_limit() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None).limit(10));
    home.write("list", "0123456789\n");
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(failure.kind, FailureKind::TooLarge);
    assert!(failure.reason.contains("has 11 bytes or more, and the limit is 10"), "{failure}");
    home.write("list", "012345678\n");
    assert!(reloader.now().is_good(), "a file of exactly the limit");
    assert_eq!(shown(&reloader), "012345678");
}

/// A file without an end is read up to the limit, whatever its length says.
#[cfg(target_os = "linux")]
#[test]
fn a_file_that_hides_its_length_is_read_up_to_the_limit() {
    let parse = |content: &Content| Ok::<_, Refused>(vec![content.len().to_string()]);
    let of =
        |limit| Reload::file("/proc/self/maps").parse(parse).settle(Duration::ZERO).poll(None).limit(limit);
    let error = of(100).into(Arc::<readmostly::CowVec<String>>::default()).unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::TooLarge);
    assert!(of(1 << 20).into(Arc::<readmostly::CowVec<String>>::default()).is_ok());
}

#[test]
fn a_file_that_is_not_utf8_is_refused_with_its_place() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.write("list", b"a\nb\nal\xe9\n");
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!((failure.kind, failure.line, failure.column), (FailureKind::Parse, Some(3), Some(3)));
    assert_eq!(failure.to_string(), format!("{}:3:3: not UTF-8, at byte 6 of the file", path.display()));
    assert_eq!(shown(&reloader), "a");
}

/// The empty file between a truncation and the write that follows: a look there decides nothing.
#[test]
fn an_empty_file_seen_half_way_is_not_taken() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    let mut open = File::create(&path).unwrap();
    assert!(reloader.look().is_some(), "an empty file was taken at once");
    open.write_all(b"b\n").unwrap();
    assert!(reloader.look().is_some());
    open.write_all(b"c\n").unwrap();
    assert!(reloader.look().is_some());
    assert_eq!(shown(&reloader), "a");
    let status = reloader.now();
    assert_eq!((&*shown(&reloader), status.applied, status.failed), ("b c", 2, 0));
}

#[test]
fn a_content_that_was_the_same_twice_is_not_taken_before_the_settle_time_is_over() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let settle = Duration::from_millis(500);
    let reloader = start(file(&path).poll(None).settle(settle));
    home.write("list", "b\n");
    let began = Instant::now();
    while let Some(wait) = reloader.look() {
        assert!(wait <= settle);
        assert_eq!(shown(&reloader), "a");
        thread::sleep(wait / 3);
    }
    assert!(began.elapsed() >= settle, "{:?}", began.elapsed());
    assert_eq!(shown(&reloader), "b");
}

/// The same, where nobody waits: it is the settle time that keeps the empty file out.
#[test]
fn without_a_settle_time_what_is_seen_is_taken() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None).settle(Duration::ZERO));
    File::create(&path).unwrap();
    assert_eq!(reloader.look(), None);
    assert_eq!(shown(&reloader), "");
}

#[test]
fn a_file_that_comes_back_within_the_settle_time_was_never_gone() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.remove("list");
    assert!(reloader.look().is_some(), "its absence was told at once");
    home.write("list", "a\n");
    assert_eq!(reloader.look(), None, "what was told last needs no second look");
    assert!(reloader.status().is_good());
    assert_eq!(reloader.status().failed, 0);
}

/// When a file or folder was changed last.
fn changed(path: &Path) -> SystemTime {
    fs::metadata(path).unwrap().modified().unwrap()
}

/// A writer that truncates, pauses and writes, over and over: two looks that each met the empty file took it for one at rest, and
/// the table was empty.
#[test]
fn an_empty_file_that_was_written_to_meanwhile_has_not_rested() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.write("list", "");
    assert!(reloader.look().is_some());
    let before = changed(&path);
    until("the file system tells the times apart", || {
        home.write("list", "b\n");
        home.write("list", "");
        changed(&path) > before
    });
    thread::sleep(SETTLE);
    assert!(reloader.look().is_some(), "it is taken, with {:?}", shown(&reloader));
    assert_eq!(shown(&reloader), "a");
    // One that does rest is taken.
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "");
}

/// The same with a removal.
#[test]
fn a_file_that_has_come_and_gone_meanwhile_is_not_told_as_gone() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let reloader = start(file(&path).poll(None));
    home.remove("list");
    assert!(reloader.look().is_some());
    let before = changed(&home.path(""));
    until("the file system tells the times apart", || {
        home.write("list", "b\n");
        home.remove("list");
        changed(&home.path("")) > before
    });
    thread::sleep(SETTLE);
    assert!(reloader.look().is_some(), "{:?}", reloader.status().last_error);
    assert!(reloader.status().is_good());
    assert_eq!(reloader.now().last_error.expect("an error").kind, FailureKind::Unreadable);
}

/// A link that led to the empty file for a moment, over and over: nothing had touched the empty file, so it was taken.
#[cfg(unix)]
#[test]
fn a_link_that_has_led_elsewhere_meanwhile_has_not_rested() {
    let home = Home::new();
    home.write("full/list", "a\n");
    home.write("empty/list", "");
    // As a volume of Kubernetes has it, and a plain one.
    for (followed, link, [full, empty]) in [
        ("volume/list", "volume/..data", ["../full", "../empty"]),
        ("link", "link", ["full/list", "empty/list"]),
    ] {
        fs::create_dir_all(home.path("volume")).unwrap();
        home.link(link, full);
        if followed != link {
            home.link(followed, "..data/list");
        }
        let reloader = start(file(&home.path(followed)).poll(None));
        let changed = || fs::symlink_metadata(home.path(link)).unwrap().modified().unwrap();
        home.link(link, empty);
        assert!(reloader.look().is_some());
        let before = changed();
        until("the file system tells the times apart", || {
            home.link(link, full);
            home.link(link, empty);
            changed() > before
        });
        thread::sleep(SETTLE);
        assert!(reloader.look().is_some(), "it is taken, with {:?}", shown(&reloader));
        assert_eq!(shown(&reloader), "a");
        // One that does rest is taken.
        assert!(reloader.now().is_good());
        assert_eq!(shown(&reloader), "");
    }
}

/// The folder had changed at each look, and so the absence of the file had never rested. It took 50 settle times, and the error was
/// another one.
#[test]
fn a_file_that_is_not_there_is_told_of_in_a_busy_folder_too() {
    let home = Home::new();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                home.write(&format!("other-{number}"), "");
                thread::sleep(SETTLE / 10);
                home.remove(&format!("other-{number}"));
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let error = file(&home.path("list")).into(Arc::<crate::support::Set>::default()).unwrap_err();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(error.failure.kind, FailureKind::Unreadable, "{error}");
    });
}

/// A loop with a timer that is much slower than the settle time got an error for a file that is replaced by renames.
#[test]
fn a_file_that_changes_between_seldom_looks_is_not_restless() {
    let home = Home::new();
    let path = home.write("list", "0\n");
    let settle = Duration::from_millis(1);
    let reloader = start(file(&path).poll(None).settle(settle));
    for number in 1..4 {
        home.write("new", format!("{number}\n"));
        home.rename("new", "list");
        assert!(reloader.look().is_some(), "{:?}", reloader.status().last_error);
        thread::sleep(settle * 60);
    }
    assert_eq!(reloader.look(), None);
    assert_eq!((&*shown(&reloader), reloader.status().failed), ("3", 0));
}

#[test]
fn a_file_that_never_rests_is_an_error_until_it_does() {
    let home = Home::new();
    let path = home.write("list", "0\n");
    let reloader = start(file(&path).poll(None).settle(Duration::from_millis(2)));
    for number in 1.. {
        home.write("list", format!("{number}\n"));
        if reloader.look().is_none() {
            break;
        }
        assert!(number < 1_000_000, "it goes on looking for ever");
    }
    let failure = reloader.status().last_error.expect("an error");
    assert_eq!(failure.kind, FailureKind::Restless);
    assert_eq!(shown(&reloader), "0");
    home.write("list", "a\n");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "a");
}

/// Many thousand lines, which a writer replaces in place, in parts, over and over: no part of them is ever taken.
#[test]
fn a_file_that_is_changed_while_it_is_read_is_never_taken_in_part() {
    const LINES: usize = 20_000;
    let content =
        |number: u32| (0..LINES).fold(String::new(), |all, line| all + &format!("{line}:{number}\n"));
    let home = Home::new();
    let path = home.write("list", content(0));
    let numbers = |content: &Content| -> Result<Vec<String>, Refused> {
        let lines = lines(content)?;
        let number = |line: &String| line.split_once(':').map(|(_, number)| number.to_owned());
        let first = lines.first().and_then(number);
        assert_eq!(lines.len(), LINES, "a part");
        assert!(lines.iter().all(|line| number(line) == first), "of two contents");
        Ok(first.into_iter().collect())
    };
    // Longer than a busy machine has the writer wait between two parts.
    let settle = SETTLE * 10;
    let reloader =
        Reload::file(&path).parse(numbers).settle(settle).poll(Duration::from_millis(1)).into(Arc::default());
    let reloader: readmostly_reload::Reloader<crate::support::Set> = reloader.unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 1..20 {
                let content = content(number);
                let mut file = File::create(&path).unwrap();
                for part in content.as_bytes().chunks(content.len() / 4) {
                    file.write_all(part).unwrap();
                    thread::sleep(Duration::from_millis(1));
                }
                // So that some of them have time to settle.
                thread::sleep(settle * (number % 3));
            }
            stop.store(true, Ordering::Release);
        });
        until("the writer is done", || {
            let status = reloader.status();
            let failure = status.last_error.filter(|failure| failure.kind != FailureKind::Restless);
            assert_eq!(failure, None);
            stop.load(Ordering::Acquire)
        });
    });
    until_shown(&reloader, "19");
    assert_eq!(reloader.status().last_error, None);
}
