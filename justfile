target := env("CARGO_TARGET_DIR", "target")

# List the recipes
default:
    @just --list --unsorted

# The quick part of what CI runs
check: fmt-check clippy test doc deny

# Run the checks that take too long for CI: 1,000 processes at once, all fault checks, 100,000 inputs for each parser
nightly: dist
    just faults --full --crowd 1000 --storm 60 --binary "$(realpath "{{target}}/x86_64-unknown-linux-musl/release/tok")"
    just properties 100000

# Check the formatting
fmt-check:
    cargo fmt --check

# Format the code
fmt:
    cargo fmt

# Lint everything, tests and examples too; a warning is an error
clippy:
    cargo clippy --locked --all-targets -- -D warnings
    # Test targets that `--all-targets` leaves out.
    cargo clippy --locked --test faults --test shells --test consumers -- -D warnings

# Run the tests, or only those whose names match: just test hit_
test *ARGS:
    cargo test --locked {{ARGS}}

# Test many processes at once, kills, power cuts, failing system calls and a broken server: just faults [--full] [--crowd N] [--storm SECONDS] [CHECK…]
faults *ARGS:
    cargo test --locked --test faults -- {{ARGS}}

# Run the property tests with 100,000 random inputs each, or another number: just properties 1000000
properties COUNT="100000":
    env PROPTEST_CASES={{COUNT}} PROPTEST_MAX_GLOBAL_REJECTS={{COUNT}} CARGO_PROFILE_TEST_OPT_LEVEL=2 cargo test --locked --lib

# Fuzz each parser, or only those named, for a number of seconds: just fuzz 600 reply jwt
fuzz SECONDS="60" *TARGETS:
    #!/usr/bin/env bash
    set -euo pipefail
    # The same versions as the program's.
    cp Cargo.lock fuzz/Cargo.lock
    # On stable, and for one target triple, so that build scripts are not instrumented.
    triple=$(rustc -vV | sed -n 's/^host: //p')
    flags="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4"
    for kind in inline-8bit-counters pc-table trace-compares; do flags+=" -Cllvm-args=-sanitizer-coverage-$kind"; done
    RUSTFLAGS="$flags" CARGO_TARGET_DIR="{{target}}/fuzz" cargo build --manifest-path fuzz/Cargo.toml --release --target "$triple"
    targets="{{TARGETS}}"
    for name in ${targets:-reply expiry profiles properties jwt entry sample}; do
        corpus="{{target}}/fuzz/corpus/$name"
        mkdir -p "$corpus" "{{target}}/fuzz/found"
        echo "== $name"
        "{{target}}/fuzz/$triple/release/$name" -max_total_time={{SECONDS}} -timeout=5 -malloc_limit_mb=64 -max_len=8192 \
            -artifact_prefix="{{target}}/fuzz/found/$name-" -verbosity=1 -print_final_stats=1 "$corpus" "fuzz/seeds/$name" 2>&1 |
            grep -E 'DONE|BINGO|stat::(number_of|average|peak|slowest)|panicked|ERROR|SUMMARY|assert|[Ss]lowest unit|SLOW'
    done

# Test with real shells and programs: bash, dash, zsh, fish, curl, wget
shells:
    cargo test --locked --test shells

# Test `tok credential` with git, cargo and, if installed, pip, docker, Terraform and kubectl: just consumers [CHECK…]
consumers *ARGS:
    cargo test --locked --test consumers -- {{ARGS}}

# Check that each manual page formats without a warning; needs groff
manuals:
    #!/usr/bin/env bash
    set -euo pipefail
    for page in man/*.1; do
        complaints=$(groff -man -Tutf8 -ww -z "$page" 2>&1)
        [ -z "$complaints" ] || { echo "$complaints"; exit 1; }
    done

# Validate the pipelines of docs/ci.md and action.yml against the schemas of the CI systems; needs Python
pipelines:
    bash tests/pipelines.sh

# Build the API documentation, including private items; a broken link is an error
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --lib --document-private-items

# Build the pages of docs/ as a book in target/book; needs mdbook
docs:
    mdbook build docs

# Check the dependencies: licences, bans, sources and, if their database can be fetched, advisories
deny:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo deny --locked check --hide-inclusion-graph licenses bans sources
    # The database comes from the network. If it cannot be fetched, this check is skipped.
    if timeout 120 cargo deny --locked --log-level off fetch db </dev/null; then
        cargo deny --locked check --disable-fetch advisories
    else
        echo "advisories: not checked, their database cannot be fetched from here" >&2
    fi

# Run a demonstration against a local server
demo:
    cargo run --locked --example demo

# Regenerate completions and manual pages
generate:
    env UPDATE_GENERATED=1 cargo test --locked --test it generated

# Build the release artefact: x86-64, musl, static, with ASLR; needs `rustup target add x86_64-unknown-linux-musl` and musl-gcc
dist:
    #!/usr/bin/env bash
    set -euo pipefail
    flags=(
        # One segment for code and read-only data: fewer pages to map and to fault in at each start.
        -C link-arg=-Wl,-z,noseparate-code
        # Some ten thousand pointers are relocated at each start: packed, each takes about a bit in place of 24 bytes.
        -C link-arg=-Wl,-z,pack-relative-relocs
    )
    # musl has no loader to run and asks the processor for no features; its target is static-PIE by default.
    # Its allocator is replaced by dlmalloc in src/os/allocator.rs.
    export CARGO_TARGET_X86_64_UNKNOWN_LINUX_MUSL_RUSTFLAGS="${flags[*]}"
    cargo build --locked --release --target x86_64-unknown-linux-musl

# Pack the release artefact for installation by hand, with its checksum: target/dist
package: dist
    #!/usr/bin/env bash
    set -euo pipefail
    version=$(cargo pkgid | sed 's/.*[#@]//')
    name="tok-$version-x86_64-linux-musl"
    rm -rf "{{target}}/dist" && mkdir -p "{{target}}/dist/$name"
    cp -r "{{target}}/x86_64-unknown-linux-musl/release/tok" README.md CHANGELOG.md LICENSE-* completions man "{{target}}/dist/$name/"
    cd "{{target}}/dist"
    # The same files make the same archive.
    tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -c "$name" | gzip -9n > "$name.tar.gz"
    rm -r "$name"
    sha256sum "$name.tar.gz" | tee SHA256SUMS

# Build for musl, ARM64, Windows and macOS, and run the tests that can be run: just platforms [musl] [arm64] [windows] [macos]
platforms *NAMES:
    bash tests/platforms.sh {{NAMES}}

# Check the release artefact, and run every test that starts `tok` against it
test-dist: dist
    #!/usr/bin/env bash
    set -euo pipefail
    artefact=$(realpath "{{target}}/x86_64-unknown-linux-musl/release/tok")
    bash tests/artefact.sh "$artefact"
    # What is compiled for it alone.
    cargo clippy --locked --release --target x86_64-unknown-linux-musl -- -D warnings
    export TOK_UNDER_TEST=$artefact
    cargo test --locked --test it --test hostile --test docs --test shells --test consumers
    cargo test --locked --test faults -- kills errnos places damage clocks endpoint

# Count system calls and instructions of a cache hit, and fail above the limits; needs strace and valgrind
counts: dist
    bash benches/hit.sh --counts "{{target}}/x86_64-unknown-linux-musl/release/tok"

# Measure whole processes: both builds, compared to `cat` and `curl`, and many processes at once
bench:
    bash benches/hit.sh
    bash benches/miss.sh
    bash benches/crowd.sh

# Print the size of both builds, the number of crates, and the CPU time of a clean build
size: dist
    bash benches/size.sh
