#!/usr/bin/env bash
# What CI checks of this crate. Installs etcd, of Debian's packages etcd-server and etcd-client, if it is missing.
# With CI=true it is an error if it cannot be had; else its tests are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0

missing=()
command -v etcd >/dev/null || missing+=(etcd-server)
command -v etcdctl >/dev/null || missing+=(etcd-client)
if [ ${#missing[@]} -gt 0 ]; then
    as_root=()
    [ "$(id -u)" = 0 ] || as_root=(sudo -n)
    if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
        "${as_root[@]}" apt-get update -q || true
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -q -y --no-install-recommends "${missing[@]}" || echo "cannot be installed: ${missing[*]}" >&2
    else
        echo "missing, and there is no right to install them: ${missing[*]}" >&2
    fi
fi
[ "${CI:-}" != true ] || export READMOSTLY_REQUIRE_ETCD=1

cargo test
# Each feature alone, and none.
for features in "" readmostly-persist rustls; do
    cargo clippy --lib --no-default-features --features "$features" -- -D warnings
done
cargo clippy --all-targets -- -D warnings
RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --document-private-items
