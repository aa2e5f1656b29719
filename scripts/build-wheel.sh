#!/bin/sh
# Makes dist/pusherws-VERSION-py3-none-manylinux2014_ARCH.whl, for every Linux with glibc 2.17 or later: with cargo-zigbuild and
# auditwheel, from PyPI, pinned, in an environment in .tools. And the sdist beside it.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
# shellcheck source=scripts/lib/zigbuild.sh
. scripts/lib/zigbuild.sh

arch=$(uname -m)
target=$arch-unknown-linux-gnu
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/manylinux"
cargo zigbuild --release --locked --lib --bins --package pusherws --package pusherws-devserver --target "$target.$glibc"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in libpusherws.so pusherws-devserver; do
    cp "$CARGO_TARGET_DIR/$target/release/$file" "$work/$file"
    # Only for debuggers, and half of the size.
    strip --strip-unneeded "$work/$file"
done
export PUSHERWS_BUILD_LIBRARY="$work/libpusherws.so" PUSHERWS_BUILD_SERVER="$work/pusherws-devserver"
python -m build --no-isolation --wheel --outdir "$work/plain" bindings/python >/dev/null
mkdir -p dist
auditwheel repair --plat "manylinux2014_$arch" --wheel-dir "$work/dist" "$work"/plain/pusherws-*.whl
python -m build --no-isolation --sdist --outdir "$work/dist" bindings/python >/dev/null
cp "$work"/dist/* dist/
for wheel in "$work"/dist/*.whl; do
    scripts/test-wheel.sh "dist/$(basename "$wheel")"
done
