//! A start without etcd, from what was saved.

use crate::support::{
    Etcd, Gateway, LONG, Map, is_there, kv, metric, name, number, numbers, shown, start, until, until_shown,
};
use readmostly::CowMap;
use readmostly::paged::PagedMap;
use readmostly_etcd::{FailureKind, Follow, Follower, Shown, Status};
use readmostly_persist::{Options, Store};
use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

fn store(folder: &Path) -> Store<PagedMap<String, u64>> {
    Store::open(folder, Options::new()).unwrap_or_else(|error| panic!("{error}"))
}

/// Now, to the millisecond, as the metrics have it.
fn seconds() -> f64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    (since.as_secs_f64() * 1_000.0).floor() / 1_000.0
}

fn follow(etcd: &Etcd, folder: &Path, every: Duration) -> Follower<Map> {
    let builder = numbers(&etcd.urls(), "/n/").last_good(store(folder), every);
    builder.into(Arc::default()).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_start_without_etcd_shows_what_was_saved_and_says_so() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    etcd.put("/n/a", "1");
    etcd.put("/n/gone", "2");
    let follower = follow(&etcd, folder.path(), LONG);
    follower.ready(LONG).unwrap();
    etcd.put("/n/b", "3");
    until_shown(&follower, "b", 3);
    // The drop saves what is new.
    drop(follower);
    etcd.kill();

    let began = seconds();
    let follower = follow(&etcd, folder.path(), Duration::from_millis(10));
    assert_eq!(shown(&follower), [("a".into(), 1), ("b".into(), 3), ("gone".into(), 2)].into());
    let status = follower.status();
    assert!(matches!(status.shown, Shown::LastGood { .. }) && status.revision == 0 && !status.connected);
    let times = |status: &Status| {
        ["since", "last_good", "current"].map(|what| metric(status, &format!("{what}_timestamp_seconds")))
    };
    let [since, saved_at, current_at] = times(&status);
    assert!((began..=seconds()).contains(&since) && (1.0..=began).contains(&saved_at), "{status:?}");
    assert_eq!((metric(&status, "from_etcd"), current_at), (0.0, 0.0));
    assert!(metric(&status, "lag_seconds").is_infinite(), "it alerts");
    assert!(follower.ready(Duration::from_millis(1)).is_err());

    // Where etcd is back, what differs is changed, in one version.
    let before = follower.target().snapshot();
    etcd.spawn();
    etcd.until_healthy();
    follower.ready(LONG).unwrap();
    assert_eq!(before.diff(&follower.target().snapshot()).count(), 0);
    until("it is connected", || follower.status().connected);
    let status = follower.status();
    let [connected_at, saved_at, current_at] = times(&status);
    assert!(connected_at > since && saved_at == 0.0 && current_at > since, "{status:?}");
    assert!(metric(&status, "lag_seconds") < 60.0);
    etcd.delete("/n/gone");
    until("it is gone", || !follower.target().contains_key("gone"));
    until("it is good", || follower.status().is_good());
}

#[test]
fn a_key_that_does_not_decode_keeps_its_last_good_value_over_a_restart() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    etcd.put("/n/a", "1");
    let follower = follow(&etcd, folder.path(), LONG);
    follower.ready(LONG).unwrap();
    drop(follower);
    etcd.put("/n/a", "bad");
    let follower = follow(&etcd, folder.path(), LONG);
    follower.ready(LONG).unwrap();
    assert_eq!(follower.target().get("a"), Some(1));
    until("it is listed", || follower.status().rejected_keys == 1);
}

#[test]
fn nothing_is_saved_before_etcd_was_reached() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    etcd.kill();
    let follower = follow(&etcd, folder.path(), Duration::from_millis(1));
    follower.target().insert("mine".to_owned(), 1);
    until("it has tried", || follower.status().failed > 2);
    drop(follower);
    assert!(store(folder.path()).load().unwrap().is_none());
}

#[test]
fn a_store_that_cannot_be_loaded_is_told_of_and_etcd_is_followed() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    etcd.put("/n/a", "1");
    let id = store(folder.path()).save(&CowMap::from([("a".to_owned(), 7_u64)]).snapshot()).unwrap().id;
    let file = store(folder.path()).list().iter().find(|info| info.id == id).unwrap().file.clone();
    std::fs::write(&file, "damaged").unwrap();
    let follower = follow(&etcd, folder.path(), LONG);
    let failure = follower.status().save_error.expect("it is told");
    assert_eq!(failure.kind, FailureKind::LastGood);
    follower.ready(LONG).unwrap();
    assert_eq!(follower.target().get("a"), Some(1));
}

#[test]
fn a_save_that_fails_is_told_of_and_tried_again_and_stops_nothing() {
    if !is_there() {
        return;
    }
    let (etcd, outer) = (Etcd::start(), TempDir::new().unwrap());
    let folder = outer.path().join("store");
    let follower = follow(&etcd, &folder, Duration::from_millis(10));
    follower.ready(LONG).unwrap();
    // Root may write where nobody may, so it is the folder that goes.
    std::fs::rename(&folder, outer.path().join("away")).unwrap();
    etcd.put("/n/a", "1");
    until("it is told", || follower.status().save_error.is_some());
    assert!(!follower.status().is_good());
    etcd.put("/n/b", "2");
    until_shown(&follower, "b", 2);
    std::fs::rename(outer.path().join("away"), &folder).unwrap();
    until("it is saved", || follower.status().save_error.is_none());
    drop(follower);
    assert_eq!(store(&folder).load().unwrap().unwrap().value.len(), 2);
}

#[test]
fn a_follower_without_a_store_saves_nothing() {
    if !is_there() {
        return;
    }
    let etcd = Etcd::start();
    assert!(start(numbers(&etcd.urls(), "/n/")).status().save_error.is_none());
}

