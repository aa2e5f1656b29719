#!/bin/sh
# The installed package, as others use it: installs into a folder of its own, moves that, and builds
# examples-c and a program in C++ by pkg-config and by CMake, against the shared and the static library.
# The quick start then runs against the embedded server. At the end, uninstalling has to leave nothing of it.
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc}
cxx=${CXX:-c++}
for tool in make cmake pkg-config readelf nm addr2line python3 rustc "$cc" "$cxx"; do
    command -v "$tool" >/dev/null || {
        echo "test-install: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
server=""
# shellcheck disable=SC2317 # Called by the trap.
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

# inspect PREFIX LIBDIR: what has to be there, and nothing else.
inspect() {
    found=$(cd "$1" && find . ! -type d | sed 's,^\./,,' | LC_ALL=C sort)
    # shellcheck disable=SC2046 # One argument each: no name has a space.
    wanted=$(printf '%s\n' include/pusherws.h share/licenses/pusherws/LICENSE \
        $(cd bindings/cpp && printf 'include/%s\n' pusherws.hpp pusherws/*.hpp) \
        share/licenses/pusherws/third-party.txt share/licenses/pusherws/pusherws.cdx.json \
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
natives=$(cat "$target/release/libpusherws.native-libs")
# shellcheck source=scripts/lib/installed.sh
. scripts/lib/installed.sh

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

start_server
# In every kind of linking, the whole way to a message.
for program in pkg-config-shared pkg-config-static cmake/pusherws cmake/static; do
    quickstart "$work/built/$program" "$work/moved/lib"
done

# The static library has the header's names and no others, so that another one in Rust can be beside it.
nm -g --defined-only --format=posix "$work/moved/lib/libpusherws.a" | sed -n 's/^\([^ ]*\) [A-Z] .*/\1/p' | LC_ALL=C sort |
    diff abi/symbols.txt - || fail "the static library has other names than abi/symbols.txt (above)"
cat >"$work/other.rs" <<'END'
// Brings the same standard library, and unwinds as the other does.
#[unsafe(no_mangle)]
pub extern "C" fn other(fails: bool) -> i32 {
    std::panic::set_hook(Box::new(|_| ()));
    std::panic::catch_unwind(|| assert!(!fails)).map_or(2, |()| 1)
}
END
rustc --edition 2024 -O --crate-type staticlib "$work/other.rs" -o "$work/libother.a"
cat >"$work/two.c" <<'END'
#include <pusherws.h>
#include <stdbool.h>
int other(bool fails);
int main(void)
{
    pusher_client *client = NULL;
    pusher_config *config = pusher_config_new("key");
    int good = pusher_config_set_cluster(config, "eu") == PUSHER_OK && other(false) == 1 && other(true) == 2 &&
               pusher_client_new(config, &client) == PUSHER_OK;
    return good && pusher_client_free(client) == PUSHER_OK && pusher_config_free(config) == PUSHER_OK ? 0 : 1;
}
END
for libraries in "$work/moved/lib/libpusherws.a $work/libother.a" "$work/libother.a $work/moved/lib/libpusherws.a"; do
    # shellcheck disable=SC2086 # Several words, as meant.
    $cc "-I$work/moved/include" "$work/two.c" -o "$work/two" $libraries $natives ||
        fail "a program with two static libraries in Rust does not build"
    "$work/two" || fail "a program with two static libraries in Rust does not run"
done
echo "ok  static: only the header's names, and beside another library in Rust"

# What debuggers read is where they look for it.
make --no-print-directory -s install DESTDIR="$work/debug" PREFIX=/usr DEBUG=yes
entry=$(nm --dynamic --defined-only "$work/debug/usr/lib/libpusherws.so" | sed -n 's/ T pusher_version$//p')
case $(addr2line -e "$work/debug/usr/lib/libpusherws.so.$version" "$entry") in
*ffi/library.rs:*) ;;
*) fail "the file for debuggers is not found, or does not know pusher_version" ;;
esac
make --no-print-directory -s uninstall DESTDIR="$work/debug" PREFIX=/usr
[ -z "$(find "$work/debug" ! -type d)" ] || fail "uninstalling leaves the file for debuggers"
echo "ok  DEBUG=yes: debuggers find lines"

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
