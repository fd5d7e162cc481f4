//! What is written, what stays, and what goes.

use super::kit::{Saving, content, open, open_with, options, restart};
use crate::disk::faulty::{EIO, ENOSPC, Fault, Faulty, Left};
use crate::{ErrorKind, Kind, Options};
use readmostly::{CowMap, Snapshot};

#[test]
fn a_save_is_a_delta_until_the_chain_is_long() {
    let saving = Saving::new(options());
    let kinds: Vec<_> = (0..9).map(|key| saving.change(key).kind).collect();
    let full_and_three = [Kind::Full, Kind::Delta, Kind::Delta, Kind::Delta];
    assert_eq!(kinds, [&full_and_three[..], &full_and_three, &[Kind::Full]].concat());
}

#[test]
fn a_delta_that_is_large_is_a_full_file() {
    let saving = Saving::new(options());
    saving.save();
    for key in 0..40 {
        saving.table.insert(key, "all of them are others".into());
    }
    assert_eq!(saving.save().kind, Kind::Full);
    assert!(saving.disk.names().iter().all(|name| !name.ends_with("-tmp")));
}

/// Sixteen deltas of nearly half a table would take eight tables to read.
#[test]
fn all_deltas_together_are_smaller_than_the_full_file() {
    let saving = Saving::new(options().max_chain(100).keep(1));
    for round in 0..100 {
        for key in 0..15 {
            saving.table.insert(key, format!("another value {round}"));
        }
        saving.save();
        let list = saving.store.list();
        let full =
            list.iter().filter(|info| info.kind == Kind::Full).map(|info| info.bytes).next_back().unwrap();
        assert!(list.iter().map(|info| info.bytes).sum::<u64>() <= 2 * full + full / 2);
    }
}

#[test]
fn nothing_new_writes_nothing() {
    let saving = Saving::new(options());
    let first = saving.save();
    let writes = || {
        let history = saving.disk.history();
        history.iter().filter(|call| !call.contains("length")).count()
    };
    let before = writes();
    let again = saving.save();
    assert_eq!((again.written, again.id, again.kind), (false, first.id, Kind::Full));
    // Another version with the same content, and a change that is taken back.
    saving.table.update(|draft| draft.insert(1000, String::new()));
    saving.table.remove(&1000);
    assert!(!saving.save().written);
    assert_eq!(writes(), before);
    assert_eq!(saving.store.list().len(), 1);
    // What somebody has removed is written again.
    saving.disk.take(&saving.disk.names()[0]);
    assert!(saving.save().written);
}

#[test]
fn after_a_restart_the_chain_goes_on() {
    let saving = Saving::new(options());
    saving.save();
    saving.change(1);
    let disk = saving.disk.copy();
    let store = open(&disk).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!(content(&loaded.value), content(&saving.table.snapshot()));
    assert_eq!(loaded.version, Snapshot::version(&saving.table.snapshot()));
    let table = readmostly::CowMap::from(loaded.value);
    assert!(!store.save(&table.snapshot()).unwrap().written);
    table.insert(1, "after the restart".into());
    let saved = store.save(&table.snapshot()).unwrap();
    assert_eq!((saved.kind, saved.records), (Kind::Delta, 1));
    // The chain counts what was there before.
    table.insert(2, "after the restart".into());
    assert_eq!(store.save(&table.snapshot()).unwrap().kind, Kind::Delta);
    table.insert(3, "after the restart".into());
    assert_eq!(store.save(&table.snapshot()).unwrap().kind, Kind::Full);
}

#[test]
fn generations_stay_and_older_ones_go() {
    let saving = Saving::new(options());
    for round in 0..40 {
        saving.change(round % 60);
        let list = saving.store.list();
        let full = list.iter().filter(|info| info.kind == Kind::Full).count();
        assert!(full <= 2 && list.len() <= 8);
        assert_eq!(list[0].kind, Kind::Full, "no delta stays without what it stands on");
        for info in list {
            saving.store.verify(info.id).unwrap();
        }
    }
}

