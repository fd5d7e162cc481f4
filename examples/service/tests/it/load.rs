//! Load by `wrk`, while the list is replaced. `bench.sh` measures; this only tries that nothing fails.

use crate::support::{Gate, many, tools};
use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

#[test]
fn no_check_fails_while_the_list_is_replaced() {
    let Some(wrk) = tools::find(&["wrk"], "wrk") else { return };
    let gate = Gate::ready(&many(20_000, 5_000, 0), &["--settle", "0"]);
    let asked = tempfile::NamedTempFile::new().unwrap();
    fs::write(asked.path(), "x.host-7-of-round-1.example\nhost-9999-of-round-0.example\nfine.example\n")
        .unwrap();
    let done = AtomicBool::new(false);
    let output = thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !done.load(Ordering::Relaxed) {
                round += 1;
                gate.write(&many(20_000, 5_000, round));
                thread::sleep(Duration::from_millis(200));
            }
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/bench/wrk.lua");
        let output = Command::new(wrk)
            // As long as a busy machine may take: what is slow has not failed.
            .args(["-t1", "-c16", "-d3s", "--timeout", "20s", "-s", script, &gate.url(), "--"])
            .arg(asked.path())
            .output()
            .unwrap();
        // On a machine that is busy a list may take longer than wrk.
        gate.until("it was replaced", |status| status["version"].as_u64() >= Some(3));
        done.store(true, Ordering::Relaxed);
        String::from_utf8(output.stdout).unwrap()
    });
    let result =
        output.lines().find_map(|line| line.strip_prefix("RESULT ")).unwrap_or_else(|| panic!("{output}"));
    let numbers: Vec<u64> = result.split(' ').map(|number| number.parse().unwrap()).collect();
    let [rate, .., failed] = numbers[..] else { panic!("{result}") };
    let status = gate.status();
    println!("{rate} requests a second, {} versions", status["version"]);
    assert_eq!(failed, 0, "{output}");
    assert!(rate > 0 && status["version"].as_u64().unwrap() >= 3, "{output} {status}");
    assert_eq!(status["checks"]["malformed"], 0);
}
