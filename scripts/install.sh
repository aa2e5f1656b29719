#!/bin/sh
# Installs the library for C and C++ programs: header, shared and static library, pusherws.pc, the
# package for CMake, and the licences. With `uninstall`, takes away what it installs; with `build`, only
# builds what is missing.
#
#   PREFIX      where it will be used from; /usr/local
#   LIBDIR      the folder of libraries below it; lib (Debian: lib/x86_64-linux-gnu)
#   DESTDIR     put before all of it, for packagers
#   DEBUG       yes: what a debugger reads goes beside the library, in LIBDIR/.debug; keep: stays in the library,
#               for packagers whose tools take it out; else it is left out
#   BUILT       a folder with libraries that were built otherwise, and are taken as they are
#
# Nothing that is installed knows PREFIX: the .pc and the CMake files find the rest from their own place,
# so the tree can be moved.
set -eu
cd "$(dirname "$0")/.."
action=${1:-install}
prefix=${PREFIX:-/usr/local}
libdir=${LIBDIR:-lib}
case $prefix in
/*) ;;
*)
    echo "install: PREFIX is $prefix; it has to be an absolute path" >&2
    exit 1
    ;;
esac
case "/$libdir/" in
# How many folders up the prefix is, is counted in LIBDIR.
//* | */./* | */../*)
    echo "install: LIBDIR is $libdir; it has to be a plain path below PREFIX, such as lib" >&2
    exit 1
    ;;
esac
if [ "$(uname -s)" != Linux ]; then
    echo "install: this knows Linux only, so far" >&2
    exit 1
fi
libdir=${libdir%/}
root=${DESTDIR:-}${prefix%/}
include=$root/include
lib=$root/$libdir
pc=$lib/pkgconfig
cmake=$lib/cmake/pusherws
licence=$root/share/licenses/pusherws
# shellcheck source=scripts/lib/binaries.sh
. scripts/lib/binaries.sh

define() {
    sed -n "s/^#define $1 \"\{0,1\}\([0-9.]*\)\"\{0,1\}\$/\1/p" include/pusherws.h
}
version=$(define PUSHER_VERSION)
major=$(define PUSHER_VERSION_MAJOR)
minor=$(define PUSHER_VERSION_MINOR)
abi=$(define PUSHER_ABI_VERSION)
for number in "$version" "$major" "$minor" "$abi"; do
    [ -n "$number" ] || {
        echo "install: include/pusherws.h does not tell its version" >&2
        exit 1
    }
done
soname=libpusherws.so.$abi
# The file's name tells the interface first and the release after it: libpusherws.so.0.1.0 today, and
# libpusherws.so.1.1.2.0 would be release 1.2.0 with interface 1, should the two ever part.
case $version in
"$abi".*) file=libpusherws.so.$version ;;
*) file=$soname.$version ;;
esac

# Folders that others use too stay, unless they are empty now; include, lib and share stay in any case,
# as a system has them from the start.
uninstall() {
    for header in bindings/cpp/pusherws/*.hpp; do
        rm -f "$include/pusherws/${header##*/}"
    done
    rm -f "$include/pusherws.h" "$include/pusherws.hpp" "$lib/$file" "$lib/$soname" "$lib/libpusherws.so" "$lib/libpusherws.a" \
        "$pc/pusherws.pc" "$cmake/pusherws-config.cmake" "$cmake/pusherws-config-version.cmake" \
        "$licence/LICENSE" "$licence/third-party.txt" "$licence/pusherws.cdx.json" "$lib/.debug/$file.debug"
    for folder in "$lib/.debug" "$include/pusherws" "$licence" "$root/share/licenses" "$cmake" "$lib/cmake" "$pc"; do
        rmdir "$folder" 2>/dev/null || true
    done
}

case $action in
install | build) ;;
uninstall)
    uninstall
    exit 0
    ;;
*)
    echo "usage: [PREFIX=] [LIBDIR=] [DESTDIR=] scripts/install.sh [install | uninstall | build]" >&2
    exit 1
    ;;
esac

# Built only where something is newer than the library: whoever installs as root often has no cargo, and
# should leave no files of root's in target/.
built=${BUILT:-${CARGO_TARGET_DIR:-target}/release}
needs=$built/libpusherws.native-libs
current() {
    for made in "$built/libpusherws.so" "$built/libpusherws.a" "$needs"; do
        [ -s "$made" ] || return 1
    done
    [ -z "${BUILT:-}" ] || return 0
    # `needs` is written after every build of this script, and changes with the dependencies only.
    [ -z "$(find Cargo.lock -newer "$needs")" ] &&
        [ -z "$(find src include build.rs cbindgen.toml Cargo.toml -type f \
            -newer "$built/libpusherws.a" -newer "$needs")" ]
}
if ! current; then
    [ -z "${BUILT:-}" ] || {
        echo "install: BUILT is $BUILT, which lacks libpusherws.so, libpusherws.a or libpusherws.native-libs" >&2
        exit 1
    }
    command -v cargo >/dev/null || {
        echo "install: the library is not built, or older than its sources, and cargo is missing;" \
            "run make first, as a user who has it" >&2
        exit 1
    }
    # One run builds both libraries and says what the static one needs of the system.
    output=$(cargo rustc --release --package pusherws --lib -- --print native-static-libs 2>&1) || {
        printf '%s\n' "$output" >&2
        exit 1
    }
    printf '%s\n' "$output" | sed -n 's/^note: native-static-libs: //p' | tail -n 1 >"$needs"
    [ -s "$needs" ] || {
        echo "install: rustc does not say what the static library needs" >&2
        exit 1
    }
