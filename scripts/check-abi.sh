#!/bin/sh
# The binary interface is that of abi/: types, numbers and functions by abidiff, and the first version of each
# name by abi/since.txt. First both have to notice planted changes. UPDATE=1 writes abi/ anew; docs/abi.md
# says which changes may be.
#
# What is compared is the header as a C compiler understands it. That the library keeps to the header is shown by
# build.rs (the functions), tests/c/layout.c (sizes, places, numbers) and scripts/check-symbols.sh (what is exported):
# so no debug information of Rust is needed, which looks otherwise with each compiler.
set -eu
cd "$(dirname "$0")/.."
baseline=abi/pusherws.abi
since=abi/since.txt
read_header=scripts/lib/abi.py

give_up() {
    echo "check-abi: $*" >&2
    exit 1
}

for tool in abidw abidiff python3 gcc; do
    command -v $tool >/dev/null || give_up "$tool is missing; run scripts/install-tools.sh"
done
if [ "$(uname -sm)" != "Linux x86_64" ]; then
    echo "check-abi: the baseline is for Linux on x86-64, and this is another machine: not compared"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/planted"

# compiled INCLUDE NAME: a library that declares what the header does. Its own path is no part of it.
compiled() {
    python3 $read_header carrier "$1/pusherws.h" >"$work/header.c"
    include=$(cd "$1" && pwd)
    abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' "$1/pusherws.h")
    (cd "$work" && gcc -std=c11 -g -gno-record-gcc-switches -w -shared -fPIC -nostdlib "-Wl,-soname,libpusherws.so.$abi" \
        -I"$include" header.c -o "$2")
}

# differs LIBRARY: says how it differs from the baseline, harmless things too.
differs() {
    ! abidiff --harmless --no-show-locs "$baseline" "$1"
}

compiled include now.so
if [ -n "${UPDATE:-}" ]; then
    [ ! -e $baseline ] || differs "$work/now.so" || true
    abidw --no-comp-dir-path --no-corpus-path --no-show-locs --no-elf-needed --no-write-default-sizes \
        --type-id-style hash "$work/now.so" >"$work/baseline"
    cp "$work/baseline" $baseline
    python3 $read_header since --update include/pusherws.h $since
fi

# plant WHAT SED
plant() {
    sed "$2" include/pusherws.h >"$work/planted/pusherws.h"
    ! cmp -s include/pusherws.h "$work/planted/pusherws.h" || give_up "$1: nothing was planted"
}

# must_notice WHAT SED TEXT
must_notice() {
    plant "$1" "$2"
    compiled "$work/planted" planted.so
    if ! differs "$work/planted.so" >"$work/report" 2>&1 || ! grep -q "$3" "$work/report"; then
        cat "$work/report" >&2
        give_up "abidiff does not notice what was planted: $1 (above)"
    fi
    planted=$((planted + 1))
}

# must_miss WHAT SED TEXT: the same for the table of versions.
must_miss() {
    plant "$1" "$2"
    if python3 $read_header since "$work/planted/pusherws.h" $since >"$work/report" || ! grep -q "$3" "$work/report"; then
        cat "$work/report" >&2
        give_up "$since is not compared well: $1 (above)"
    fi
    planted=$((planted + 1))
}

# The changes are of names that stay, and so can be planted for ever.
planted=0
must_notice "a function less" '/^PUSHER_API const char \*pusher_version(/d' "1 Removed"
must_notice "a function more" 's/^PUSHER_API uint32_t pusher_abi_version(void);/&\nPUSHER_API uint32_t pusher_planted(void);/' \
    "pusher_planted"
must_notice "a parameter more" 's/pusher_config_new(const char \*key)/pusher_config_new(const char *key, int32_t more)/' \
    "pusher_config_new"
must_notice "a parameter of another type" 's/pusher_config_new(const char \*key)/pusher_config_new(const uint8_t *key)/' \
    "pusher_config_new"
must_notice "a handle of another type" \
    's/pusher_events_count(const struct pusher_events/pusher_events_count(const struct pusher_members/' "pusher_events_count"
must_notice "a function that returns less" 's/^PUSHER_API uint32_t pusher_abi_version/PUSHER_API uint16_t pusher_abi_version/' \
    "return type changed"
must_notice "a callback that returns something" \
    's/^typedef void (\*pusher_drop_callback)/typedef int (*pusher_drop_callback)/' "pusher_drop_callback"
must_notice "a field of another type" 's/^    int32_t reserved;/    uint32_t reserved;/' "reserved"
must_notice "a field more" 's/^    int32_t reserved;/&\n    int64_t planted;/' "planted"
must_notice "a number of another value" 's/PUSHER_EVENT_LOG = 21/PUSHER_EVENT_LOG = 1021/' "PUSHER_EVENT_LOG"
must_notice "a number more" 's/PUSHER_EVENT_LOG = 21/&,\n    PUSHER_EVENT_PLANTED = 1021/' "PUSHER_EVENT_PLANTED"
must_notice "another soname" 's/^#define PUSHER_ABI_VERSION .*/#define PUSHER_ABI_VERSION 77/' "SONAME"
must_miss "a function more" 's/^PUSHER_API uint32_t pusher_abi_version(void);/&\nPUSHER_API uint32_t pusher_planted(void);/' \
    "pusher_planted is not in"
must_miss "a number more" 's/PUSHER_EVENT_LOG = 21/&,\n    PUSHER_EVENT_PLANTED = 1021/' "PUSHER_EVENT_PLANTED is not in"
must_miss "a field less" '/^    int32_t reserved;/d' "pusher_event.reserved is gone"
must_miss "another Since" 's/^ \* Since 0\.1\.0\./ * Since 0.0.9./' "its comment says Since 0.0.9"
must_miss "an older header" 's/^#define PUSHER_VERSION "[0-9.]*"/#define PUSHER_VERSION "0.0.1"/' "the header of 0.0.1"
echo "ok  abidiff and the table of versions notice what was planted, $planted times"

! differs "$work/now.so" || give_up "the header is not what $baseline holds (above). Where docs/abi.md allows the change:" \
    "UPDATE=1 scripts/check-abi.sh"
python3 $read_header since include/pusherws.h $since || give_up "$since is not the header's (above). Where docs/abi.md" \
    "allows the change: UPDATE=1 scripts/check-abi.sh"
# Whoever builds it, wherever: nothing of the machine is in it.
! grep -nE "path='/|comp-dir-path=" $baseline || give_up "$baseline holds paths of a machine (above)"
echo "ok  the binary interface: $(grep -cv '^#' $since) names, as in abi/"
