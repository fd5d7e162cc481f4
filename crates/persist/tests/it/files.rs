//! The folder: who may read it, who locks it, and what an error says.

use readmostly::paged::PagedSet;
use readmostly::{CowSet, CowVec};
use readmostly_persist::{Compression, Durable, Error, ErrorKind, Key, Options, Store};
use std::fs;
use std::path::Path;
use std::time::Duration;

type Sets = Store<PagedSet<String>>;

fn set() -> CowSet<String> {
    (0..100).map(|n| format!("a secret {n}")).collect()
}

#[cfg(unix)]
#[test]
fn files_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let store = Sets::open(&folder, Options::new()).unwrap();
    let id = store.save(&set().snapshot()).unwrap().id;
    store.tag(id, "a").unwrap();
    for file in fs::read_dir(&folder).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
    }
}

/// The process went on by the name, and wrote into the folder of another one: what that one had confirmed was lost.
#[cfg(unix)]
#[test]
fn nothing_is_written_where_the_folder_is_another() {
    type Numbers = Durable<CowSet<u32>>;
    let home = tempfile::tempdir().unwrap();
    let (folder, away) = (home.path().join("data"), home.path().join("away"));
    let names = || {
        let mut names: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|file| file.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let (table, _) = Numbers::open(&folder, Options::new()).unwrap();
    table.insert(1).unwrap();
    fs::rename(&folder, &away).unwrap();
    let (other, _) = Numbers::open(&folder, Options::new()).unwrap();
    other.insert(2).unwrap();
    let before = names();
    for error in [table.insert(3).unwrap_err(), table.fold().unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Locked);
        assert!(
            error.to_string().contains("moved or replaced") && error.file() == Some(&folder.join("lock"))
        );
    }
    assert_eq!(names(), before);
    drop(other);
    assert!(Numbers::open(&folder, Options::new()).unwrap().0.load().iter().eq(&[2]));
    // It goes on where the folder is back.
    fs::remove_dir_all(&folder).unwrap();
    assert_eq!(table.insert(3).unwrap_err().kind(), ErrorKind::Locked);
    fs::rename(&away, &folder).unwrap();
    table.insert(4).unwrap();
    // A lock that somebody has removed is no lock.
    fs::remove_file(folder.join("lock")).unwrap();
    assert_eq!(table.fold().unwrap_err().kind(), ErrorKind::Locked);
    drop(table);
    let (table, _) = Numbers::open(&folder, Options::new()).unwrap();
    assert_eq!(table.load().len(), 2);
    drop(table);

    let store = Sets::open(&away, Options::new()).unwrap();
    let id = store.save(&set().snapshot()).unwrap().id;
    store.tag(id, "b").unwrap();
    fs::rename(&away, home.path().join("far")).unwrap();
    let _other = Sets::open(&away, Options::new()).unwrap();
    assert_eq!(store.save(&CowSet::default().snapshot()).unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(store.tag(id, "a").unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(fs::read_dir(&away).unwrap().count(), 1);
}

#[test]
fn folders_are_made_and_stay_where_they_were() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("a/b/c");
    let store = Sets::open(&folder, Options::new()).unwrap();
    assert!(store.load().unwrap().is_none());
    store.save(&set().snapshot()).unwrap();
    assert!(store.list()[0].file.starts_with(&folder));
    let missing = Sets::open_read_only(home.path().join("x"), Options::new()).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Io);
    assert!(!home.path().join("x").exists());
}

#[test]
fn a_folder_is_locked_while_a_store_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sets::open(&folder, Options::new()).unwrap();
    let error = Sets::open(&folder, Options::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Locked);
    assert!(error.to_string().contains("another process has the store open"), "{error}");
    drop(store);
    Sets::open(&folder, Options::new()).unwrap();
}

/// A process that is being started has the files of this one for a moment.
#[cfg(unix)]
#[test]
fn a_store_can_be_opened_again_while_processes_are_started() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let starting = scope.spawn(|| {
            for _ in 0..50 {
                std::process::Command::new("true").status().unwrap();
            }
        });
        while !starting.is_finished() {
            Sets::open(&folder, Options::new()).unwrap();
        }
    });
}

