#!/bin/sh
# Makes dist/pusherws-VERSION-py3-none-manylinux2014_ARCH.whl, for every Linux with glibc 2.17 or later: with cargo-zigbuild and
# auditwheel, from PyPI, pinned, in an environment in .tools. And the sdist beside it.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
python=${PYTHON:-python3}
for tool in cargo "$python"; do
    command -v "$tool" >/dev/null || {
        echo "build-wheel: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
[ "$(uname -s)" = Linux ] || {
    echo "build-wheel: a manylinux wheel is made on Linux; elsewhere: pip wheel bindings/python" >&2
    exit 1
}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
tools=$root/.tools/python-wheel-$version
if ! cmp -s bindings/python/requirements-wheel.txt "$tools/installed"; then
    rm -rf "$tools"
    "$python" -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement bindings/python/requirements-wheel.txt
    cp bindings/python/requirements-wheel.txt "$tools/installed"
fi
export PATH="$tools/bin:$PATH"

arch=$(uname -m)
target=$arch-unknown-linux-gnu
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/manylinux"
cargo zigbuild --release --locked --lib --bins --package pusherws --package pusherws-devserver --target "$target.2.17"

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
