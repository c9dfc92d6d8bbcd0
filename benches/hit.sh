#!/usr/bin/env bash
# What a cache hit costs: the release artefact (`just dist`) and the plain build, one column each, and what they may cost.
# How to read the table is in benches/README.md.
# Needs strace and valgrind for counts, hyperfine for ratios, GNU time for memory; what is not there is left out.
#
#   benches/hit.sh [--counts] [BINARY…]    without binaries both are built
#   --counts   counts alone, and a failure where one is more than a tenth above its limit
set -euo pipefail
cd "$(dirname "$0")/.."

counts_only=
if [ "${1-}" = --counts ]; then
    counts_only=1
    shift
    for program in strace valgrind; do
        command -v "$program" > /dev/null || { echo "$program is not there" >&2; exit 1; }
    done
fi
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
run() { env -i HOME="$home" TOK_CONFIG="$home/profiles.toml" ${variable:-} "$@"; }
median() { sort -n | awk '{ all[NR] = $1 } END { printf "%.2f", all[int((NR + 1) / 2)] }'; }

calls() { has strace && run strace -f -c -o /dev/stdout "$@" 2> /dev/null | awk '$NF == "total" { print $4 }'; }
# Calls of these kinds alone.
calls_of() { has strace && run strace -f -o /dev/stdout -e "trace=$1" "${@:2}" 2> /dev/null | grep -c "(" ; }
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

row() { printf '%-46s %14s %14s %14s %14s\n' "$@"; }
failed=0

# One row: what it is, what the artefact may cost, what the plain build may cost (`-`: nothing is said), how it is measured.
each() {
    local name=$1 artefact=$2 plain=$3 shown=(- -) column gate found
    shift 3
    for tok in "${binaries[@]}"; do
        case $tok in *musl*) column=0 gate=$artefact ;; *) column=1 gate=$plain ;; esac
        run "$tok" get moost > "$home/token"
        found=$("$@" || true)
        shown[column]=${found:--}
        if [ -n "$counts_only" ] && [ "$gate" != - ] && ((${found:-0} * 10 > gate * 11)); then
            shown[column]+='!'
            failed=1
        fi
    done
    row "$name" "${shown[0]}" "$artefact" "${shown[1]}" "$plain"
}
# One that hangs on the machine: wall time, or what happens to be mapped already.
seen() { [ -n "$counts_only" ] || each "$@"; }

binaries=()
for tok in "$@"; do binaries+=("$(realpath "$tok")"); done
cat=$(command -v cat)

size() { wc -c < "$tok"; }
hit_calls() { calls "$tok" get moost; }
hit_instructions() { instructions "$tok" get moost; }
hit_memory() { measured_by_time %M "$tok" get moost; }
hit_ratio() { ratio 9 200 "$cat $home/token" "$tok get moost"; }
hit_intrusions() { calls_of clone,clone3,fork,vfork,socket,connect,flock,unlink,rename,fsync "$tok" get moost; }
flag_calls() { calls "$tok" get moost --format raw; }
flag_instructions() { instructions "$tok" get moost --format raw; }
flag_ratio() { ratio 9 100 "$cat $home/token" "$tok get moost --format raw"; }
inspect_instructions() { instructions "$tok" inspect "$(cat "$home/token")"; }
list_instructions() { instructions "$tok" list; }
list_memory() { measured_by_time %M "$tok" list; }
completion_instructions() { variable=COMPLETE=fish instructions "$tok" -- tok get other-99; }
in_bash() { ratio_in_bash "$tok"; }

# A file with so many profiles, the demonstration's among them, with these lines in each other.
profiles() {
    local others=$(($1 - $(grep -c '^\[profiles' "$home/few.toml")))
    { for i in $(seq "$others"); do printf '[profiles.other-%d]\ntoken_url = "https://as.example/%d"\nclient_id = "x"\n%b\n' "$i" "$i" "${2-}"; done
      cat "$home/few.toml"; } > "$home/many.toml"
    chmod 600 "$home/many.toml"
    mv "$home/many.toml" "$home/profiles.toml"
}

row '' artefact 'at most' plain 'at most'
seen 'binary, bytes (S9)' 5500000 - size
profiles 10
each 'hit, instructions (S1, S2)' 650000 950000 hit_instructions
each 'hit, system calls (S1, S2)' 42 86 hit_calls
each 'hit, threads, sockets, locks, writes (S1)' 0 0 hit_intrusions
seen 'hit, peak memory, KiB (S8)' 6144 - hit_memory
seen 'hit, wall, of cat (S1, S2)' 1.00 1.80 hit_ratio
each 'hit with a flag, instructions (S3)' 1400000 - flag_instructions
each 'hit with a flag, system calls (S3)' 45 - flag_calls
seen 'hit with a flag, wall, of cat (S3)' 1.25 - flag_ratio
seen 'x=$(tok get), wall, of x=$(cat)' - - in_bash
each 'inspect of a token, instructions' 900000 - inspect_instructions
profiles 100
seen 'hit, 100 profiles, wall, of cat (S4)' 2.20 - hit_ratio
profiles 1000
each 'hit, 1000 profiles, instructions (S4)' 24000000 - hit_instructions
seen 'hit, 1000 profiles, wall, of cat (S4)' 13.00 - hit_ratio
profiles 1000 'client_secret = { env = "X" }\n'
seen 'list, 1000 profiles, instructions' - - list_instructions
seen 'list, 1000 profiles, peak memory, KiB (S8)' 30720 - list_memory
seen 'completion, 1000 profiles, instructions' - - completion_instructions
profiles 10
entry=$(find "$home/.cache/tok" -name '*.json' | head -n 1)
for i in $(seq 10000); do cp -p "$entry" "$home/.cache/tok/$(printf '%032x' "$i").json"; done
each 'hit, 10000 cached tokens, instructions (S4)' 650000 950000 hit_instructions
each 'hit, 10000 cached tokens, system calls (S4)' 42 86 hit_calls
seen 'hit, 10000 cached tokens, wall, of cat (S4)' 1.00 1.80 hit_ratio
exit "$failed"
