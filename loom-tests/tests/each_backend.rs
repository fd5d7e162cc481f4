//! Runs the proofs in `tests/backends`, which need other cfgs than those of this build, and so a build for each backend.

use std::process::Command;

#[test]
fn the_proofs_over_the_epoch_backend_hold() {
    proofs_hold("epoch");
}

#[test]
fn the_proofs_over_the_hazard_backend_hold() {
    proofs_hold("hazard");
}

#[track_caller]
fn proofs_hold(backend: &str) {
    let cfgs = format!(".cargo/{backend}.toml");
    let target = format!("target/{backend}");
    // The file says how it is built. What this build was told in the environment would count for more than the file.
    let status = Command::new(env!("CARGO"))
        .args(["test", "--release", "--config", &cfgs, "--target-dir", &target])
        .args(["--test", "backends", "--", "--nocapture"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .status()
        .expect("the cargo that runs this test runs again");
    assert!(status.success(), "a proof over the backend `{backend}` failed: its report is above");
}
