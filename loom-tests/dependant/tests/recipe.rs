//! The recipe of readmostly's README, as it stands there.

#[cfg(readmostly_loom)]
#[test]
fn both_limits_change_together() {
    loom::model(|| {
        let limits = loom::sync::Arc::new(readmostly::CowMap::from([("free", 0), ("team", 0)]));
        let seen = loom::sync::Arc::clone(&limits);
        let reader = loom::thread::spawn(move || {
            let table = seen.load();
            assert_eq!(table["free"], table["team"]);
        });
        limits.update(|draft| draft.extend([("free", 1), ("team", 1)]));
        reader.join().unwrap();
    });
}
