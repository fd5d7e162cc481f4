//! The copy of the last good content.

use crate::support::{Home, Set, file, lines, shown, start};
use readmostly::Source;
use readmostly_reload::{Content, FailureKind, Provenance, Refused, Reload};
use std::fs;
use std::sync::Arc;
use std::time::SystemTime;

#[test]
fn without_a_copy_a_bad_start_is_a_clear_error() {
    let home = Home::new();
    let path = home.write("list", "a\nb c\n");
    let error = file(&path).into(Arc::<Set>::default()).unwrap_err();
    assert_eq!(error.to_string(), format!("{}:2: has a space", path.display()));
    assert_eq!((error.failure.kind, error.failure.line), (FailureKind::Parse, Some(2)));
    let error = file(&home.path("none")).into(Arc::<Set>::default()).unwrap_err();
    assert!(error.to_string().contains("none: cannot be read: "), "{error}");
}

#[test]
fn the_copy_has_the_bytes_of_what_was_applied_and_of_nothing_else() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let copy = home.path("state/copy");
    fs::create_dir(home.path("state")).unwrap();
    let reloader = start(file(&path).last_good(&copy).poll(None));
    let copied = || fs::read_to_string(&copy).unwrap();
    assert_eq!(copied(), "a\n");
    home.write("list", "a\nb\n# no space here\n".replace(' ', "_"));
    assert!(reloader.now().is_good());
    assert_eq!(copied(), "a\nb\n#_no_space_here\n");
    home.write("list", "not good\n");
    assert!(!reloader.now().is_good());
    assert_eq!(copied(), "a\nb\n#_no_space_here\n");
    assert_eq!(fs::read_dir(home.path("state")).unwrap().count(), 1, "nothing is left beside it");
}

/// temps 1036: the copy was on disk before the content was applied. When that failed the next round took it for applied.
#[test]
fn the_copy_is_written_after_the_content_is_in_force() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let copy = home.path("copy");
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (seen_by, copy_by) = (Arc::clone(&seen), copy.clone());
    let reloader = start(file(&path).last_good(&copy).poll(None).validate(move |_, new| {
        seen_by.lock().unwrap().push(fs::read_to_string(&copy_by).ok());
        if new.contains("c") { Err("no c") } else { Ok(()) }
    }));
    home.write("list", "b\n");
    assert!(reloader.now().is_good());
    home.write("list", "c\n");
    assert!(!reloader.now().is_good());
    // It stays refused at the next round, and the copy is of what is in force.
    assert_eq!(reloader.look(), None);
    assert!(!reloader.status().is_good());
    assert_eq!(*seen.lock().unwrap(), [None, Some("a\n".into()), Some("b\n".into())]);
    assert_eq!((fs::read_to_string(&copy).unwrap(), shown(&reloader)), ("b\n".into(), "b".into()));
}

/// The table had the new version, and the status told of the one before until the copy was on disk.
#[test]
fn the_status_tells_of_a_content_before_the_copy_is_written() {
    use std::future::Future;
    use std::task::{Context, Wake, Waker};
    struct Seen(std::path::PathBuf, std::sync::Mutex<Vec<String>>);
    impl Wake for Seen {
        fn wake(self: Arc<Self>) {
            self.1.lock().unwrap().push(fs::read_to_string(&self.0).unwrap());
        }
    }
    let home = Home::new();
    let path = home.write("list", "a\n");
    let copy = home.path("copy");
    let reloader = start(file(&path).last_good(&copy).poll(None));
    let seen = Arc::new(Seen(copy.clone(), std::sync::Mutex::default()));
    let mut watch = reloader.watch_status();
    let mut changed = Box::pin(watch.changed());
    let with = Waker::from(Arc::clone(&seen));
    assert!(changed.as_mut().poll(&mut Context::from_waker(&with)).is_pending());
    home.write("list", "b\n");
    let status = reloader.now();
    assert_eq!((*seen.1.lock().unwrap()).clone(), ["a\n"]);
    assert_eq!((status.version, fs::read_to_string(&copy).unwrap()), (2, "b\n".into()));
    drop(changed);
    // An error of the copy is told as well.
    fs::remove_file(&copy).unwrap();
    fs::create_dir(&copy).unwrap();
    home.write("list", "c\n");
    let status = reloader.now();
    assert!(status.is_good() && status.save_error.is_some());
    assert_eq!(reloader.status(), status);
}

