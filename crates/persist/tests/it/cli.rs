//! `readmostly-store`: what an operator types.

use readmostly::{CowMap, CowVec};
use readmostly_persist::{Durable, Key, Options, Store};
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, command: &str, rest: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_readmostly-store");
    Command::new(program).arg(command).arg(folder).args(rest).output().unwrap()
}

/// Runs it, and returns its exit code and what it says.
#[track_caller]
pub(crate) fn says(folder: &Path, command: &str, rest: &[&str]) -> (i32, String) {
    let output = run(folder, command, rest);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

/// A store with a full file, which has the tag `first`, and a delta.
fn store() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder, Options::new().schema(3)).unwrap();
    let table: CowMap<u32, String> = (0..100).map(|key| (key, format!("value {key}\n"))).collect();
    let id = store.save(&table.snapshot()).unwrap().id;
    store.tag(id, "first").unwrap();
    table.update(|draft| {
        draft.insert(5, "say \"hi\"".into());
        draft.insert(200, "new".into());
        draft.remove(&7);
    });
    store.save(&table.snapshot()).unwrap();
    folder
}

#[test]
fn info_and_list_say_what_is_there() {
    let folder = store();
    let (code, text) = says(folder.path(), "info", &[]);
    assert_eq!(code, 0, "{text}");
    for part in
        ["1 full, 1 deltas, 0 unreadable", "Map, 100 entries, version 1", "schema       3", "lz4", "first"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
    let (code, text) = says(folder.path(), "list", &[]);
    assert_eq!((code, text.lines().count()), (0, 2));
    assert!(text.contains("full ") && text.contains("delta") && text.contains("100 entries"), "{text}");
    let (code, text) = says(folder.path(), "list", &["--json"]);
    let lines: Vec<_> = text.lines().collect();
    assert!(
        code == 0 && lines[0].contains("\"parent\":null") && lines[0].contains("\"tags\":[\"first\"]"),
        "{text}"
    );
    assert!(lines.iter().all(|line| line.starts_with("{\"id\":\"") && line.ends_with("]}")), "{text}");
}

#[test]
fn verify_finds_damage() {
    let folder = store();
    assert_eq!(says(folder.path(), "verify", &[]), (0, "2 files are good, 0 are not\n".into()));
    let delta = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let delta = delta.into_iter().find(|file| file.to_string_lossy().contains("-delta-")).unwrap();
    let mut bytes = std::fs::read(&delta).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&delta, bytes).unwrap();
    let (code, text) = says(folder.path(), "verify", &[]);
    assert!(code == 1 && text.contains("1 files are good, 1 are not") && text.contains("-delta-"), "{text}");
    let (code, text) = says(folder.path(), "info", &[]);
    assert!(code == 0 && text.contains("skips ") && text.contains("100 entries, version 0"), "{text}");
    // What cannot be loaded is not buried.
    assert_eq!(says(folder.path(), "compact", &[]).0, 2);
    std::fs::write(folder.path().join("tags"), "no tags").unwrap();
    assert!(
        says(folder.path(), "verify", &[]).1.contains("0 are not")
            || says(folder.path(), "verify", &[]).0 == 1
    );
}

