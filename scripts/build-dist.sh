#!/bin/sh
# Makes dist/pusherws-VERSION-linux-ARCH.tar.gz: header, libraries, the files for pkg-config and CMake, examples and
# licences, in a folder that runs from anywhere, on every Linux with glibc 2.17 or later; the same with -debug, for
# debuggers; and their checksums. The same sources and the same compiler make the same bytes, but of -debug.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
# shellcheck source=scripts/lib/zigbuild.sh
. scripts/lib/zigbuild.sh
arch=$(uname -m)
target=$arch-unknown-linux-gnu
version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
name=pusherws-$version-linux-$arch
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/dist"
cargo fetch --locked --quiet # so that the folder of crates is there to be named
# shellcheck source=scripts/lib/same-bytes.sh
. scripts/lib/same-bytes.sh
built=$CARGO_TARGET_DIR/$target/release
output=$(cargo-zigbuild rustc --release --locked --package pusherws --lib --target "$target.$glibc" \
    -- --print native-static-libs 2>&1) || {
    printf '%s\n' "$output" >&2
    exit 1
}
natives=$(printf '%s\n' "$output" | sed -n 's/^note: native-static-libs: //p' | tail -n 1)
[ -z "$natives" ] || echo "$natives" >"$built/libpusherws.native-libs"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
BUILT=$built DESTDIR="$work/$name" PREFIX=/ scripts/install.sh >/dev/null
doc=$work/$name/share/doc/pusherws
mkdir -p "$doc/examples"
cp README.md CHANGELOG.md "$doc/"
cp examples-c/*.c "$doc/examples/"
# Not told by the library, as `make install DEBUG=yes` does, by name and checksum: zig notes the folder that it ran in
# for its few start-up files, and the library would not be the same everywhere.
mkdir -p "$work/debug/$name/lib/.debug"
objcopy --only-keep-debug "$built/libpusherws.so" "$work/debug/$name/lib/.debug/libpusherws.so.$version.debug"
scripts/check-library.sh "$work/$name/lib/libpusherws.so" "$glibc"
for told in "$root" "${CARGO_HOME:-$HOME/.cargo}" "$work"; do
    ! grep -rlF "$told" "$work/$name" || {
        echo "build-dist: the files above tell where they were built: $told" >&2
        exit 1
    }
done

# pack FOLDER FILE
pack() {
    tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX \
        -C "$1" -cf "$work/tar" "$name"
    gzip -9n <"$work/tar" >"dist/$2"
}
mkdir -p dist
pack "$work" "$name.tar.gz"
pack "$work/debug" "$name-debug.tar.gz"
(cd dist && sha256sum "$name.tar.gz" "$name-debug.tar.gz" | tee "$name.sha256")
