#!/bin/sh
# User-space instructions for one event, from a text frame up. docs/performance.md says what the columns are.
set -eu
cd "$(dirname "$0")/.."
# shellcheck source=scripts/lib/instructions.sh
. scripts/lib/instructions.sh

paths="serde scan session channels"
printf '%8s %8s' payload frame
# shellcheck disable=SC2086 # One argument each.
printf ' %9s' $paths
printf '\n'
[ $# -gt 0 ] || set -- 120 400 4096 9900
for payload; do
    # shellcheck disable=SC2046,SC2183 # Two arguments, as meant.
    printf '%8s %8s' $("$program" shape "$payload" 0)
    for path in $paths; do
        printf ' %9s' "$(per_event "$path" "$payload")"
    done
    printf '\n'
done
