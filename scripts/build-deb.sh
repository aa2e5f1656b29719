#!/bin/sh
# Makes dist/libpusherws0_VERSION-1_ARCH.deb and libpusherws-dev, with Debian's debhelper, from packaging/debian; and
# lets lintian look at them. BUILT is a folder with libraries that are taken instead of building them.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh
root=$PWD

give_up() {
    echo "build-deb: $*" >&2
    exit 1
}
missing=""
for pair in dpkg-buildpackage:dpkg-dev dh:debhelper lintian:lintian; do
    command -v "${pair%:*}" >/dev/null || missing="$missing ${pair#*:}"
done
# shellcheck disable=SC2086 # One word for each package.
install_packages $missing
version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
[ "$(sed -n '1s/^pusherws (\(.*\)-[0-9]*) .*/\1/p' packaging/debian/changelog)" = "$version" ] ||
    give_up "packaging/debian/changelog is not of version $version"

# Debian's tools want debian/ at the top, and write beside it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/pusherws-$version
mkdir "$tree"
git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$tree"
cp -R packaging/debian "$tree/debian"
[ -z "${BUILT:-}" ] || BUILT=$(cd "$BUILT" && pwd)
export BUILT="${BUILT:-}" CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}/deb"
# Debian's own Rust may be older than what this needs: rustup's is taken.
(cd "$tree" && dpkg-buildpackage --build=binary --build-profiles=pkg.pusherws.rustup --no-sign --no-check-builddeps) \
    >"$work/log" 2>&1 || {
    tail -n 60 "$work/log" >&2
    give_up "dpkg-buildpackage fails (above)"
}
# The packages are the developers' own: no bug of Debian's to close, and no mail address.
lintian --fail-on error,warning --suppress-tags initial-upload-closes-no-bugs,bogus-mail-host-in-debian-changelog,bogus-mail-host "$work"/*.changes ||
    give_up "lintian complains (above)"
mkdir -p dist
rm -f dist/*.deb
cp "$work"/*.deb dist/
for file in "$work"/*.deb; do
    echo "built dist/$(basename "$file"): $(wc -c <"$file") bytes"
done