/// pyjwt 1162: the source was not there for a while, and neither was anything else.
#[test]
fn a_start_without_the_source_takes_the_copy_and_says_so() {
    let home = Home::new();
    let path = home.write("list", "a\nb\n");
    let follow = || start(file(&path).last_good(home.path("copy")).poll(None));
    drop(follow());
    for bad in [None, Some("not good\n")] {
        match bad {
            None => home.remove("list"),
            Some(content) => drop(home.write("list", content)),
        }
        let before = SystemTime::now();
        let reloader = follow();
        assert_eq!(shown(&reloader), "a b");
        let status = reloader.status();
        assert!(matches!(status.provenance, Provenance::LastGood { since } if since >= before));
        let failure = status.last_error.clone().expect("why it is not the source");
        assert!(failure.to_string().starts_with(&path.display().to_string()), "{failure}");
        assert_eq!((status.applied, status.failed), (0, 1));
        // A look changes nothing of that.
        let later = reloader.now();
        assert_eq!(
            (later.provenance, later.last_error, later.failed),
            (status.provenance, status.last_error, 1)
        );
        // What is in the copy already, from the source itself.
        home.write("list", "a\nb\n");
        let status = reloader.now();
        assert_eq!((status.provenance, status.last_error, status.version), (Provenance::Source, None, 1));
    }
}

#[test]
fn a_copy_that_is_bad_too_is_told_of() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "not good\n"), home.write("copy", "a\nneither is\n"));
    let error = file(&path).last_good(&copy).into(Arc::<Set>::default()).unwrap_err();
    let said = error.to_string();
    assert!(said.contains(":1: has a space; and the last good content cannot take its place: "), "{said}");
    assert!(said.ends_with(&format!("{}:2: has a space", copy.display())), "{said}");
    fs::remove_file(&copy).unwrap();
    let error = file(&path).last_good(&copy).into(Arc::<Set>::default()).unwrap_err();
    assert_eq!(error.last_good.unwrap().kind, FailureKind::Unreadable);
}

#[test]
fn a_copy_that_cannot_be_written_is_told_of_and_tried_again() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let copy = home.path("state/copy");
    let reloader = start(file(&path).last_good(&copy).poll(None));
    let status = reloader.status();
    let failure = status.save_error.clone().expect("why it was not written");
    assert_eq!(failure.kind, FailureKind::Save);
    assert!(
        failure.to_string().starts_with(&format!("{}: cannot be written: ", copy.display())),
        "{failure}"
    );
    assert!(status.is_good(), "the content is in force");
    assert!(status.prometheus("x").to_string().contains("\nx_reload_saved 0\n"));
    assert_eq!(reloader.now().save_error, Some(failure), "still, and since the same moment");
    fs::create_dir(home.path("state")).unwrap();
    assert_eq!(reloader.now().save_error, None);
    assert_eq!(fs::read_to_string(copy).unwrap(), "a\n");
}

#[cfg(unix)]
#[test]
fn the_copy_may_be_read_by_whom_the_source_may() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let path = home.write("list", "a\n");
    let mode = |name: &str| fs::metadata(home.path(name)).unwrap().permissions().mode() & 0o777;
    for wanted in [0o600, 0o640] {
        fs::set_permissions(&path, fs::Permissions::from_mode(wanted)).unwrap();
        let name = format!("copy-{wanted:o}");
        drop(start(file(&path).last_good(home.path(&name)).poll(None)));
        assert_eq!(mode(&name), wanted);
    }
    // A source without permissions may hold secrets.
    let source = || Ok::<_, Refused>(Some(Content::from_bytes("secret", "a\n")));
    drop(start(Reload::source(source).parse(lines).last_good(home.path("secret"))));
    assert_eq!(mode("secret"), 0o600);
    home.write("conf.d/1", "a\n");
    drop(start(Reload::folder(home.path("conf.d")).parse(lines).last_good(home.path("all")).poll(None)));
    assert_eq!(mode("all"), 0o600);
}

