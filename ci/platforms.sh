#!/usr/bin/env bash
# Builds with the oldest compiler that is promised, and runs the tests on other platforms:
#
#     ci/platforms.sh [msrv | i686 | aarch64 | armhf | armel | riscv64 | ppc64el | s390x | wasm32 | windows]…
#
# Without a name it runs all of them, one after the other. Debian 13 has Rust 1.85.1, which is the minimum, and std for all
# of these but Windows; so each runs in a folder with a Debian 13 of its own (debootstrap, chroot), in
# ${READMOSTLY_PLATFORMS:-~/.cache/readmostly-platforms}, and the tree is mounted there read-only. i686 runs as it is,
# the other architectures under QEMU, wasm32 under node. QEMU on x86-64 shows that things build and run, and nothing of a
# weak memory order.
#
# What `msrv` took with an empty folder: 2 minutes of processor time, a third of it for the Debian; i686 took 6 minutes by
# the clock when it had built nothing yet. Both were measured on two cores that were busy with other things.
#
# Needs x86-64 Linux, root, and Debian's or Ubuntu's debootstrap, which it installs. Where that cannot be had it says so
# and skips, but fails under CI=true. A platform that cannot be had is skipped too, but fails when it was named.
set -euo pipefail
cd "$(dirname "$0")/.."
script=$PWD/ci/platforms.sh
cache=${READMOSTLY_PLATFORMS:-$HOME/.cache/readmostly-platforms}
root=$cache/trixie
logs=$cache/logs
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
all=(msrv i686 aarch64 armhf armel riscv64 ppc64el s390x wasm32 windows)
backends=(hazard epoch lock arc_swap)

step() { printf '\n== %s\n' "$*"; }

# Ends the script: nothing can be done on this machine.
skip_all() {
    echo "skipped: $*"
    [ "${CI:-}" != true ] || { echo "which is a failure under CI=true" >&2; exit 1; }
    exit 0
}

# Ends one platform: it cannot be had.
unavailable=3
cannot_be_had() {
    printf 'cannot be had: %s\n' "$*" | tee "$why"
    exit $unavailable
}

for name in "$@"; do
    [[ " ${all[*]} " == *" $name "* ]] || { echo "no platform $name: there are ${all[*]}" >&2; exit 2; }
done
[ "$(uname -sm)" = "Linux x86_64" ] || skip_all "this is set up for x86-64 Linux, and here is $(uname -sm)"
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || skip_all "a chroot takes root"
    exec sudo -n --preserve-env env "PATH=$PATH" READMOSTLY_PLATFORMS="$cache" "$script" "$@"
fi

# With mounts of its own, which are gone when this ends, however it ends.
if [ -z "${READMOSTLY_UNSHARED:-}" ]; then
    unshare --mount true 2>/dev/null || skip_all "this machine's root may not mount"
    READMOSTLY_UNSHARED=1 exec unshare --mount "$script" "$@"
fi

# ---- a Debian of its own ----------------------------------------------------------------------------------------------

