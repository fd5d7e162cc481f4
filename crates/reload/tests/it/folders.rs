//! A folder of files.

use crate::support::{Home, Lines, SETTLE, WAYS, lines, shown, start, until, until_shown};
use readmostly::{CowVec, Source};
use readmostly_reload::{Content, FailureKind, Refused, Reload, Reloader};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

fn folder(path: &Path) -> Lines {
    Reload::folder(path).suffix(".conf").parse(lines).settle(SETTLE)
}

#[test]
fn files_come_in_the_order_of_their_names_and_others_are_skipped() {
    let home = Home::new();
    for name in ["20-b.conf", "10-a.conf", "5-z.conf"] {
        home.write(&format!("conf.d/{name}"), format!("{name}\n"));
    }
    for name in [
        ".hidden.conf",
        "10-a.conf~",
        ".10-a.conf.swp",
        "#10-a.conf#",
        "x.conf.dpkg-old",
        "x.conf.rpmnew",
        "x.tmp",
        "4913",
    ] {
        home.write(&format!("conf.d/{name}"), "to be skipped\n");
    }
    home.write("conf.d/sub.conf/inside.conf", "to be skipped\n");
    let of = |suffix: &str| {
        let names = |content: &Content| {
            Ok::<_, Refused>(content.files().iter().map(|file| file.name().to_owned()).collect::<Vec<_>>())
        };
        let list = Arc::<CowVec<String>>::default();
        let path = home.path("conf.d");
        let reload = Reload::folder(path).suffix(suffix).parse(names).settle(SETTLE).poll(None);
        let reloader: Reloader<CowVec<String>> = reload.into(list).unwrap();
        reloader.target().snapshot().iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(of(".conf"), ["10-a.conf", "20-b.conf", "5-z.conf"]);
    assert_eq!(
        of(""),
        ["10-a.conf", "20-b.conf", "5-z.conf"],
        "what editors and packages leave is skipped anyhow"
    );
}

#[test]
fn files_that_come_go_and_change_are_found() {
    for way in WAYS {
        let home = Home::new();
        home.write("conf.d/1.conf", "a\n");
        let reloader = start(way.of(folder(&home.path("conf.d"))));
        home.write("conf.d/2.conf", "b\n");
        until_shown(&reloader, "a b");
        home.write("conf.d/1.conf", "c\n");
        until_shown(&reloader, "b c");
        home.remove("conf.d/2.conf");
        until_shown(&reloader, "c");
        home.write("conf.d/other", "d\n");
        home.rename("conf.d/other", "conf.d/3.conf");
        until_shown(&reloader, "c d");
    }
}

#[test]
fn one_bad_file_refuses_all_and_is_named() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    home.write("conf.d/2.conf", "b\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    home.write("conf.d/1.conf", "c\n");
    home.write("conf.d/2.conf", "d\nnot good\n");
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(failure.to_string(), "2.conf:2: has a space");
    assert_eq!(shown(&reloader), "a b");
    home.write("conf.d/2.conf", "d\n");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "c d");
}

#[test]
fn a_folder_without_a_file_is_refused_and_says_what_to_do() {
    let home = Home::new();
    let path = home.write("conf.d/1.conf", "a\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    fs::remove_file(path).unwrap();
    home.write("conf.d/README", "");
    let failure = reloader.now().last_error.expect("an error");
    assert!(
        failure.reason.contains("has no file whose name ends in \".conf\": to take nothing"),
        "{failure}"
    );
    assert_eq!(shown(&reloader), "a");
    home.write("conf.d/none.conf", "");
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "");
}

#[cfg(unix)]
#[test]
fn a_link_to_nowhere_is_named() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    home.link("conf.d/2.conf", "nowhere");
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!(failure.kind, FailureKind::Unreadable);
    assert_eq!(failure.file.as_deref(), Some("2.conf"));
}

/// `sites-enabled`, whose files are links to those of `sites-available`.
#[cfg(unix)]
#[test]
fn what_a_link_in_the_folder_leads_to_is_followed() {
    for way in WAYS {
        let home = Home::new();
        home.write("available/1.conf", "a\n");
        fs::create_dir(home.path("enabled")).unwrap();
        home.link("enabled/1.conf", "../available/1.conf");
        let reloader = start(way.of(folder(&home.path("enabled"))));
        home.write("available/1.conf", "b\n");
        until_shown(&reloader, "b");
    }
}