/// The bytes were there already, and so the copy of a file that was closed to others since stayed open to them.
#[cfg(unix)]
#[test]
fn the_copy_is_closed_when_the_source_is() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    let chmod = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let mode = || fs::metadata(&copy).unwrap().permissions().mode() & 0o777;
    let start = || start(file(&path).last_good(&copy).poll(None));
    chmod(0o644);
    let reloader = start();
    assert_eq!(mode(), 0o644);
    chmod(0o640);
    assert!(reloader.now().is_good());
    assert_eq!(mode(), 0o640, "while it runs");
    drop(reloader);
    chmod(0o600);
    drop(start());
    assert_eq!(mode(), 0o600, "at a start");
    chmod(0o644);
    drop(start());
    assert_eq!(mode(), 0o644);
}

/// The permissions for the group of the source were given to another group.
#[cfg(unix)]
#[test]
fn the_copy_has_the_group_of_the_source() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    if chown(&path, None, Some(1234)).is_err() {
        eprintln!("skipped: this user may not give a file to a group, as root may");
        return;
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let reloader = start(file(&path).last_good(&copy).poll(None));
    let is = || fs::metadata(&copy).map(|copy| (copy.gid(), copy.mode() & 0o777)).unwrap();
    assert_eq!(is(), (1234, 0o640));
    chown(&path, None, Some(1235)).unwrap();
    assert!(reloader.now().is_good());
    assert_eq!(is(), (1235, 0o640));
    // Where nobody else may read it, the permissions alone did not tell that the group is another one.
    let own = fs::metadata(home.path("")).unwrap().gid();
    chown(&path, None, Some(own)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(reloader.now().is_good());
    assert_eq!(is(), (own, 0o600));
    chown(&path, None, Some(1234)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(reloader.now().is_good());
    assert_eq!(is(), (1234, 0o640));
}

/// It was accepted, and then the copy was written over what the user had written.
#[cfg(unix)]
#[test]
fn a_copy_in_the_place_of_what_is_followed_is_an_error() {
    let home = Home::new();
    let path = home.write("one/list", "a\n");
    home.write("conf.d/1.conf", "a\n");
    home.link("two", "one");
    home.link("link", "one/list");
    let follow = |copy: &str| file(&path).last_good(home.path(copy)).poll(None).into(Arc::<Set>::default());
    for copy in ["one/list", "one/../one/list", "two/list"] {
        let error = follow(copy).unwrap_err().to_string();
        assert!(error.contains("would be a part of what is followed: give it a place of its own"), "{error}");
    }
    // A link on the way counts, wherever it is.
    home.link("link-to-link", "link");
    for copy in ["link-to-link", "link", "one/list"] {
        let reload = file(&home.path("link-to-link")).last_good(home.path(copy)).poll(None);
        assert!(reload.into(Arc::<Set>::default()).is_err(), "{copy}");
    }
    let folder = |copy: &str| {
        let reload = Reload::folder(home.path("conf.d")).suffix(".conf").parse(lines);
        reload.last_good(home.path(copy)).poll(None).into(Arc::<Set>::default())
    };
    assert!(folder("conf.d/2.conf").is_err());
    assert!(folder("conf.d/copy").is_ok() && folder("copy").is_ok(), "it is no part of it");
    // What a link leads to stays.
    home.write("other", "other");
    home.link("copy-link", "other");
    assert!(follow("copy-link").unwrap().status().save_error.is_none());
    assert_eq!(fs::read_to_string(home.path("other")).unwrap(), "other");
    assert_eq!(fs::read_to_string(home.path("copy-link")).unwrap(), "a\n");
}

/// The names of the two places differed, so the copy was written over what the user had written.
#[cfg(target_os = "linux")]
#[test]
fn a_copy_in_the_place_of_what_is_followed_is_an_error_also_where_it_is_mounted() {
    let home = Home::new();
    let path = home.write("one/list", "a\n");
    fs::create_dir(home.path("two")).unwrap();
    let mount = |arguments: &[std::path::PathBuf], program: &str| {
        std::process::Command::new(program)
            .args(arguments)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !mount(&["--bind".into(), home.path("one"), home.path("two")], "mount") {
        eprintln!("skipped: this user may not mount, as root may");
        return;
    }
    let one = file(&path).last_good(home.path("two/list")).poll(None).into(Arc::<Set>::default());
    let other = file(&path).last_good(home.path("two/copy")).poll(None).into(Arc::<Set>::default());
    let folder = Reload::folder(home.path("one")).parse(lines).poll(None);
    let folder = folder.last_good(home.path("two/copy")).into(Arc::<Set>::default());
    #[cfg(feature = "readmostly-persist")]
    let store = {
        let store =
            readmostly_persist::Store::open(home.path("two"), readmostly_persist::Options::new()).unwrap();
        Reload::folder(home.path("one")).parse(lines).last_good_in(store).into(Arc::<Set>::default()).is_err()
    };
    assert!(mount(&[home.path("two")], "umount"));
    assert!(one.is_err() && other.is_ok() && folder.is_err());
    #[cfg(feature = "readmostly-persist")]
    assert!(store);
}

/// The folders differed, so the list was taken for a copy that has the right bytes, and had each bad edit as well.
#[cfg(target_os = "linux")]
#[test]
fn a_copy_where_the_file_itself_is_mounted_is_an_error() {
    let home = Home::new();
    let (path, copy) = (home.write("one/list", "a\n"), home.write("copy", ""));
    let run = |program: &str, arguments: &[&std::path::Path]| {
        std::process::Command::new(program)
            .args(arguments)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if !run("mount", &["--bind".as_ref(), &path, &copy]) {
        eprintln!("skipped: this user may not mount, as root may");
        return;
    }
    let one = file(&path).last_good(&copy).poll(None).into(Arc::<Set>::default());
    let folder = Reload::folder(home.path("one")).parse(lines).poll(None);
    let folder = folder.last_good(&copy).into(Arc::<Set>::default());
    home.link("link", "one/list");
    let link = file(&home.path("link")).last_good(&copy).poll(None).into(Arc::<Set>::default());
    assert!(run("umount", &[&copy]));
    for result in [one, folder, link] {
        let error = result.map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("would be a part of what is followed"), "{error}");
    }
    // Another file there is replaced.
    assert_eq!(start(file(&path).last_good(&copy).poll(None)).status().save_error, None);
}

/// The copy was taken for the user's file in the folder, and grew by all others at each look.
#[cfg(unix)]
#[test]
fn a_copy_that_a_link_in_the_folder_leads_to_is_an_error() {
    let home = Home::new();
    home.write("shared.conf", "a\n");
    home.write("conf.d/b.conf", "b\n");
    let folder = || {
        let reload = Reload::folder(home.path("conf.d")).suffix(".conf").parse(lines).poll(None);
        reload.last_good(home.path("shared.conf")).into(Arc::<Set>::default())
    };
    // One that comes later is an error then.
    fs::rename(home.path("shared.conf"), home.path("saved")).unwrap();
    let reloader = folder().unwrap();
    home.rename("saved", "shared.conf");
    home.link("conf.d/a.conf", "../shared.conf");
    let status = reloader.now();
    assert!(status.is_good());
    assert!(status.save_error.is_some_and(|failure| failure.reason.contains("a part of what is followed")));
    assert!(folder().is_err());
    assert_eq!(fs::read_to_string(home.path("shared.conf")).unwrap(), "a\n");
}

/// The bytes were those of the copy already, by a link to the file that is followed. There was no copy when that one was bad.
#[cfg(unix)]
#[test]
fn a_link_in_place_of_the_copy_is_replaced_also_where_the_bytes_are_right() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    home.write("other", "a\n");
    home.link("to-list", "list");
    home.link("to-other", "other");
    fs::hard_link(&path, home.path("hard")).unwrap();
    for copy in ["to-list", "to-other", "hard"] {
        home.write("list", "a\n");
        let follow = || file(&path).last_good(home.path(copy)).poll(None).into(Arc::<Set>::default());
        assert_eq!(follow().unwrap().status().save_error, None);
        assert!(fs::symlink_metadata(home.path(copy)).unwrap().is_file());
        home.write("list", "not good\n");
        home.write("other", "a\n");
        let status = follow().unwrap_or_else(|error| panic!("{copy}: {error}")).status();
        assert!(matches!(status.provenance, Provenance::LastGood { .. }));
    }
}

/// It was found right once, and never looked at again.
#[test]
fn a_copy_that_somebody_has_been_at_is_written_again() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    let reloader = start(file(&path).last_good(&copy).poll(None));
    let copied = || fs::read_to_string(&copy).unwrap();
    fs::remove_file(&copy).unwrap();
    assert_eq!(reloader.now().save_error, None);
    assert_eq!(copied(), "a\n");
    home.write("copy", "of another\n");
    assert_eq!(reloader.now().save_error, None);
    assert_eq!(copied(), "a\n");
    home.remove("copy");
    fs::create_dir(&copy).unwrap();
    assert!(reloader.now().save_error.is_some());
}

/// It was looked after while the source was good, and not when it was needed.
#[test]
fn a_copy_that_is_gone_while_the_source_is_bad_is_written_again() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    let reloader = start(file(&path).last_good(&copy).poll(None));
    home.write("list", "not a line\n");
    assert!(!reloader.now().is_good());
    for is_there in [true, false] {
        fs::remove_file(&copy).unwrap();
        if !is_there {
            home.remove("list");
        }
        let status = reloader.now();
        assert_eq!((status.is_good(), status.save_error), (false, None));
        assert_eq!(fs::read_to_string(&copy).unwrap(), "a\n");
    }
    // After a start from it as well.
    drop(reloader);
    let reloader = start(file(&path).last_good(&copy).poll(None));
    fs::remove_file(&copy).unwrap();
    assert_eq!((reloader.now().is_good(), &*shown(&reloader)), (false, "a"));
    assert_eq!(fs::read_to_string(&copy).unwrap(), "a\n");
}