inside() { # command
    chroot "$root" /usr/bin/env --chdir=/src HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        CARGO_HOME=/cargo CARGO_TARGET_DIR=/target LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

get_debootstrap() {
    command -v debootstrap >/dev/null && [ -e "$keyring" ] && return
    command -v apt-get >/dev/null || return
    apt-get update -qq || true
    apt-get install -y -qq --no-install-recommends debootstrap debian-archive-keyring >/dev/null
}

# Takes a mirror, certificates and settings from this machine, on which they work.
make_root() {
    step "Debian 13, in $root"
    get_debootstrap || skip_all "debootstrap cannot be had"
    local mirror
    mirror=$(sed -nE 's#^(deb|URIs:) +(http[^ ]*/debian/?)( .*)?$#\2#p' /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
        head -n 1) || true
    rm -rf "$root.part"
    mkdir -p "$root.part"
    debootstrap --variant=minbase --keyring="$keyring" --include=rustc,cargo,gcc,libc6-dev,ca-certificates \
        trixie "$root.part" "${mirror:-http://deb.debian.org/debian}" >"$logs/debootstrap.txt" 2>&1 || {
        tail "$logs/debootstrap.txt"
        skip_all "debootstrap failed"
    }
    apt-config dump Acquire | grep -iE '^Acquire::(Check|[a-z]+::Proxy|https::)' >"$root.part/etc/apt/apt.conf.d/50host" || true
    cp /etc/ssl/certs/ca-certificates.crt "$root.part/etc/ssl/certs/"
    mkdir -p "$root.part/src" "$root.part/target" "$root.part/cargo/registry/cache"
    mv "$root.part" "$root"
}

enter_root() {
    mkdir -p "$logs"
    [ -d "$root" ] || make_root
    local cargo_home=${CARGO_HOME:-$HOME/.cargo} file
    for file in config.toml config credentials.toml; do
        [ ! -e "$cargo_home/$file" ] || cp "$cargo_home/$file" "$root/cargo/"
    done
    # What cargo has downloaded here, it need not download there.
    cp -rn "$cargo_home/registry/cache/." "$root/cargo/registry/cache/" 2>/dev/null || true
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount --bind "$PWD" "$root/src"
    mount -o remount,bind,ro "$root/src"
    unset RUSTFLAGS CARGO_ENCODED_RUSTFLAGS RUSTC_WRAPPER RUSTUP_TOOLCHAIN RUSTUP_HOME CARGO_BUILD_TARGET TMPDIR
    export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0
}

# Says what apt says only if it fails.
packages() { # package…
    local missing
    missing=$(inside dpkg-query -Wf '${db:Status-Abbrev} ${Package}\n' "$@" 2>&1 | grep -v '^ii ' || true)
    [ -n "$missing" ] || return 0
    {
        inside apt-get update && inside apt-get install -y --no-install-recommends "$@"
    } >"$logs/apt.txt" 2>&1 || cannot_be_had "$(grep -m1 '^E:' "$logs/apt.txt")"
}

# Another architecture's std, without what it depends on: the cross compiler brings the C library.
std_of() { # Debian's architecture, Rust's triple
    [ ! -d "$root/usr/lib/rustlib/$2" ] || return 0
    {
        inside dpkg --add-architecture "$1" && inside apt-get update &&
            inside sh -c "cd /tmp && apt-get download libstd-rust-dev:$1 && dpkg -x libstd-rust-dev_*_$1.deb / && rm libstd-rust-dev_*"
    } >"$logs/apt.txt" 2>&1 || {
        # Or the next `apt-get update` fails for all.
        inside dpkg --remove-architecture "$1" || true
        cannot_be_had "$(grep -m1 '^E:' "$logs/apt.txt")"
    }
}

# ---- the platforms ----------------------------------------------------------------------------------------------------

# The tests, and the examples that some of them start. All share one target folder: macros and build scripts are built once.
test_all() { # Rust's triple [VARIABLE=value…]
    inside "${@:2}" cargo build --locked --target "$1" --examples
    inside "${@:2}" cargo test --locked --target "$1" --lib --tests --no-fail-fast
}

emulated() { # Debian's architecture, GNU's triple, Rust's triple, QEMU's name [how much it is optimised]
    local prefix=${3^^}
    prefix=CARGO_TARGET_${prefix//-/_}
    local runner="qemu-$4 -L /usr/$2"
    packages "gcc-$2" "libc6-dev-$1-cross" qemu-user
    std_of "$1" "$3"
    # GNU's linker takes more than 20 minutes to make longer branches, for which the tests are too large on 32-bit ARM.
    local linked=()
    if [[ $3 == arm* ]]; then
        packages lld
        linked=("${prefix}_RUSTFLAGS=-Clink-arg=-fuse-ld=lld")
    fi
    # Few random cases, each of which takes ten times as long there. All are run natively. A little optimised, since most of the time goes
    # into running them.
    test_all "$3" READMOSTLY_TEST_PATIENCE=10 PROPTEST_CASES=16 CARGO_PROFILE_DEV_OPT_LEVEL="${5:-1}" "${prefix}_LINKER=$2-gcc" "${linked[@]}" "${prefix}_RUNNER=$runner" READMOSTLY_TEST_RUNNER="$runner"
}

# The library with each backend and all features, the companions, and the examples.
msrv() {
    local backend
    inside rustc --version
    for backend in "${backends[@]}"; do
        inside RUSTFLAGS="--cfg readmostly_backend=\"$backend\"" CARGO_TARGET_DIR="/target/$backend" \
            cargo check --locked --lib --all-features
    done
    inside cargo check --locked --lib --all-features -p readmostly-reload
    inside cargo check --locked --lib -p readmostly-etcd
    inside cargo check --locked --lib --features zstd,encryption -p readmostly-persist
    inside cargo build --locked --examples
}

i686() {
    packages gcc-i686-linux-gnu libc6-dev-i386-cross
    std_of i386 i686-unknown-linux-gnu
    packages libc6:i386 libgcc-s1:i386
    # Few random cases, which the same processor runs in 64 bits as well.
    test_all i686-unknown-linux-gnu PROPTEST_CASES=32 CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc
}

aarch64() { emulated arm64 aarch64-linux-gnu aarch64-unknown-linux-gnu aarch64; }
armhf() { emulated armhf arm-linux-gnueabihf armv7-unknown-linux-gnueabihf arm; }
# Has no 64-bit atomic.
armel() { emulated armel arm-linux-gnueabi armv5te-unknown-linux-gnueabi arm; }
riscv64() { emulated riscv64 riscv64-linux-gnu riscv64gc-unknown-linux-gnu riscv64; }
ppc64el() { emulated ppc64el powerpc64le-linux-gnu powerpc64le-unknown-linux-gnu ppc64le; }
# Has the high byte first. Not optimised: with level 1, Rust 1.85.1 loses local variables there where a panic is caught, also in a program
# without this crate.
s390x() { emulated s390x s390x-linux-gnu s390x-unknown-linux-gnu s390x 0; }

# Has no threads, no processes, and no way to go on after a panic, so each test has a run of its own. One that ends for want
# of a thread, or in a panic that is no assertion's, cannot work here, and says so.
wasm32() {
    packages libstd-rust-dev-wasm32 wasi-libc lld nodejs
    inside cargo build --locked --target wasm32-unknown-unknown --lib
    local built=$logs/wasm32-built.txt program test said passed=0 cannot=0 bad=0
    # A little optimised: node compiles all of it for each test.
    inside CARGO_TARGET_WASM32_WASIP1_LINKER=wasm-ld CARGO_PROFILE_DEV_OPT_LEVEL=1 \
        cargo test --locked --target wasm32-wasip1 --lib --test it --test miri --no-run 2>&1 | tee "$built"
    local run=(inside READMOSTLY_TEST_ALONE=1 NODE_NO_WARNINGS=1 node ci/wasi.mjs)
    for program in $(sed -nE 's/^ *Executable .*\((.*)\)$/\1/p' "$built"); do
        for test in $("${run[@]}" "$program" --list | sed -n 's/: test$//p'); do
            if "${run[@]}" "$program" --exact "$test" --nocapture >"$logs/wasm32-test.txt" 2>&1; then
                passed=$((passed + 1))
            elif grep -q 'operation not supported on this platform' "$logs/wasm32-test.txt"; then
                echo "test $test cannot pass: there are no threads, and no processes"
                cannot=$((cannot + 1))
            elif grep -qE 'panicked at|__rust_start_panic' "$logs/wasm32-test.txt" &&
                ! grep -qE '^(assertion .*failed|called `)' "$logs/wasm32-test.txt"; then
                # Some panic without a message, and some tests have a hook that says nothing.
                said=$(grep -m1 -A1 'panicked at' "$logs/wasm32-test.txt" | tail -n 1) || true
                echo "test $test cannot pass: it goes on after a panic (${said:-without a message})"
                cannot=$((cannot + 1))
            else
                cat "$logs/wasm32-test.txt"
                bad=$((bad + 1))
            fi
        done
    done
    echo "$cannot more cannot pass without threads, processes or unwinding" >"$why"
    echo "test result: $passed passed; $bad failed"
    [ $bad = 0 ]
}

# From rustup, which is on the machine or not: Debian has no std for Windows since Rust 1.63.
windows() {
    command -v rustup >/dev/null || cannot_be_had "Debian has no std for it, and there is no rustup here"
    local version=1.85.1
    RUSTUP_HOME=$root/rustup rustup toolchain install $version --profile minimal --no-self-update \
        --target x86_64-pc-windows-gnu || cannot_be_had "rustup does not get the toolchain"
    packages gcc-mingw-w64-x86-64 wine wine64
    # In few units, one of the tests has more sections than this format has numbers for, and LLVM gives up.
    test_all x86_64-pc-windows-gnu PATH="/rustup/toolchains/$version-x86_64-unknown-linux-gnu/bin:/usr/bin:/bin" \
        CARGO_PROFILE_DEV_CODEGEN_UNITS=256 CARGO_TARGET_DIR=/target/windows WINEPREFIX=/target/wine WINEDEBUG=-all \
        CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=wine
}

# ---- all that were named ----------------------------------------------------------------------------------------------

run() { # platform
    local began=$SECONDS status=0 outcome passed reason
    step "$1"
    why=$logs/why
    : >"$why"
    # Not in a condition: `set -e` would not hold in there.
    set +e
    (set -e; "$1") 2>&1 | tee "$logs/$1.txt"
    status=${PIPESTATUS[0]}
    set -e
    passed=$(awk '/^test result:/ { sub(/^test result:( ok\.| FAILED\.)?/, ""); ok += $1; bad += $3 } END { if (ok + bad) print ok " tests passed, " bad " failed" }' "$logs/$1.txt")
    reason=$(cat "$why")
    case $status in
        0) outcome=passed ;;
        "$unavailable") outcome=skipped ;;
        *) outcome=FAILED failed=1 ;;
    esac
    if [ "$outcome" = skipped ] && [ "$named" = 1 ]; then failed=1; fi
    table+=$(printf '%-9s %-8s %5s s   %s' "$1" "$outcome" $((SECONDS - began)) "$passed${passed:+${reason:+; }}$reason")$'\n'
    step "the outcome with $(inside rustc --version)"
    printf '%s' "$table"
}

# In one piece, so that it may be edited while it runs.
{
named=$(($# > 0)) failed=0 table=
[ $# -gt 0 ] || set -- "${all[@]}"
enter_root
for name in "$@"; do
    run "$name"
done
exit $failed
}
