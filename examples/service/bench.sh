#!/usr/bin/env bash
# Races gatekeeper with the same service over other tables, each with a list that stays and with one that is replaced every second:
#
#     examples/service/bench.sh [--quick]
#
# They take turns, and the table shows medians, since the machine may be busy. ROUNDS and SECONDS_EACH say how many and how long. --quick only tries that it works, with a part of the lists and
# a build without optimisation, and no figure of it means anything. Needs wrk (apt-get install wrk).
set -euo pipefail
cd "$(dirname "$0")"

rounds=${ROUNDS:-5} seconds=${SECONDS_EACH:-6} most=1000000 build=(--release) profile=release
if [ "${1:-}" = --quick ]; then
    rounds=1 seconds=2 most=20000 build=() profile=debug
elif [ $# -gt 0 ]; then
    echo "there is one option: --quick" >&2
    exit 2
fi
if ! command -v wrk >/dev/null; then
    echo "SKIPPED, NOTHING WAS MEASURED: wrk is missing: apt-get install wrk" >&2
    [ "${CI:-}" != true ] || exit 1
    exit 0
fi

cargo build "${build[@]}" --features contenders --bins
programs=${CARGO_TARGET_DIR:-target}/$profile
folder=$(mktemp -d)
server='' changer=''
cleanup() {
    [ -z "$changer" ] || kill "$changer" 2>/dev/null || true
    [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT

lists=("$folder/old" "$folder/newer")
head -n "$most" ../blocklist/data/disposable-email-domains-1.0.59.txt >"${lists[0]}"
head -n "$most" ../blocklist/data/disposable-email-domains-1.0.62.txt >"${lists[1]}"

# What is asked for: 20,000 listed domains, a half of them with a label before it, and as many that are not listed.
awk 'NR % 6 == 0 { n++; print (n % 2 ? "" : "mail.") $0; print "x" NR ".not-listed.example" }' "${lists[0]}" | head -40000 >"$folder/asked"

start() { # contender
    cp "${lists[0]}" "$folder/list"
    : >"$folder/out"
    local command=("$programs/contenders" --table "$1" --list "$folder/list")
    if [ "$1" = gatekeeper ]; then
        command=("$programs/gatekeeper" --list "$folder/list" --listen 127.0.0.1:0 --poll 0.1 --settle 0)
    fi
    # Not in a group of commands: what `stop` kills would be the shell around it.
    "${command[@]}" >"$folder/out" 2>"$folder/err" &
    server=$!
    for _ in $(seq 200); do
        address=$(sed -n 's/^listening on //p' "$folder/out")
        if [ -n "$address" ] && [ "$(version)" -ge 1 ]; then return; fi
        sleep 0.05
    done
    cat "$folder/err" >&2
    exit 1
}

stop() {
    kill -KILL "$server"
    wait "$server" 2>/dev/null || true
    server=''
}

# The version in force, by what a check says.
version() {
    local answer
    exec 3<>"/dev/tcp/127.0.0.1/${address##*:}"
    printf 'GET /check/a.example HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
    answer=$(cat <&3)
    exec 3>&-
    answer=${answer##*\"version\":}
    [[ ${answer%%[!0-9]*} ]] && echo "${answer%%[!0-9]*}" || echo 0
}

# Replaces the list every second, by a rename.
change() {
    local turn=1
    while sleep 1; do
        cp "${lists[turn]}" "$folder/new"
        mv "$folder/new" "$folder/list"
        turn=$((1 - turn))
    done
}

contenders=(gatekeeper arc-swap rwlock-hashset rwlock-in-place)
for ((round = 1; round <= rounds; round++)); do
    for contender in "${contenders[@]}"; do
        # "full" is as many requests as the machine takes; "paced" leaves it idle between them, so that a wait shows.
        for load in full paced; do
            for what in stays replaced; do
                start "$contender"
                pause=()
                if [ $load = paced ]; then pause=(4); fi
                if [ $what = replaced ]; then change & changer=$!; fi
                wrk -t1 -c16 -d"${seconds}s" -s bench/wrk.lua "$address" -- "$folder/asked" "${pause[@]}" >"$folder/wrk" ||
                    { cat "$folder/wrk" >&2; exit 1; }
                if [ $what = replaced ]; then
                    # On a machine that is busy the first reload may come late.
                    for _ in $(seq 100); do [ "$(version)" -ge 2 ] && break; sleep 0.2; done
                fi
                versions=$(version)
                if [ -n "$changer" ]; then kill "$changer"; wait "$changer" 2>/dev/null || true; changer=''; fi
                stop
                read -r _ rate p50 p99 p999 longest failed < <(grep ^RESULT "$folder/wrk")
                # wrk counts a request as failed that takes more than two seconds. Those of the others may.
                if { [ "$contender" = gatekeeper ] && [ "$failed" -ne 0 ]; } || { [ $what = replaced ] && [ "$versions" -lt 2 ]; }; then
                    echo "$contender: $failed requests failed, version $versions at the end" >&2
                    exit 1
                fi
                echo "$contender $load $what $rate $p50 $p99 $p999 $longest $versions $failed" | tee -a "$folder/results" >&2
            done
        done
    done
done

awk -v rounds="$rounds" '
function median(key, field,    n, i, j, t, values) {
    n = split(all[key, field], values, " ")
    for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (values[j] + 0 < values[i] + 0) { t = values[i]; values[i] = values[j]; values[j] = t }
    return values[int((n + 1) / 2)] + 0
}
{ key = $1 " " $2 " " $3; if (!(key in seen)) { seen[key] = 1; order[++keys] = key }
  for (f = 4; f <= 10; f++) all[key, f] = all[key, f] " " $f }
END {
    printf "%-16s %-6s %-9s %11s %8s %8s %8s %8s %8s %7s\n", "table", "load", "list", "requests/s", "p50 us", "p99 us", "p99.9 us", "max us", "versions", "failed"
    for (i = 1; i <= keys; i++) { k = order[i]; split(k, w, " ")
        printf "%-16s %-6s %-9s %11d %8d %8d %8d %8d %8d %7d\n", w[1], w[2], w[3], median(k, 4), median(k, 5), median(k, 6), median(k, 7), median(k, 8), median(k, 9), median(k, 10) }
    print "\nreplaced every second, as a ratio of the list that stays (medians of " rounds ")"
    for (i = 1; i <= keys; i++) { k = order[i]; split(k, w, " "); if (w[3] != "replaced") continue
        s = w[1] " " w[2] " stays"
        printf "%-16s %-6s requests/s %.2f   p50 %.2f   p99 %.2f   p99.9 %.2f\n", w[1], w[2], median(k, 4) / median(s, 4), median(k, 5) / median(s, 5), median(k, 6) / median(s, 6), median(k, 7) / median(s, 7) }
}' "$folder/results"
if [ "$profile" = debug ]; then echo "that it works was tried, and none of these figures means anything"; fi
