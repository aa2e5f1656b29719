#!/bin/sh
# The C++ binding: bindings/cpp and tests/cpp as C++17, C++20 and C++23, by gcc and by clang, with every warning an error;
# the tests run as C++17 and C++20, by both compilers, and once with AddressSanitizer and UndefinedBehaviorSanitizer. The
# examples and the programs of the READMEs are compiled, and the examples run against an embedded server.
#
# CONFIGURATIONS chooses from what is compiled, such as "gcc-17 clang-20-compiled".
set -eu
cd "$(dirname "$0")/.."
gcc=${GXX:-g++}
clang=${CLANGXX:-clang++}
for tool in cargo "$gcc" "$clang" timeout xargs valgrind; do
    command -v "$tool" >/dev/null || {
        echo "test-cpp: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
cargo build --quiet --package pusherws --package pusherws-devserver
target=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
ln -s "$target/libpusherws.so" "$work/libpusherws.so.$abi"
export PUSHERWS_DEVSERVER="$target/pusherws-devserver"
export LD_LIBRARY_PATH="$work"
export TMPDIR="$work"
export PUSHERWS_TEST_SECONDS="${PUSHERWS_TEST_SECONDS:-90}"
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
passed=0
failed=0

fail() {
    echo "FAILED  $*" >&2
    exit 1
}

sources="main basics events requests lifetimes delivery server coroutines nothrow"
warnings="-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror"
includes="-Iinclude -Ibindings/cpp"

# prepare COMPILER STANDARD SANITIZED: sets what it is called by, and the folder of what is made.
prepare() {
    compiler=$1 standard=$2 sanitized=$3
    case $compiler in
    gcc) cxx=$gcc ;;
    clang) cxx=$clang ;;
    *) fail "there is no compiler $compiler" ;;
    esac
    # The name that compilers older than the standard know.
    [ "$standard" != 23 ] || "$cxx" -std=c++23 -E -x c++ /dev/null >/dev/null 2>&1 || standard=2b
    label="$compiler c++$standard${sanitized:+ sanitized}"
    out=$work/$compiler-$standard$sanitized
    flags="-std=c++$standard $warnings $includes"
    # Not vptr, since sources without type information are among them; nor what AddressSanitizer sees as well, and what
    # takes the compiler half as long again.
    [ -z "$sanitized" ] || flags="$flags -fsanitize=address,undefined -fno-sanitize-recover=undefined \
        -fno-sanitize=vptr,null,alignment,object-size -fno-omit-frame-pointer"
    [ ! -d "$out" ] || return 0 # it has been prepared before
    mkdir "$out"
    # What all tests include is read once.
    echo "#include \"$PWD/tests/cpp/testing.hpp\"" >"$out/testing.hpp"
    # shellcheck disable=SC2086 # Several words, as meant.
    $cxx $flags -x c++-header "$out/testing.hpp" -o "$out/testing.hpp.gch" || fail "$label: tests/cpp/testing.hpp"
}

# compile MODE SOURCE...: several at a time. MODE is -c or -fsyntax-only.
compile() {
    mode=$1
    shift
    for source; do
        object=$out/$(basename "$source" .cpp).o
        case $source in
        # Without exceptions and type information, and linked with those that have both.
        */nothrow.cpp) how="-fno-exceptions -fno-rtti" ;;
        tests/cpp/* | */snippets.cpp) how="-include $out/testing.hpp" ;;
        *) how="-Ibindings/cpp/examples" ;;
        esac
        [ "$mode" != -c ] || mode="-c -o $object"
        echo "$cxx $flags $how $mode $source"
        mode=${mode%% *}
    done | xargs -P "$jobs" -I{} sh -c '{}' || fail "$label does not compile (above)"
}

tests() {
    for name in $sources; do
        echo "tests/cpp/$name.cpp"
    done
}

# run LABEL COMMAND...: a line for each test, and the errors of one that fails.
run() {
    label=$1
    shift
    status=0
    timeout "$((PUSHERWS_TEST_SECONDS + 30))" "$@" >"$work/output" 2>"$work/errors" || status=$?
    good=$(grep -c '^ok ' "$work/output" || true)
    sed -n "s/^ok /ok  $label: /p" "$work/output"
    passed=$((passed + good))
    if [ "$status" -ne 0 ] || [ "$good" -eq 0 ]; then
        failed=$((failed + 1))
        echo "FAILED  $label (exit status $status)"
        tail -n "${ERROR_LINES:-60}" "$work/errors" | sed 's/^/    /'
    fi
}