#[test]
fn what_is_tagged_stays_with_what_it_stands_on() {
    let saving = Saving::new(options());
    let full = saving.save();
    let delta = saving.change(1);
    let tagged = saving.change(2);
    let then = content(&saving.table.snapshot());
    let behind = saving.change(3);
    saving.store.tag(tagged.id, "good").unwrap();
    for key in 0..20 {
        drop(saving.change(key));
    }
    let list: Vec<_> = saving.store.list().iter().map(|info| info.id).collect();
    assert_eq!(list[..3], [full.id, delta.id, tagged.id]);
    assert!(!list.contains(&behind.id), "the delta behind it went");
    let store = open(&saving.disk.copy()).unwrap();
    assert_eq!(content(&store.load_at(store.tagged("good").unwrap()).unwrap().value), then);
    assert_eq!(store.list()[2].tags, ["good"]);
    store.untag("good").unwrap();
    store.load().unwrap();
    store.compact().unwrap();
    assert!(store.list().iter().all(|info| ![full.id, delta.id, tagged.id].contains(&info.id)));
}

#[test]
fn a_name_goes_over_to_another_file() {
    let saving = Saving::new(options());
    let (one, two) = (saving.save().id, saving.change(1).id);
    saving.store.tag(one, "a").unwrap();
    saving.store.tag(one, "b").unwrap();
    saving.store.tag(two, "a").unwrap();
    let tags = |at: usize| saving.store.list()[at].tags.clone();
    assert_eq!((tags(0), tags(1)), (vec!["b".to_owned()], vec!["a".to_owned()]));
    let calls = saving.disk.calls();
    saving.store.tag(two, "a").unwrap();
    saving.store.untag("nothing").unwrap();
    assert_eq!(saving.disk.calls(), calls);
    for wrong in ["", &"x".repeat(256)] {
        assert_eq!(saving.store.tag(one, wrong).unwrap_err().kind(), ErrorKind::Encode);
    }
}

/// A tag that is seen after a sync that has failed may be gone after a crash, unless it is written again.
#[test]
fn a_tag_that_was_only_read_is_written_again() {
    for call in 0..13 {
        let Saving { disk, store, table } = Saving::new(options());
        let id = store.save(&table.snapshot()).unwrap().id;
        disk.plan(call, Fault::Refuse(EIO));
        let failed = store.tag(id, "a").is_err();
        assert_eq!(failed, call < 12, "{:?}", disk.history());
        drop(store);
        disk.mend();
        open(&disk).unwrap().tag(id, "a").unwrap();
        assert_eq!(open(&disk.cut_power(Left::Nothing)).unwrap().tagged("a").unwrap(), id);
    }
}

/// Not knowing what is tagged, nothing goes.
#[test]
fn while_the_tags_cannot_be_read_everything_stays() {
    let saving = Saving::new(options());
    let first = saving.save().id;
    saving.store.tag(first, "a").unwrap();
    let disk = saving.disk.copy();
    disk.put("tags", b"not tags");
    let store = open(&disk).unwrap();
    let table = readmostly::CowMap::from(store.load().unwrap().unwrap().value);
    for key in 0..20 {
        table.insert(key, "changed".into());
        let saved = store.save(&table.snapshot()).unwrap();
        assert_eq!(saved.left_over.is_some(), saved.kind == Kind::Full);
    }
    assert_eq!(store.list().len(), 21);
    assert_eq!(store.tag(first, "b").unwrap_err().kind(), ErrorKind::NotAStoreFile);
    assert_eq!(store.remove(first).unwrap_err().kind(), ErrorKind::InUse);
    assert_eq!(disk.bytes("tags").unwrap(), b"not tags");
}

