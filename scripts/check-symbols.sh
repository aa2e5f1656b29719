#!/bin/sh
# The shared library exports exactly the functions of abi/symbols.txt, which are those of the header;
# it has its soname, and says that it is not unloaded. UPDATE=1 writes the list anew.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet
library=${CARGO_TARGET_DIR:-target}/debug/libpusherws.so
found=$(mktemp)
trap 'rm -f "$found"' EXIT

nm --dynamic --defined-only --format=posix "$library" | cut -d' ' -f1 | LC_ALL=C sort >"$found"
[ -s "$found" ] || {
    echo "check-symbols: nm found no symbols in $library" >&2
    exit 1
}
[ -z "${UPDATE:-}" ] || cp "$found" abi/symbols.txt
diff -u abi/symbols.txt "$found" || {
    echo "check-symbols: the library's functions are not those of abi/symbols.txt (above)." >&2
    echo "A function that is missing breaks programs. For a new one: UPDATE=1 scripts/check-symbols.sh" >&2
    exit 1
}
grep -v '^ *\(/\*\| \*\)' include/pusherws.h | grep -o '\<pusher_[a-z_]*(' | tr -d '(' | LC_ALL=C sort | diff -u abi/symbols.txt - || {
    echo "check-symbols: the header's functions are not those of the library (above)." >&2
    exit 1
}

abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
grep -q "ABI_VERSION: u32 = $abi;" src/ffi/library.rs || {
    echo "check-symbols: pusher_abi_version and PUSHER_ABI_VERSION differ" >&2
    exit 1
}
dynamic=$(readelf --dynamic "$library")
echo "$dynamic" | grep -q "SONAME.*\[libpusherws.so.$abi\]" || {
    echo "check-symbols: the soname is not libpusherws.so.$abi" >&2
    exit 1
}
echo "$dynamic" | grep -q NODELETE || {
    echo "check-symbols: the library is not marked nodelete" >&2
    exit 1
}
echo "symbols: $(wc -l <abi/symbols.txt) functions, as listed"
