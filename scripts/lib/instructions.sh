# What counts instructions: sourced by scripts/count-instructions.sh and scripts/check-instructions.sh, in the
# root of the repository. Needs valgrind. They repeat, where times do not.
# shellcheck shell=sh

command -v valgrind >/dev/null || {
    echo "$(basename "$0" .sh): valgrind is missing; run scripts/install-tools.sh" >&2
    exit 1
}
cargo build --quiet --release --package pusherws-instructions
program=${CARGO_TARGET_DIR:-target}/release/instructions

# count PATH PAYLOAD N
count() {
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$@" 2>&1 |
        sed -n 's/.*Collected : *//p'
}

# per_event PATH PAYLOAD: the difference of two runs, so that the start and the end cancel out.
per_event() {
    few=$(count "$1" "$2" 1280)
    many=$(count "$1" "$2" 3840)
    if [ -z "$few" ] || [ -z "$many" ]; then
        echo "$(basename "$0" .sh): valgrind counted nothing" >&2
        exit 1
    fi
    echo $(((many - few) / 2560))
}
