//! What is old, and how it goes.

use super::keeps::too_many;
use super::kit::{Saving, content, open_with, options};
use crate::ErrorKind;
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left};
use crate::format::Id;
use crate::store::index::File;
use std::time::Duration;

/// A reader of a delta ended when that had been looked at. The full file below it went, and the delta stood on nothing for ever.
#[test]
fn what_a_delta_stands_on_does_not_go_before_it() {
    let saving = Saving::new(options().keep(1).max_chain(1));
    saving.save();
    saving.change(1);
    let index = || saving.store.inner.index();
    let delta = index().files()[1].name.clone();
    // The reader has let go of the full file.
    index().being_read.push(delta);
    saving.change(2);
    saving.store.verify_all(|info, result| result.unwrap_or_else(|error| panic!("{info:?}: {error}")));
    assert_eq!(saving.store.list().len(), 3);
    index().being_read.clear();
    // The next full file has both removed, and what was the newest then.
    saving.change(3);
    saving.change(4);
    assert_eq!(saving.store.list().len(), 1);
}

/// A copy of the folder has files of the same names, and another process may have given them tags.
#[test]
fn nothing_is_removed_from_a_folder_in_the_place_of_this_one() {
    for at in 0.. {
        let (disk, table) = too_many();
        let before = disk.names();
        let store = open_with(&disk, options().keep(1).max_chain(0)).unwrap();
        table.insert(50, "new".into());
        let calls = disk.calls();
        disk.plan(at, Fault::Replace);
        let saved = store.save(&table.snapshot());
        let is_over = disk.calls() - calls <= at;
        let _ = store.compact();
        let removed = store.remove(store.list().pop().unwrap().id);
        assert_eq!(removed.err().map(|error| error.kind()), Some(ErrorKind::Locked).filter(|_| !is_over));
        let after = disk.history().split_off((calls + at + 1).min(disk.calls()));
        let removed = |name: &String| after.iter().any(|call| call.ends_with(&format!("remove {name}")));
        assert!(is_over || !before.iter().any(removed), "at call {at}: {saved:?}, {after:#?}");
        if is_over {
            assert!(at > 10, "{at}");
            break;
        }
    }
}

/// Each full file but the newest went, and a delta above an unreadable one stood on nothing for ever.
#[test]
fn what_a_file_may_stand_on_stays_while_its_header_cannot_be_read() {
    let saving = Saving::new(options().keep(4).max_chain(2));
    (0..12).for_each(|key| drop(saving.change(key)));
    let newest = content(&saving.table.snapshot());
    let check = |disk: &Faulty| {
        let store = open_with(disk, options().keep(1)).unwrap();
        let loaded = store.load().unwrap().unwrap();
        assert!(content(&loaded.value) == newest && loaded.skipped.is_empty());
        store.verify_all(|info, result| result.unwrap_or_else(|error| panic!("{info:?}: {error}")));
        store.list().len()
    };
    // A read of the open is refused once.
    for at in 0.. {
        let disk = saving.disk.copy();
        disk.plan(at, Fault::Refuse(EIO));
        let made_room = open_with(&disk, options().keep(1)).and_then(|store| store.inner.make_room());
        assert!(check(&disk.copy()) == 3 || made_room.is_err(), "at call {at}: {made_room:?}");
        if disk.calls() <= at {
            break;
        }
    }
    // A header is damaged for a while, of a file that a tag needs, or of another.
    for (at, name) in saving.disk.names().iter().enumerate().filter(|(_, name)| name.contains("-delta-")) {
        for is_tagged in [true, false] {
            let disk = saving.disk.copy();
            if is_tagged {
                let store = open_with(&disk, options()).unwrap();
                let id = store.list().iter().find(|info| info.file.ends_with(name)).unwrap().id;
                store.tag(id, "good").unwrap();
            }
            let bytes = disk.take(name);
            disk.put(name, &bytes[..50]);
            let store = open_with(&disk, options().keep(1).max_chain(0)).unwrap();
            let made_room = store.inner.make_room();
            assert_eq!(made_room.is_err(), is_tagged, "{made_room:?}");
            assert!(made_room.err().is_none_or(|error| error.file().unwrap().ends_with(name)));
            let table = super::kit::some();
            let saved = store.save(&table.snapshot()).unwrap();
            assert_eq!((saved.left_over.is_some(), store.list().len() == 12), (is_tagged, is_tagged));
            disk.take(name);
            if at % 2 == 0 {
                disk.put(name, &bytes);
            } else if is_tagged {
                store.untag("good").unwrap();
            }
            // It is read again, or known to be gone.
            table.insert(0, "another".into());
            assert!(store.save(&table.snapshot()).unwrap().left_over.is_none());
            assert!(store.list().len() < 12);
        }
    }
}