#[cfg(unix)]
#[test]
fn what_is_in_the_place_of_a_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sets::open(&folder, Options::new()).unwrap();
    store.save(&set().snapshot()).unwrap();
    let file = store.list()[0].file.clone();
    drop(store);
    fs::create_dir(folder.path().join("9.rmstore")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("8.rmstore")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(folder.path().join("7.rmstore")).status().unwrap().success()
    );
    let store = Sets::open(&folder, Options::new()).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!(loaded.value, *set().load());
    assert_eq!(loaded.skipped.len(), 3);
    for skipped in &loaded.skipped {
        assert_eq!(skipped.reason.kind(), ErrorKind::Io, "{}", skipped.reason);
    }
    // The next file is newer than all of these say they are.
    set().insert("more".into());
    fs::remove_file(file).unwrap();
    assert!(store.save(&set().snapshot()).is_ok());
}

/// A log with such a name was not seen, and the table was empty.
#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_name_is_not_utf_8_is_told() {
    use std::os::unix::ffi::OsStrExt as _;

    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap();
    table.insert("a".to_owned()).unwrap();
    drop(table);
    let named = |end: &str| {
        let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
        files.into_iter().find(|file| file.extension().is_some_and(|ending| ending == end)).unwrap()
    };
    let (log, full) = (named("rmlog"), named("rmstore"));
    for (file, bytes) in [(&full, &b"\xff.rmstore"[..]), (&log, b"\xff.rmlog")] {
        let other = folder.path().join(std::ffi::OsStr::from_bytes(bytes));
        fs::rename(file, &other).unwrap();
        let error = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap_err().to_string();
        let is_log = file == &log;
        assert!(error.contains("not UTF-8") || !is_log, "{error}");
        let look = Sets::open_read_only(&folder, Options::new()).unwrap();
        look.load_logged().unwrap_err();
        assert_eq!(look.unreadable().len(), usize::from(!is_log));
        if !is_log {
            assert!(look.unreadable()[0].reason.to_string().contains("not UTF-8"));
        }
        fs::rename(&other, file).unwrap();
    }
    assert_eq!(Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap().0.load().len(), 1);
}

#[test]
fn nothing_of_the_content_or_the_key_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let key = Key::new(*b"the key the key the key the key!");
    let options = Options::new().key(key.clone());
    let store = Sets::open(&folder, options.clone()).unwrap();
    store.save(&set().snapshot()).unwrap();
    let info = store.list().remove(0);
    let shown = format!("{store:?} {info:?} {key:?} {options:?}");
    drop(store);
    let bytes = fs::read(&info.file).unwrap();
    let mut changed = bytes.clone();
    changed[300] ^= 1;
    fs::write(&info.file, &changed).unwrap();
    let error = Sets::open(&folder, options).unwrap().load().unwrap_err();
    let other = Store::<PagedSet<u64>>::open(&folder, Options::new()).unwrap().load().unwrap_err();
    for shown in [shown, error.to_string(), format!("{error:?}"), other.to_string(), format!("{other:?}")] {
        assert!(!shown.contains("secret") && !shown.contains("the key the"), "{shown}");
        assert!(!shown.contains("116, 104, 101"), "{shown}");
    }
    assert!(error.to_string().contains("restore the file from a copy"), "{error}");
}

#[test]
fn what_is_shared_by_threads_is() {
    fn is<T: Send + Sync + 'static>() {}
    is::<Sets>();
    is::<readmostly_persist::Error>();
    is::<Options>();
    is::<readmostly_persist::RawTable>();
}

/// No state is followed by an older one.
#[test]
fn threads_save_what_is_current() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sets::open(&folder, Options::new()).unwrap();
    let set = set();
    for round in 0..10 {
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (store, set) = (&store, &set);
                scope.spawn(move || {
                    set.insert(format!("{thread} {round}"));
                    store.save_current(set).unwrap();
                });
            }
        });
        let newest = store.list().pop().unwrap();
        assert_eq!(store.load_at(newest.id).unwrap().value, *set.load());
    }
}

/// One thread writes at a time, and each state is there.
#[test]
fn threads_save_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sets::open(&folder, Options::new().keep(100)).unwrap();
    let set = set();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (store, set) = (&store, &set);
            scope.spawn(move || {
                for round in 0..5 {
                    set.insert(format!("{thread} {round}"));
                    let snapshot = set.snapshot();
                    let id = store.save(&snapshot).unwrap().id;
                    assert_eq!(store.load_at(id).unwrap().value, *snapshot);
                }
            });
        }
    });
}