/// A file that was not there at two looks, and was in between.
#[test]
fn a_file_of_a_folder_that_has_come_and_gone_meanwhile_is_not_taken_as_gone() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    home.write("conf.d/2.conf", "b\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    let changed = || fs::metadata(home.path("conf.d")).unwrap().modified().unwrap();
    home.remove("conf.d/2.conf");
    assert!(reloader.look().is_some());
    let before = changed();
    until("the file system tells the times apart", || {
        home.write("conf.d/2.conf", "c\n");
        home.remove("conf.d/2.conf");
        changed() > before
    });
    thread::sleep(SETTLE);
    assert!(reloader.look().is_some(), "it is taken, with {:?}", shown(&reloader));
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "a");
    // What is skipped may come and go.
    home.write("conf.d/1.conf", "d\n");
    assert!(reloader.look().is_some());
    home.write("conf.d/other", "");
    thread::sleep(SETTLE);
    // It might have been one that counts.
    assert!(reloader.look().is_some());
    thread::sleep(SETTLE);
    assert_eq!((reloader.look(), &*shown(&reloader)), (None, "d"));
}

/// Each change of the folder could have been the file that came and went. So one that had gone was never taken as gone, and that was
/// told to be the fault of the folder.
#[test]
fn a_file_that_goes_is_found_beside_one_that_changes_all_the_time() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    home.write("conf.d/2.conf", "b\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    home.remove("conf.d/2.conf");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                home.write("conf.d/log.tmp", "");
                home.rename("conf.d/log.tmp", "conf.d/log");
                thread::sleep(Duration::from_millis(1));
            }
        });
        let status = reloader.now();
        stop.store(true, Ordering::Relaxed);
        assert_eq!((status.last_error, &*shown(&reloader)), (None, "a"));
    });
}

/// One that was never there at a look was not missed at all: what the file system told of the folder did not count.
#[test]
fn a_new_file_that_has_come_and_gone_meanwhile_is_missed_too() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    let changed = || fs::metadata(home.path("conf.d")).unwrap().modified().unwrap();
    home.write("conf.d/1.conf", "b\n");
    assert!(reloader.look().is_some());
    let before = changed();
    until("the file system tells the times apart", || {
        home.write("conf.d/2.conf", "c\n");
        home.remove("conf.d/2.conf");
        changed() > before
    });
    thread::sleep(SETTLE);
    assert!(reloader.look().is_some(), "it is taken, with {:?}", shown(&reloader));
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "b");
}

/// A link to a folder is skipped. Where it was made anew all the time, nothing of its folder was taken.
#[cfg(unix)]
#[test]
fn a_link_to_a_folder_may_be_made_anew_all_the_time() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    home.write("elsewhere/x", "");
    home.link("conf.d/2.conf", "../elsewhere");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    home.write("conf.d/1.conf", "b\n");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                home.link("conf.d/2.conf", "../elsewhere");
                thread::sleep(Duration::from_millis(1));
            }
        });
        let status = reloader.now();
        stop.store(true, Ordering::Relaxed);
        assert_eq!((status.last_error, &*shown(&reloader)), (None, "b"));
    });
}

/// The same after an error: nobody knew which files there should be, and so one that had come and gone was not missed.
#[test]
fn a_file_that_has_come_and_gone_meanwhile_is_missed_after_an_error_too() {
    let home = Home::new();
    home.write("conf.d/1.conf", "a\n");
    home.write("conf.d/2.conf", "b\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None));
    let changed = || fs::metadata(home.path("conf.d")).unwrap().modified().unwrap();
    home.rename("conf.d/1.conf", "1");
    home.rename("conf.d/2.conf", "2");
    assert!(!reloader.now().is_good());
    home.write("conf.d/1.conf", "c\n");
    assert!(reloader.look().is_some());
    let before = changed();
    until("the file system tells the times apart", || {
        home.write("conf.d/2.conf", "b\n");
        home.remove("conf.d/2.conf");
        changed() > before
    });
    thread::sleep(SETTLE);
    assert!(reloader.look().is_some(), "it is taken, with {:?}", shown(&reloader));
    assert!(reloader.now().is_good());
    assert_eq!(shown(&reloader), "c");
}

/// Each file was opened through the links anew, and some were of before a swap. Two looks would not have seen the same.
#[cfg(unix)]
#[test]
fn without_a_settle_time_a_config_map_is_not_taken_half_swapped_either() {
    const KEYS: usize = 20;
    let home = Home::new();
    for generation in ["..1", "..2"] {
        for key in 0..KEYS {
            home.write(&format!("volume/{generation}/{key}"), format!("{generation}\n"));
        }
    }
    home.link("volume/..data", "..1");
    for key in 0..KEYS {
        home.link(&format!("volume/{key}"), &format!("..data/{key}"));
    }
    let same = |content: &Content| {
        let lines = lines(content)?;
        if lines.len() == KEYS && lines.iter().all(|line| *line == lines[0]) {
            Ok(lines)
        } else {
            Err(Refused::new("mixed"))
        }
    };
    let reload = Reload::folder(home.path("volume")).parse(same).settle(Duration::ZERO).poll(None);
    let reloader = start(reload);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                for generation in ["..2", "..1"] {
                    home.link("volume/..data", generation);
                    thread::sleep(Duration::from_millis(1));
                }
            }
        });
        let failures: Vec<_> = (0..300).filter_map(|_| reloader.now().last_error).collect();
        stop.store(true, Ordering::Relaxed);
        let mixed = failures.iter().find(|failure| failure.kind != FailureKind::Restless);
        assert_eq!(mixed, None);
    });
    assert!(reloader.status().applied > 10, "{:?}", reloader.status());
}

