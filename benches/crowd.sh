#!/usr/bin/env bash
# N processes at once, nothing cached: one request, one token, and how long it takes beside one alone (S7).
# Wants python3. With arguments those binaries are measured: benches/crowd.sh [BINARY…]
set -euo pipefail
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}
if [ $# -eq 0 ]; then
    cargo build --locked --release --quiet
    just dist
    set -- "$target/x86_64-unknown-linux-musl/release/tok" "$target/release/tok"
fi
for binary in "$@"; do
    case $binary in *musl*) echo artefact ;; *) echo plain build ;; esac
    python3 benches/crowd.py "$(realpath "$binary")"
done
