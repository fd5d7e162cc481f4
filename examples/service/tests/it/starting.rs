//! The start that fails.

use crate::support::http::Connection;
use crate::support::{Gate, SAMPLE, ended, program, refused, refused_by, under};
use clap::{CommandFactory, Parser};
use gatekeeper::options::Options;
use gatekeeper::threads;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

#[test]
fn a_limit_of_open_files_that_is_too_low_is_said() {
    let mut child = under("-n 40")
        .args(["--listen", "127.0.0.1:0", "--list", "x"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("serves 1 connection, and not 10000: raise `ulimit -n`"), "{line}");
}

#[test]
fn too_few_files_to_listen_are_said() {
    // What is too little depends on the runtime: with fewer it ends before, and with more it starts and says that there is no list.
    let found = (4..60).find_map(|files| {
        let mut child = under(&format!("-n {files}"))
            .args(["--listen", "127.0.0.1:0", "--list", "x"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let line = lines.find(|line| line.contains("cannot listen") || line.contains("no list yet"));
        if line.as_ref().is_some_and(|line| line.contains("no list yet")) {
            child.kill().unwrap();
        }
        let code = ended(&mut child).code();
        line.map(|line| (code, line))
    });
    let (code, line) = found.expect("some number of files is too small, or enough");
    assert_eq!(
        line,
        "error: cannot listen on 127.0.0.1:0: Too many open files (os error 24): raise `ulimit -n`"
    );
    assert_eq!(code, Some(1));
}

/// Where the system had too few threads, the start once panicked, or never ended, or the service had no log.
#[cfg(target_os = "linux")]
#[test]
fn too_few_threads_are_said() {
    // A thread takes so many bytes of addresses. Of these there are as many as such threads need, and half of one for all else.
    const THREAD: usize = 256 << 20;
    let with = |threads: usize| {
        let mut program = under(&format!("-v {}", (threads * THREAD + THREAD / 2) >> 10));
        program.env("RUST_MIN_STACK", THREAD.to_string()).env("MALLOC_ARENA_MAX", "1");
        program
    };
    let needed = 2 + threads::OTHERS;
    for there in 0..needed {
        let mut program = with(there);
        program.args(["--threads", "2", "--list", "x", "--listen", "127.0.0.1:0"]);
        let (code, text) = refused_by(program);
        assert_eq!(code, 1, "{there}: {text}");
        assert!(text.starts_with(&format!("error: {needed} threads cannot be started: ")), "{there}: {text}");
        assert!(text.ends_with("or lower --threads\n"), "{there}: {text}");
    }
    let gate = Gate::by(with(needed), SAMPLE, &["--threads", "2"]);
    for (method, path) in [("GET", "/check/ads.example"), ("POST", "/reload"), ("GET", "/changes/1")] {
        assert_eq!(Connection::open(gate.address).ask(method, path, &[], b"").status, 200, "{path}");
    }
    gate.says("version 1 is in force");
}

/// A variable of the runtime's once had the service panic, or start as many threads as it said.
#[test]
fn a_variable_of_the_runtime_does_nothing() {
    for value in ["0", "x", "", "200"] {
        let mut program = program();
        program.env("TOKIO_WORKER_THREADS", value);
        let gate = Gate::by(program, SAMPLE, &[]);
        let threads = gate.threads();
        assert!(threads < 200, "{value}: {threads} threads");
    }
}

#[test]
fn a_start_that_fails_says_what_to_do() {
    let gate = Gate::ready(SAMPLE, &[]);
    let (code, text) = refused(&["--list", "x", "--listen", &gate.address.to_string()], &[]);
    assert_eq!(code, 2);
    assert!(
        text.contains("another process listens there: stop it, or choose another with --listen"),
        "{text}"
    );
    for (options, variables, words) in [
        (&[][..], &[][..], "--list <FILE>"),
        (&["--list", "x", "--listen", "here"], &[], "--listen"),
        (&["--list", "x", "--min-share", "101"], &[], "--min-share"),
        (&["--list", "x", "--min-size", "0"], &[], "--min-size"),
        (&["--list", "x", "--last-good", "./x"], &[], "choose another file with --last-good"),
        (&["--list", "x", "--token", "short"], &[], "a token has 8 or more characters"),
        (&["--list", "x"], &[("GATEKEEPER_TOKEN", "")], "a token has 8 or more characters"),
        (&[], &[("GATEKEEPER_LIST", "x"), ("GATEKEEPER_POLL", "often")], "not a number of seconds"),
    ] {
        let (code, text) = refused(options, variables);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[test]
fn each_option_has_a_variable_and_a_place_in_the_readme() {
    let readme = include_str!("../../README.md");
    let command = Options::command();
    let options = || command.get_arguments().filter(|option| option.get_long().is_some());
    assert!(options().count() > 15);
    for option in options() {
        let name = option.get_long().unwrap();
        let variable = format!("GATEKEEPER_{}", name.to_uppercase().replace('-', "_"));
        assert_eq!(option.get_env(), Some(OsStr::new(&variable)));
        assert!(readme.contains(&format!("`--{name} ")), "the README does not list --{name}");
    }
}

/// Most of these once started a service that was never ready, or that answered nobody.
#[test]
fn an_option_with_which_nothing_can_be_done_is_refused() {
    for (options, words) in [
        (&["--poll", "0"][..], "from 0.001 to 86400"),
        (&["--poll", "0.0000001"], "from 0.001 to 86400"),
        (&["--poll", "86401"], "from 0.001 to 86400"),
        (&["--settle=-1"], "from 0 to 86400"),
        (&["--settle", "nan"], "from 0 to 86400"),
        (&["--idle", "0.000001"], "from 0.1 to 86400"),
        (&["--drain", "inf"], "from 0 to 86400"),
        (
            &["--max-list", "0"],
            "--max-list 0 has no room for the 3 bytes that 1 domain needs at least: raise it, or lower --min-size",
        ),
        (&["--max-list", "2"], "--max-list 2 has no room"),
        (
            &["--max-list", "3998", "--min-size", "1000"],
            "--max-list 3998 has no room for the 3999 bytes that 1000 domains need at least: raise it, or lower --min-size",
        ),
        (&["--min-size", "18446744073709551615"], "has no room"),
        (&["--min-size", "18446744073709551615", "--max-list", "18446744073709551615"], "has no room"),
        (&["--max-batch", "0"], "--max-batch"),
        (&["--max-body", "0"], "--max-body"),
        (&["--max-body", "2"], "--max-body"),
        (&["--max-batches", "0"], "--max-batches"),
        (&["--max-searches", "0"], "--max-searches"),
        (&["--max-connections", "0"], "--max-connections"),
        (&["--threads", "0"], "--threads"),
    ] {
        let (code, text) = refused(&[&["--list", "x", "--listen", "127.0.0.1:0"], options].concat(), &[]);
        assert_eq!(code, 2, "{options:?}: {text}");
        assert!(text.contains(words), "{options:?}: {text}");
    }
    // With the least of each something can be done.
    let gate = Gate::ready(
        "a.b\nc.d",
        &[
            "--max-list",
            "7",
            "--min-size",
            "2",
            "--max-batch",
            "1",
            "--max-body",
            "3",
            "--idle",
            "0.1",
            "--settle",
            "0",
        ],
    );
    let answer = gate.post("/check", &[], "c.d");
    assert_eq!((answer.status, answer.json()["blocked"].as_u64()), (200, Some(1)), "{answer:?}");
}

/// A working folder that is gone never comes back. The copy once was said to be in the way, or the service was not ready for ever.
#[test]
fn a_relative_path_without_a_working_folder_is_a_bad_option() {
    let folder = tempfile::tempdir().unwrap();
    for (number, (options, words)) in [
        (&["--list", "rel"][..], "--list rel is no path from the root"),
        (&["--list", "rel", "--last-good", "copy"], "--list rel is no path from the root"),
        (&["--list", "/rel", "--last-good", "copy"], "--last-good copy is no path from the root"),
        (
            &["--etcd", "http://127.0.0.1:1", "--prefix", "/blocked/", "--last-good", "copy"],
            "--last-good copy is no path from the root",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let gone = folder.path().join(number.to_string());
        fs::create_dir(&gone).unwrap();
        let mut program = Command::new("sh");
        program.args(["-c", "rmdir \"$PWD\" && exec \"$0\" --listen 127.0.0.1:0 \"$@\""]);
        program.arg(env!("CARGO_BIN_EXE_gatekeeper")).args(options).current_dir(&gone);
        let (code, text) = refused_by(program);
        assert_eq!(code, 2, "{options:?}: {text}");
        assert!(text.contains(words) && text.contains("start in a folder that is there"), "{text}");
        assert!(!text.contains("choose another file"), "{text}");
    }
}

/// Only what is the same without a look at links was once found, and the service was not ready for ever.
#[test]
fn a_copy_that_would_replace_the_list_is_a_bad_option() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::create_dir(path("sub")).unwrap();
    symlink("target", path("dangling")).unwrap();
    fs::write(path("list"), SAMPLE).unwrap();
    symlink("list", path("on the way")).unwrap();
    symlink("on the way", path("link")).unwrap();
    for (list, copy) in [
        ("dangling", "target"),
        ("missing", "sub/../missing"),
        ("list", "sub/../list"),
        ("link", "list"),
        ("link", "on the way"),
    ] {
        let options = ["--list", &path(list), "--last-good", &path(copy), "--listen", "127.0.0.1:0"];
        let (code, text) = refused(&options, &[]);
        assert_eq!(code, 2, "{list} {copy}: {text}");
        assert!(text.contains("--list") && text.contains("choose another file with --last-good"), "{text}");
    }
    // A link to the list is replaced itself, and so is another name of it.
    symlink("list", path("to the list")).unwrap();
    fs::hard_link(path("list"), path("other name")).unwrap();
    for copy in ["to the list", "other name", "copy"] {
        let options = ["gatekeeper", "--list", &path("list"), "--last-good", &path(copy)];
        assert_eq!(Options::parse_from(options).check(), Ok(()), "{copy}");
        assert!(copy != "copy" || !fs::exists(path("copy")).unwrap(), "a check writes nothing");
    }
    assert_eq!(fs::read_to_string(path("list")).unwrap(), SAMPLE);
}

/// The parser of options shows what it refuses.
#[test]
fn no_error_shows_the_token() {
    for bad in ["hunter2 is my secret", "hunter2", "hunter2-hünter"] {
        for (options, variables) in [
            (&["--list", "x", "--token", bad][..], &[][..]),
            (&["--list", "x"], &[("GATEKEEPER_TOKEN", bad)]),
            (&["--list", "x", "--help-me"], &[("GATEKEEPER_TOKEN", bad)]),
        ] {
            let (code, text) = refused(options, variables);
            assert_eq!(code, 2, "{text}");
            assert!(!text.contains("hunter"), "{text}");
        }
    }
    let options = Options::parse_from(["gatekeeper", "--list", "x", "--token", "hunter2-is-my-secret"]);
    let shown = format!("{options:?}");
    assert!(shown.contains("token: Some(Secret(…))") && !shown.contains("hunter"), "{shown}");
}
