#!/usr/bin/env bash
# Holds the release artefact to what README says of it: one file that needs no other, at another address each time it
# starts, with nothing writable that is executable; and its functions to their order. Wants readelf, and strace where it
# is.  tests/artefact.sh BINARY
set -euo pipefail
binary=$1
wrong=0
must() {
    if ! grep -Eq "$2" <<< "$3"; then
        echo "$binary: $1" >&2
        wrong=1
    fi
}
must_not() {
    if grep -E "$2" <<< "$3" >&2; then
        echo "$binary: $1" >&2
        wrong=1
    fi
}
header=$(readelf -hW "$binary") segments=$(readelf -lW "$binary") dynamic=$(readelf -dW "$binary")
must 'is not position-independent: no ASLR' 'Type: +DYN' "$header"
must_not 'needs an interpreter' 'INTERP' "$segments"
must_not 'needs a shared library' 'NEEDED' "$dynamic"
must_not 'has relocations in its code' 'TEXTREL' "$dynamic"
must 'has a stack that may be executable' 'GNU_STACK .* RW +0' "$segments"
must_not 'has a segment that is writable and executable' '(LOAD|GNU_STACK) .* RWE ' "$segments"
must_not 'is not stripped' '\.(symtab|debug_)' "$(readelf -SW "$binary")"
must 'says nothing of what is to be read-only' 'GNU_RELRO' "$segments"
# src/os/start/order.ld: a name that is not found any more leaves its function where it was.
size=$((0x$(readelf -SW "$binary" | awk '{ for (i = 1; i < NF; i++) if ($i == ".text.hit") print $(i + 4) }' | grep . || echo 0)))
if [ "$size" -lt 40000 ] || [ "$size" -gt 63000 ]; then
    echo "$binary: $size bytes of functions of a hit stand side by side, where 40,000 to 63,000 are expected" >&2
    wrong=1
fi
if command -v strace > /dev/null; then
    must 'leaves its pointers writable' '^mprotect\(.*, PROT_READ\) += 0' "$(strace -e trace=mprotect "$binary" --version 2>&1)"
fi
exit "$wrong"
