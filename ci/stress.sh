#!/usr/bin/env bash
# Builds the stress program with each publish backend and runs it: ci/stress.sh [SECONDS for each backend, 60 by default]
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${1:-60}

run() { # backend [another cfg]
    printf '\n== stress: %s\n' "$*"
    cd "$root/verify/stress"
    export CARGO_TARGET_DIR="$root/target/stress-$1"
    RUSTFLAGS="${RUSTFLAGS:-} --cfg readmostly_backend=\"$1\" ${2:+--cfg $2}" cargo build --release --bin stress
    "$CARGO_TARGET_DIR/release/stress" --seconds "$seconds"
}

(run hazard)
(run hazard 'readmostly_fence="full"')
(run epoch)
(run lock)
(run arc_swap)