/// A second process with the same copy removed what the first one was about to rename.
#[test]
#[cfg(unix)]
fn what_another_process_is_writing_beside_the_copy_is_left_alone() {
    use rustix::fs::{FlockOperation, flock};
    let home = Home::new();
    let path = home.write("list", "a\n");
    let beside = home.write(".copy.0123456789abcdef.tmp", "half");
    let writing = fs::File::open(&beside).unwrap();
    flock(&writing, FlockOperation::LockExclusive).unwrap();
    let begin = || drop(start(file(&path).last_good(home.path("copy")).poll(None)));
    begin();
    assert_eq!(home.names(), [".copy.0123456789abcdef.tmp", "copy", "list"]);
    drop(writing);
    begin();
    assert_eq!(home.names(), ["copy", "list"]);
}

/// A copy of many files was written, and was too large to be loaded: the names count as well.
#[test]
fn a_copy_whose_names_are_long_can_be_loaded() {
    let home = Home::new();
    let of = |is_there: bool| {
        let files = || ["a", "b"].map(|name| readmostly_reload::File::new(name.repeat(600_000), name));
        let source = move || if is_there { Ok(Some(Content::new(files()))) } else { Err("gone") };
        let parse = |content: &Content| {
            Ok::<_, Refused>(content.files().iter().map(|file| file.name().len()).collect::<Vec<_>>())
        };
        let reload = Reload::source(source).parse(parse).limit(10).last_good(home.path("copy"));
        reload.into(Arc::<readmostly::CowVec<usize>>::default()).unwrap()
    };
    assert_eq!(of(true).status().save_error, None);
    let reloader = of(false);
    assert!(matches!(reloader.status().provenance, Provenance::LastGood { .. }));
    assert_eq!(*reloader.target().load(), [600_000; 2]);
}

