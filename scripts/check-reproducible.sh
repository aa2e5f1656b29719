#!/bin/sh
# The same sources make the same packages, byte for byte: builds the tarball twice, from copies in two folders with
# other names, with a cargo-home's own each. First two builds that differ have to be noticed.
# Two whole builds: some minutes.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

give_up() {
    echo "check-reproducible: $*" >&2
    exit 1
}

# build FOLDER: a copy of the sources there, and the packages in FOLDER/dist.
build() {
    mkdir -p "$1"
    git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$1"
    # What is not to differ: the tools, which are pinned.
    mkdir "$1/.tools"
    for tools in "$root"/.tools/python-wheel-*; do
        [ ! -d "$tools" ] || ln -s "$tools" "$1/.tools/"
    done
    (
        cd "$1"
        unset CARGO_TARGET_DIR
        SOURCE_DATE_EPOCH=$(git -C "$root" log -1 --format=%ct)
        export SOURCE_DATE_EPOCH CARGO_HOME="$1/cargo-home"
        mkdir -p "$CARGO_HOME"
        # Where the crates come from, as on this machine.
        for config in config.toml config; do
            [ ! -e "${HOME}/.cargo/$config" ] || cp "${HOME}/.cargo/$config" "$CARGO_HOME/"
        done
        scripts/build-dist.sh >"$1/log" 2>&1
    ) || {
        tail -n 40 "$1/log" >&2
        give_up "the build in $1 fails (above)"
    }
}

# same FOLDER FOLDER: says what differs.
same() {
    (cd "$1/dist" && find . -name '*.tar.gz' ! -name '*-debug*' | LC_ALL=C sort | xargs sha256sum) >"$work/first"
    (cd "$2/dist" && find . -name '*.tar.gz' ! -name '*-debug*' | LC_ALL=C sort | xargs sha256sum) >"$work/second"
    [ -s "$work/first" ] || give_up "nothing was built"
    diff "$work/first" "$work/second"
}

build "$work/here"
build "$work/another-place/deeper"
# One byte of one file, and the comparison says so.
mkdir "$work/planted"
cp -R "$work/here/dist" "$work/planted/dist"
for file in "$work/planted/dist"/*.tar.gz; do
    printf 'x' | dd of="$file" bs=1 seek=100 conv=notrunc 2>/dev/null
done
! same "$work/here" "$work/planted" >/dev/null || give_up "a difference of one byte is not noticed"
same "$work/here" "$work/another-place/deeper" ||
    give_up "two builds of the same sources differ (above)"
echo "ok  two builds in two folders are the same, byte for byte:"
cat "$work/first"
