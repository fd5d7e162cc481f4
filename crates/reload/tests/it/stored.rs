//! The copy of the last good content in a store.

use crate::support::{Home, Lines, SETTLE, Set, file, lines, shown, start};
use readmostly_persist::{Compression, Key, Options, Store};
use readmostly_reload::{Content, FailureKind, Provenance, Reload};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn store(home: &Home, options: Options) -> Store<Content> {
    Store::open(home.path("store"), options).unwrap()
}

fn following(home: &Home) -> Lines {
    file(&home.path("list")).poll(None).last_good_in(store(home, Options::new()))
}

/// The files of the store that hold a content, the newest last.
fn copies(home: &Home) -> Vec<PathBuf> {
    let mut files: Vec<_> =
        fs::read_dir(home.path("store")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "rmstore"));
    files.sort();
    files
}

/// Changes a bit in the middle.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_start_without_the_source_takes_the_copy_and_says_so() {
    let home = Home::new();
    let path = home.write("list", "a\nb\n");
    drop(start(following(&home)));
    for bad in [None, Some("not good\n")] {
        match bad {
            None => home.remove("list"),
            Some(content) => drop(home.write("list", content)),
        }
        let reloader = start(following(&home));
        assert_eq!(shown(&reloader), "a b");
        let status = reloader.status();
        assert!(matches!(status.provenance, Provenance::LastGood { .. }));
        assert!(status.last_error.unwrap().to_string().starts_with(&path.display().to_string()));
        assert_eq!((status.applied, status.failed, status.save_error), (0, 1, None));
    }
    home.write("list", "c\n");
    let reloader = start(following(&home));
    assert_eq!((shown(&reloader), reloader.status().provenance), ("c".into(), Provenance::Source));
    drop(reloader);
    home.remove("list");
    assert_eq!(shown(&start(following(&home))), "c");
}

#[test]
fn what_was_refused_is_not_in_the_copy() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    home.write("list", "not good\n");
    assert!(!reloader.now().is_good());
    drop(reloader);
    let loaded = store(&home, Options::new()).load().unwrap().unwrap();
    assert_eq!(loaded.value.files()[0].bytes(), b"a\n");
}

/// Each start would have pushed an older copy out.
#[test]
fn an_equal_content_is_not_written_again() {
    let home = Home::new();
    home.write("list", "a\n");
    drop(start(following(&home)));
    let before = copies(&home);
    assert_eq!(before.len(), 1);
    for _ in 0..5 {
        assert!(start(following(&home)).now().is_good());
    }
    assert_eq!(copies(&home), before);
}

#[test]
fn a_damaged_copy_is_skipped_and_told_of_until_there_is_a_new_one() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    home.write("list", "b\n");
    assert!(reloader.now().is_good());
    drop(reloader);
    let all = copies(&home);
    assert_eq!(all.len(), 2);
    damage(&all[1]);
    home.remove("list");
    let reloader = start(following(&home));
    assert_eq!(shown(&reloader), "a");
    let told = reloader.status().save_error.expect("the copy that is damaged");
    assert_eq!(told.kind, FailureKind::Save);
    assert!(told.to_string().contains(all[1].file_name().unwrap().to_str().unwrap()), "{told}");
    assert_eq!(reloader.now().save_error, Some(told));
    home.write("list", "c\n");
    assert_eq!(reloader.now().save_error, None);
    drop(reloader);
    home.remove("list");
    assert_eq!(shown(&start(following(&home))), "c");
}

#[test]
fn a_start_with_neither_says_what_is_wrong_with_both() {
    let home = Home::new();
    let error = following(&home).into(Arc::<Set>::default()).unwrap_err();
    assert_eq!(error.failure.kind, FailureKind::Unreadable);
    let copy = error.last_good.unwrap();
    assert_eq!(copy.to_string(), "the store of the last good content: nothing was saved yet");
    home.write("list", "a\n");
    drop(start(following(&home)));
    home.remove("list");
    for copy in copies(&home) {
        damage(&copy);
    }
    let error = following(&home).into(Arc::<Set>::default()).unwrap_err();
    assert_eq!(error.last_good.unwrap().kind, FailureKind::Unreadable);
    assert_eq!(copies(&home).len(), 1, "it is there still, for whoever looks into it");
}

#[test]
fn a_copy_that_cannot_be_written_is_told_of_and_tried_again() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    let gone = home.path("gone");
    fs::rename(home.path("store"), &gone).unwrap();
    home.write("list", "b\n");
    let status = reloader.now();
    assert!(status.is_good() && shown(&reloader) == "b");
    assert_eq!(status.save_error.unwrap().kind, FailureKind::Save);
    fs::rename(&gone, home.path("store")).unwrap();
    assert_eq!(reloader.now().save_error, None);
    drop(reloader);
    home.remove("list");
    assert_eq!(shown(&start(following(&home))), "b");
}

