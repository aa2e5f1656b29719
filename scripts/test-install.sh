#!/bin/sh
# The installed package, as others use it: installs into a folder of its own, moves that, and builds
# examples-c and a C++ program by pkg-config and by CMake, against the shared and the static library.
# The quick start then runs against the embedded server. At the end, uninstalling has to leave nothing of it.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc}
cxx=${CXX:-c++}
for tool in make cmake pkg-config readelf python3 "$cc" "$cxx"; do
    command -v "$tool" >/dev/null || {
        echo "test-install: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
server=""
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "FAILED  $*" >&2
    exit 1
}
unset LD_LIBRARY_PATH LIBDIR

scripts/install.sh build
# The server of any build will do.
devserver=""
for profile in release debug; do
    [ ! -x "$target/$profile/pusherws-devserver" ] || devserver=$target/$profile/pusherws-devserver
done
[ -n "$devserver" ] || {
    cargo build --quiet --package pusherws-devserver
    devserver=$target/debug/pusherws-devserver
}

# inspect PREFIX LIBDIR: what has to be there, and nothing else.
inspect() {
    found=$(cd "$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort)
    wanted=$(printf '%s\n' include/pusherws.h "share/licenses/pusherws/LICENSE" \
        "$2/cmake/pusherws/pusherws-config.cmake" "$2/cmake/pusherws/pusherws-config-version.cmake" \
        "$2/libpusherws.a" "$2/libpusherws.so" "$2/libpusherws.so.$abi" "$2/libpusherws.so.$version" \
        "$2/pkgconfig/pusherws.pc" | LC_ALL=C sort)
    [ "$found" = "$wanted" ] || fail "installed is
$found
and should be
$wanted"
    soname=$(readelf -d "$1/$2/libpusherws.so.$version" | sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')
    [ "$soname" = "libpusherws.so.$abi" ] || fail "the soname is $soname"
    for link in libpusherws.so "$soname"; do
        [ "$(readlink -f "$1/$2/$link")" = "$(readlink -f "$1/$2/libpusherws.so.$version")" ] ||
            fail "$link leads elsewhere"
    done
    ! grep -rIl "$work" "$1" || fail "the files above know where they were installed"
}

version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
cat >"$work/version.cpp" <<'END'
#include <pusherws.h>
#include <cstring>
#include <iostream>

int main()
{
    std::cout << pusher_version() << '\n';
    return std::strcmp(pusher_version(), PUSHER_VERSION) == 0 ? 0 : 1;
}
END

# check_linkage LINKAGE PROGRAM...: linked as it should be.
check_linkage() {
    linkage=$1
    shift
    for program; do
        needed=$(readelf -d "$program" | grep -c "NEEDED.*\[libpusherws.so.$abi\]" || true)
        case $linkage-$needed in
        shared-1 | static-0) ;;
        *) fail "$program is not linked as $linkage" ;;
        esac
    done
}

