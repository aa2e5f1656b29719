#!/bin/sh
# Installs what a fresh Debian machine lacks for building and testing; with `demo`, only what building and
# the demonstration need. Elsewhere it says what is missing.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh

missing=""
need() { # command, package
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need gcc gcc
need make make
need python3 python3
if [ "${1:-}" != demo ]; then
    need g++ g++
    need clang++ clang
    need nm binutils
    need pkg-config pkg-config
    need cmake cmake
    need curl curl
    need valgrind valgrind
    need abidiff abigail-tools
    # One that knows C23: Debian's plain clang may be older.
    clang -std=c23 -fsyntax-only -x c /dev/null 2>/dev/null || need clang-19 clang-19
    need node nodejs
    need npm npm
    # Debian's Python leaves the making of virtual environments to a package of its own.
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
    need tinyproxy tinyproxy-bin
    need microsocks microsocks
    # The compiler, and its libraries for HTTP and processes, which the tests use.
    need fpc "fp-compiler fp-units-fcl"
    need doxygen doxygen
    need openssl openssl
fi

# shellcheck disable=SC2086 # one word for each package
install_packages $missing

command -v cargo >/dev/null 2>&1 || {
    echo "install-tools: cargo is missing; install Rust 1.88 or later with rustup" >&2
    exit 1
}
[ "${1:-}" != demo ] || exit 0
for component in fmt clippy; do
    cargo $component --version >/dev/null 2>&1 || {
        echo "install-tools: cargo $component is missing; rustup component add rustfmt clippy" >&2
        exit 1
    }
done
