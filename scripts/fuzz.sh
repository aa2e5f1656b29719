#!/bin/sh
# Fuzzes what reads a server's bytes: fuzz/README.md says how.
#
#   scripts/fuzz.sh [SECONDS] [TARGET...]   each target for so long (default: 60, all of them)
#   scripts/fuzz.sh --prove                 plants a fault, which has to be found
#
# Needs no nightly compiler: RUSTC_BOOTSTRAP=1 lets the stable one instrument the code.
set -eu
cd "$(dirname "$0")/.."

# Exact, so that every machine runs the same.
version=0.13.2
home=$PWD/.tools/cargo-fuzz
seconds=60
prove=""
case ${1:-} in
--prove)
    prove=1
    shift
    ;;
"" | *[!0-9]*) ;;
*)
    seconds=$1
    shift
    ;;
esac
[ $# -gt 0 ] || set -- envelope session presence encrypted close urls
for target in "$@"; do
    [ -f "fuzz/fuzz_targets/$target.rs" ] || {
        echo "fuzz: there is no target '$target' in fuzz/fuzz_targets" >&2
        exit 1
    }
done

PATH=$home/bin:$PATH
export PATH RUSTC_BOOTSTRAP=1
[ "$(cargo fuzz --version 2>/dev/null)" = "cargo-fuzz $version" ] ||
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug --locked --root "$home" --version "$version" cargo-fuzz

# What stops a target beside a panic: an input that takes long, and one that takes much memory.
limits="-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -max_len=16384"

# fuzz TARGET SECONDS: the seeds are read, what is new goes into the corpus.
fuzz() {
    mkdir -p "fuzz/corpus/$1" "fuzz/seeds/$1"
    # shellcheck disable=SC2086 # Several options, as meant.
    cargo fuzz run "$1" "fuzz/corpus/$1" "fuzz/seeds/$1" -- $limits \
        -dict=fuzz/pusher.dict -max_total_time="$2" -print_final_stats=1 -verbosity=0
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# All of them in one go: what they share is built once.
cargo fuzz build

if [ -n "$prove" ]; then
    corpus=fuzz/corpus/planted
    rm -rf "$corpus"
    mkdir -p "$corpus"
    if PUSHERWS_FUZZ_PLANTED=1 cargo fuzz run envelope "$corpus" fuzz/seeds/envelope -- \
        -artifact_prefix="$corpus/" -max_total_time=120 -verbosity=0 >"$log" 2>&1; then
        echo "fuzz: the planted fault was not found within two minutes; the fuzzer is not on" >&2
        exit 1
    fi
    grep -q "planted" "$log" || {
        cat "$log" >&2
        echo "fuzz: something else than the planted fault stopped the fuzzer (above)" >&2
        exit 1
    }
    rm -rf "$corpus"
    echo "fuzz: the planted fault was found"
    exit 0
fi

failed=""
for target in "$@"; do
    if fuzz "$target" "$seconds" >"$log" 2>&1; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "fuzz: $target: clean for $seconds s, $runs runs"
        continue
    fi
    failed="$failed $target"
    tail -n 60 "$log" >&2
    echo "fuzz: $target FAILED (above). To see it again:" >&2
    for input in $(sed -n 's/.*Test unit written to //p' "$log"); do
        echo "    RUSTC_BOOTSTRAP=1 PATH=$home/bin:\$PATH cargo fuzz run $target $input" >&2
    done
    echo "Its input goes into fuzz/seeds/$target with the fix, and a test beside the code." >&2
done
[ -z "$failed" ] || {
    echo "fuzz: failed:$failed" >&2
    exit 1
}