# The harness of the C tests, in C++.
harness() {
    for source in harness system_posix clients; do
        # shellcheck disable=SC2086 # Several words, as meant.
        $cxx -x c++ "-std=c++$standard" ${sanitized:+-fsanitize=address,undefined} -Iinclude -c "tests/c/$source.c" \
            -o "$out/$source.o" || fail "$label: tests/c/$source.c"
    done
}

test_all() {
    prepare "$@"
    # shellcheck disable=SC2046 # One argument each.
    compile -c $(tests)
    harness
    # shellcheck disable=SC2086 # Several words, as meant.
    $cxx $flags "$out"/*.o -o "$out/all" "-L$target" -lpusherws -pthread || fail "$label does not link"
    run "$label" "$out/all"
}

only_compile() {
    prepare "$@"
    # shellcheck disable=SC2046 # One argument each.
    compile -fsyntax-only $(tests)
    echo "ok  $label: compiles"
    passed=$((passed + 1))
}

# Where a program is wrong, the sanitizers have to say so; only then their silence says something.
sanitizers_find_faults() {
    cat >"$work/planted.cpp" <<'PROGRAM'
#include <pusherws.hpp>
#include <cstdlib>
int main(int argc, char **argv)
{
    pusherws::client client(pusherws::config("app-key").cluster("eu"));
    if (argc > 1 && std::atoi(argv[1]) == 1) {
        client.bind([](const pusherws::event &) {}), new int(7);
        auto *moved = new pusherws::owned_event();
        delete moved;
        return *moved ? 1 : 0; // used after its end
    }
    if (argc > 1 && std::atoi(argv[1]) == 2) {
        new pusherws::client(std::move(client)); // never freed
    }
    return 0;
}
PROGRAM
    # shellcheck disable=SC2086 # Several words, as meant.
    $cxx $includes "-std=c++$standard" -fsanitize=address,undefined -g1 "$work/planted.cpp" -o "$work/planted" "-L$target" \
        -lpusherws -pthread || fail "the program with planted faults does not compile"
    "$work/planted" 2>"$work/errors" || {
        cat "$work/errors" >&2
        fail "a program without faults does not run well (above)"
    }
    ! "$work/planted" 1 2>"$work/errors" || fail "the sanitizers do not find a planted use after the end"
    grep -q "heap-use-after-free" "$work/errors" || fail "the sanitizers do not name a planted use after the end"
    ! "$work/planted" 2 2>"$work/errors" || fail "the sanitizers do not find a planted leak"
    grep -q "detected memory leaks" "$work/errors" || fail "the sanitizers do not name a planted leak"
    echo "ok  $label: planted faults are found"
    passed=$((passed + 1))
}

# What a handler costs -------------------------------------------------------------------------

# instructions HANDLER CALLS
instructions() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$work/overhead" "$@" 2>&1 | sed -n 's/.*Collected : *//p'
}

# a_call HANDLER: instructions of one call. The difference of two runs, so that the start and the end cancel out.
a_call() {
    few=$(instructions "$1" 1000)
    many=$(instructions "$1" 11000)
    if [ -z "$few" ] || [ -z "$many" ]; then
        fail "valgrind counted nothing"
    fi
    echo $(((many - few) / 10000))
}

# In C++ it may cost five instructions more than in C: one for the frame that catches, and the like.
overhead() {
    prepare gcc 17 ""
    # shellcheck disable=SC2086 # Several words, as meant.
    $cxx $flags -O2 tests/cpp/overhead.cpp -o "$work/overhead" "-L$target" -lpusherws -pthread ||
        fail "tests/cpp/overhead.cpp does not compile"
    in_c=$(a_call c)
    in_cpp=$(a_call cpp)
    copying=$(a_call copying)
    [ "$copying" -gt $((in_c + 5)) ] || fail "a handler that copies is not noticed: $copying instructions, and $in_c in C"
    [ "$in_cpp" -le $((in_c + 5)) ] || fail "a handler costs $in_cpp instructions, and $in_c in C"
    echo "ok  a handler costs $in_cpp instructions, and $in_c in C; one that copies $copying"
    passed=$((passed + 1))
}

# The READMEs ----------------------------------------------------------------------------------