/// It counted as a file of another key, stayed for as long as the store was open, and nobody was told.
#[cfg(feature = "encryption")]
#[test]
fn a_read_that_fails_once_makes_no_file_one_of_another_key() {
    let options = || options().max_chain(0).key(crate::Key::new([3; 32]));
    let saving = Saving::new(options().keep(4));
    (0..4).for_each(|key| drop(saving.change(key)));
    for at in 0.. {
        let (disk, table) = (saving.disk.copy(), super::kit::some());
        let store = open_with(&disk, options().keep(1)).unwrap();
        let calls = disk.calls();
        disk.plan(at, Fault::Refuse(EIO));
        let saved = store.save(&table.snapshot());
        let is_over = disk.calls() - calls <= at;
        disk.mend();
        assert!(
            saved.is_err() || store.list().len() == 1 || saved.unwrap().left_over.is_some(),
            "at call {at}"
        );
        table.insert(0, "another".into());
        assert!(store.save(&table.snapshot()).unwrap().left_over.is_none());
        assert_eq!(store.list().len(), 1, "at call {at}");
        if is_over {
            break;
        }
    }
}

/// Each save read all that stays, and took note of a damaged file once more.
#[test]
fn a_full_disk_with_nothing_to_remove_costs_no_reads() {
    for keep in [3, 4] {
        let (disk, table) = too_many();
        let newest = disk.names().into_iter().rfind(|name| name.ends_with(".rmstore")).unwrap();
        let mut bytes = disk.take(&newest);
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        disk.put(&newest, &bytes);
        let store = open_with(&disk, options().keep(keep)).unwrap();
        disk.plan(0, Fault::RefuseFromHere(ENOSPC));
        let reads = || {
            let before = disk.calls();
            store.save(&table.snapshot()).unwrap_err();
            let history = disk.history();
            history[before..].iter().filter(|call| call.contains(" read ")).count()
        };
        // With four nothing is to go. With three the oldest is, if what is newer is good.
        assert_eq!(reads() > 0, keep == 3);
        assert_eq!([reads(), reads()], [0, 0]);
        assert_eq!(store.inner.index().bad.len(), usize::from(keep == 3));
        assert_eq!(store.list().len(), 4);
    }
}

/// For each file all others were looked at: with 4,000 a save took eight times as long as with 1,000, and here it was some minutes.
#[test]
fn what_is_old_is_found_at_once_among_many() {
    let saving = Saving::new(options().keep(usize::MAX).max_chain(1));
    saving.save();
    saving.change(0);
    let [full, delta] = [0, 1].map(|at| File::clone(&saving.store.inner.index().files()[at]));
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        {
            let mut index = saving.store.inner.index();
            for number in 1..80_000_u64 {
                let mut pair = [full.clone(), delta.clone()];
                for (file, at) in pair.iter_mut().zip(0..) {
                    file.header.sequence = 2 * number + at;
                    file.header.id = Id(u128::from(file.header.sequence).to_le_bytes());
                    file.name = crate::store::name_of(&file.header);
                }
                pair[1].header.parent = Some((pair[0].header.id, pair[0].hash));
                for file in pair {
                    index.add(file);
                }
            }
        }
        // None of them is on disk, and none is to go.
        let saved = saving.store.save(&super::kit::some().snapshot());
        tell.send((saved.map(|saved| saved.left_over.is_none()), saving.store.list().len())).unwrap();
    });
    let (saved, count) = told.recv_timeout(Duration::from_secs(60)).expect("it is done within the time");
    assert!(saved.unwrap() && count == 160_001, "{count}");
}

/// On disk the tag was at the one, and in memory at the other. So one went by a save, and the other after a restart.
#[test]
fn a_tag_that_was_moved_in_vain_keeps_both_files() {
    for fault in [Fault::Refuse(EIO), Fault::RefuseLate(EIO)] {
        for at in 0.. {
            let saving = Saving::new(options().keep(1).max_chain(0));
            let [first, second] = [1, 2].map(|key| {
                let id = saving.change(key).id;
                saving.store.tag(id, if key == 1 { "good" } else { "newer" }).unwrap();
                id
            });
            saving.store.untag("newer").unwrap();
            let calls = saving.disk.calls();
            saving.disk.plan(at, fault);
            let moved = saving.store.tag(second, "good");
            let is_over = saving.disk.calls() - calls <= at;
            saving.change(3);
            saving.change(4);
            let there = || saving.store.list().iter().map(|info| info.id).collect::<Vec<_>>();
            if moved.is_err() {
                assert!(there().contains(&first) && there().contains(&second), "{fault:?} at {at}");
            }
            for left in [Left::All, Left::Nothing] {
                let store = open_with(&saving.disk.cut_power(left), options().keep(1).max_chain(0)).unwrap();
                let tagged = store.tagged("good").unwrap();
                assert!(store.load_at(tagged).is_ok(), "{fault:?} at {at}, {left:?}");
            }
            // Once it is certain where the tag is, the other one may go.
            saving.store.tag(second, "good").unwrap();
            saving.change(5);
            saving.change(6);
            assert!(!there().contains(&first) && there().contains(&second), "{fault:?} at {at}");
            if is_over {
                assert!(moved.is_ok() && at > 3, "{at}");
                break;
            }
        }
    }
}
