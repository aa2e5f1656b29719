#!/bin/sh
# What scripts/build-windows.sh made, under wine: the tests of tests/c by MinGW, those of tests/windows, and those of
# bindings/delphi by Free Pascal for Win64 and Win32, against embedded servers that run natively.
#
# ARCHES chooses from x64 and x86; PARTS from c, pascal. scripts/install-windows-tools.sh test installs what this
# needs.
#
# Left out, since Windows has nothing of the kind: process_fork, process_sigpipe, and the test of signals in
# process_threads. Not here yet: process_bugs, which wants a library with bugs on order.
set -eu
cd "$(dirname "$0")/.."
wine64=/usr/lib/wine/wine64
for tool in cargo $wine64 Xvfb lld-link python3 timeout; do
    command -v $tool >/dev/null || {
        echo "test-windows: $tool is missing; run scripts/install-windows-tools.sh test" >&2
        exit 1
    }
done
# PUSHERWS_DEVSERVER may name one that is built already.
[ -n "${PUSHERWS_DEVSERVER:-}" ] || {
    cargo build --quiet ${JOBS:+"-j$JOBS"} --package pusherws-devserver
    PUSHERWS_DEVSERVER=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)/pusherws-devserver
}
built=$PWD/target/windows
work=$(mktemp -d)
passed=0
failed=0

# Surroundings ---------------------------------------------------------------------------------

export WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml=
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
export RUST_BACKTRACE=0
export PUSHERWS_TEST_SECONDS="${PUSHERWS_TEST_SECONDS:-240}"
seconds=$((PUSHERWS_TEST_SECONDS + 30)) # the programs stop by themselves, and say where

