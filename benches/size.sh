#!/usr/bin/env bash
# How large the two builds are, how many crates are in them, and what a clean release build takes of the processor (S9).
# The clean build goes below target/clean, and is thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
rm -rf "$target/clean"
TIMEFORMAT='%U %S'
build=$({ time CARGO_TARGET_DIR="$target/clean" cargo build --locked --release --quiet; } 2>&1 | tail -n 1)
crates=$(cargo tree --locked --edges normal,build --prefix none --no-dedupe | awk '{ print $1, $2 }' | sort -u | wc -l)
row() { printf '%-52s %10s %10s\n' "$@"; }
row '' measured gate
for binary in "$target/x86_64-unknown-linux-musl/release/tok" "$target/clean/release/tok"; do
    case $binary in *musl*) build_name=artefact ;; *) build_name='plain build' ;; esac
    row "binary, MB, $build_name (S9)" "$(wc -c < "$binary" | awk '{ printf "%.2f", $1 / 1e6 }')" 5.5
done
row 'crates (S9)' "$((crates - 1))" 150
row 'clean release build, s of processor (S9)' "$(awk '{ printf "%.0f", $1 + $2 }' <<< "$build")" 150
rm -rf "$target/clean"
