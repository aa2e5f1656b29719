#!/bin/sh
# Installs what a Debian machine (bookworm, x86-64) lacks for building and testing for Windows:
#
#   install-windows-tools.sh build   a cross-compiler, and a Rust with the sources of its own library
#   install-windows-tools.sh test    wine for 64 and 32 bits, a display without a screen, Free Pascal and the sources of
#                                    its library, too
#
# They are apart from install-tools.sh: with them come a gigabyte and a half of packages.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh
what=${1:-}
case $what in
build | test) ;;
*)
    echo "usage: scripts/install-windows-tools.sh build | test" >&2
    exit 1
    ;;
esac

missing=""
need() { # command or file, package
    { command -v "$1" || [ -e "$1" ]; } >/dev/null 2>&1 || missing="$missing $2"
}
for cpu in x86_64:x86-64 i686:i686; do
    need "${cpu%:*}-w64-mingw32-gcc-posix" "gcc-mingw-w64-${cpu#*:}-posix"
    need "${cpu%:*}-w64-mingw32-g++-posix" "g++-mingw-w64-${cpu#*:}-posix"
done
# Debian's compiler for its browsers: beside rustup's, since the Rust library has to be built anew for these
# targets, from sources that fit the compiler exactly.
need /usr/lib/rustlib/src/rust/library/std/Cargo.toml rust-web-src
need /usr/bin/rustc rustc-web
need /usr/bin/cargo cargo-web
need llvm-dlltool llvm
need python3 python3
if [ "$what" = test ]; then
    need /usr/lib/wine/wine64 "wine wine64"
    need Xvfb xvfb
    need lld-link lld
    need fpc fp-compiler
    need ppcx64 fp-compiler
    need /usr/share/fpcsrc fpc-source
    need debootstrap debootstrap
fi

# shellcheck disable=SC2086 # one word for each package
install_packages $missing

compiler=$(/usr/bin/rustc --version)
case $compiler in
"rustc 1."[0-7][0-9].* | "rustc 1.8"[0-7].*)
    echo "install-windows-tools: /usr/bin/rustc is $compiler, and 1.88 or later is needed: remove the packages" \
        "rustc and cargo, and this installs rustc-web and cargo-web" >&2
    exit 1
    ;;
esac

# A Debian of its own for 32-bit wine: see scripts/windows/wine32.sh.
i386=target/windows/i386
if [ "$what" = test ] && [ ! -e "$i386.complete" ]; then
    echo "installing a Debian for i386 with wine in $i386 (five minutes, once)"
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    mkdir -p target/windows
    $as_root rm -rf "$i386"
    $as_root debootstrap --arch=i386 --variant=minbase --include=wine32,wine bookworm "$i386" >target/windows/i386.log 2>&1 || {
        tail -n 20 target/windows/i386.log >&2
        echo "install-windows-tools: debootstrap failed (above)" >&2
        exit 1
    }
    : >"$i386.complete"
fi