# snippets FOLDER: what is C++ in the READMEs, each program in a file of its own, and the rest in functions of one.
snippets() {
    awk -v folder="$1" '
        function finish() {
            if (block ~ /int main\(/) {
                file = folder "/program" ++programs ".cpp"
                printf "%s", block >file
            } else {
                file = folder "/snippets.cpp"
                if (!parts++) {
                    print "#include <pusherws.hpp>\n#include <iostream>\nusing namespace std::chrono_literals;" >file
                }
                printf "void part%d(pusherws::client &client);\n", parts >file
                printf "void part%d([[maybe_unused]] pusherws::client &client)\n{\n%s}\n", parts, block >file
            }
        }
        /^```cpp$/ { inside = 1; block = ""; next }
        /^```$/ { if (inside) finish(); inside = 0; next }
        inside { block = block $0 "\n" }
        END { exit programs >= 2 && parts >= 6 ? 0 : 1 }' README.md bindings/cpp/README.md ||
        fail "the READMEs have not the programs that this script expects"
}

readmes() {
    mkdir "$work/readme"
    snippets "$work/readme"
    prepare gcc 20 ""
    compile -c "$work/readme/snippets.cpp"
    prepare clang 17 ""
    compile -c "$work/readme"/program*.cpp
    for program in "$work/readme"/program*.cpp; do
        # shellcheck disable=SC2086 # Several words, as meant.
        $cxx $flags "$out/$(basename "$program" .cpp).o" -o "$out/program" "-L$target" -lpusherws -pthread ||
            fail "a program of a README does not link"
    done
    echo "ok  the programs and snippets of the READMEs compile"
    passed=$((passed + 1))
}

# The examples ---------------------------------------------------------------------------------

# hear FILE TEXT: waits until a program has written it.
hear() {
    tries=0
    until grep -qs "$2" "$work/$1"; do
        tries=$((tries + 1))
        [ $tries -lt 600 ] || {
            cat "$work/$1" >&2
            fail "examples: \"$2\" does not appear in the output of $1 (above)"
        }
        sleep 0.05
    done
}

# build COMPILER STANDARD EXAMPLE...
build() {
    prepare "$1" "$2" ""
    shift 2
    # shellcheck disable=SC2046 # One argument each.
    compile -c $(printf 'bindings/cpp/examples/%s.cpp ' "$@")
    for example; do
        # shellcheck disable=SC2086 # Several words, as meant.
        $cxx $flags "$out/$example.o" -o "$work/$example" "-L$target" -lpusherws -pthread || fail "$example does not link"
    done
}

# tells EXAMPLE TEXT [ARGUMENT]: it ends well by itself, and has written this.
tells() {
    example=$1 text=$2
    shift 2
    timeout 60 "$work/$example" "$@" >"$work/output" 2>&1 </dev/null || {
        cat "$work/output" >&2
        fail "example: $example (above)"
    }
    grep -q "$text" "$work/output" || {
        cat "$work/output" >&2
        fail "example: $example does not say \"$text\" (above)"
    }
    echo "ok  example: $example"
    passed=$((passed + 1))
}

examples() {
    build clang 17 quickstart presence loop trading
    build gcc 20 coroutine
    mkfifo "$work/lifeline" "$work/presence-input" "$work/loop-input"
    "$PUSHERWS_DEVSERVER" --port 0 --port-file "$work/port" --exit-with-stdin <"$work/lifeline" >"$work/server" &
    exec 3>"$work/lifeline"
    hear server listening
    PUSHER_PORT=$(cat "$work/port")
    export PUSHER_PORT
    "$work/presence" presence-demo watcher <"$work/presence-input" >"$work/presence-output" 2>&1 &
    presence=$!
    exec 4>"$work/presence-input"
    "$work/loop" presence-demo <"$work/loop-input" >"$work/loop-output" 2>&1 &
    loop=$!
    exec 5>"$work/loop-input"
    hear presence-output 'here:.*watcher'
    hear loop-output 'presence-demo  pusher:subscription_succeeded'
    tells quickstart 'Everything was seen'
    tells coroutine 'a ping took'
    tells trading '^200 orders: median' 200
    hear presence-output '^ben came, and now there are'
    hear presence-output '^ben went'
    hear loop-output 'presence-demo  client-hello'
    echo 'a line' >&5
    exec 4>&- 5>&-
    wait $presence || fail "example: presence ends with $?"
    wait $loop || fail "example: loop ends with $?"
    exec 3>&-
    echo "ok  examples: presence and loop"
    passed=$((passed + 1))
}

for configuration in ${CONFIGURATIONS:-gcc-17 gcc-20-sanitized clang-17 clang-20-compiled gcc-23-compiled clang-23-compiled}; do
    compiler=${configuration%%-*}
    standard=${configuration#*-}
    case $standard in
    *-compiled) only_compile "$compiler" "${standard%-*}" "" ;;
    *-sanitized)
        test_all "$compiler" "${standard%-*}" -sanitized
        sanitizers_find_faults
        ;;
    *) test_all "$compiler" "$standard" "" ;;
    esac
done

overhead
readmes
examples

echo "C++: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
