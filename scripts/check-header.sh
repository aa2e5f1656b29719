#!/bin/sh
# The header alone, and included twice: as C89 (with a stdint.h, which C89 itself lacks) to C23 and C++11
# to C++23, by gcc and clang, with every warning that says something about a header an error. The layouts of
# tests/c/layout.c by the same compilers, and by clang for processors and systems that are not here.
# First the compilers have to refuse a header with planted faults.
set -eu
cd "$(dirname "$0")/.."

give_up() {
    echo "check-header: $*" >&2
    exit 1
}

gcc=${GCC:-gcc}
clang=${CLANG:-}
# Debian's plain clang may be older than C23.
for candidate in clang-19 clang; do
    [ -z "$clang" ] || break
    ! "$candidate" -std=c23 -fsyntax-only -x c /dev/null 2>/dev/null || clang=$candidate
done
[ -n "$clang" ] || give_up "a clang that knows C23 (18 or later) is missing; run scripts/install-tools.sh"
command -v "$gcc" >/dev/null || give_up "$gcc is missing; run scripts/install-tools.sh"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What C and C++ of gcc have in common; and what only one of them knows.
strict="-Wall -Wextra -pedantic -pedantic-errors -Werror -Wundef -Wshadow -Wconversion -Wsign-conversion -Wpadded
    -Wcast-align=strict -Wcast-qual -Wformat=2 -Wredundant-decls -Wswitch-enum -Wwrite-strings -Wdate-time
    -Wmissing-declarations -Wunused-macros"
strict_c="-Wstrict-prototypes -Wold-style-definition -Wmissing-prototypes -Wbad-function-cast"
strict_cxx="-Wold-style-cast -Wzero-as-null-pointer-constant -Wuseless-cast -Wextra-semi -Weffc++ -Wsuggest-override"
# Everything of clang's but: the compatibility with C++98, which has no enums of a given width.
everything="-Weverything -pedantic -Werror -Wno-c++98-compat -Wno-c++98-compat-pedantic"

# standards COMPILER: the standards of C and C++ that it is asked for, by its own names.
standards() {
    case $1 in
    # Until gcc 14 and clang 18 they are called by their working names.
    "$gcc") echo c89 gnu89 c99 c11 c17 c2x gnu17 c++11 c++14 c++17 c++20 c++23 gnu++17 ;;
    *) echo c89 gnu89 c99 c11 c17 c23 gnu17 c++11 c++14 c++17 c++20 c++23 gnu++17 ;;
    esac
}

# compile COMPILER STANDARD INCLUDE SOURCE [OPTION...]
compile() {
    compiler=$1 standard=$2 include=$3 source=$4
    shift 4
    case $standard in
    *++*) language=c++ ;;
    *) language=c ;;
    esac
    "$compiler" -x $language -std="$standard" "$@" -I"$include" -fsyntax-only "$source"
}

# warnings COMPILER STANDARD SOURCE
warnings() {
    # The assertions are not what a program includes.
    [ "$3" != "$layouts" ] || set -- layouts
    case $1-${2:-} in
    layouts-*) echo "-Wall -Wextra -pedantic -Werror -Wno-unused-local-typedefs" ;;
    "$gcc"-*++*) echo "$strict $strict_cxx" ;;
    "$gcc"-*) echo "$strict $strict_c" ;;
    *) echo "$everything" ;;
    esac
}

layouts=tests/c/layout.c
printf '#include <pusherws.h>\n' >"$work/alone.c"
printf '#include <pusherws.h>\n#include <pusherws.h>\n' >"$work/twice.c"

# must_refuse WHAT SED COMPILER STANDARD SOURCE TEXT
must_refuse() {
    mkdir -p "$work/planted"
    sed "$2" include/pusherws.h >"$work/planted/pusherws.h"
    ! cmp -s include/pusherws.h "$work/planted/pusherws.h" || give_up "$1: nothing was planted"
    # shellcheck disable=SC2046 # One option each.
    if compile "$3" "$4" "$work/planted" "$5" $(warnings "$3" "$4" "$5") 2>"$work/report" ||
        ! grep -q "$6" "$work/report"; then
        cat "$work/report" >&2
        give_up "$3 -std=$4 does not refuse what was planted: $1 (above)"
    fi
    planted=$((planted + 1))
}
planted=0
for compiler in "$gcc" "$clang"; do
    must_refuse "a comma behind the last of an enum" 's/RATE_LIMITED = -25$/&,/' "$compiler" c89 "$work/alone.c" 'comma'
    must_refuse "a comment of C++" 's,^#include <stddef.h>$,&\nint nothing; // none,' "$compiler" c89 "$work/alone.c" '//'
    must_refuse "a word of C++" 's/pusher_config_new(const char \*key)/pusher_config_new(const char *class)/' \
        "$compiler" c++11 "$work/alone.c" 'error'
    must_refuse "no stdint.h" '/#include <stdint.h>/d' "$compiler" c11 "$work/alone.c" 'int32_t'
    must_refuse "no guard" 's/^#ifndef PUSHERWS_H$/#if 1/' "$compiler" c++17 "$work/twice.c" 'redefinition'
    must_refuse "a function without a prototype" 's/pusher_abi_version(void)/pusher_abi_version()/' \
        "$compiler" c99 "$work/alone.c" 'prototype'
    must_refuse "another number" 's/PUSHER_EVENT_LOG = 21/PUSHER_EVENT_LOG = 22/' "$compiler" c11 "$layouts" \
        'PUSHER_EVENT_LOG == 21'
done
# clang looks at the layout of what is used only.
must_refuse "a hole in a struct" 's/^    int32_t reserved;/    char reserved;/' "$gcc" c17 "$work/alone.c" 'pad'
echo "ok  $gcc and $clang refuse what was planted, $planted times"

# The part of the header for C23 is seen by one of them at least.
printf '#if __STDC_VERSION__ < 202311L\n#error older\n#endif\n' >"$work/c23.c"
compile "$clang" c23 include "$work/c23.c" 2>/dev/null || give_up "$clang -std=c23 is older than C23"

passed=0
for compiler in "$gcc" "$clang"; do
    for standard in $(standards "$compiler"); do
        for source in "$work/alone.c" "$work/twice.c" "$layouts"; do
            # shellcheck disable=SC2046
            compile "$compiler" "$standard" include "$source" $(warnings "$compiler" "$standard" "$source") ||
                give_up "$compiler -std=$standard: $(basename "$source") (above)"
            passed=$((passed + 1))
        done
    done
done

# Other sizes of pointers, and other rules: freestanding, so that nobody needs their systems' headers.
for target in i686-linux-gnu i686-pc-windows-gnu i686-pc-windows-msvc x86_64-pc-windows-gnu x86_64-pc-windows-msvc \
    x86_64-linux-gnux32 aarch64-linux-gnu armv7-linux-gnueabihf powerpc64le-linux-gnu s390x-linux-gnu riscv64-linux-gnu \
    x86_64-apple-macos arm64-apple-macos; do
    for standard in c11 c++17; do
        compile "$clang" $standard include "$layouts" --target=$target -ffreestanding -nostdlibinc -nostdinc++ \
            -Wall -Wextra -Werror || give_up "$clang --target=$target -std=$standard: the layouts (above)"
        passed=$((passed + 1))
    done
done
echo "ok  the header: $passed compilations, C89 to C23 and C++11 to C++23"
