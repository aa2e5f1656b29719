#!/bin/sh
# The C API from C and C++: compiles tests/c as C99, C11 and C++11, and examples-c as C99 and C11, with
# every warning an error; and runs the tests, each program with an embedded server of its own: all with
# the shared library, and with the static one all from C11 and a few from the others. PROFILE=release
# tests the release build.
#
# The checkers (scripts/check-asan.sh and its like) call it with a library of their own, in the folder
# BUILT, which is taken as it is. MODES and LINKAGES choose from what is tested; CHECK_CFLAGS and
# CHECK_LIBS are added where a program is compiled and linked; WRAPPER is the command that runs it, in
# PUSHERWS_TEST_SECONDS at most.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc}
cxx=${CXX:-c++}
for tool in cargo "$cc" "$cxx" timeout; do
    command -v "$tool" >/dev/null || {
        echo "test-c: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done

profile=${PROFILE:-debug}
case $profile in
debug) flag="" ;;
release) flag=--release ;;
*)
    echo "test-c: PROFILE is $profile; it has to be debug or release" >&2
    exit 1
    ;;
esac
# shellcheck disable=SC2086 # An empty flag is no flag.
cargo build --quiet $flag --package pusherws --package pusherws-devserver
target=$(cd "${CARGO_TARGET_DIR:-target}/$profile" && pwd)
built=${BUILT:-$target}
modes=${MODES:-c99 c11 c++11}
linkages=${LINKAGES:-shared static}
export PUSHERWS_TEST_SECONDS="${PUSHERWS_TEST_SECONDS:-90}"
seconds=$((PUSHERWS_TEST_SECONDS + 30)) # the programs stop by themselves, and say where
# BUGS=no leaves out what a bug must not do, for which a library is built from nothing: make test has that from
# scripts/check-asan.sh, whose library has the bugs as well.
bugs=${BUGS:-yes}
# A library with bugs on order (src/ffi/planted.rs), in a place of its own, so that nobody takes it
# for the other. A checker's library has them already.
# shellcheck disable=SC2086
[ "$bugs" = no ] || [ -n "${BUILT:-}" ] || cargo build --quiet $flag --package pusherws --features planted-faults \
    --target-dir "${CARGO_TARGET_DIR:-target}/planted"
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The programs ask for the library by its soname, as they would after an installation.
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
ln -s "$built/libpusherws.so" "$work/libpusherws.so.$abi"
# What the static library needs of the system, as rustc says.
# shellcheck disable=SC2086
system=$(cargo rustc --quiet $flag --lib -- --print native-static-libs 2>&1 |
    sed -n 's/^note: native-static-libs: //p' | tail -n 1)
[ -n "$system" ] || system="-lgcc_s -lutil -lrt -lpthread -lm -ldl -lc"
planted="${CARGO_TARGET_DIR:-target}/planted/$profile/libpusherws.a $system"
[ -z "${BUILT:-}" ] || planted="-L$BUILT -lpusherws"

export PUSHERWS_DEVSERVER="$target/pusherws-devserver"
export PUSHERWS_LIBRARY="$built/libpusherws.so"
export LD_LIBRARY_PATH="$work"
export TMPDIR="$work"
# A panic on order is no news.
export RUST_BACKTRACE=0
passed=0
failed=0

# Every function of the header has its place in one of api*.c.
for function in $(grep -o '\<pusher_[a-z_]*(' include/pusherws.h | tr -d '(' | sort -u); do
    grep -q "\<$function\>" tests/c/api*.c || {
        echo "FAILED  none of tests/c/api*.c tests $function"
        failed=$((failed + 1))
    }
done

# compile MODE SOURCE...: several at a time, into the work folder.
compile() {
    mode=$1
    shift
    case $mode in
    c++*) compiler="$cxx -x c++ -std=$mode" ;;
    *) compiler="$cc -std=$mode" ;;
    esac
    compiler="$compiler ${CHECK_CFLAGS:-} -Wall -Wextra -Wconversion -pedantic -Werror -g -Iinclude"
    for source; do
        echo "$compiler -c $source -o $work/$(basename "$source" .c).o"
    done | xargs -P "$jobs" -I{} sh -c '{}' || {
        echo "FAILED  $mode does not compile (above)"
        exit 1
    }
}

# sources NAME...: where they are.
sources() {
    for name; do
        echo "tests/c/$name.c"
    done
}