/// Both were shown as the same name, and the excerpt was of the other one.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_told_apart() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    for (name, text) in [(b"1\xfe.conf", "a\nsecret\n"), (b"1\xff.conf", "a\nnot good\n")] {
        home.write("conf.d/new", text);
        let name = home.path("conf.d").join(std::ffi::OsStr::from_bytes(name));
        fs::rename(home.path("conf.d/new"), name).unwrap();
    }
    let error = folder(&home.path("conf.d")).excerpt(50).into(Arc::<crate::support::Set>::default());
    assert_eq!(error.unwrap_err().to_string(), "./1\\xff.conf:2: has a space: \"not good\"");
}

/// A name was shown in the way that another one is written.
#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_told_apart_from_one_that_looks_like_it() {
    use std::os::unix::ffi::OsStrExt;
    let home = Home::new();
    home.write("conf.d/1\\xff", "a\n");
    home.write("conf.d/new", "b\n");
    fs::rename(home.path("conf.d/new"), home.path("conf.d").join(std::ffi::OsStr::from_bytes(b"1\xff")))
        .unwrap();
    let names = |content: &Content| {
        Ok::<_, Refused>(content.files().iter().map(|file| file.name().to_owned()).collect::<Vec<_>>())
    };
    let reload = Reload::folder(home.path("conf.d")).parse(names).poll(None);
    let reloader = start(reload.last_good(home.path("copy")));
    assert_eq!(shown(&reloader), "./1\\xff 1\\xff");
    // The copy has them too.
    fs::remove_dir_all(home.path("conf.d")).unwrap();
    let reload = Reload::folder(home.path("conf.d")).parse(names).poll(None);
    assert_eq!(shown(&start(reload.last_good(home.path("copy")))), "./1\\xff 1\\xff");
}

#[test]
fn the_limit_is_of_all_files_together() {
    let home = Home::new();
    home.write("conf.d/1.conf", "1234\n");
    let reloader = start(folder(&home.path("conf.d")).poll(None).limit(10));
    home.write("conf.d/2.conf", "12345\n");
    let failure = reloader.now().last_error.expect("an error");
    assert_eq!((failure.kind, failure.file.as_deref()), (FailureKind::TooLarge, Some("2.conf")));
    // It named what was left of the limit in place of the limit.
    assert_eq!(
        failure.reason,
        "has 6 bytes or more, the files before it have 5, and the limit is 10: raise the limit"
    );
    home.write("conf.d/2.conf", "1235\n");
    assert!(reloader.now().is_good());
}

/// Two files of one volume of Kubernetes: no look may see one of before and one of after the swap.
#[cfg(unix)]
#[test]
fn a_config_map_of_several_files_is_never_seen_half_swapped() {
    for way in WAYS {
        let home = Home::new();
        home.config_map("volume", 1, &[("a", "1\n"), ("b", "1\n")]);
        let same = |content: &Content| {
            let lines = lines(content)?;
            if lines.len() == 2 && lines[0] == lines[1] {
                Ok(lines)
            } else {
                Err(Refused::new(format!("{lines:?}")))
            }
        };
        let builder = Reload::folder(home.path("volume")).parse(same).settle(Duration::from_millis(5));
        let reloader = start(way.of(builder));
        for generation in 2..30 {
            let number = format!("{generation}\n");
            home.config_map("volume", generation, &[("a", &number), ("b", &number)]);
            until("the generation is shown", || {
                assert_eq!(reloader.status().last_error, None);
                shown(&reloader) == number.trim()
            });
        }
        assert_eq!(reloader.target().cell().version(), 29, "each of them once");
    }
}
