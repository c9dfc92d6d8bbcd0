#!/usr/bin/env bash
# Builds tok for the other platforms and runs there what can be run: `just platforms`. `.ci/run` installs what this needs.
#
#   x86-64 Linux, musl   all tests
#   ARM64 Linux, musl    the integration tests, under qemu
#   Windows              the tests of tests/platforms.rs, under Wine
#   macOS                type checks alone: there is no linker for it here
set -euo pipefail
cd "$(dirname "$0")/.."
target=$(realpath "${CARGO_TARGET_DIR:-target}")
work=$target/platforms
mkdir -p "$work"


title() { printf '\n== %s\n' "$1"; }
# An executable script in front of a program: script NAME LINE
script() {
    printf '#!/bin/sh\n%s\n' "$2" > "$work/$1"
    chmod +x "$work/$1"
    echo "$work/$1"
}

musl() {
    title 'x86-64 Linux with musl'
    cargo test --locked --quiet --target x86_64-unknown-linux-musl
}

arm64() {
    title 'ARM64 Linux under qemu'
    export CC_aarch64_unknown_linux_musl=aarch64-linux-gnu-gcc AR_aarch64_unknown_linux_musl=aarch64-linux-gnu-ar
    export CARGO_TARGET_AARCH64_UNKNOWN_LINUX_MUSL_LINKER=rust-lld
    # Emulated code without any optimisation is too slow for the time limits of some tests.
    CARGO_PROFILE_DEV_OPT_LEVEL=1 cargo build --locked --quiet --target aarch64-unknown-linux-musl --bin tok
    # The tests run here, and what they start is the emulated program behind a script. Not those that look at what the
    # program itself is started with: the script and the emulator add to it.
    local qemu
    qemu=$(command -v qemu-aarch64-static)
    TOK_UNDER_TEST=$(script tok "exec $qemu -0 \"\$0\" '$target/aarch64-unknown-linux-musl/debug/tok' \"\$@\"") \
        cargo test --locked --quiet --test it -- \
        --skip a_program_is_given_no_file_no_signal_and_no_limit_of_ours --skip what_is_in_no_variable_is_put_into_one \
        --skip a_command_is_given_nothing_of_ours
}

windows() {
    title 'Windows under Wine'
    cargo clippy --locked --quiet --target x86_64-pc-windows-gnu --bin tok -- -D warnings
    cargo build --locked --quiet --target x86_64-pc-windows-gnu --bin tok
    local folder=$target/x86_64-pc-windows-gnu/debug
    # Wine before 8.13 lacks this library, from which the standard library takes random numbers.
    cat > "$work/prng.c" <<'EOF'
#include <stddef.h>
__declspec(dllimport) unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length);
__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, size_t length) {
    return SystemFunction036(buffer, (unsigned long)length);
}
EOF
    x86_64-w64-mingw32-gcc -shared -o "$folder/bcryptprimitives.dll" "$work/prng.c" -ladvapi32
    export WINEPREFIX=$work/wine WINEARCH=win64 WINEDEBUG=-all WINE=/usr/lib/wine/wine64
    [ -e "$WINEPREFIX/system.reg" ] || wineboot --init > /dev/null 2>&1
    TOK_WINDOWS=$folder/tok.exe cargo test --locked --quiet --test platforms
    wineserver --kill || true
}

macos() {
    title 'macOS'
    [ -x "$work/venv/bin/python" ] || python3 -m venv "$work/venv"
    "$work/venv/bin/python" -c 'import ziglang' 2> /dev/null || "$work/venv/bin/pip" install --quiet ziglang==0.17.1
    # zig is the C compiler for ring; it takes the target in its own form.
    CC_aarch64_apple_darwin=$(script cc-macos "
for flag do
    shift
    case \$flag in -arch | arm64 | --target=*) ;; *) set -- \"\$@\" \"\$flag\" ;; esac
done
exec '$work/venv/bin/python' -m ziglang cc -target aarch64-macos \"\$@\"") \
        cargo check --locked --quiet --target aarch64-apple-darwin
}

for platform in "${@:-musl arm64 windows macos}"; do
    for one in $platform; do "$one"; done
done
