#!/bin/sh
# User-space instructions for one event, from a text frame up: they repeat, where times do not. Needs
# valgrind. docs/performance.md says what the columns are.
set -eu
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || {
    echo "count-instructions: valgrind is missing; install it with the system's package manager" >&2
    exit 1
}
program=$(cargo bench --quiet --bench instructions --no-run --message-format=json |
    sed -n 's/.*"executable":"\([^"]*instructions[^"]*\)".*/\1/p')

# count PATH PAYLOAD N
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
        sed -n 's/.*Collected : *//p'
}

# per_event PATH PAYLOAD: the difference of two runs, so that the start and the end cancel out.
per_event() {
    few=$(count "$1" "$2" 1280)
    many=$(count "$1" "$2" 3840)
    [ -n "$few" ] && [ -n "$many" ] || {
        echo "count-instructions: valgrind counted nothing" >&2
        exit 1
    }
    echo $(((many - few) / 2560))
}

paths="serde scan session channels"
printf '%8s %8s' payload frame
# shellcheck disable=SC2086 # One argument each.
printf ' %9s' $paths
printf '\n'
for payload in ${*:-120 400 4096 9900}; do
    # shellcheck disable=SC2046 # Two arguments, as meant.
    printf '%8s %8s' $("$program" shape "$payload" 0)
    for path in $paths; do
        printf ' %9s' "$(per_event "$path" "$payload")"
    done
    printf '\n'
done