fi
[ "$action" != build ] || exit 0
for tool in ld ar strip objcopy; do
    command -v $tool >/dev/null || {
        echo "install: $tool is missing; it comes with every C compiler (Debian: binutils)" >&2
        exit 1
    }
done
# The compiler adds the C library itself, at the end.
system=$(sed 's/ *-lc *$//' "$needs")

# From the folder of libraries, how far up the prefix is.
up=$(printf '%s' "$libdir" | sed 's,[^/][^/]*,..,g')

mkdir -p "$include/pusherws" "$lib" "$pc" "$cmake" "$licence"
install -m 644 include/pusherws.h "$include/pusherws.h"
install -m 644 bindings/cpp/pusherws.hpp "$include/pusherws.hpp"
install -m 644 bindings/cpp/pusherws/*.hpp "$include/pusherws"
install -m 644 LICENSE "$licence/LICENSE"
install -m 644 licenses/third-party.txt licenses/pusherws.cdx.json "$licence"
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
case ${DEBUG:-no} in
keep) cp "$built/libpusherws.so" "$made/$file" ;;
yes) strip_shared "$built/libpusherws.so" "$made/$file" "$made/$file.debug" ;;
*) strip_shared "$built/libpusherws.so" "$made/$file" ;;
esac
localise_static "$built/libpusherws.a" "$made/libpusherws.a" abi/symbols.txt
# A running program may have the old file mapped: `install` makes a new one in its place.
install -m 755 "$made/$file" "$lib/$file"
if [ -e "$made/$file.debug" ]; then
    mkdir -p "$lib/.debug"
    install -m 644 "$made/$file.debug" "$lib/.debug/$file.debug"
fi
ln -sf "$file" "$lib/$soname"
ln -sf "$soname" "$lib/libpusherws.so"
install -m 644 "$made/libpusherws.a" "$lib/libpusherws.a"

# `pkg-config --static` adds Libs.private. The linker prefers the shared library wherever it finds both, so
# a program that wants the static one names it: see README.md.
cat >"$pc/pusherws.pc" <<END
prefix=\${pcfiledir}/../$up
includedir=\${prefix}/include
libdir=\${prefix}/$libdir

Name: pusherws
Description: A client for the Pusher Channels WebSocket protocol
Version: $version
Cflags: -I\${includedir}
Libs: -L\${libdir} -lpusherws
Libs.private: $system
END

cat >"$cmake/pusherws-config.cmake" <<END
# Targets: pusherws::pusherws, the shared library, and pusherws::static.
# Links first: where /lib leads to /usr/lib, the prefix is not above /lib.
get_filename_component(_pusherws_prefix "\${CMAKE_CURRENT_LIST_DIR}" REALPATH)
get_filename_component(_pusherws_prefix "\${_pusherws_prefix}/../../$up" ABSOLUTE)

if(NOT TARGET pusherws::pusherws)
    add_library(pusherws::pusherws SHARED IMPORTED)
    set_target_properties(pusherws::pusherws PROPERTIES
        IMPORTED_LOCATION "\${_pusherws_prefix}/$libdir/$file"
        IMPORTED_SONAME "$soname"
        INTERFACE_INCLUDE_DIRECTORIES "\${_pusherws_prefix}/include")
endif()

if(NOT TARGET pusherws::static)
    add_library(pusherws::static STATIC IMPORTED)
    set_target_properties(pusherws::static PROPERTIES
        IMPORTED_LOCATION "\${_pusherws_prefix}/$libdir/libpusherws.a"
        IMPORTED_LINK_INTERFACE_LANGUAGES C
        INTERFACE_INCLUDE_DIRECTORIES "\${_pusherws_prefix}/include"
        INTERFACE_LINK_LIBRARIES "$(printf '%s' "$system" | sed 's/  */;/g')")
endif()

unset(_pusherws_prefix)
END

# While the major version is 0, a minor version may change the interface: only the same one will do.
cat >"$cmake/pusherws-config-version.cmake" <<END
set(PACKAGE_VERSION "$version")
if(PACKAGE_FIND_VERSION VERSION_EQUAL PACKAGE_VERSION)
    set(PACKAGE_VERSION_EXACT TRUE)
endif()
set(PACKAGE_VERSION_COMPATIBLE FALSE)
if(PACKAGE_FIND_VERSION VERSION_LESS_EQUAL PACKAGE_VERSION
        AND PACKAGE_FIND_VERSION_MAJOR EQUAL $major
        AND ($major GREATER 0 OR PACKAGE_FIND_VERSION_MINOR EQUAL $minor))
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
# The library is for one kind of processor.
if(CMAKE_SIZEOF_VOID_P AND NOT CMAKE_SIZEOF_VOID_P EQUAL $(getconf LONG_BIT | awk '{ print $1 / 8 }'))
    set(PACKAGE_VERSION_UNSUITABLE TRUE)
endif()
END
chmod 644 "$pc/pusherws.pc" "$cmake"/*.cmake
echo "installed pusherws $version in $root"
