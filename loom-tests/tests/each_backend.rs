//! Runs the proofs of `epoch/` and `hazard/`, which need other cfgs than those of this crate, and so builds of their own.

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
    // Its own `.cargo/config.toml` says how it is built; what this build was told says nothing there.
    let status = Command::new(env!("CARGO"))
        .args(["test", "--release", "--", "--nocapture"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + backend)
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .expect("the cargo that runs this test runs again");
    assert!(status.success(), "a proof of `loom-tests/{backend}` failed: its report is above");
}
