# What the checkers' scripts share: sourced by scripts/check-asan.sh, check-tsan.sh and
# check-valgrind.sh, in the root of the repository.
#
# Each tests a library with the feature `planted-faults`, which has bugs on order (src/ffi/planted.rs).
# First the checker has to find those; only then its silence about the C tests says something.
# shellcheck shell=sh

. scripts/lib/packages.sh

checker=$(basename "$0" .sh)
host=$(rustc -vV | sed -n 's/^host: //p')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

give_up() {
    echo "$checker: $*" >&2
    exit 1
}

# need COMMAND PACKAGE...: installs the packages where the command (or the file) is missing.
need() {
    wanted=$1
    shift
    { command -v "$wanted" || [ -e "$wanted" ]; } >/dev/null 2>&1 && return
    install_packages "$@" || give_up "$* could not be installed"
    { command -v "$wanted" || [ -e "$wanted" ]; } >/dev/null 2>&1 ||
        give_up "$wanted is still missing after installing $*"
}

# use_library FOLDER: what is checked is the library there.
use_library() {
    BUILT=$(cd "$1" && pwd)
    export BUILT
    nm --dynamic --defined-only "$BUILT/libpusherws.so" | grep -q ' pusherws_plant$' ||
        give_up "$BUILT/libpusherws.so has no planted faults"
    abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
    ln -s "$BUILT/libpusherws.so" "$work/libpusherws.so.$abi"
    cat >"$work/plant.c" <<'END'
#include "pusherws.h"
#include <stdlib.h>
int32_t pusherws_plant(pusher_client *client, int32_t fault);
int main(int argc, char **argv)
{
    return argc == 2 && pusherws_plant(NULL, (int32_t)atoi(argv[1])) == PUSHER_OK ? 0 : 3;
}
END
    # shellcheck disable=SC2086 # Several words, as meant.
    ${CC:-cc} ${CHECK_CFLAGS:-} -g -Iinclude "$work/plant.c" -o "$work/plant" "-L$BUILT" -lpusherws \
        ${CHECK_LIBS:-} -pthread
    # Without a fault it has to end well, so that what is found is the fault, and not the set-up.
    plant 0
    [ "$status" -eq 3 ] && [ ! -s "$work/report" ] || {
        cat "$work/report" >&2
        give_up "a program that plants nothing does not run well (exit status $status, above)"
    }
}

plant() {
    status=0
    # shellcheck disable=SC2086 # Several words, as meant.
    LD_LIBRARY_PATH="$work" timeout 120 ${WRAPPER:-} "$work/plant" "$1" >"$work/report" 2>&1 || status=$?
}

# must_find FAULT TEXT: the checker reports the fault, in these words and at its place (in planted.rs),
# and the program fails.
must_find() {
    plant "$1"
    if [ "$status" -eq 0 ] || ! grep -q "$2" "$work/report" || ! grep -q planted "$work/report"; then
        cat "$work/report" >&2
        give_up "it did not find the planted fault $1, \"$2\" (exit status $status, above)"
    fi
    echo "ok  $checker finds what was planted: $2"
}

# The C tests, as C11, against the shared library: the checkers look inside it, and not at the
# languages that call it.
run_c_tests() {
    MODES=c11 LINKAGES=shared ERROR_LINES=300 PUSHERWS_TEST_SECONDS=400 scripts/test-c.sh
}
