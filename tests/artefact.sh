#!/usr/bin/env bash
# Holds the release artefact to what README says of it: one file that needs no other, at another address each time it
# starts, with nothing writable that is executable. Needs readelf.  tests/artefact.sh BINARY
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
exit "$wrong"
