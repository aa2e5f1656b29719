#!/bin/sh
# A DLL for Windows: exports exactly the functions of abi/symbols.txt, by their plain names; imports nothing that
# Windows 7 does not have of itself; carries its version; may be moved in memory and has no executable data; and
# names no folder of the machine that built it.
#
#   check-dll.sh FILE      FILE is one for x64 or x86
#   check-dll.sh --prove   refuses DLLs with a fault each
set -eu
cd "$(dirname "$0")/.."
for tool in llvm-readobj python3; do
    command -v $tool >/dev/null || {
        echo "check-dll: $tool is missing; run scripts/install-windows-tools.sh build" >&2
        exit 1
    }
done
version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

refuse() {
    echo "check-dll: $*" >&2
    return 1
}

check() {
    dll=$1
    llvm-readobj --file-headers --coff-exports --coff-imports "$dll" >"$work/told" || return 1

    # C's own names: no underscore before them, and no @ behind them.
    sed -n '/^Export {/,/^}/s/^  Name: //p' "$work/told" | LC_ALL=C sort >"$work/exports"
    diff -u abi/symbols.txt "$work/exports" >"$work/diff" || {
        cat "$work/diff" >&2
        refuse "$dll does not export exactly the functions of abi/symbols.txt (above)" || return 1
    }

    # What Windows 7 has. No libgcc, winpthread, or run-time of a compiler; and no api-ms-win-*, which it does
    # not know.
    sed -n '/^\(Delay\)\{0,1\}Import {/,/^}/s/^  Name: //p' "$work/told" | tr '[:upper:]' '[:lower:]' |
        LC_ALL=C sort -u >"$work/imports"
    [ -s "$work/imports" ] || refuse "no imports found in $dll" || return 1
    foreign=$(grep -v -x -E '(kernel32|ntdll|advapi32|bcrypt|crypt32|msvcrt|secur32|user32|userenv|ws2_32)\.dll' \
        "$work/imports" | tr '\n' ' ' || true)
    [ -z "$foreign" ] || refuse "$dll needs $foreign" || return 1
    # Functions of later versions in libraries that Windows 7 has, too.
    later=$(sed -n 's/^  Symbol: \([A-Za-z0-9_]*\).*/\1/p' "$work/told" | grep -x -E \
        'GetSystemTimePreciseAsFileTime|[SG]etThreadDescription|WaitOnAddress|WakeByAddress(All|Single)|CreateFile2|GetCurrentThreadStackLimits|GetOverlappedResultEx|PrefetchVirtualMemory|BCryptHash|GetHostNameW|ProcessPrng' |
        tr '\n' ' ' || true)
    [ -z "$later" ] || refuse "$dll imports what Windows 7 does not have: $later" || return 1

    python3 - "$dll" "$version" <<'END' || return 1
import sys
data = open(sys.argv[1], "rb").read()
for name, value in (("FileVersion", sys.argv[2]), ("ProductName", "pusherws")):
    if (name + "\0").encode("utf-16-le") not in data or (value + "\0").encode("utf-16-le") not in data:
        sys.exit(f"check-dll: {sys.argv[1]} has no {name} {value}, which the Explorer shows")
END
    flags="DYNAMIC_BASE NX_COMPAT"
    ! grep -q '^  Machine: IMAGE_FILE_MACHINE_AMD64' "$work/told" || flags="$flags HIGH_ENTROPY_VA"
    for flag in $flags; do
        grep -q "IMAGE_DLL_CHARACTERISTICS_$flag " "$work/told" || refuse "$dll is not marked as $flag" || return 1
    done
    for folder in "$PWD" "${CARGO_HOME:-$HOME/.cargo}" /usr/lib/rustlib /usr/src/; do
        ! grep -q -a -F "$folder" "$dll" || refuse "$dll names the folder $folder" || return 1
    done
    echo "ok  $dll: $(wc -l <abi/symbols.txt) functions; imports $(tr '\n' ' ' <"$work/imports")"
}

# must_refuse WORD SED C [OPTION...]: a DLL of C code, and its functions changed by a sed script.
must_refuse() {
    word=$1 change=$2 code=$3
    shift 3
    {
        sed -e "$change" abi/symbols.txt | sed 's/.*/__declspec(dllexport) int &(void) { return 0; }/'
        echo "$code"
    } >"$work/faulty.c"
    x86_64-w64-mingw32-gcc-posix -shared "$work/faulty.c" -o "$work/faulty.dll" "$@"
    if [ -z "$word" ]; then
        check "$work/faulty.dll" >/dev/null
        return
    fi
    if check "$work/faulty.dll" >"$work/report" 2>&1 || ! grep -q "$word" "$work/report"; then
        cat "$work/report" >&2
        refuse "it does not refuse a DLL with this fault: $word (above)"
    fi
    echo "ok  check-dll refuses: $word"
}

if [ "${1:-}" = --prove ]; then
    printf '#define %s\n' 'MAJOR 0' 'MINOR 0' 'PATCH 0' "VERSION \"$version\"" 'COPYRIGHT "nobody"' |
        cat - scripts/windows/pusherws.rc >"$work/version.rc"
    x86_64-w64-mingw32-windres "$work/version.rc" -O coff -o "$work/version.o"
    must_refuse "" "" "" "$work/version.o"
    must_refuse "^-pusher_version" "/^pusher_version$/d" "" "$work/version.o"
    must_refuse "^+another" "" "__declspec(dllexport) int another(void) { return 0; }" "$work/version.o"
    must_refuse libwinpthread "" '#include <pthread.h>
void *p(void) { return (void *)pthread_create; }' "$work/version.o" -lpthread
    must_refuse GetHostNameW "" "__declspec(dllimport) int GetHostNameW(void *, int);
int q(void) { return GetHostNameW(0, 0); }" "$work/version.o" -lws2_32
    must_refuse FileVersion "" ""
    must_refuse DYNAMIC_BASE "" "" "$work/version.o" -Wl,--disable-dynamicbase
    must_refuse "$PWD" "" "const char *p(void) { return \"$PWD/src\"; }" "$work/version.o"
elif [ -f "${1:-}" ]; then
    check "$1"
else
    echo "usage: scripts/check-dll.sh FILE | --prove" >&2
    exit 1
fi
