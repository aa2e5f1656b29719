#!/bin/sh
# The packages in dist/, as others use them: the tarball in some folder, and Debian's installed for real and removed
# again. Builds examples-c and a C++ program with what they hold, by pkg-config and by CMake, and runs the quick start.
#
#   test-package.sh [tarball] [deb]     both, where none is named
set -eu
cd "$(dirname "$0")/.."
cc=${CC:-cc}
cxx=${CXX:-c++}
target=${CARGO_TARGET_DIR:-target}
for tool in cmake pkg-config readelf python3 sha256sum "$cc" "$cxx"; do
    command -v "$tool" >/dev/null || {
        echo "test-package: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
work=$(mktemp -d)
server=""
installed=""
as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
# shellcheck disable=SC2317 # Called by the trap.
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    # shellcheck disable=SC2086 # One word for each package.
    [ -z "$installed" ] || $as_root dpkg --purge $installed >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT
fail() {
    echo "FAILED  $*" >&2
    exit 1
}
unset LD_LIBRARY_PATH LIBDIR
version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
arch=$(uname -m)
# What the package itself says; the libraries it was built from may be gone. scripts/test-install.sh compares.
natives=-lgcc_s
# shellcheck source=scripts/lib/installed.sh
. scripts/lib/installed.sh
start_server

test_tarball() {
    name=pusherws-$version-linux-$arch
    [ -s "dist/$name.tar.gz" ] || fail "dist/$name.tar.gz is missing: make dist"
    (cd dist && sha256sum --check --quiet "$name.sha256") || fail "the checksums of dist/$name.sha256"
    tar -C "$work" -xzf "dist/$name.tar.gz"
    mv "$work/$name" "$work/some where"
    # Its programs run on old systems, and it tells nobody where it was made.
    scripts/check-library.sh "$work/some where/lib/libpusherws.so" 2.17
    mv "$work/some where" "$work/somewhere"
    for needed in lib/libpusherws.a share/licenses/pusherws/LICENSE share/licenses/pusherws/third-party.txt \
        share/licenses/pusherws/pusherws.cdx.json share/doc/pusherws/README.md share/doc/pusherws/examples/quickstart.c; do
        [ -s "$work/somewhere/$needed" ] || fail "the tarball lacks $needed"
    done
    by_pkg_config "$work/somewhere" lib "$work/built"
    by_cmake "$work/somewhere" "$work/built"
    for program in pkg-config-shared pkg-config-static cmake/pusherws cmake/static; do
        quickstart "$work/built/$program" "$work/somewhere/lib"
    done
    tar -C "$work" -xzf "dist/$name-debug.tar.gz"
    entry=$(nm --dynamic --defined-only "$work/somewhere/lib/libpusherws.so" | sed -n 's/ T pusher_version$//p')
    case $(addr2line -e "$work/$name/lib/.debug/libpusherws.so.$version.debug" "$entry") in
    */pusherws/src/ffi/library.rs:*) ;;
    *) fail "the tarball for debuggers does not know pusher_version" ;;
    esac
    echo "ok  the tarball"
}

test_deb() {
    command -v dpkg >/dev/null || fail "dpkg is missing: this is for Debian"
    multiarch=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
    dpkg_arch=$(dpkg --print-architecture)
    files=""
    for package in "libpusherws$abi" libpusherws-dev; do
        set -- dist/"${package}_${version}"-*_"$dpkg_arch".deb
        [ -s "$1" ] || fail "dist/ has no $package: make deb"
        files="$files $1"
        ! dpkg -s "$package" >/dev/null 2>&1 || fail "$package is installed already, and may be somebody's: dpkg --purge $package"
    done
    installed="libpusherws-dev libpusherws$abi"
    # shellcheck disable=SC2086 # One word for each package.
    $as_root dpkg --install $files >"$work/dpkg.log" 2>&1 || {
        cat "$work/dpkg.log" >&2
        fail "dpkg --install"
    }
    # As on every system: nobody says where it is.
    unset PKG_CONFIG_PATH
    scripts/check-library.sh "/usr/lib/$multiarch/libpusherws.so"
    mkdir "$work/system"
    # shellcheck disable=SC2046 # Several words, as meant.
    $cc -std=c11 examples-c/quickstart.c -o "$work/system/quickstart" $(pkg-config --cflags --libs pusherws) -pthread
    quickstart "$work/system"
    by_pkg_config /usr "lib/$multiarch" "$work/debian"
    by_cmake /usr "$work/debian"
    for program in pkg-config-shared pkg-config-static cmake/pusherws cmake/static; do
        quickstart "$work/debian/$program"
    done
    for package in $installed; do
        [ -s "/usr/share/doc/$package/copyright" ] || fail "$package has no copyright file"
    done
    [ -s "/usr/share/doc/libpusherws$abi/third-party.txt.gz" ] || fail "the licences of others are missing"
    dpkg-query --listfiles libpusherws-dev "libpusherws$abi" | grep pusherws >"$work/files"
    # shellcheck disable=SC2086
    $as_root dpkg --purge $installed >/dev/null
    installed=""
    while read -r file; do
        [ ! -e "$file" ] || fail "removing the packages leaves $file"
    done <"$work/files"
    echo "ok  Debian's packages, installed and removed"
}

[ $# -gt 0 ] || set -- tarball deb
for package; do
    case $package in
    tarball | deb) "test_$package" ;;
    *) fail "usage: scripts/test-package.sh [tarball] [deb]" ;;
    esac
done