#[test]
fn what_its_decoder_drops_is_saved_as_it_is_left() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    etcd.put("/n/a", "1");
    let held: Arc<Mutex<Option<Follower<Map>>>> = Arc::default();
    let (of_decoder, (tell, told)) = (Arc::clone(&held), channel());
    let follower = Follow::prefix(etcd.urls(), "/n/")
        .decode(name, move |_, value| {
            if value == b"7" {
                // It saves, and is gone.
                drop(of_decoder.lock().unwrap().take());
                // The thread's own state goes when nothing can be published any more.
                let _ = tell.send(());
            }
            number(value)
        })
        .last_good(store(folder.path()), LONG)
        .into::<Map>(Arc::default())
        .unwrap();
    follower.ready(LONG).unwrap();
    let table = Arc::clone(follower.target());
    *held.lock().unwrap() = Some(follower);
    etcd.put("/n/a", "7");
    told.recv_timeout(LONG).unwrap();
    // Until the decoder is dropped with the thread.
    assert!(told.recv_timeout(LONG).is_err());
    assert_eq!(table.get("a"), Some(1));
    assert_eq!(store(folder.path()).load().unwrap().unwrap().value.get("a"), Some(&1));
}

#[test]
fn an_empty_prefix_at_the_start_takes_nothing_away() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    let saved = || store(folder.path()).load().unwrap().unwrap().value.len();
    etcd.put("/n/a", "1");
    etcd.put("/n/d", "4");
    let follower = follow(&etcd, folder.path(), LONG);
    follower.ready(LONG).unwrap();
    drop(follower);
    etcd.wipe();
    // Neither an empty prefix nor one of which no key decodes, of a name that is new or known.
    for (name, refused) in [("/n/b", 1), ("/n/b", 1), ("/n/a", 2)] {
        let follower = follow(&etcd, folder.path(), Duration::from_millis(10));
        let is_told = |failed| {
            let status = follower.status();
            status.failed > failed
                && status.last_error.is_some_and(|failure| failure.kind == FailureKind::Empty)
        };
        until("it is told", || is_told(1));
        let status = follower.status();
        assert!(matches!(status.shown, Shown::LastGood { .. }) && !status.is_good(), "{status:?}");
        assert_eq!(follower.ready(Duration::ZERO).unwrap_err().failure.unwrap().kind, FailureKind::Empty);
        assert_eq!(shown(&follower), [("a".into(), 1), ("d".into(), 4)].into());
        etcd.put(name, "bad");
        until("refused keys are told", || follower.status().rejected_keys == refused);
        let failed = follower.status().failed;
        until("it is told again", || is_told(failed));
        let table = Arc::clone(follower.target());
        drop(follower);
        assert_eq!((table.len(), table.get("a"), saved()), (2, Some(1), 2));
    }
    // The first good key is followed, and when it goes, that is so.
    let follower = follow(&etcd, folder.path(), Duration::from_millis(10));
    until("it is told", || follower.status().failed > 0);
    etcd.put("/n/c", "3");
    follower.ready(LONG).unwrap();
    assert_eq!(follower.target().get("c"), Some(3));
    etcd.delete("/n/b");
    etcd.delete("/n/a");
    let revision = etcd.delete("/n/c");
    follower.wait_for(revision, LONG).unwrap();
    assert!(shown(&follower).is_empty());
    until("it is good", || follower.status().is_good());
    drop(follower);
    assert_eq!(saved(), 0);
}

#[test]
fn two_refused_names_of_one_key_are_one_key() {
    let folder = TempDir::new().unwrap();
    let stored = || Store::<PagedMap<u64, u64>>::open(folder.path(), Options::new()).unwrap();
    stored().save(&CowMap::from([(1_u64, 10_u64), (2, 20)]).snapshot()).unwrap();
    let follow = |kvs: &[(&str, &str)]| {
        let kvs = kvs.iter().map(|(name, value)| kv(&format!("/n/{name}"), value, 5)).collect();
        let builder = Follow::prefix(Gateway::calm(9, kvs).urls(), "/n/")
            .decode(str::parse::<u64>, |_, value| number(value))
            .last_good(stored(), Duration::from_millis(10));
        builder.into(Arc::<CowMap<u64, u64>>::default()).unwrap()
    };
    // Each of them keeps the value of the same key, and nothing says that the other one is gone.
    let follower = follow(&[("01", "bad"), ("1", "bad")]);
    until("it is told", || {
        follower.status().last_error.is_some_and(|failure| failure.kind == FailureKind::Empty)
    });
    assert_eq!((follower.target().get(&1), follower.target().get(&2)), (Some(10), Some(20)));
    drop(follower);
    assert_eq!(stored().load().unwrap().unwrap().value.len(), 2);
    // A last good value gives way to a good one of another name.
    let follower = follow(&[("001", "bad"), ("01", "bad"), ("1", "11"), ("2", "bad")]);
    follower.ready(LONG).unwrap();
    assert_eq!((follower.target().get(&1), follower.target().get(&2)), (Some(11), Some(20)));
    assert_eq!(follower.status().rejected_keys, 3);
}

#[test]
fn an_empty_prefix_at_the_start_is_taken_if_it_is_allowed() {
    if !is_there() {
        return;
    }
    let (etcd, folder) = (Etcd::start(), TempDir::new().unwrap());
    drop(store(folder.path()).save(&CowMap::from([("a".to_owned(), 7_u64)]).snapshot()).unwrap());
    let builder = numbers(&etcd.urls(), "/n/").last_good(store(folder.path()), LONG).allow_empty();
    let follower = start(builder);
    assert!(shown(&follower).is_empty());
}