#[test]
fn a_store_with_a_key_shows_nothing_of_the_content() {
    let home = Home::new();
    home.write("list", "a_secret_word\n".repeat(50));
    let options = |byte| Options::new().compression(Compression::None).key(Key::new([byte; 32]));
    let follow = |byte| file(&home.path("list")).poll(None).last_good_in(store(&home, options(byte)));
    drop(start(follow(1)));
    let bytes = fs::read(&copies(&home)[0]).unwrap();
    assert!(bytes.len() > 600 && !bytes.windows(8).any(|part| part == b"a_secret"));
    home.remove("list");
    let error = follow(2).into(Arc::<Set>::default()).unwrap_err().to_string();
    assert!(error.contains("key") && !error.contains("secret"), "{error}");
    assert_eq!(shown(&start(follow(1))), "a_secret_word");
}

#[test]
fn the_files_of_a_folder_keep_their_names_and_their_order() {
    let home = Home::new();
    home.write("conf.d/10-one", "a\n");
    home.write("conf.d/20-two", "b\n");
    let follow = || {
        let names = |content: &Content| {
            let named =
                |file: &readmostly_reload::File| format!("{}={}", file.name(), file.text().unwrap().trim());
            lines(content).map(|_| content.files().iter().map(named).collect::<Vec<_>>())
        };
        let store = store(&home, Options::new());
        start(Reload::folder(home.path("conf.d")).parse(names).poll(None).last_good_in(store))
    };
    let before = shown(&follow());
    assert!(before.contains("10-one=a") && before.contains("20-two=b"), "{before}");
    fs::rename(home.path("conf.d"), home.path("away")).unwrap();
    assert_eq!(shown(&follow()), before);
}

/// The last of both counts.
#[test]
fn a_builder_has_one_place_for_the_copy() {
    let home = Home::new();
    home.write("list", "a\n");
    drop(start(following(&home).last_good(home.path("copy"))));
    assert!(copies(&home).is_empty() && home.path("copy").exists());
    drop(start(
        file(&home.path("list"))
            .last_good(home.path("other"))
            .poll(None)
            .last_good_in(store(&home, Options::new())),
    ));
    assert!(copies(&home).len() == 1 && !home.path("other").exists());
}

/// Each save was a new content of the folder, and was saved again.
#[cfg(unix)]
#[test]
fn a_store_in_the_folder_that_is_followed_is_refused() {
    let home = Home::new();
    home.write("conf.d/a.conf", "a\n");
    home.write("other/a.conf", "b\n");
    home.link("followed", "other");
    home.link("store", "conf.d");
    let follow = |name: &str| {
        Reload::folder(home.path(name))
            .suffix(".conf")
            .parse(lines)
            .settle(SETTLE)
            .poll(None)
            .last_good_in(store(&home, Options::new()))
    };
    let error = follow("conf.d").into(Arc::<Set>::default()).unwrap_err().to_string();
    assert!(error.contains("a folder of its own") && error.contains("store"), "{error}");
    let reloader = start(follow("followed"));
    assert_eq!((shown(&reloader), reloader.status().save_error), ("b".into(), None));
    home.link("followed", "conf.d");
    let status = reloader.now();
    let told = status.save_error.expect("it is the folder by now");
    assert!(status.last_error.is_none() && told.to_string().contains("a folder of its own"), "{told}");
    home.link("followed", "other");
    assert_eq!(reloader.now().save_error, None);
}

#[test]
fn a_copy_that_somebody_removes_or_changes_is_written_again() {
    let home = Home::new();
    home.write("list", "a\n");
    drop(start(following(&home)));
    for is_good in [true, false] {
        if !is_good {
            home.remove("list");
        }
        let reloader = start(following(&home));
        let changes: [fn(&Path); 3] =
            [|path| fs::remove_file(path).unwrap(), damage, |path| fs::write(path, "").unwrap()];
        for change in changes {
            change(copies(&home).last().expect("a copy"));
            let status = reloader.now();
            assert_eq!((status.is_good(), status.save_error), (is_good, None));
            let kept = copies(&home);
            assert!(
                reloader.now().save_error.is_none() && copies(&home) == kept,
                "it is not written once more"
            );
            let reader = Store::<Content>::open_read_only(home.path("store"), Options::new()).unwrap();
            let loaded = reader.load().unwrap().expect("it is there again");
            assert!(
                loaded.skipped.iter().all(|skipped| skipped.is_older)
                    && loaded.value.files()[0].bytes() == b"a\n"
            );
        }
    }
}

#[test]
fn a_folder_of_copies_that_is_gone_is_told_of() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    fs::remove_dir_all(home.path("store")).unwrap();
    assert_eq!(reloader.now().save_error.expect("it is gone").kind, FailureKind::Save);
}