#[test]
fn what_a_tag_may_need_stays_while_a_header_cannot_be_read() {
    let saving = Saving::new(options());
    let full = saving.save().id;
    let before = saving.change(1).id;
    let tagged = saving.change(2).id;
    let then = content(&saving.table.snapshot());
    saving.store.tag(tagged, "a").unwrap();
    // The header of the file that is tagged, or of the one that it stands on, is not read for a while.
    for (unread, below) in [(tagged, before), (before, full)] {
        let disk = saving.disk.copy();
        let name = disk.names().into_iter().find(|name| name.contains(&unread.to_string())).unwrap();
        let bytes = disk.take(&name);
        disk.put(&name, &[]);
        let store = open(&disk).unwrap();
        assert_eq!(store.unreadable().len(), 1);
        let table = super::kit::some();
        for key in 0..30 {
            table.insert(key, "changed".into());
            let saved = store.save(&table.snapshot()).unwrap();
            assert_eq!(saved.left_over.is_some(), saved.kind == Kind::Full);
        }
        assert_eq!(store.remove(below).unwrap_err().kind(), crate::ErrorKind::Damaged);
        drop(store);
        disk.put(&name, &bytes);
        let store = open(&disk).unwrap();
        assert_eq!(content(&store.load_at(tagged).unwrap().value), then);
        // What is not needed goes with the next full file.
        let count = store.list().len();
        store.save(&super::kit::some().snapshot()).unwrap();
        assert!(store.list().len() < count);
        assert_eq!(content(&store.load_at(tagged).unwrap().value), then);
    }
}

#[test]
fn what_others_stand_on_is_not_removed() {
    let saving = Saving::new(options());
    let (full, delta) = (saving.save().id, saving.change(1).id);
    assert_eq!(saving.store.remove(full).unwrap_err().kind(), ErrorKind::InUse);
    saving.store.tag(delta, "a").unwrap();
    assert_eq!(saving.store.remove(delta).unwrap_err().kind(), ErrorKind::InUse);
    saving.store.untag("a").unwrap();
    saving.store.remove(delta).unwrap();
    assert_eq!(saving.store.remove(delta).unwrap_err().kind(), ErrorKind::NotFound);
    // What was saved last is gone, and so nothing may stand on it.
    assert_eq!(saving.change(2).kind, Kind::Full);
    let loaded = super::kit::restart(&saving.disk, Left::Nothing).unwrap();
    assert_eq!(content(&loaded.value), content(&saving.table.snapshot()));
}

#[test]
fn a_chain_that_somebody_has_broken_is_not_written_to() {
    let saving = Saving::new(options());
    saving.save();
    saving.change(1);
    let full = saving.disk.names().into_iter().find(|name| name.contains("-full-")).unwrap();
    saving.disk.take(&full);
    assert_eq!(saving.change(2).kind, Kind::Full);
    let loaded = super::kit::restart(&saving.disk, Left::Nothing).unwrap();
    assert_eq!(content(&loaded.value), content(&saving.table.snapshot()));
    assert!(loaded.skipped.is_empty());
}

#[test]
fn compact_makes_the_newest_state_one_file() {
    let saving = Saving::new(options().keep(1));
    saving.save();
    for key in 0..3 {
        drop(saving.change(key));
    }
    let compacted = saving.store.compact().unwrap();
    assert_eq!((compacted.saved.unwrap().kind, compacted.removed), (Kind::Full, 4));
    assert_eq!(saving.store.list().len(), 1);
    // The chain goes on, and once more there is nothing to do.
    assert!(!saving.save().written);
    assert!(saving.store.compact().unwrap().saved.is_none());
    assert_eq!(saving.change(9).kind, Kind::Delta);
    // A store that has loaded nothing yet, and one in which nothing was ever saved.
    let store = open_with(&saving.disk.copy(), options().keep(1)).unwrap();
    assert_eq!(store.compact().unwrap().removed, 2);
    assert_eq!(content(&store.load().unwrap().unwrap().value), content(&saving.table.snapshot()));
    assert_eq!(open(&crate::disk::faulty::Faulty::new()).unwrap().compact().unwrap().removed, 0);
}

