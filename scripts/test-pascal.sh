#!/bin/sh
# The Delphi and Free Pascal units, with Free Pascal: PusherWS.Api.pas compared with the header, records compared with
# what a C compiler makes of them, and the programs of bindings/delphi/tests in the modes delphi and objfpc.
set -eu
cd "$(dirname "$0")/.."
for tool in cargo fpc node python3 "${CC:-cc}" timeout; do
    command -v "$tool" >/dev/null || {
        echo "test-pascal: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
cargo build --quiet --package pusherws --package pusherws-devserver
target=$(cd "${CARGO_TARGET_DIR:-target}/debug" && pwd)
units=bindings/delphi
tests=$units/tests
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# compile MODE OUTPUT SOURCE [OPTION...]: every warning is an error, but those about what a test does not use, and
# about conversions of strings, which are meant. -gh is heaptrc, which counts what is not freed.
compile() {
    mode=$1 output=$2 source=$3
    shift 3
    # The units have modes of their own, and so can be shared by those of the programs; but defines change them.
    folder=$(echo "units $*" | tr -c 'A-Za-z0-9\n' -)
    mkdir -p "$work/$folder"
    fpc -M"$mode" -O2 -gl -gh -Sew -vew -vm4104,4105,5023,5024,5091,5092,5093 -Fu"$units" -Fu"$tests" \
        -Fu"$units/demos" -FU"$work/$folder" -FE"$work" -o"$output" "$@" "$source" >"$work/compiler" 2>&1 || {
        grep -v '^\(Free Pascal Compiler\|Copyright\)' "$work/compiler" >&2
        echo "FAILED  compiling $source, mode $mode" >&2
        exit 1
    }
}

# run LABEL PROGRAM [ARGUMENT...]: a line for each test, and the errors of one that fails, or leaks.
run() {
    label=$1 program=$2
    shift 2
    status=0
    rm -f "$work/heap"
    HEAPTRC="log=$work/heap" timeout "${PUSHERWS_TEST_SECONDS:-200}" "$work/$program" "$@" \
        >"$work/output" 2>"$work/errors" || status=$?
    if [ "$status" -eq 0 ] && ! grep -q '^0 unfreed memory blocks' "$work/heap"; then
        status="0, but not all memory was freed"
        grep -v '^Heap dump' "$work/heap" >>"$work/errors"
    fi
    good=$(grep -c '^ok ' "$work/output" || true)
    sed -n "s/^ok /ok  $label: /p" "$work/output"
    passed=$((passed + good))
    if [ "$status" != 0 ] || [ "$good" -eq 0 ]; then
        failed=$((failed + 1))
        echo "FAILED  $label (exit status $status)"
        tail -n 40 "$work/errors" | sed 's/^/    /'
    fi
}

# The unit and the header ----------------------------------------------------------------------

scripts/check-pascal-api.py
# The comparison finds what differs, and mends it: a number, a signature, a field, a function that is not there.
for fault in 's/PUSHER_ERR_AUTH = -12/PUSHER_ERR_AUTH = -13/' 's/; port: Integer/; port: Int64/' \
    's/^    user_info: PAnsiChar;$//' "s/^  Resolve(@@pusher_client_new, .*//"; do
    sed "$fault" "$units/PusherWS.Api.pas" >"$work/faulty.pas"
    if scripts/check-pascal-api.py "$work/faulty.pas" 2>/dev/null; then
        echo "test-pascal: check-pascal-api.py does not find $fault" >&2
        exit 1
    fi
    scripts/check-pascal-api.py --update "$work/faulty.pas" >"$work/output"
    diff "$work/faulty.pas" "$units/PusherWS.Api.pas" || {
        echo "test-pascal: check-pascal-api.py --update does not mend $fault (above)" >&2
        exit 1
    }
    passed=$((passed + 1))
done

scripts/check-pascal-api.py --layout "$work"
"${CC:-cc}" -Iinclude "$work/layout.c" -o "$work/layout-c"
compile delphi layout-pascal "$work/layout.pas"
"$work/layout-c" >"$work/layout-c.txt"
"$work/layout-pascal" >"$work/layout-pascal.txt"
diff "$work/layout-c.txt" "$work/layout-pascal.txt" || {
    echo "test-pascal: records differ between C (<) and Pascal (>)" >&2
    exit 1
}
echo "ok  records are laid out as in C: $(wc -l <"$work/layout-c.txt") sizes and places"
passed=$((passed + 2))

# Loading --------------------------------------------------------------------------------------

library=$target/libpusherws.so
echo "no library" >"$work/text.so"
wrong_library() { # NAME, C
    echo "$2" | "${CC:-cc}" -shared -fPIC -x c - -o "$work/$1.so"
}
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
wrong_library another 'int something_else(void) { return 1; }'
wrong_library version 'unsigned pusher_abi_version(void) { return 7; }'
wrong_library function "unsigned pusher_abi_version(void) { return $abi; }"
for mode in delphi objfpc; do
    compile $mode loading "$tests/loading.pas"
    run "$mode loading" loading "$library" "$work/text.so" "$work/another.so" "$work/version.so" "$work/function.so"
done
ln -s "$library" "$work/libpusherws.so.$abi"
compile delphi linked "$tests/loading.pas" -dPUSHERWS_IMPORT "-Fl$target" "-k-rpath=$work"
run "linked loading" linked "$library"
compile delphi without_threads "$tests/without_threads.pas"
run "delphi loading" without_threads "$library"

# What it does ---------------------------------------------------------------------------------

export PUSHERWS_LIBRARY="$library"
export PUSHERWS_DEVSERVER="$target/pusherws-devserver"
export PUSHERWS_SOKETI="$PWD/.tools/soketi"
export TMPDIR="$work"
unset HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy

for mode in delphi objfpc; do
    for program in raw client options authorizing threads ending soketi; do
        compile $mode $program "$tests/$program.pas"
        run "$mode $program" $program
    done
done
# As in Delphi: string is UnicodeString.
for program in client options authorizing threads ending; do
    compile delphiunicode $program "$tests/$program.pas" -dPUSHERWS_UNICODE
    run "delphiunicode $program" $program
done

# heaptrc finds what is not freed; and so its silence above says something.
compile delphi threads "$tests/threads.pas"
HEAPTRC="log=$work/heap" "$work/threads" leak >/dev/null
grep -q '^1 unfreed memory blocks' "$work/heap" || {
    echo "test-pascal: heaptrc does not find a planted leak" >&2
    exit 1
}
passed=$((passed + 1))

# The demos ------------------------------------------------------------------------------------

# The window's own unit needs VCL or LCL, which are not here; ChatRoom is compiled with Chat.
for demo in Tail Chat; do
    compile delphi $demo $units/demos/$demo.dpr
done
# The first program of the README compiles as it stands there, loading the library and linked to it.
sed -n '/^program First;/,/^end\.$/p' $units/README.md >"$work/First.dpr"
compile delphi First "$work/First.dpr"
compile delphi First-linked "$work/First.dpr" -dPUSHERWS_IMPORT "-Fl$target" "-k-rpath=$work"

# hear FILE TEXT: waits until a program has written it.
hear() {
    tries=0
    until grep -qs "$2" "$work/$1"; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || {
            echo "FAILED  demos: \"$2\" does not appear in the output of $1:"
            cat "$work/$1"
            exit 1
        }
        sleep 0.05
    done
}

mkfifo "$work/lifeline" "$work/tail-input" "$work/ann-input" "$work/ben-input"
"$PUSHERWS_DEVSERVER" --port 0 --port-file "$work/port" --exit-with-stdin <"$work/lifeline" >"$work/server" &
exec 3>"$work/lifeline"
hear server listening
PUSHER_PORT=$(cat "$work/port")
export PUSHERWS="$library" PUSHER_KEY=app-key PUSHER_SECRET=app-secret PUSHER_HOST=127.0.0.1 PUSHER_PORT PUSHER_TLS=0
export HEAPTRC="log=$work/heap"
"$work/Tail" presence-lobby <"$work/tail-input" >"$work/tail" 2>&1 &
tail=$!
exec 4>"$work/tail-input"
hear tail subscription_succeeded
"$work/Chat" ann lobby <"$work/ann-input" >"$work/ann" 2>&1 &
ann=$!
exec 5>"$work/ann-input"
hear ann 'Here are: ann,tail'
"$work/Chat" ben lobby <"$work/ben-input" >"$work/ben" 2>&1 &
ben=$!
exec 6>"$work/ben-input"
hear ben 'You are in'
hear ann 'ben has come'
echo 'hello, everybody' >&5
hear ben 'ann: hello, everybody'
hear tail 'client-said  ann  hello, everybody'
echo >&5
wait $ann
hear ben 'ann has gone'
echo >&6
wait $ben
echo >&4
wait $tail
exec 3>&- 4>&- 5>&- 6>&-
echo "ok  demos: two talk, and a third listens"
passed=$((passed + 1))

echo "Pascal: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
