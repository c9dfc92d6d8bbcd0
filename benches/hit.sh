#!/usr/bin/env bash
# What a cache hit costs, beside `cat` of a file with the token in it: the release artefact (`just dist`) and the plain build,
# one column each. How to read the table is in CONTRIBUTING.md, "Measuring".
# Needs hyperfine, strace and valgrind, and GNU time for page faults; what is not there is left out.
# Without arguments both are built; with them, those binaries are measured: benches/hit.sh [BINARY…]
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
if [ $# -eq 0 ]; then
    cargo build --locked --release --quiet
    just dist
    set -- "$target/x86_64-unknown-linux-musl/release/tok" "$target/release/tok"
fi
cargo build --locked --quiet --example demo
demo=$(realpath "$target/debug/examples/demo")

home=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; rm -rf "$home"' EXIT
(umask 077 && exec "$demo" --serve > "$home/profiles.toml" 2> "$home/server.log") &
server=$!
for _ in $(seq 100); do
    [ -s "$home/profiles.toml" ] && break
    sleep 0.1
done
cp -p "$home/profiles.toml" "$home/few.toml"

has() { command -v "$1" > /dev/null; }
run() { env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" "$@"; }
median() { sort -n | awk '{ all[NR] = $1 } END { printf "%.2f", all[int((NR + 1) / 2)] }'; }
row() {
    printf '%-44s' "$1"
    shift
    printf ' %14s' "$@"
    echo
}

# The next plain `tok get moost` takes the short way: a shortcut is put down once files have been left alone.
warm_up() {
    run "$1" get moost > "$home/token"
    sleep 0.2
    run "$1" get moost > /dev/null
}

calls() { has strace && run strace -f -c -o /dev/stdout "$@" 2> /dev/null | awk '$NF == "total" { print $4 }'; }
instructions() {
    has valgrind && run valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 > /dev/null |
        awk '/Collected/ { print $NF }'
}
measured_by_time() { [ -x /usr/bin/time ] && run /usr/bin/time -f "$1" "${@:2}" 2>&1 > /dev/null; }

# The median of the ratios of pairs, so that a busy spell hits both of a pair: ratio ROUNDS RUNS "CAT" "TOK"
ratio() {
    has hyperfine || return 0
    for _ in $(seq "$1"); do
        run "$(command -v hyperfine)" -N --warmup 10 --runs "$2" --export-json "$home/times.json" "$3" "$4" > /dev/null 2>&1
        awk -F: '/"median"/ { gsub(/[ ,]/, "", $2); print $2 }' "$home/times.json" | paste -s -d ' ' | awk '{ print $2 / $1 }'
    done | median
}

# The same in one bash that substitutes the output of both, by turns.
ratio_in_bash() {
    run PATH="$PATH" bash -c '
        spent() {
            local from=${EPOCHREALTIME/[.,]/}
            for _ in {1..50}; do x=$("$@"); done
            echo $((${EPOCHREALTIME/[.,]/} - from))
        }
        for _ in {1..15}; do
            cat=$(spent cat "$2") tok=$(spent "$1" get moost)
            echo "$tok $cat"
        done' - "$1" "$home/token" | awk '{ print $1 / $2 }' | median
}

# Every binary has one row of each kind; columns are the binaries.
each() {
    local name=$1 found=()
    shift
    for tok in "${binaries[@]}"; do
        warm_up "$tok"
        found+=("$("$@" || true)")
    done
    row "$name" "${found[@]}"
}

binaries=()
for tok in "$@"; do binaries+=("$(realpath "$tok")"); done
cat=$(command -v cat)

size() { wc -c < "$tok"; }
hit_calls() { calls "$tok" get moost; }
hit_instructions() { instructions "$tok" get moost; }
hit_faults() { measured_by_time %R "$tok" get moost; }
hit_memory() { measured_by_time %M "$tok" get moost; }
hit_ratio() { ratio 9 200 "$cat $home/token" "$tok get moost"; }
flag_calls() { calls "$tok" get moost --format raw; }
flag_instructions() { instructions "$tok" get moost --format raw; }
flag_ratio() { ratio 9 100 "$cat $home/token" "$tok get moost --format raw"; }
in_bash() { ratio_in_bash "$tok"; }

short=()
for tok in "${binaries[@]}"; do
    case $tok in *musl*) short+=(artefact) ;; *) short+=(plain) ;; esac
done
row '' "${short[@]}"
each 'binary, bytes' size
each 'hit, instructions (S1, S2)' hit_instructions
each 'hit, system calls (S1, S2)' hit_calls
each 'hit, minor page faults (S1)' hit_faults
each 'hit, peak memory, KiB (S11)' hit_memory
each 'hit, wall, of cat (S1, S2)' hit_ratio
each 'hit with a flag, instructions (S3)' flag_instructions
each 'hit with a flag, system calls (S3)' flag_calls
each 'hit with a flag, wall, of cat (S3)' flag_ratio
each 'x=$(tok get), wall, of x=$(cat) (S4)' in_bash

for count in 100 10000; do
    { for i in $(seq "$count"); do printf '[profiles.other-%d]\ntoken_url = "https://as.example/%d"\nclient_id = "x"\n\n' "$i" "$i"; done
      cat "$home/few.toml"; } > "$home/many.toml"
    chmod 600 "$home/many.toml"
    mv "$home/many.toml" "$home/profiles.toml"
    each "hit, $count profiles, instructions (S8)" hit_instructions
    each "hit, $count profiles, system calls (S8)" hit_calls
    each "hit, $count profiles, wall, of cat (S8)" hit_ratio
done
cp -p "$home/few.toml" "$home/profiles.toml"
entry=$(find "$home/.cache/tok" -name '*.json' | head -n 1)
for i in $(seq 10000); do cp -p "$entry" "$home/.cache/tok/$(printf '%032x' "$i").json"; done
each 'hit, 10000 cached tokens, instructions (S8)' hit_instructions
each 'hit, 10000 cached tokens, system calls (S8)' hit_calls
each 'hit, 10000 cached tokens, wall, of cat (S8)' hit_ratio