/// A store would show an older state, and a save of its own would not count.
#[test]
fn a_store_does_not_take_a_folder_with_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap();
    table.insert("a".to_owned()).unwrap();
    drop(table);
    let error = Sets::open(&folder, Options::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InUse);
    assert!(error.to_string().contains("open the folder with `Durable`"), "{error}");
    assert!(Sets::open_read_only(&folder, Options::new()).unwrap().load().unwrap().is_some());
    let (table, _) = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap();
    assert!(table.load().contains("a"));
}

/// Opens a folder that is locked, and runs `unlock` while that waits.
fn opened_after(folder: &Path, unlock: impl FnOnce()) -> Result<(), Error> {
    let (opens, opened) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let options = Options::new().wait_for_lock(Duration::from_secs(60));
            opens.send(Sets::open(folder, options).map(drop)).unwrap();
        });
        opened.recv_timeout(Duration::from_millis(200)).expect_err("it waits");
        unlock();
        opened.recv().unwrap()
    })
}

#[test]
fn an_open_waits_for_the_lock_for_as_long_as_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let before = Sets::open(&folder, Options::new()).unwrap();
    for wait in [0, 50] {
        let options = Options::new().wait_for_lock(Duration::from_millis(wait));
        assert_eq!(Sets::open(&folder, options).unwrap_err().kind(), ErrorKind::Locked);
    }
    opened_after(folder.path(), || drop(before)).unwrap();
}

/// It looked for a log before it waited, and then did not see what the table had confirmed meanwhile.
#[test]
fn an_open_that_waits_for_a_durable_table_sees_that_it_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap();
    let opened = opened_after(folder.path(), || {
        table.insert("a".to_owned()).unwrap();
        drop(table);
    });
    assert_eq!(opened.unwrap_err().kind(), ErrorKind::InUse);
    let (table, _) = Durable::<CowSet<String>>::open(&folder, Options::new()).unwrap();
    assert_eq!(table.load().len(), 1);
}

/// It kept a megabyte, and so did the log before, where a disk has little more.
#[test]
fn a_log_keeps_no_more_room_than_it_may_have_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (list, _) = Durable::<CowVec<u64>>::open(&folder, Options::new().log_size(100_000)).unwrap();
    list.push(1).unwrap();
    list.fold().unwrap();
    list.push(2).unwrap();
    let logs = fs::read_dir(&folder).unwrap().map(|file| file.unwrap());
    let logs: Vec<_> =
        logs.filter(|file| file.path().extension().is_some_and(|end| end == "rmlog")).collect();
    assert_eq!(logs.len(), 2);
    assert!(logs.iter().all(|log| log.metadata().unwrap().len() <= 100_000), "{logs:?}");
}

#[test]
fn a_log_keeps_little_room_also_for_what_a_codec_makes_small() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new().compression(Compression::Lz4);
    let (list, _) = Durable::<CowVec<u64>>::open(&folder, options).unwrap();
    list.extend(std::iter::repeat_n(7, 1_000_000)).unwrap();
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().metadata().unwrap().len());
    let bytes: u64 = files.sum();
    assert!(bytes < 2_000_000, "{bytes}");
}

/// The name was followed, to no file or to the log itself: what was written then went to a file without a name.
#[cfg(unix)]
#[test]
fn a_symbolic_link_in_the_place_of_the_log_is_not_written_past() {
    let folder = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let (list, _) = Durable::<CowVec<u64>>::open(&folder, Options::new()).unwrap();
    let names = || fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let log = || names().filter(|file| file.extension().is_some_and(|end| end == "rmlog")).max().unwrap();
    list.push(0).unwrap();
    for (number, link_to_itself) in (1..).zip([true, false]) {
        let log = log();
        let moved = elsewhere.path().join("log");
        fs::rename(&log, &moved).unwrap();
        std::os::unix::fs::symlink(if link_to_itself { &log } else { &moved }, &log).unwrap();
        list.push(number).unwrap();
        fs::remove_file(&log).unwrap();
    }
    drop(list);
    let (list, _) = Durable::<CowVec<u64>>::open(&folder, Options::new()).unwrap();
    assert_eq!(*list.load(), [0, 1, 2]);
}