#[test]
fn compact_does_not_bury_a_newer_file_that_is_damaged() {
    let saving = Saving::new(options());
    saving.save();
    saving.change(1);
    let disk = saving.disk.copy();
    let newest = disk.names().into_iter().rfind(|name| name.contains("-delta-")).unwrap();
    let mut bytes = disk.bytes(&newest).unwrap();
    bytes[200] ^= 1;
    disk.put(&newest, &bytes);
    let store = open(&disk).unwrap();
    let names = disk.names();
    assert_eq!(store.compact().unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(disk.names(), names);
}

#[test]
fn one_store_at_a_time() {
    let saving = Saving::new(options());
    saving.save();
    assert_eq!(open(&saving.disk).unwrap_err().kind(), ErrorKind::Locked);
    let Saving { disk, store, .. } = saving;
    drop(store);
    open(&disk).unwrap();
}

#[test]
fn a_store_that_only_reads_writes_nothing() {
    let saving = Saving::new(options());
    let id = saving.save().id;
    let disk = saving.disk.copy();
    disk.put("half.rmstore-tmp", b"half");
    let store = crate::Store::<super::kit::Table>::open_on(
        std::sync::Arc::new(disk.clone()),
        "/s".as_ref(),
        options(),
        false,
    )
    .unwrap();
    store.load().unwrap().unwrap();
    assert_eq!(store.save(&saving.table.snapshot()).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(store.tag(id, "a").unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(store.remove(id).unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(store.compact().unwrap_err().kind(), ErrorKind::ReadOnly);
    assert_eq!(disk.names().len(), 2);
}

#[test]
fn what_a_crash_has_left_is_removed_and_nothing_else() {
    let saving = Saving::new(options());
    saving.save();
    let disk = saving.disk.copy();
    for name in ["half.rmstore-tmp", "half.tmp", "README", "tags.bak"] {
        disk.put(name, b"half");
    }
    let store = open(&disk).unwrap();
    assert!(store.load().unwrap().unwrap().skipped.is_empty());
    assert_eq!(disk.names()[1..], ["README", "half.tmp", "tags.bak"]);
}

/// Who is told of a file may save, and what is removed by that is not told of.
#[test]
fn a_check_of_all_may_save_on_the_way() {
    let saving = Saving::new(options().keep(1).max_chain(1));
    saving.save();
    saving.change(1);
    let mut told = 0;
    saving.store.verify_all(|_, result| {
        result.unwrap();
        told += 1;
        for key in 2..6 {
            saving.change(key);
        }
    });
    assert_eq!(told, 1);
}

/// What fails is tried anew, and does not look as if it had been done.
#[test]
fn compact_after_one_that_failed_compacts() {
    let saving = Saving::new(options());
    saving.save();
    saving.change(1);
    saving.disk.plan(0, Fault::RefuseFromHere(EIO));
    saving.store.compact().unwrap_err();
    saving.disk.mend();
    assert_eq!(saving.store.compact().unwrap().saved.unwrap().kind, Kind::Full);
    assert_eq!(saving.store.list().pop().unwrap().kind, Kind::Full);
    assert_eq!(saving.change(2).kind, Kind::Delta);
}

/// Whoever has loaded an older state has not decided to give the newest up.
#[test]
fn compact_after_a_load_does_not_bury_a_newer_file_that_is_damaged() {
    let saving = Saving::new(options());
    saving.save();
    saving.change(1);
    saving.change(2);
    let disk = saving.disk.copy();
    let newest = disk.names().pop().unwrap();
    let good = disk.bytes(&newest).unwrap();
    let mut bytes = good.clone();
    bytes[200] ^= 1;
    disk.put(&newest, &bytes);
    let store = open(&disk).unwrap();
    assert_eq!(store.load().unwrap().unwrap().skipped.len(), 1);
    let names = disk.names();
    assert_eq!(store.compact().unwrap_err().kind(), ErrorKind::Damaged);
    assert_eq!(disk.names(), names);
    // A save after the load is newer than what was skipped.
    let table = readmostly::CowMap::from(store.load().unwrap().unwrap().value);
    table.insert(3, "changed".into());
    store.save(&table.snapshot()).unwrap();
    assert!(store.compact().unwrap().saved.is_some());
    disk.put(&newest, &good);
}

#[test]
fn a_tag_needs_the_key_of_the_store() {
    let key = |byte| options().key(crate::Key::new([byte; 32]));
    let disk = crate::disk::faulty::Faulty::new();
    let id = open_with(&disk, key(1)).unwrap().save(&super::kit::some().snapshot()).unwrap().id;
    let names = disk.names();
    for (wrong, kind) in [(options(), ErrorKind::NoKey), (key(2), ErrorKind::WrongKey)] {
        let store = open_with(&disk, wrong).unwrap();
        assert_eq!(store.tag(id, "secret").unwrap_err().kind(), kind);
        store.untag("secret").unwrap();
        assert_eq!(disk.names(), names);
    }
    open_with(&disk, key(1)).unwrap().tag(id, "secret").unwrap();
}

/// A change has a byte more than the entry.
#[test]
fn an_entry_of_the_largest_size_is_saved_in_full_and_then() {
    let disk = crate::disk::faulty::Faulty::new();
    let store: crate::Store<readmostly::paged::PagedSet<String>> = crate::Store::open_on(
        std::sync::Arc::new(disk),
        "/s".as_ref(),
        Options::new().max_record(1000),
        true,
    )
    .unwrap();
    let set: readmostly::CowSet<String> = (0..100).map(|n| format!("{n:0100}")).collect();
    store.save(&set.snapshot()).unwrap();
    // With two bytes of length.
    set.insert("x".repeat(998));
    assert_eq!(store.save(&set.snapshot()).unwrap().kind, Kind::Full);
    set.insert("x".repeat(999));
    assert_eq!(store.save(&set.snapshot()).unwrap_err().kind(), ErrorKind::TooLarge);
}

/// To wait for a reader would be to wait for ever where the reader itself saves.
#[test]
fn what_is_read_stays_until_that_is_done() {
    let saving = Saving::new(options().keep(1).max_chain(0));
    let first = saving.save().id;
    let index = || saving.store.inner.index();
    let name = index().files()[0].name.clone();
    index().being_read.push(name);
    saving.change(1);
    assert_eq!(saving.store.list().len(), 2);
    assert_eq!(saving.store.remove(first).unwrap_err().kind(), ErrorKind::InUse);
    index().being_read.clear();
    saving.change(2);
    assert_eq!(saving.store.list().len(), 1);
}

/// A folder with four full files, whose store is to keep one.
pub(super) fn too_many() -> (Faulty, CowMap<u32, String>) {
    let saving = Saving::new(options().keep(4).max_chain(0));
    (0..4).for_each(|key| drop(saving.change(key)));
    (saving.disk.copy(), saving.table)
}

#[test]
fn a_full_disk_loses_what_is_older_than_it_should_be() {
    let mut made_room = 0;
    for at in 0.. {
        let (disk, table) = too_many();
        let store = open_with(&disk, options().keep(1)).unwrap();
        let before = content(&store.load().unwrap().unwrap().value);
        table.insert(50, "new".into());
        disk.plan(at, Fault::Refuse(ENOSPC));
        let (calls, before_save) = (disk.calls(), disk.history().len());
        let saved = store.save(&table.snapshot());
        let is_over = disk.calls() - calls <= at;
        let history = disk.history().split_off(before_save);
        let tries = history.iter().filter(|call| call.contains("create")).count();
        made_room += usize::from(saved.is_ok() && tries == 2);
        let found = content(&restart(&disk, Left::Nothing).unwrap().value);
        assert!(found == before || found[&50] == "new", "at call {at}: {found:?}\n{history:#?}");
        assert!(saved.is_err() || found[&50] == "new", "at call {at}: confirmed, and not there");
        if is_over {
            break;
        }
    }
    assert!(made_room > 2, "{made_room}");
}

#[test]
fn a_full_disk_loses_nothing_that_should_be_there() {
    let (disk, table) = too_many();
    let store = open_with(&disk, options().keep(4)).unwrap();
    table.insert(50, "new".into());
    disk.plan(0, Fault::RefuseFromHere(ENOSPC));
    assert!(store.save(&table.snapshot()).unwrap_err().to_string().contains("prune"));
    disk.mend();
    assert_eq!(open_with(&disk.copy(), options()).unwrap().list().len(), 4);
}

/// The newest is what would stay, and cannot be read.
#[test]
fn a_damaged_file_is_none_that_stays() {
    let (disk, table) = too_many();
    let mut names = disk.names();
    names.retain(|name| name.ends_with(".rmstore"));
    names.sort();
    let newest = names.last().unwrap();
    let mut bytes = disk.take(newest);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    disk.put(newest, &bytes);
    let store = open_with(&disk, options().keep(1)).unwrap();
    assert_eq!(store.inner.make_room().unwrap().0, 2);
    let loaded = store.load().unwrap().unwrap();
    assert_eq!(loaded.skipped.len(), 1);
    assert_eq!(loaded.value.len(), table.load().len());
}