/// Each try had a name of its own in its error.
#[test]
fn an_error_of_the_copy_that_stays_the_same_wakes_nobody() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    fs::remove_dir_all(home.path("store")).unwrap();
    home.write("list", "b\n");
    let told = reloader.now().save_error.expect("there is no folder");
    let mut watch = reloader.watch_status();
    for _ in 0..5 {
        assert_eq!(reloader.now().save_error.as_ref(), Some(&told));
    }
    assert!(watch.try_next().is_none());
}

#[test]
fn a_damaged_copy_that_is_older_is_not_told_of() {
    let home = Home::new();
    home.write("list", "a\n");
    drop(start(following(&home)));
    fs::write(&copies(&home)[0], "").unwrap();
    home.write("list", "b\n");
    drop(start(following(&home)));
    home.remove("list");
    let reloader = start(following(&home));
    assert_eq!((shown(&reloader), reloader.status().save_error), ("b".into(), None));
}

/// The start after that had told of it once more.
#[test]
fn a_copy_that_the_source_confirms_is_newer_than_the_damaged_one() {
    let home = Home::new();
    home.write("list", "a\n");
    let reloader = start(following(&home));
    home.write("list", "b\n");
    assert!(reloader.now().is_good());
    drop(reloader);
    damage(&copies(&home)[1]);
    home.remove("list");
    let reloader = start(following(&home));
    assert!(shown(&reloader) == "a" && reloader.status().save_error.is_some());
    home.write("list", "a\n");
    assert_eq!(reloader.now().save_error, None);
    drop(reloader);
    home.remove("list");
    let reloader = start(following(&home));
    assert_eq!((shown(&reloader), reloader.status().save_error), ("a".into(), None));
}

/// The defaults of both were the same, and a content needs a few bytes more in a store.
#[test]
fn a_store_has_room_for_the_largest_content_and_its_names() {
    let home = Home::new();
    home.write("list", vec![b'a'; 64 << 20]);
    let none = |_: &Content| Ok::<_, readmostly_reload::Refused>(Vec::<String>::new());
    let builder = Reload::file(home.path("list")).parse(none).settle(SETTLE).poll(None);
    let reloader = start(builder.last_good_in(store(&home, Options::new())));
    assert_eq!(reloader.status().save_error, None);
}

#[test]
fn a_content_that_is_too_large_for_the_store_is_told_of_until_there_is_another() {
    let home = Home::new();
    home.write("list", "a\n".repeat(100));
    let store = store(&home, Options::new().max_record(100));
    let reloader = start(file(&home.path("list")).poll(None).last_good_in(store));
    let told = reloader.status().save_error.expect("a record is too large");
    assert!(told.to_string().contains("more than 100 bytes"), "{told}");
    assert_eq!(reloader.now().save_error, Some(told));
    home.write("list", "b\n");
    assert_eq!((reloader.now().save_error, copies(&home).len()), (None, 1));
}

/// Each look had tried again what cannot be mended, at full cost.
#[cfg(unix)]
#[test]
fn a_content_that_no_try_can_save_is_tried_once() {
    let home = Home::new();
    let large = "a\n".repeat(100);
    drop(store(&home, Options::new()));
    home.write("store/a.conf", &large);
    home.write("other/a.conf", &large);
    let open: [fn(&Home) -> Store<Content>; 2] = [
        |home| store(home, Options::new().max_record(100)),
        |home| Store::open_read_only(home.path("store"), Options::new()).unwrap(),
    ];
    for open in open {
        home.link("followed", "other");
        let followed = Reload::folder(home.path("followed")).suffix(".conf").parse(lines);
        let reloader = start(followed.settle(SETTLE).poll(None).last_good_in(open(&home)));
        let told = reloader.status().save_error.expect("it cannot be saved");
        // Another try would find first that the store is in the folder that is followed.
        home.link("followed", "store");
        assert_eq!(reloader.now().save_error, Some(told));
        home.write("store/a.conf", "b\n");
        let told = reloader.now().save_error.expect("another content is tried");
        assert!(told.to_string().contains("a folder of its own"), "{told}");
        home.write("store/a.conf", &large);
    }
}

#[test]
fn a_store_that_is_only_read_has_what_it_has() {
    let home = Home::new();
    home.write("list", "a\n");
    drop(start(following(&home)));
    let before = copies(&home);
    let only_read = Store::open_read_only(home.path("store"), Options::new()).unwrap();
    let reloader = start(file(&home.path("list")).poll(None).last_good_in(only_read));
    assert_eq!(reloader.status().save_error, None);
    home.write("list", "b\n");
    let told = reloader.now().save_error.expect("it cannot be written");
    assert!(told.to_string().contains("read only"), "{told}");
    home.write("list", "a\n");
    assert_eq!((reloader.now().save_error, copies(&home)), (None, before));
}