# run LABEL PROGRAM [ARGUMENT]: a line for each test, and the errors of one that fails.
run() {
    label=$1
    shift
    status=0
    # shellcheck disable=SC2086 # Several words, as meant.
    timeout "$seconds" ${WRAPPER:-} "$@" >"$work/output" 2>"$work/errors" || status=$?
    good=$(grep -c '^ok ' "$work/output" || true)
    sed -n "s/^ok /ok  $label: /p" "$work/output"
    passed=$((passed + good))
    if [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; then
        failed=$((failed + 1))
        shift
        echo "FAILED  $label${1:+: $1} (exit status $status)"
        tail -n "${ERROR_LINES:-20}" "$work/errors" | sed 's/^/    /'
    fi
}

# What they share; programs that run all their tests in one process; and those whose tests want a
# process each. process_bugs is one of the last, for the library with bugs.
shared="harness system_posix clients support process"
features="session binding features_auth features_keys features_api features_channels transport"
programs="api_library api_client api_config api_handles api_auth api_http api_channels api_transport api_delivery api_metrics
    $features recovering"
threads="threads callbacks delivery"
processes="process_threads process_sigpipe process_exit process_fork"
objects=$(for source in $shared; do printf '%s ' "$work/$source.o"; done)

# run_each LABEL PROGRAM: each of its tests in a process of its own.
run_each() {
    for test in $("$work/$2" list); do
        run "$1 $2" "$work/$2" "$test"
    done
}

for mode in $modes; do
    case $mode in
    c++*) link="$cxx ${CHECK_CFLAGS:-}" ;;
    *) link="$cc ${CHECK_CFLAGS:-}" ;;
    esac
    # shellcheck disable=SC2046,SC2086 # Several words, as meant.
    compile "$mode" $(sources $shared layout header $programs $threads $processes process_bugs load)
    # shellcheck disable=SC2086 # Several words, as meant.
    $link "$work/load.o" "$work/harness.o" "$work/system_posix.o" -o "$work/load" ${CHECK_LIBS:-} -ldl -pthread
    run "$mode load" "$work/load"
    if [ "$bugs" != no ] && [ "$mode" = c11 ]; then
        # shellcheck disable=SC2086 # Several words, as meant.
        $link "$work/process_bugs.o" $objects -o "$work/process_bugs" $planted ${CHECK_LIBS:-} -pthread
        run_each "$mode" process_bugs
    fi

    for linkage in $linkages; do
        case $linkage in
        shared) library="-L$built -lpusherws" ;;
        static) library="$built/libpusherws.a $system" ;;
        esac
        # Threads and processes do not depend on the language; one mode for each linkage will do. Nor does
        # what the static library makes of the calls, and it takes seconds to link.
        chosen=$programs
        [ "$linkage" = shared ] || [ "$mode" = c11 ] || chosen="api_library session"
        everything="header $chosen"
        [ "$mode" != c11 ] || everything="$everything $threads $processes"
        for program in $everything; do
            echo "$link $work/$program.o $objects -o $work/$program $library ${CHECK_LIBS:-} -pthread"
        done | xargs -P "$jobs" -I{} sh -c '{}' || {
            echo "FAILED  $mode $linkage does not link (above)"
            exit 1
        }
        run "$mode $linkage header" "$work/header"
        for program in $chosen; do
            run "$mode $linkage $program" "$work/$program"
        done
        [ "$mode" = c11 ] || continue
        for program in $threads; do
            run "$mode $linkage $program" "$work/$program"
        done
        for program in $processes; do
            run_each "$mode $linkage" "$program"
        done
        # What they see does not depend on who delivers it; but recovering.c holds callbacks back.
        [ "$linkage" = shared ] || continue
        for program in $features; do
            PUSHERWS_DELIVERY=poll run "$mode poll $program" "$work/$program"
            PUSHERWS_DELIVERY=inline run "$mode inline $program" "$work/$program"
        done
    done
done

for mode in $modes; do
    [ "$mode" != c++11 ] || continue # the examples are in C
    compile "$mode" examples-c/*.c
    for source in examples-c/*.c; do
        example=$(basename "$source" .c)
        # shellcheck disable=SC2086 # Several words, as meant.
        $cc ${CHECK_CFLAGS:-} "$work/$example.o" -o "$work/$example" "-L$built" -lpusherws ${CHECK_LIBS:-} -pthread
        echo "ok  $mode example: $example compiles"
        passed=$((passed + 1))
    done
done

echo "C: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
