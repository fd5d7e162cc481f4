#!/usr/bin/env bash
# What does a client weigh? Prints Markdown. Builds each of the two from nothing, by turns, in a folder that goes afterwards.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0
target=$(mktemp -d)
trap 'rm -rf "$target"' EXIT
cargo fetch --quiet --locked
TIMEFORMAT='%R %U %S'

echo "| what is built | crates | more, to build alone | seconds | processor seconds | binary, kB |"
echo "|---|---:|---:|---:|---:|---:|"
for features in "" tls; do
    for package in weight-gateway weight-grpc; do
        count() {
            cargo tree --locked -p $package --features "$features" -e "$1" --prefix none --no-dedupe | sort -u | wc -l
        }
        used=$(count normal)
        all=$(count normal,build)
        build=(cargo build --locked --release --quiet -p "$package" --features "$features" --config profile.release.strip=true)
        read -r real user system < <({ time CARGO_TARGET_DIR="$target" "${build[@]}" 2>/dev/null; } 2>&1)
        size=$(($(stat -c %s "$target/release/$package") / 1000))
        processor=$(echo "$user + $system" | bc)
        echo "| $package${features:+, with TLS} | $used | $((all - used)) | $real | $processor | $size |"
        rm -rf "${target:?}"/*
    done
done