# by_pkg_config PREFIX LIBDIR FOLDER
by_pkg_config() {
    export PKG_CONFIG_PATH="$1/$2/pkgconfig"
    [ "$(pkg-config --modversion pusherws)" = "$version" ] || fail "pusherws.pc tells another version"
    cflags=$(pkg-config --cflags pusherws)
    # Where glibc has it all in one file, a program links without these too: so they are compared.
    # shellcheck disable=SC2013 # Words, as meant.
    for needed in $(cat "$target/release/libpusherws.native-libs"); do
        [ "$needed" != -lc ] || continue # the compiler adds it
        case " $(pkg-config --static --libs pusherws) " in
        *" $needed "*) ;;
        *) fail "Libs.private lacks $needed" ;;
        esac
        grep -q "INTERFACE_LINK_LIBRARIES.*${needed}[;\"]" "$1/$2/cmake/pusherws/pusherws-config.cmake" ||
            fail "pusherws::static lacks $needed"
    done
    for linkage in shared static; do
        case $linkage in
        shared) libs=$(pkg-config --libs pusherws) ;;
        # As README.md says.
        static)
            libs="$(pkg-config --variable=libdir pusherws)/libpusherws.a"
            libs="$libs $(pkg-config --static --libs-only-l pusherws | sed 's/-lpusherws//')"
            ;;
        esac
        out=$3/pkg-config-$linkage
        mkdir -p "$out"
        for source in examples-c/*.c; do
            # shellcheck disable=SC2086 # Several words, as meant.
            $cc -std=c11 $cflags "$source" -o "$out/$(basename "$source" .c)" $libs -pthread ||
                fail "$source by pkg-config, $linkage"
        done
        # shellcheck disable=SC2086
        $cxx -std=c++17 $cflags "$work/version.cpp" -o "$out/version" $libs || fail "C++ by pkg-config, $linkage"
        check_linkage "$linkage" "$out"/*
        [ "$(LD_LIBRARY_PATH="$1/$2" "$out/version")" = "$version" ] || fail "C++ by pkg-config, $linkage, does not run"
        echo "ok  pkg-config, $linkage: the examples and a C++ program build"
    done
}

mkdir "$work/project"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(uses_pusherws C CXX)
find_package(pusherws ${WANTED} REQUIRED)
# Asked twice, as by two parts of a larger project.
find_package(pusherws REQUIRED)
find_package(Threads REQUIRED)
file(GLOB examples ${EXAMPLES}/*.c)
foreach(linkage pusherws static)
    foreach(source ${examples} ${PROGRAM})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${linkage}-${name} ${source})
        set_target_properties(${linkage}-${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${linkage} OUTPUT_NAME ${name})
        target_link_libraries(${linkage}-${name} PRIVATE pusherws::${linkage} Threads::Threads)
    endforeach()
endforeach()
END

# configure PREFIX FOLDER VERSION
configure() {
    CC=$cc CXX=$cxx cmake -S "$work/project" -B "$2" -DCMAKE_PREFIX_PATH="$1" -DWANTED="$3" \
        -DEXAMPLES="$PWD/examples-c" -DPROGRAM="$work/version.cpp" >"$work/cmake.log" 2>&1
}

# by_cmake PREFIX FOLDER
by_cmake() {
    for wanted in 99.0 "${version%%.*}.99"; do
        ! configure "$1" "$2/refused" "$wanted" || fail "CMake takes version $version for $wanted"
        grep -q "version: $version" "$work/cmake.log" || fail "CMake does not find $version when asked for $wanted"
    done
    if ! configure "$1" "$2/cmake" "${version%.*}" || ! cmake --build "$2/cmake" >"$work/cmake.log" 2>&1; then
        cat "$work/cmake.log" >&2
        fail "CMake"
    fi
    check_linkage shared "$2/cmake/pusherws"/*
    check_linkage static "$2/cmake/static"/*
    for linkage in pusherws static; do
        # CMake wrote the place of the shared library into the program.
        [ "$("$2/cmake/$linkage/version")" = "$version" ] || fail "C++ by CMake, pusherws::$linkage, does not run"
        echo "ok  CMake, pusherws::$linkage: the examples and a C++ program build"
    done
}

# Where it was installed is gone by the time it is used: so it is found from its own place, or not at all.
make --no-print-directory -s install DESTDIR="$work/stage" PREFIX=/opt/pusherws
inspect "$work/stage/opt/pusherws" lib
mv "$work/stage/opt/pusherws" "$work/moved"
rm -r "$work/stage"
by_pkg_config "$work/moved" lib "$work/built"
by_cmake "$work/moved" "$work/built"
# As on systems where /lib is a link to /usr/lib: CMake looks there first, and there is no /include.
mkdir "$work/linked"
ln -s "$work/moved/lib" "$work/linked/lib"
configure "$work/linked" "$work/built/linked" "$version" || {
    cat "$work/cmake.log" >&2
    fail "CMake, found through a link"
}

"$devserver" --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
until [ -s "$work/port" ]; do
    kill -0 "$server" 2>/dev/null || {
        cat "$work/server.log" >&2
        fail "the embedded server does not start"
    }
    sleep 0.05
done
port=$(cat "$work/port")
# In every kind of linking, the whole way to a message.
for program in pkg-config-shared pkg-config-static cmake/pusherws cmake/static; do
    mkfifo "$work/output"
    LD_LIBRARY_PATH="$work/moved/lib" PUSHER_HOST=127.0.0.1 PUSHER_PORT="$port" PUSHER_DEMO_TRIGGER=1 \
        timeout 30 "$work/built/$program/quickstart" >"$work/output" 2>"$work/errors" &
    quickstart=$!
    while IFS= read -r line; do
        [ "$line" != "waiting for an event on demo-news" ] ||
            python3 scripts/trigger.py --port "$port" demo-news headline '{}' >/dev/null
    done <"$work/output"
    wait "$quickstart" || {
        cat "$work/errors" >&2
        fail "the quick start of $program"
    }
    rm "$work/output"
    echo "ok  $program: the quick start runs"
done

# Debian's folder of libraries is one deeper. Another's file stays, and what is left is only that.
deep=lib/x86_64-linux-gnu
make --no-print-directory -s install DESTDIR="$work/deep" PREFIX=/usr LIBDIR=$deep
inspect "$work/deep/usr" $deep
by_pkg_config "$work/deep/usr" $deep "$work/deep-built"
touch "$work/deep/usr/include/other.h"
make --no-print-directory -s uninstall DESTDIR="$work/deep" PREFIX=/usr LIBDIR=$deep
[ "$(cd "$work/deep" && find . ! -type d)" = ./usr/include/other.h ] || fail "uninstalling leaves or takes too much"
make --no-print-directory -s install DESTDIR="$work/again" PREFIX=/usr
make --no-print-directory -s uninstall DESTDIR="$work/again" PREFIX=/usr
left=$(cd "$work/again/usr" && find . -mindepth 1 | LC_ALL=C sort | tr '\n' ' ')
[ "$left" = "./include ./lib ./share " ] || fail "uninstalling leaves $left"
echo "ok  uninstalling leaves nothing of it"
