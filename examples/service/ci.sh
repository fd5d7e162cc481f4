#!/usr/bin/env bash
# What CI checks of the service. Installs what its tests need and is missing: chromium, chromium-driver, etcd-server, etcd-client and wrk,
# of Debian's.
# With CI=true it is an error if they cannot be had; else their tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

missing=()
command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v chromedriver >/dev/null || missing+=(chromium-driver)
command -v etcd >/dev/null || missing+=(etcd-server)
command -v etcdctl >/dev/null || missing+=(etcd-client)
command -v wrk >/dev/null || missing+=(wrk)
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
        "${as_root[@]}" apt-get update -q || true
        # One by one: not every system has all of them under these names.
        for package in "${missing[@]}"; do
            "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package" ||
                echo "cannot be installed: $package" >&2
        done
    else
        echo "missing, and there is no right to install them: ${missing[*]}" >&2
    fi
fi

cargo fmt --check
cargo clippy --all-targets --all-features -- -D warnings
# Two at a time: some start a browser, and one opens 10,000 connections.
cargo test --locked -- --test-threads 2
# That it works, and no figure.
./bench.sh --quick
