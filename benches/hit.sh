#!/usr/bin/env bash
# What a cache hit costs, beside `cat` of a file of the same size.
# Ratios are of one run on one machine; counts are the same everywhere. Needs hyperfine, strace and valgrind; what is
# not there is left out. The binary is that of the argument, or a release build made here.
set -euo pipefail
cd "$(dirname "$0")/.."

tok=${1:-}
if [ -z "$tok" ]; then
    cargo build --locked --release --quiet
    tok=${CARGO_TARGET_DIR:-target}/release/tok
fi
tok=$(realpath "$tok")
cargo build --locked --quiet --example demo
demo=$(realpath "${CARGO_TARGET_DIR:-target}/debug/examples/demo")

home=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$home"' EXIT
(umask 077 && exec "$demo" --serve > "$home/profiles.toml" 2> "$home/server.log") &
server=$!
for _ in $(seq 100); do
    [ -s "$home/profiles.toml" ] && break
    sleep 0.1
done

run() { env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" "$@"; }
token=$(run "$tok" get moost)
printf '%s\n' "$token" > "$home/token"
sleep 0.2
run "$tok" get moost > /dev/null

printf 'binary                %s bytes\n' "$(wc -c < "$tok")"
if command -v strace > /dev/null; then
    calls=$(run strace -f -c -o /dev/stdout "$tok" get moost | awk '$NF == "total" { print $4 }')
    printf 'hit, system calls     %s\n' "$calls"
fi
if command -v valgrind > /dev/null; then
    count() { run valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 > /dev/null | awk '/Collected/ { print $NF }'; }
    printf 'hit, instructions     %s\n' "$(count "$tok" get moost)"
    printf 'hit with a flag       %s\n' "$(count "$tok" get moost --format raw)"
fi
if command -v hyperfine > /dev/null; then
    run "$(command -v hyperfine)" -N --warmup 100 --runs 2000 --export-json "$home/times.json" \
        "$(command -v cat) $home/token" "$tok get moost" > /dev/null 2>&1
    awk -F: '/"median"/ { gsub(/[ ,]/, "", $2); print $2 }' "$home/times.json" | paste -s -d ' ' |
        awk '{ printf "hit, wall             %.2f of cat\n", $2 / $1 }'
fi