#[test]
fn a_copy_that_could_not_be_loaded_is_not_written() {
    let home = Home::new();
    let files =
        || [String::from("a"), "b".repeat(64 << 20)].map(|name| readmostly_reload::File::new(name, ""));
    let source = move || Ok::<_, Refused>(Some(Content::new(files())));
    let parse = |_: &Content| Ok::<_, Refused>(Vec::<String>::new());
    let reloader = start(Reload::source(source).parse(parse).limit(0).last_good(home.path("copy")));
    let failure = reloader.status().save_error.expect("why it was not written");
    assert!(failure.reason.contains("could not be loaded"), "{}", failure.reason);
    assert!(home.names().is_empty());
}

/// Its owner, who is to load it, could not read the copy of a file that only others may.
#[cfg(unix)]
#[test]
fn the_owner_may_read_the_copy() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::new();
    let path = home.write("list", "a\n");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o044)).unwrap();
    if fs::read(&path).is_err() {
        eprintln!("skipped: this user may not read what only others may, as root may");
        return;
    }
    drop(start(file(&path).last_good(home.path("copy")).poll(None)));
    assert_eq!(fs::metadata(home.path("copy")).unwrap().permissions().mode() & 0o777, 0o444);
}

/// The comparison with what is there read it, and waited for a writer for ever.
#[cfg(unix)]
#[test]
fn a_fifo_in_place_of_the_copy_is_told_of_and_left_alone() {
    use std::os::unix::fs::FileTypeExt;
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path("copy"));
    assert!(std::process::Command::new("mkfifo").arg(&copy).status().expect("mkfifo runs").success());
    let (say, said) = std::sync::mpsc::channel();
    let follow = file(&path).last_good(&copy).poll(None);
    std::thread::spawn(move || drop(say.send(start(follow))));
    let reloader = said.recv_timeout(std::time::Duration::from_secs(60)).expect("it starts");
    let failure = reloader.status().save_error.expect("why it was not written");
    assert!(failure.reason.contains("not a file"), "{failure}");
    assert!(fs::metadata(&copy).unwrap().file_type().is_fifo());
    fs::remove_file(&copy).unwrap();
    assert_eq!(reloader.now().save_error, None);
    assert_eq!(fs::read_to_string(&copy).unwrap(), "a\n");
}

