//! What goes, and when.

use super::log::logs;
use super::{found, open, options, value};
use crate::disk::faulty::{ENOSPC, Fault, Faulty};

/// A copy of the folder has logs of the same names, and is another process'.
#[test]
fn no_log_is_removed_from_a_folder_in_the_place_of_this_one() {
    for at in 0.. {
        let disk = Faulty::new();
        let (table, _) = open(&disk, options().max_chain(0)).unwrap();
        for key in 0..3 {
            table.insert(key, String::new()).unwrap();
            table.fold().unwrap();
        }
        let before = disk.names();
        let calls = disk.calls();
        disk.plan(at, Fault::Replace);
        let folded = table.fold();
        if disk.calls() - calls <= at {
            folded.unwrap();
            assert!(logs(&disk).len() == 2 && at > 5, "{at}");
            break;
        }
        let after = disk.history().split_off(calls + at + 1);
        let removed = |name: &String| after.iter().any(|call| call.ends_with(&format!("remove {name}")));
        assert!(!before.iter().any(removed), "at call {at}: {after:#?}");
    }
}

/// All is saved, and it was the log for which there was no room: so no write went through, ever.
#[test]
fn a_log_on_a_full_disk_has_what_is_old_removed() {
    let full = Faulty::new();
    let (table, _) = open(&full, options().max_chain(0).keep(6)).unwrap();
    for key in 0..6 {
        table.insert(key, value(key)).unwrap();
        table.fold().unwrap();
    }
    drop(table);
    let mut made_room = 0;
    for at in 0.. {
        let disk = full.copy();
        let (table, recovered) = open(&disk, options().max_chain(0).keep(1)).unwrap();
        let (calls, files) = (disk.calls(), disk.names().len());
        assert!(recovered.updates == 0 && files > 6);
        disk.plan(at, Fault::Refuse(ENOSPC));
        let inserted = table.insert(50, value(50));
        let is_over = disk.calls() - calls <= at;
        let history = disk.history().split_off(calls);
        let tries = history.iter().filter(|call| call.contains("create")).count();
        made_room += usize::from(inserted.is_ok() && tries == 2 && disk.names().len() < files);
        let confirmed = inserted.is_ok();
        drop(table);
        let found = found(&disk.cut_power(crate::disk::faulty::Left::Nothing));
        assert!((0..6).all(|key| found[&key] == value(key)) && found.contains_key(&50) >= confirmed, "{at}");
        if is_over {
            break;
        }
    }
    assert!(made_room > 3, "{made_room}");
}
