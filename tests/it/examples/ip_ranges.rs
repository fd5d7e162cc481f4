//! `examples/ip_ranges`, run as its user runs it.

use std::process::Output;

use super::blocklist::file;
use crate::examples::program;
use crate::support::command;

const GOOD: &str = "1.0.0.0,1.0.0.255,13335,\"Cloudflare, Inc.\"\n1.0.4.0,1.0.7.255,38803,Gtelecom\n";

fn ip_ranges(args: &[&str]) -> Output {
    command(&program("ip_ranges")).args(args).output().expect("the program starts")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_tells_whose_an_address_is_at_each_end_of_a_range() {
    let list = file("ranges.csv", GOOD);
    let asked = ["0.255.255.255", "1.0.0.0", "1.0.0.255", "1.0.1.0", "1.0.4.0", "1.0.7.255", "1.0.8.0"];
    let output = ip_ranges(&[&["--ranges", &list, "--update", &list], &asked[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let expected = [
        "0.255.255.255: nobody's",
        "1.0.0.0: Cloudflare, Inc. (AS13335), 1.0.0.0 to 1.0.0.255",
        "1.0.0.255: Cloudflare, Inc. (AS13335), 1.0.0.0 to 1.0.0.255",
        "1.0.1.0: nobody's",
        "1.0.4.0: Gtelecom (AS38803), 1.0.4.0 to 1.0.7.255",
        "1.0.7.255: Gtelecom (AS38803), 1.0.4.0 to 1.0.7.255",
        "1.0.8.0: nobody's",
    ];
    assert_eq!(stdout(&output).lines().collect::<Vec<_>>(), expected);
}

#[test]
fn the_real_ranges_are_replaced_and_come_back() {
    let output = ip_ranges(&["--threads", "2", "--seconds", "0.3"]);
    let table = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{table}\n{}", stderr(&output));
    assert!(table.contains("RIGHT: 10,000 addresses"), "{table}");
    // To the update, and back: what was added goes.
    let reloads: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.ends_with(" ms"))
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(reloads.len(), 2, "{table}");
    assert_eq!((reloads[0][0], reloads[1][0]), ("4845", "4425"));
    assert_eq!(reloads[0][1..4], [reloads[1][2], reloads[1][1], reloads[1][3]]);
    assert!(reloads.iter().flatten().all(|figure| *figure != "0"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
}

#[test]
fn a_bad_line_is_told_with_its_place_and_a_reason() {
    for (name, content, words) in [
        ("few", "1.0.0.0,1.0.0.255,13335,a\n1.0.4.0,1.0.7.255\n", ":2: a range has 4 fields, and here are 2"),
        ("many", "1.0.0.0,1.0.0.255,13335,a,b\n", ":1: a range has 4 fields, and here are 5"),
        ("no_address", "1.0.0.0,1.0.0.256,13335,a\n", ":1: \"1.0.0.256\" is no IPv4 address"),
        (
            "backwards",
            "1.0.0.9,1.0.0.1,13335,a\n",
            ":1: the range ends with 1.0.0.1, before it begins with 1.0.0.9",
        ),
        ("no_number", "1.0.0.0,1.0.0.255,AS13335,a\n", ":1: \"AS13335\" is no number of a network"),
        (
            "overlap",
            "1.0.0.0,1.0.0.255,1,a\n\n1.0.0.255,1.0.1.255,2,b\n",
            ":3: 1.0.0.255 is not behind the range before it, 1.0.0.0 to 1.0.0.255",
        ),
        ("empty", "\n", ": there is no range in it"),
    ] {
        let list = file(&format!("ranges_{name}.csv"), content);
        for role in ["--ranges", "--update"] {
            let output = ip_ranges(&[role, &list, "1.1.1.1"]);
            assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
            assert_eq!(stderr(&output), format!("error: {list}{words}\n"));
            assert_eq!(stdout(&output), "");
        }
    }
    let output =
        ip_ranges(&["--ranges", &file("ranges_latin.csv", b"1.0.0.0,1.0.0.255,1,M\xfcnchen\n"), "1.1.1.1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("ranges_latin.csv:1: ") && stderr(&output).contains("UTF-8"),
        "{}",
        stderr(&output)
    );
    let output = ip_ranges(&["--ranges", "not there.csv", "1.1.1.1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).starts_with("error: not there.csv: "), "{}", stderr(&output));
}