/// The name beside it, where it is written first, was longer than file systems take.
#[test]
fn a_copy_may_have_the_longest_name_that_there_is() {
    let home = Home::new();
    let (path, copy) = (home.write("list", "a\n"), home.path(&"n".repeat(255)));
    let reloader = start(file(&path).last_good(&copy).poll(None));
    assert_eq!(reloader.status().save_error, None);
    assert_eq!(fs::read_to_string(&copy).unwrap(), "a\n");
    assert_eq!(home.names().len(), 2);
}

/// A link where the new copy is written first would have it written elsewhere.
#[cfg(unix)]
#[test]
fn what_a_crash_has_left_beside_the_copy_is_removed_and_not_written_through() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    home.write("other", "other");
    home.link(".copy.0000000000000000.tmp", "other");
    // Of another process. It stayed there, for each crash.
    home.write(".copy.0123456789abcdef.tmp", "a");
    for users in [".copy.mine.tmp", ".copy.2026.tmp", ".copy.bad.tmp", ".copy..tmp"] {
        home.write(users, "mine");
    }
    drop(start(file(&path).last_good(home.path("copy")).poll(None)));
    assert_eq!(fs::read_to_string(home.path("other")).unwrap(), "other");
    let users =
        [".copy..tmp", ".copy.0000000000000000.tmp", ".copy.2026.tmp", ".copy.bad.tmp", ".copy.mine.tmp"];
    assert_eq!(home.names(), [&users[..], &["copy", "list", "other"]].concat());
}