mkfifo "$work/lifeline"
screen=""
finish() {
    # Those of these prefixes only.
    WINEPREFIX="$work/wine64" wineserver -k 2>/dev/null || true
    [ ! -d "$work/wine32" ] || WINEPREFIX="$work/wine32" scripts/windows/wine32.sh "$work" wineserver -k 2>/dev/null || true
    exec 9>&-
    [ -z "$screen" ] || kill "$screen" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# It ends when nobody holds its standard input any more.
python3 tests/windows/keeper.py --server "$PUSHERWS_DEVSERVER" --directory "$work" \
    <"$work/lifeline" >"$work/keeper" &
exec 9>"$work/lifeline"
Xvfb -displayfd 3 -screen 0 800x600x24 -nolisten tcp 3>"$work/display" 2>/dev/null 9>&- &
screen=$!
until [ -s "$work/keeper" ] && [ -s "$work/display" ]; do
    kill -0 $screen || exit 1
    sleep 0.05
done
PUSHERWS_KEEPER=$(cat "$work/keeper")
DISPLAY=:$(cat "$work/display")
export PUSHERWS_KEEPER DISPLAY
# run LABEL PROGRAM [ARGUMENT...]: a line for each test, and the errors of one that fails.
run() {
    label=$1 exe=$2
    shift 2
    status=0
    # From the drive that has the file, so that /tmp is what it is outside.
    # shellcheck disable=SC2086 # Several words, as meant.
    (cd "$folder" && timeout "$seconds" $wine "$exe" "$@" >"$work/output" 2>"$work/errors" 9>&- </dev/null) ||
        status=$?
    tr -d '\r' <"$work/output" >"$work/lines"
    good=$(grep -c '^ok ' "$work/lines" || true)
    sed -n "s/^ok /ok  $label: /p" "$work/lines"
    passed=$((passed + good))
    if [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; then
        failed=$((failed + 1))
        echo "FAILED  $label${1:+: $1} (exit status $status)"
        tail -n 20 "$work/errors" | sed 's/^/    /'
    fi
}

# C --------------------------------------------------------------------------------------------

shared="harness system_windows clients support process"
programs="api_library api_client api_config api_handles api_auth api_http api_channels api_transport api_delivery api_metrics
    session binding features_auth features_keys features_api features_channels transport recovering threads callbacks delivery"

# compile SOURCE OBJECT [OPTION...]
compile() {
    file=$1 object=$2
    shift 2
    "$cpu-w64-mingw32-gcc-posix" -std=c11 -D__USE_MINGW_ANSI_STDIO=1 -Wall -Wextra -Wconversion -pedantic -Werror -g \
        -Iinclude -iquote tests/c "$@" -c "$file" -o "$object"
}

# link NAME LIBRARY... : the object of that name, with what all share; no DLL of the compiler's is beside it.
link() {
    name=$1
    shift
    # shellcheck disable=SC2086 # Several words, as meant.
    "$cpu-w64-mingw32-gcc-posix" "$folder/$name.o" $objects -o "$folder/$name.exe" "$@" -lws2_32 -lcrypt32 -lversion -static
}

test_c() {
    objects=""
    for source in $shared; do
        compile "tests/c/$source.c" "$folder/$source.o"
        objects="$objects $folder/$source.o"
    done
    compile tests/windows/wine.c "$folder/wine.o"
    objects="$objects $folder/wine.o"
    for source in header $programs process_threads process_exit load; do
        compile "tests/c/$source.c" "$folder/$source.o"
    done
    for source in unloading window about; do
        compile "tests/windows/$source.c" "$folder/$source.o"
    done

    # Linked as each compiler's users do.
    link header "$built/$arch/libpusherws.dll.a"
    run "$arch header" header.exe
    "$cpu-w64-mingw32-g++-posix" -std=c++11 -Wall -Wextra -Wconversion -pedantic -Werror -Iinclude -x c++ tests/c/header.c \
        -x none "$built/$arch/libpusherws.dll.a" -o "$folder/header-cpp.exe" -static
    run "$arch c++11 header" header-cpp.exe
    "$cpu-w64-mingw32-gcc-posix" -std=c11 -Iinclude tests/c/header.c "$folder/pusherws.dll" -o "$folder/header-dll.exe" -static
    run "$arch header, without an import library" header-dll.exe
    # As Visual C++ links: by its kind of linker, with the .lib, and with the system's libraries alone.
    compile tests/windows/alone.c "$folder/alone.o" -O1 -fno-stack-protector
    # MinGW's objects for x86 do not list their exception handlers, as that linker wants it of all.
    safe=""
    [ "$arch" = x64 ] || safe=/safeseh:no
    lld-link /nologo /subsystem:console /entry:begin "/machine:$arch" $safe "/out:$folder/alone.exe" "$folder/alone.o" \
        "$built/$arch/pusherws.lib" "$(find /usr/$cpu-w64-mingw32/lib -name libkernel32.a)"
    run "$arch linked as by Visual C++" alone.exe

    for program in $programs process_threads process_exit window about; do
        link $program "$built/$arch/libpusherws.dll.a"
    done
    for program in $programs window about; do
        run "$arch $program" $program.exe
    done
    for program in process_threads process_exit; do
        for test in $(cd "$folder" && $wine $program.exe list 2>/dev/null 9>&- | tr -d '\r'); do
            run "$arch $program" $program.exe "$test"
        done
    done
    for delivery in poll inline; do
        for program in session binding features_auth features_keys features_api features_channels transport; do
            PUSHERWS_DELIVERY=$delivery run "$arch $delivery $program" $program.exe
        done
    done

    # These load it themselves.
    export PUSHERWS_LIBRARY=pusherws.dll
    objects="$folder/harness.o $folder/system_windows.o $folder/wine.o"
    for program in load unloading; do
        link $program
        run "$arch $program" $program.exe
    done
}

# Pascal ---------------------------------------------------------------------------------------

# compile_pascal MODE PROGRAM SOURCE [OPTION...]
compile_pascal() {
    dialect=$1 name=$2 file=$3
    shift 3
    # Units are compiled anew for each mode and define.
    units=$folder/$(echo "$dialect $*" | tr -c 'A-Za-z0-9\n' -)
    mkdir -p "$units"
    "$pascal" -n "-T$system" "-M$dialect" -O2 -gl -gh -Sew -vew -vm4104,4105,5023,5024,5091,5092,5093 "-Fu$built/fpc/$system" \
        -Fubindings/delphi -Fubindings/delphi/tests -Fubindings/delphi/demos "-FU$units" "-o$folder/$name.exe" "$@" \
        "$file" >"$work/compiler" 2>&1 || {
        tail -n 20 "$work/compiler" >&2
        echo "test-windows: compiling $file, mode $dialect, failed (above)" >&2
        exit 1
    }
}

# As `run`, and what heaptrc finds is a failure.
run_pascal() {
    rm -f "$folder/heap"
    before=$failed
    HEAPTRC=log=heap run "$@"
    if [ "$failed" -eq "$before" ] && ! tr -d '\r' <"$folder/heap" | grep -q '^0 unfreed memory blocks'; then
        failed=$((failed + 1))
        echo "FAILED  $1: not all memory was freed"
        grep -v '^Heap dump' "$folder/heap" | tail -n 20
    fi
}

# wrong_library NAME C
wrong_library() {
    echo "$2" | "$cpu-w64-mingw32-gcc-posix" -shared -x c - -o "$folder/$1.dll"
}

test_pascal() {
    scripts/windows/build-fpc.sh
    case $arch in
    x64) system=win64 pascal=ppcx64 ;;
    x86) system=win32 pascal=$built/fpc/ppcross386 ;;
    esac
    tests=bindings/delphi/tests
    abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
    export PUSHERWS_LIBRARY=pusherws.dll

    # Records are laid out as MinGW's C lays them out.
    scripts/check-pascal-api.py --layout "$folder"
    "$cpu-w64-mingw32-gcc-posix" -D__USE_MINGW_ANSI_STDIO=1 -Iinclude "$folder/layout.c" -o "$folder/layout-c.exe" -static
    compile_pascal delphi layout-pascal "$folder/layout.pas"
    for language in c pascal; do
        (cd "$folder" && $wine layout-$language.exe 2>/dev/null 9>&- | tr -d '\r' >"$work/layout-$language")
    done
    [ -s "$work/layout-c" ] && diff "$work/layout-c" "$work/layout-pascal" || {
        echo "test-windows: records differ between C (<) and Pascal (>)" >&2
        exit 1
    }
    echo "ok  $arch: records are laid out as in C: $(wc -l <"$work/layout-c") sizes and places"
    passed=$((passed + 1))

    # Both ways to load it: at run time, and by the system, with the program.
    echo "no library" >"$folder/text.dll"
    wrong_library another '__declspec(dllexport) int something_else(void) { return 1; }'
    wrong_library older '__declspec(dllexport) unsigned pusher_abi_version(void) { return 7; }'
    wrong_library function "__declspec(dllexport) unsigned pusher_abi_version(void) { return $abi; }"
    for mode in delphi objfpc; do
        compile_pascal $mode loading $tests/loading.pas
        run_pascal "$arch $mode loading" loading.exe pusherws.dll text.dll another.dll older.dll function.dll
    done
    compile_pascal delphi linked $tests/loading.pas -dPUSHERWS_IMPORT
    run_pascal "$arch linked loading" linked.exe pusherws.dll

    for mode in delphi objfpc; do
        for program in raw client options authorizing threads ending window; do
            compile_pascal $mode $program $tests/$program.pas
            run_pascal "$arch $mode $program" $program.exe
        done
    done
    compile_pascal delphi raw $tests/raw.pas -dPUSHERWS_IMPORT
    PUSHERWS_LIBRARY="" # which a program that is linked to it does not choose
    run_pascal "$arch linked raw" raw.exe
    PUSHERWS_LIBRARY=pusherws.dll
    # As in Delphi: string is UnicodeString.
    for program in client options authorizing threads ending; do
        compile_pascal delphiunicode $program $tests/$program.pas -dPUSHERWS_UNICODE
        run_pascal "$arch delphiunicode $program" $program.exe
    done
    for demo in Tail Chat; do
        compile_pascal delphi $demo bindings/delphi/demos/$demo.dpr
        echo "ok  $arch demo: $demo compiles"
        passed=$((passed + 1))
    done
}