#[test]
fn dump_and_diff_write_json_lines() {
    let folder = store();
    let (code, text) = says(folder.path(), "dump", &["first"]);
    assert_eq!((code, text.lines().count()), (0, 100));
    // 5, and a string of 8 bytes.
    let line = r#"{"key":"05","key_text":".","value":"0876616c756520350a","value_text":".value 5."}"#;
    assert!(text.lines().any(|found| found == line), "{text}");
    let (code, text) = says(folder.path(), "diff", &["first", "newest"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((code, lines.len()), (1, 3), "{text}");
    assert!(
        lines[0].contains(r#""change":"updated","key":"05""#) && lines[0].contains(r#".say \"hi\"""#),
        "{text}"
    );
    assert!(lines[1].contains(r#""change":"removed","key":"07""#), "{text}");
    assert!(lines[2].contains(r#""change":"added","key":"c801""#), "{text}");
    assert_eq!(says(folder.path(), "diff", &["first", "first"]), (0, String::new()));
    assert_eq!(says(folder.path(), "dump", &["nothing"]).0, 2);

    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder, Options::new()).unwrap();
    let list: CowVec<u8> = [1, 2, 3].into();
    store.save(&list.snapshot()).unwrap();
    let (code, text) = says(folder.path(), "dump", &[]);
    assert!(code == 0 && text.starts_with("{\"at\":0,\"value\":\"01\""), "{text}");
}

#[test]
fn compact_and_tag_write_what_the_program_reads() {
    let folder = store();
    let (code, text) = says(folder.path(), "compact", &["--keep", "1"]);
    // The tagged one stays.
    assert!(code == 0 && text.contains("wrote ") && text.contains("removed 1 files"), "{text}");
    assert_eq!(says(folder.path(), "tag", &["now"]), (0, String::new()));
    assert_eq!(says(folder.path(), "tag", &["first", "--delete"]), (0, String::new()));
    assert_eq!(says(folder.path(), "tag", &["first", "--delete"]).0, 2);
    let store: Store<readmostly::paged::PagedMap<u32, String>> =
        Store::open(&folder, Options::new().schema(3)).unwrap();
    let loaded = store.load().unwrap().unwrap();
    assert_eq!(
        (loaded.value.len(), loaded.value[&5].as_str(), loaded.id),
        (100, "say \"hi\"", store.tagged("now").unwrap())
    );
    // While that is open.
    let (code, text) = says(folder.path(), "compact", &[]);
    assert!(code == 2 && text.contains("another process has the store open"), "{text}");
    assert_eq!(says(folder.path(), "verify", &[]).0, 0);
}

#[test]
fn a_key_comes_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path().join("store"), Options::new().key(Key::new([0xab; 32]))).unwrap();
    store.save(&CowMap::from([(1_u8, 2_u8)]).snapshot()).unwrap();
    drop(store);
    let store = folder.path().join("store");
    let key = |name: &str, bytes: &[u8]| {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (bytes, hex, wrong) =
        (key("a", &[0xab; 32]), key("b", "ab".repeat(32).as_bytes()), key("c", b"short"));
    for file in [bytes, hex] {
        let (code, text) = says(&store, "dump", &["--key-file", &file]);
        assert!(code == 0 && text.contains("\"value\":\"02\""), "{text}");
    }
    assert_eq!(says(&store, "dump", &["--key-file", &wrong]).0, 2);
    let (code, text) = says(&store, "info", &[]);
    assert!(code == 1 && text.contains("open the store with its key"), "{text}");
}

#[test]
fn nothing_is_made_where_nothing_is() {
    let home = tempfile::tempdir().unwrap();
    let missing = home.path().join("mistyped");
    for command in ["info", "list", "verify", "dump", "compact"] {
        assert_eq!(says(&missing, command, &[]).0, 2, "{command}");
    }
    assert!(!missing.exists());
    assert_eq!(run(home.path(), "info", &[]).status.code(), Some(0));
    assert_eq!(run(home.path(), "nothing", &[]).status.code(), Some(2));
}

#[test]
fn the_writes_in_a_log_are_shown_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowMap<u32, String>>::open(&folder, Options::new().schema(3)).unwrap();
    for key in 0..3 {
        table.insert(key, "logged".into()).unwrap();
    }
    // Also while it is open.
    let (code, text) = says(folder.path(), "info", &[]);
    assert!(code == 0 && text.contains("replays 3 writes") && text.contains("3 entries, after 3"), "{text}");
    for part in [
        "on           ",
        ", which was saved 20",
        "holds        Map",
        "schema       3",
        "compression  lz4",
        "encrypted    no",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    drop(table);
    let (code, text) = says(folder.path(), "dump", &[]);
    assert!(code == 0 && text.lines().count() == 3 && text.contains(".logged"), "{text}");
    let (code, text) = says(folder.path(), "verify", &[]);
    assert!(code == 0 && text.contains("the logs are good: 3 writes"), "{text}");
    for (command, rest) in [("compact", &[][..]), ("tag", &["good"])] {
        let (code, text) = says(folder.path(), command, rest);
        assert!(
            code == 2 && text.contains("that of a durable table") && text.contains("`prune` makes room"),
            "{text}"
        );
        assert!(!text.contains("`Durable`"), "nothing that an operator can type: {text}");
    }
    let log = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let log = log.into_iter().find(|file| file.extension().is_some_and(|ending| ending == "rmlog")).unwrap();
    let mut bytes = std::fs::read(&log).unwrap();
    // In the first write, so that confirmed ones follow.
    bytes[256] ^= 1;
    std::fs::write(&log, bytes).unwrap();
    let (code, text) = says(folder.path(), "info", &[]);
    assert!(
        code == 1 && text.contains("a start      fails: ") && text.contains("without log  loads"),
        "{text}"
    );
    let (code, text) = says(folder.path(), "verify", &[]);
    assert!(code == 1 && text.contains("the log is damaged at byte 240"), "{text}");
    assert_eq!(says(folder.path(), "dump", &[]).0, 2);
}

/// A folder of a store whose newest file, of two, is damaged; and the id of the one before.
fn damaged() -> (tempfile::TempDir, String) {
    let folder = store();
    let delta = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let delta = delta.into_iter().find(|file| file.to_string_lossy().contains("-delta-")).unwrap();
    let mut bytes = std::fs::read(&delta).unwrap();
    bytes[200] ^= 1;
    std::fs::write(&delta, bytes).unwrap();
    let (_, text) = says(folder.path(), "list", &[]);
    let id = text.split(' ').next().unwrap().to_owned();
    (folder, id)
}

#[test]
fn newest_is_what_a_start_loads() {
    let (folder, id) = damaged();
    let output = run(folder.path(), "dump", &[]);
    assert_eq!((output.status.code(), output.stdout.split(|byte| *byte == b'\n').count()), (Some(0), 101));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("skipped "));
    assert_eq!(says(folder.path(), "tag", &["known-good"]).0, 0);
    let (_, text) = says(folder.path(), "info", &[]);
    assert!(text.contains(&format!("tagged       {id} first, known-good")), "{text}");
}

#[test]
fn a_tag_is_no_other_files_id_and_controls_no_terminal() {
    let folder = store();
    let (code, text) = says(folder.path(), "tag", &["newest"]);
    assert!(code == 2 && text.contains("what a start loads"), "{text}");
    let (_, text) = says(folder.path(), "list", &[]);
    let ids: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
    // The beginning of the id of the delta, put on the full one.
    assert_eq!(says(folder.path(), "tag", &[&ids[1][..8], ids[0]]).0, 0);
    let (code, text) = says(folder.path(), "dump", &[&ids[1][..8]]);
    assert!(code == 2 && text.contains("give the whole id"), "{text}");
    assert_eq!(says(folder.path(), "tag", &[ids[1], ids[0]]).0, 0);
    let whole = says(folder.path(), "dump", &[ids[1]]);
    assert_eq!(whole, says(folder.path(), "dump", &["newest"]));

    let lines = || ["info", "list"].map(|command| says(folder.path(), command, &[]).1.lines().count());
    let before = lines();
    assert_eq!(says(folder.path(), "tag", &["\u{1b}[2J\u{202e}red\na line", ids[0]]).0, 0);
    assert_eq!(lines(), before);
    for command in ["info", "list"] {
        let (_, text) = says(folder.path(), command, &[]);
        assert!(text.contains("\\u{1b}[2J\\u{202e}red\\na line") && !text.contains('\u{1b}'), "{text}");
    }
    // The name of a file is one line as well.
    std::fs::write(folder.path().join("x\ny.rmstore"), "").unwrap();
    for command in ["info", "list", "verify", "dump"] {
        let (_, text) = says(folder.path(), command, &[]);
        assert!(text.contains("x\\ny.rmstore") && !text.contains("x\ny"), "{command}: {text}");
    }
}

#[test]
fn broken_tags_are_told() {
    let folder = store();
    std::fs::write(folder.path().join("tags"), "no tags").unwrap();
    for command in ["info", "list"] {
        let (code, text) = says(folder.path(), command, &[]);
        assert!(code == 0 && text.contains("not a file of readmostly-persist"), "{text}");
    }
}

#[test]
fn compact_keeps_the_compression_unless_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options::new().compression(readmostly_persist::Compression::None);
    let store = Store::open(&folder, options).unwrap();
    let table: CowMap<u32, String> = (0..100).map(|key| (key, format!("value {key}"))).collect();
    for key in 0..2 {
        table.insert(key, "changed".into());
        store.save(&table.snapshot()).unwrap();
    }
    drop(store);
    let newest = |compression: &str| {
        let (_, text) = says(folder.path(), "list", &["--json"]);
        let line = text.lines().last().unwrap().to_owned();
        assert!(line.contains(&format!("\"compression\":\"{compression}\"")), "{line}");
        assert!(line.contains("\"kind\":\"full\""), "{line}");
    };
    assert_eq!(says(folder.path(), "compact", &[]).0, 0);
    newest("none");
    let store: Store<readmostly::paged::PagedMap<u32, String>> =
        Store::open(&folder, Options::new()).unwrap();
    let table = CowMap::from(store.load().unwrap().unwrap().value);
    table.insert(1, "again".into());
    store.save(&table.snapshot()).unwrap();
    drop(store);
    assert_eq!(says(folder.path(), "compact", &["--compression", "zstd"]).0, 0);
    newest("zstd");
    assert_eq!(says(folder.path(), "compact", &["--compression", "gzip"]).0, 2);
}

#[test]
fn an_empty_folder_has_nothing_to_check_or_compact() {
    let folder = tempfile::tempdir().unwrap();
    for (command, rest) in
        [("verify", &[][..]), ("compact", &[]), ("dump", &[]), ("prune", &["--keep", "1"]), ("tag", &["a"])]
    {
        let (code, text) = says(folder.path(), command, rest);
        assert!(code == 2 && text.contains("nothing was ever saved here"), "{command}: {text}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn what_is_too_large_for_a_check_is_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder, Options::new()).unwrap();
    store.save(&CowMap::from([(1_u32, "x".repeat(200_000))]).snapshot()).unwrap();
    drop(store);
    let (code, text) = says(folder.path(), "verify", &["--max-record", "1"]);
    assert!(code == 2 && text.contains("0 files are good, 0 are not"), "{text}");
    assert!(text.contains("raise --max-record") && !text.contains("Options"), "{text}");
    assert_eq!(says(folder.path(), "verify", &[]).0, 0);
}

#[test]
fn what_no_key_fits_is_not_checked_and_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let [right, wrong] = [1, 2].map(|byte| {
        let file = home.join(byte.to_string());
        std::fs::write(&file, [byte; 32]).unwrap();
        file.to_str().unwrap().to_owned()
    });
    let [sealed, plain] = ["sealed", "plain"].map(|name| home.join(name));
    for (folder, options) in [(&sealed, Options::new().key(Key::new([1; 32]))), (&plain, Options::new())] {
        let (table, _) = Durable::<CowMap<u32, u32>>::open(folder, options).unwrap();
        table.insert(1, 2).unwrap();
    }
    let with = |key| ["--key-file", key];
    for (folder, key) in [(&sealed, &[][..]), (&sealed, &with(&wrong)), (&plain, &with(&right))] {
        let (code, text) = says(folder, "verify", key);
        assert!(code == 2 && text.contains("0 files are good, 0 are not"), "{code}: {text}");
        assert!(text.contains("give their key by --key-file, or none"), "{text}");
    }
    assert_eq!((says(&sealed, "verify", &with(&right)).0, says(&plain, "verify", &[]).0), (0, 0));
    // One among others is none of this key.
    let file = std::fs::read_dir(&plain).unwrap().map(|file| file.unwrap().path());
    let file = file.into_iter().find(|file| file.extension().is_some_and(|end| end == "rmstore")).unwrap();
    std::fs::copy(&file, sealed.join(file.file_name().unwrap())).unwrap();
    assert_eq!(says(&sealed, "verify", &with(&right)).0, 1);
}

#[test]
fn a_log_that_is_too_large_for_a_check_is_not_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowMap<u32, String>>::open(&folder, Options::new()).unwrap();
    table.insert(1, "x".repeat(200_000)).unwrap();
    drop(table);
    let (code, text) = says(folder.path(), "verify", &["--max-record", "1"]);
    assert!(code == 2 && text.contains("files are good, 0 are not"), "{code}: {text}");
    assert_eq!(says(folder.path(), "verify", &[]).0, 0);
}

/// Who reads has seen enough, and the exit code says the same.
#[cfg(unix)]
#[test]
fn a_reader_that_is_gone_changes_no_exit_code() {
    let (folder, _) = damaged();
    let sh = |script: &str| {
        let program = env!("CARGO_BIN_EXE_readmostly-store");
        let shell = Command::new("sh").args(["-c", script, program]).arg(folder.path()).output().unwrap();
        (shell.status.code(), String::from_utf8(shell.stdout).unwrap())
    };
    let code = |command: &str, redirect: &str| {
        let script =
            format!("exec 3>&1; {{ sleep 0.3; \"$0\" {command} \"$1\" {redirect}; echo $? >&3; }} | true");
        sh(&script).1
    };
    assert_eq!(code("verify", ""), "1\n");
    std::fs::write(folder.path().join("9-full-cut.rmstore"), "").unwrap();
    assert_eq!(code("list", "2>&1 >/dev/null"), "0\n");
}

/// The older log stands on what would be needed if the newest file were damaged.
#[test]
fn verify_reads_the_older_logs_too() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) = Durable::<CowMap<u32, String>>::open(&folder, Options::new()).unwrap();
    for key in 0..3 {
        table.insert(key, "logged".into()).unwrap();
    }
    table.fold().unwrap();
    table.insert(3, "logged".into()).unwrap();
    drop(table);
    assert_eq!(says(folder.path(), "verify", &[]).0, 0);
    let logs = std::fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let mut logs: Vec<_> =
        logs.filter(|file| file.extension().is_some_and(|ending| ending == "rmlog")).collect();
    logs.sort();
    assert_eq!(logs.len(), 2);
    let mut bytes = std::fs::read(&logs[0]).unwrap();
    bytes[256] ^= 1;
    std::fs::write(&logs[0], bytes).unwrap();
    let (code, text) = says(folder.path(), "verify", &[]);
    assert!(code == 1 && text.contains("the log is damaged at byte 240"), "{text}");
}

/// The folder of a durable table cannot be compacted, and its disk fills as well.
#[test]
fn prune_makes_room_where_nothing_can_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let (table, _) =
        Durable::<CowMap<u32, String>>::open(&folder, Options::new().keep(9).max_chain(0)).unwrap();
    for key in 0..5 {
        table.insert(key, format!("value {key}")).unwrap();
        table.fold().unwrap();
    }
    let (code, text) = says(folder.path(), "prune", &["--keep", "1"]);
    assert!(code == 2 && text.contains("another process has the store open"), "{text}");
    drop(table);
    assert_eq!(says(folder.path(), "compact", &["--keep", "1"]).0, 2);
    let files = || std::fs::read_dir(&folder).unwrap().count();
    let before = files();
    let (code, text) = says(folder.path(), "prune", &["--keep", "2"]);
    // Of six, the first of which is empty, two stay: each of the two logs stands on one.
    assert!(code == 0 && text.starts_with("removed 4 files of "), "{text}");
    assert_eq!(files(), before - 4);
    // And the older log goes with its own.
    let (code, text) = says(folder.path(), "prune", &["--keep", "1"]);
    assert!(code == 0 && text.starts_with("removed 2 files of "), "{text}");
    assert_eq!(files(), before - 6);
    let (table, recovered) = Durable::<CowMap<u32, String>>::open(&folder, Options::new()).unwrap();
    assert_eq!((table.load().len(), recovered.skipped.len()), (5, 0));
    assert_eq!(says(&folder.path().join("missing"), "prune", &["--keep", "1"]).0, 2);
}