#[test]
fn the_copy_of_a_folder_has_all_files_with_their_names() {
    let home = Home::new();
    let copy = home.path("copy");
    // One file, whose name is to be kept as well; then several, of which one is empty and one looks like a copy.
    let contents: [&[(&str, &[u8])]; 2] = [
        &[("10-é.conf", b"a\n")],
        &[("1", b""), ("2", b"3 4\n\n\0\xff"), ("3", b"readmostly-reload: several files, format 1\n")],
    ];
    for (number, files) in contents.into_iter().enumerate() {
        let folder = format!("conf.d/{number}");
        for (name, content) in files {
            home.write(&format!("{folder}/{name}"), content);
        }
        let start = || {
            let all = |content: &Content| {
                let of = |file: &readmostly_reload::File| (file.name().to_owned(), file.bytes().to_vec());
                Ok::<_, Refused>(content.files().iter().map(of).collect::<Vec<_>>())
            };
            let map = Arc::new(readmostly::CowMap::<String, Vec<u8>>::new());
            Reload::folder(home.path(&folder)).parse(all).last_good(&copy).poll(None).into(map)
        };
        let first = start().unwrap();
        fs::remove_dir_all(home.path(&folder)).unwrap();
        let second = start().unwrap();
        assert!(matches!(second.status().provenance, Provenance::LastGood { .. }));
        assert_eq!(first.target().snapshot(), second.target().snapshot());
        assert_eq!(second.target().len(), files.len());
        // A part of a copy is none.
        let whole = fs::read(&copy).unwrap();
        for length in 0..whole.len() {
            fs::write(&copy, &whole[..length]).unwrap();
            let error = start().map(|reloader| reloader.target().len()).unwrap_err();
            assert!(error.to_string().ends_with("is no copy of several files, or a part of one"), "{error}");
        }
        fs::remove_file(&copy).unwrap();
    }
}

/// What was left of the copy of several files was taken for one file.
#[test]
fn a_part_of_the_copy_of_a_source_is_none() {
    let home = Home::new();
    let copy = home.path("copy");
    let names = |content: &Content| {
        Ok::<_, Refused>(content.files().iter().map(|file| file.name().to_owned()).collect::<Vec<_>>())
    };
    for files in [&["one"][..], &["one", "two"]] {
        let start = |is_there: bool| {
            let content = Content::new(files.iter().map(|name| readmostly_reload::File::new(*name, "a\n")));
            let source = move || if is_there { Ok(Some(content.clone())) } else { Err("gone") };
            let reload = Reload::source(source).parse(names).last_good(&copy).poll(None);
            reload.into(Arc::<readmostly::CowVec<String>>::default())
        };
        drop(start(true).unwrap());
        assert_eq!(*start(false).unwrap().target().load(), files);
        let whole = fs::read(&copy).unwrap();
        for length in 0..whole.len() {
            fs::write(&copy, &whole[..length]).unwrap();
            let error = start(false).map(|reloader| reloader.target().len()).unwrap_err();
            assert!(error.to_string().ends_with("is no copy of several files, or a part of one"), "{error}");
        }
    }
}

#[test]
fn a_copy_that_is_there_already_is_not_written_again() {
    let home = Home::new();
    let path = home.write("list", "a\n");
    let copy = home.path("copy");
    drop(start(file(&path).last_good(&copy).poll(None)));
    let written = fs::metadata(&copy).unwrap().modified().unwrap();
    let reloader = start(file(&path).last_good(&copy).poll(None));
    assert_eq!(fs::metadata(&copy).unwrap().modified().unwrap(), written);
    assert_eq!(reloader.target().cell().version(), 1);
}