# ----------------------------------------------------------------------------------------------

for arch in ${ARCHES:-x64 x86}; do
    folder=$work/$arch
    mkdir "$folder"
    case $arch in
    x64) cpu=x86_64 wine=$wine64 WINEARCH=win64 WINEPREFIX=$work/wine64 ;;
    x86) cpu=i686 wine="$PWD/scripts/windows/wine32.sh $work wine" WINEARCH=win32 WINEPREFIX=$work/wine32 ;;
    *)
        echo "test-windows: ARCHES has $arch; it may have x64 and x86" >&2
        exit 1
        ;;
    esac
    export WINEARCH WINEPREFIX
    [ -f "$built/$arch/pusherws.dll" ] || {
        echo "test-windows: $built/$arch/pusherws.dll is missing; run scripts/build-windows.sh" >&2
        exit 1
    }
    # shellcheck disable=SC2086 # Several words, as meant.
    timeout 600 $wine wineboot --init >"$work/output" 2>&1 9>&- || {
        cat "$work/output" >&2
        echo "test-windows: wine does not start" >&2
        exit 1
    }
    # Beside the programs, where Windows looks first.
    cp "$built/$arch/pusherws.dll" "$folder/"
    for part in ${PARTS:-c pascal}; do
        test_$part
    done
done

echo "Windows: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
