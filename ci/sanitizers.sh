#!/usr/bin/env bash
# AddressSanitizer with leak detection over the tests and the stress program, with each publish backend; then
# ThreadSanitizer over the stress program, and over two programs with a race, which it must report; then an example under
# valgrind.
#
# Needs a nightly toolchain with the source of std (`rustup toolchain install nightly --profile minimal --component
# rust-src`): ThreadSanitizer has to see into std's locks, so std is built with it. Says so and skips where there is none.
# `ci/sanitizers.sh address`, `ci/sanitizers.sh thread` and `ci/sanitizers.sh valgrind` run one of the three, and names of backends
# behind `address` or `thread` run it with those.
# STRESS_SECONDS=600 looks for longer than 20 seconds at a time.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
seconds=${STRESS_SECONDS:-20}
which=${1:-all}
backends=("${@:2}")
[ ${#backends[@]} -gt 0 ] || backends=(hazard epoch lock arc_swap)
host=x86_64-unknown-linux-gnu

# A test fails when it takes longer than a minute, and what is instrumented is slow.
export READMOSTLY_TEST_PATIENCE=${READMOSTLY_TEST_PATIENCE:-10}

step() { printf '\n== %s\n' "$*"; }

if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "skipped: the sanitizers are set up here for x86-64 Linux, and this is $(uname -sm)"
    exit 0
fi

# A program of ours runs under valgrind's tools: what the system says of itself is asked of libc, since valgrind changes it.
valgrind_too() {
    step "valgrind: an example"
    if ! command -v valgrind >/dev/null; then
        echo "skipped: there is no valgrind: apt-get install valgrind"
        return
    fi
    cargo build --example two_tables
    valgrind --quiet --error-exitcode=1 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        "${CARGO_TARGET_DIR:-target}/debug/examples/two_tables"
}
if [ "$which" = all ] || [ "$which" = valgrind ]; then
    valgrind_too
fi
if [ "$which" = valgrind ]; then
    exit 0
fi

if ! [ -d "$(rustc +nightly --print sysroot 2>/dev/null)/lib/rustlib/src" ]; then
    echo "skipped: the sanitizers need nightly: rustup toolchain install nightly --profile minimal --component rust-src"
    exit 0
fi

# The stress program takes 20 seconds and 8 threads: what is instrumented is slow, and threads are not its point here.
stress=(--seconds "$seconds" --threads 8 --patience 120)

# All but `forks`. A thread of the parent may be in AddressSanitizer's allocator at the fork, and holds a lock of its quarantine. A
# thread of the child then spins for that lock at its end. The tests of forks run.
no_forks=(--scenario cells,beside,history,crowd,guards,comings,keepers,churn,replaced,watches,withdrawn)

address() { # backend
    export RUSTFLAGS="-Zsanitizer=address --cfg readmostly_backend=\"$1\""
    # Some tests ask for more memory than there is, and must be refused.
    export ASAN_OPTIONS="allocator_may_return_null=1:detect_leaks=1:detect_stack_use_after_return=1"
    export CARGO_TARGET_DIR="$root/target/asan-$1"
    # rayon never ends its threads. Where a test has just started them at the end of a process, nothing leads to what they hold yet.
    mkdir -p "$CARGO_TARGET_DIR"
    printf 'leak:%s\n' rayon_core::registry::set_global_registry 'WorkerThread as core::convert::From' >"$CARGO_TARGET_DIR/lsan"
    export LSAN_OPTIONS="suppressions=$CARGO_TARGET_DIR/lsan:print_suppressions=0"
    step "AddressSanitizer: the tests on $1"
    # Some tests start an example's program.
    cargo +nightly build --target $host --examples
    # The paged collections know of no backend, and take most of the time.
    local known=()
    [ "$1" = hazard ] || known=(--skip=paged::)
    cargo +nightly test --target $host --lib --tests -- "${leaking[@]/#/--skip=}" "${known[@]}"
    ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" cargo +nightly test --target $host --test it -- "${leaking[@]}" "${known[@]}"
    step "AddressSanitizer: stress on $1"
    cd "$root/verify/stress"
    cargo +nightly build --release --target $host --bin stress
    "$CARGO_TARGET_DIR/$host/release/stress" "${stress[@]}" "${no_forks[@]}"
}

# Without a look for leaks: some tests forget a transaction, guards and an iterator, a destructor that panics makes a page, as
# std's HashMap, leak the memory of the table that it stands in, and in a load of `arc_swap` the version to be shown.
leaking=(
    cell::beside_arc_swap::a_destructor_that_panics
    cell::transactions::a_leaked_transaction_keeps_the_lock
    adversarial::cell::a_million_leaked_guards_leave_the_cell_usable
    cell::drops::what_forgotten_guards_keep_goes_with_the_cell
    concurrency::endings::guards_that_outlive_their_threads
    processes::forks::a_guard_of_a_thread_that_a_child_does_not_have
    paged::vec::extract::an_extraction_that_is_leaked
    containers::drops::a_read_that_ends_in_a_panic
    paged::map::drops::a_destructor_that_panics_is_run_once
    panics::
)
if [ "$which" != thread ]; then
    for backend in "${backends[@]}"; do
        (address $backend)
    done
fi

export TSAN_OPTIONS="halt_on_error=1 exitcode=66"

thread() { # backend
    export RUSTFLAGS="-Zsanitizer=thread --cfg readmostly_tsan --cfg readmostly_mutants --cfg readmostly_backend=\"$1\""
    export CARGO_TARGET_DIR="$root/target/tsan-$1"
    cd "$root/verify/stress"
    cargo +nightly build -Zbuild-std --release --target $host --bin stress --bin tsan_control
    local programs=$CARGO_TARGET_DIR/$host/release
    step "ThreadSanitizer: controls on $1"
    "$programs/tsan_control" none
    must_be_reported "$programs/tsan_control" late-change
    # The lock and arc-swap have no ordering of ours to weaken.
    if [ "$1" != lock ] && [ "$1" != arc_swap ]; then
        must_be_reported "$programs/tsan_control" relaxed-publish
    fi
    step "ThreadSanitizer: stress on $1"
    "$programs/stress" "${stress[@]}"
}

must_be_reported() {
    local status=0 said
    said=$("$@" 2>&1) || status=$?
    if [ $status -ne 66 ] || ! grep -q 'WARNING: ThreadSanitizer: data race' <<<"$said"; then
        printf '%s\nThreadSanitizer did not report: %s (exit code %s)\n' "$said" "$*" "$status" >&2
        exit 1
    fi
    echo "reported, as it must be: ${*: -1}"
}

if [ "$which" != address ]; then
    for backend in "${backends[@]}"; do
        (thread $backend)
    done
fi

step "nothing was found that should not be there"
