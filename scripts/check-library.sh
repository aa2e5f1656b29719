#!/bin/sh
# The library that is handed out: what it exports and needs, its size, and what makes attacks on a program
# harder. First it has to refuse libraries that are wrong on purpose.
#
#   check-library.sh                    the release build, stripped as `make install` does
#   check-library.sh LIBRARY [GLIBC]    another one; and it runs with that version of glibc, such as 2.17
set -eu
cd "$(dirname "$0")/.."

give_up() {
    echo "check-library: $*" >&2
    exit 1
}

for tool in readelf nm gcc strip objcopy; do
    command -v $tool >/dev/null || give_up "$tool is missing; run scripts/install-tools.sh"
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
# The C library, the loader, which has the thread-local variables, and what unwinds the stack. Where glibc was older
# than 2.34, what is one library now were several.
may_need="libc libgcc_s ld-linux-x86-64 ld-linux-aarch64 libpthread libdl libm librt libutil"
most_bytes=6500000

# faults LIBRARY [GLIBC]: a line for each thing that is wrong.
faults() {
    readelf --dynamic --wide "$1" >"$work/dynamic"
    readelf --segments --wide "$1" >"$work/segments"
    nm --dynamic --defined-only --format=posix "$1" | cut -d' ' -f1 | LC_ALL=C sort >"$work/exported"
    diff abi/symbols.txt "$work/exported" | sed -n 's/^> /exports /p; s/^< /does not export /p'
    grep -q "SONAME.*\[libpusherws.so.$abi\]" "$work/dynamic" || echo "has no soname libpusherws.so.$abi"
    sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' "$work/dynamic" | while read -r needed; do
        case " $may_need " in
        *" ${needed%.so.*} "*) ;;
        *) echo "needs $needed" ;;
        esac
    done
    grep -q 'NODELETE' "$work/dynamic" || echo "is not marked nodelete, and a program may unload it while it runs"
    grep -q 'BIND_NOW\|Flags:.* NOW' "$work/dynamic" || echo "binds functions late (no BIND_NOW), so that their table stays writable"
    grep -q 'GNU_RELRO' "$work/segments" || echo "leaves what the loader writes writable (no RELRO)"
    ! grep -q 'TEXTREL' "$work/dynamic" || echo "has text relocations"
    ! grep -q 'RPATH\|RUNPATH' "$work/dynamic" || echo "looks for libraries in a folder of its own (RPATH)"
    grep -q 'GNU_STACK.* RW  *0' "$work/segments" || echo "wants an executable stack"
    ! grep -q 'LOAD.* RWE ' "$work/segments" || echo "has memory that is writable and executable"
    [ "$(wc -c <"$1")" -le $most_bytes ] || echo "is larger than $most_bytes bytes"
    [ -z "${2:-}" ] || nm --dynamic --undefined-only --format=posix "$1" | grep -v ' w ' |
        sed -n 's/.*@\{1,2\}GLIBC_\([0-9.]*\).*/\1/p' | sort -Vu | while read -r glibc; do
        [ "$(printf '%s\n%s\n' "$glibc" "$2" | sort -V | tail -n 1)" = "$2" ] || echo "needs glibc $glibc"
    done
}

# must_find TEXT [GLIBC]
must_find() {
    faults "$work/planted.so" "${2:-}" >"$work/faults"
    grep -q "$1" "$work/faults" || {
        head -n 20 "$work/faults" >&2
        give_up "it does not find what was planted: $1 (above is what it finds)"
    }
    found=$((found + 1))
}
found=0
# All of it is wrong with this one.
cat >"$work/planted.c" <<'END'
#include <sys/random.h>
#include <zlib.h>
char large[7000000] = {1};
void pusher_version(void) { getentropy(large, 1); zlibVersion(); }
void ring_core_planted(void) {}
__asm__(".text\n.quad puts\n");
END
mkdir "$work/stand-in"
# Something to need; its inside does not matter.
echo 'const char *zlibVersion(void) { return 0; }' >"$work/stand-in/zlib.c"
echo 'const char *zlibVersion(void);' >"$work/stand-in/zlib.h"
gcc -shared -fPIC "$work/stand-in/zlib.c" -o "$work/stand-in/libz.so" -Wl,-soname,libz.so.1
gcc -w -shared -fPIC -Wl,-z,notext,-z,lazy,-z,norelro,-z,execstack,-rpath,/tmp -I"$work/stand-in" "$work/planted.c" \
    -o "$work/planted.so" -L"$work/stand-in" -lz 2>"$work/report" || {
    cat "$work/report" >&2
    give_up "the planted library does not build (above)"
}
for text in "^exports ring_core_planted" "^does not export pusher_client_new" "^has no soname" "^needs libz.so.1" "nodelete" \
    "no BIND_NOW" "no RELRO" "^has text relocations" "RPATH" "executable stack" "^is larger than"; do
    must_find "$text"
done
must_find "^needs glibc 2.25" 2.17
echo 'int data = 1; int code(void) { return data; }' >"$work/mixed.c"
gcc -shared -fPIC -Wl,-N -nostdlib "$work/mixed.c" -o "$work/planted.so" 2>"$work/report"
must_find "writable and executable"
echo "ok  check-library finds what was planted, $found times"

library=${1:-}
if [ -z "$library" ]; then
    scripts/install.sh build
    # shellcheck source=scripts/lib/binaries.sh
    . scripts/lib/binaries.sh
    library=$work/libpusherws.so
    strip_shared "${CARGO_TARGET_DIR:-target}/release/libpusherws.so" "$library"
fi
faults "$library" "${2:-}" >"$work/faults"
[ ! -s "$work/faults" ] || {
    sed "s|^|$library |" "$work/faults" >&2
    give_up "the library is not as it should be (above)"
}
echo "ok  the library: $(wc -c <"$library") bytes, needs" \
    "$(readelf --dynamic --wide "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' | LC_ALL=C sort | tr '\n' ' ')and" \
    "glibc $(nm --dynamic --undefined-only --format=posix "$library" | grep -v ' w ' | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p' | sort -V | tail -n 1)"
