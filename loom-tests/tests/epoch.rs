//! Runs the proofs of `epoch/`, which need other cfgs than those of this crate, and so a build of their own.

use std::process::Command;

#[test]
fn the_proofs_over_the_epoch_backend_hold() {
    // Its own `.cargo/config.toml` says how it is built; what this build was told says nothing there.
    let status = Command::new(env!("CARGO"))
        .args(["test", "--release", "--", "--nocapture"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/epoch"))
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .status()
        .expect("the cargo that runs this test runs again");
    assert!(status.success(), "a proof of `loom-tests/epoch` failed: its report is above");
}
