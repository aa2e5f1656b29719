#!/bin/sh
# An event costs no more instructions than benches/instructions/baseline.txt says, give or take TOLERANCE
# percent (3). Fewer is an error, too: the baseline is to hold what was gained. UPDATE=1 writes it anew.
set -eu
cd "$(dirname "$0")/.."
baseline=benches/instructions/baseline.txt
tolerance=${TOLERANCE:-3}

give_up() {
    echo "check-instructions: $*" >&2
    exit 1
}

compiler=$(rustc --version | cut -d' ' -f1-2)
if [ "$(uname -sm)" != "Linux x86_64" ] || ! grep -qw avx2 /proc/cpuinfo; then
    echo "check-instructions: the baseline is for Linux on x86-64 with AVX2, and this is another machine: not compared"
    exit 0
fi
# shellcheck source=scripts/lib/instructions.sh
. scripts/lib/instructions.sh

measure() {
    for payload in 120 400 4096 9900; do
        for path in scan session channels; do
            echo "$path $payload $(per_event "$path" "$payload")"
        done
    done
}

# compare FOUND: says what is beyond the tolerance, and fails where something is.
compare() {
    awk -v tolerance="$tolerance" '
        /^#/ { next }
        NR == FNR { expected[$1 " " $2] = $3; next }
        {
            what = $1 " " $2
            if (!(what in expected)) {
                print what ": not in the baseline"
                bad = 1
                next
            }
            change = ($3 / expected[what] - 1) * 100
            if (change > tolerance || change < -tolerance) {
                printf "%s bytes: %d instructions an event, and the baseline says %d (%+.1f %%)\n", what, $3, expected[what], change
                bad = 1
            }
            delete expected[what]
        }
        END {
            for (what in expected) {
                print what ": in the baseline, and not measured"
                bad = 1
            }
            exit bad
        }' "$baseline" "$1"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
measure >"$work/found"
if [ -n "${UPDATE:-}" ]; then
    {
        echo "# User-space instructions for an event, by path and payload; see main.rs. Written by"
        echo "# UPDATE=1 scripts/check-instructions.sh, with $compiler."
        cat "$work/found"
    } >"$baseline"
fi

# First it has to notice a scanner that is as slow as serde_json.
sed "s/^scan 120 .*/scan 120 $(per_event serde 120)/" "$work/found" >"$work/planted"
! compare "$work/planted" >"$work/report" || give_up "it does not notice a slow scanner"
grep -q '^scan 120 bytes' "$work/report" || give_up "it does not say which path is slow"

compare "$work/found" || {
    echo "check-instructions: beyond $tolerance % (above). A change that is meant, or another compiler than the baseline's" \
        "($(sed -n 's/^# UPDATE.*with \(.*\)\.$/\1/p' "$baseline"); this is $compiler): UPDATE=1 scripts/check-instructions.sh" >&2
    exit 1
}
echo "ok  instructions for an event: within $tolerance % of the baseline"