/// The library keeps files of another schema and of another collection, and so does the command line.
#[test]
fn what_is_of_another_schema_or_collection_stays() {
    for command in ["compact", "prune"] {
        let folder = tempfile::tempdir().unwrap();
        let options = |schema| Options::new().schema(schema).max_chain(0).keep(9);
        let save = |schema, entries: u32| {
            let table: CowMap<u32, u32> = (0..entries).map(|key| (key, key)).collect();
            Store::open(&folder, options(schema)).unwrap().save(&table.snapshot()).unwrap().id
        };
        let old = [save(1, 1), save(1, 2)];
        let vec = Store::open(&folder, options(2)).unwrap().save(&CowVec::from([7]).snapshot()).unwrap().id;
        let (goes, newest) = (save(2, 3), save(2, 4));
        let (code, text) = says(folder.path(), command, &["--keep", "1"]);
        assert!(code == 0 && text.contains("removed 1 files"), "{text}");
        assert!(text.contains("left 3 files of another schema or collection"), "{text}");
        let (_, list) = says(folder.path(), "list", &[]);
        assert!([old[0], old[1], vec, newest].iter().all(|id| list.contains(&id.to_string())), "{list}");
        assert!(!list.contains(&goes.to_string()), "{list}");
        let (_, text) = says(folder.path(), "compact", &["--keep", "1"]);
        assert!(text.contains("removed 0 files"), "{text}");
    }
}

/// What stays is read first, and the file of another schema in between is none of it.
#[test]
fn a_good_file_stays_for_one_that_is_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let save = |schema, entries: u32| {
        let table: CowMap<u32, u32> = (0..entries).map(|key| (key, key)).collect();
        let store = Store::open(&folder, Options::new().schema(schema).max_chain(0).keep(9)).unwrap();
        let id = store.save(&table.snapshot()).unwrap().id;
        store.list().into_iter().find(|info| info.id == id).unwrap()
    };
    let (good, damaged, _, _) = (save(2, 1), save(2, 2), save(1, 3), save(2, 4));
    let mut bytes = std::fs::read(&damaged.file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&damaged.file, bytes).unwrap();
    let (code, text) = says(folder.path(), "prune", &["--keep", "2"]);
    assert!(code == 0 && text.contains("removed 0 files") && good.file.exists(), "{text}");
}
