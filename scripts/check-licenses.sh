#!/bin/sh
# What the library is made of: licenses/third-party.txt has the licence of every crate in it, and
# licenses/pusherws.cdx.json lists them for tools (an SBOM: CycloneDX, for Linux on x86-64). Both have to be those of
# Cargo.lock. First a list that is out of date has to be noticed.
#
#   check-licenses.sh           makes the first anew and compares every byte; of the other, names and versions
#   check-licenses.sh full      makes the other anew, too, with cargo-cyclonedx, from crates.io, built in .tools, once
#   UPDATE=1 check-licenses.sh  writes both anew
set -eu
cd "$(dirname "$0")/.."
cyclonedx=0.5.9
text=licenses/third-party.txt
bom=licenses/pusherws.cdx.json
linux=x86_64-unknown-linux-gnu
# What the library is handed out for.
targets="$linux aarch64-unknown-linux-gnu x86_64-pc-windows-gnu i686-pc-windows-gnu"

give_up() {
    echo "check-licenses: $*" >&2
    exit 1
}
for tool in cargo python3; do
    command -v $tool >/dev/null || give_up "$tool is missing; run scripts/install-tools.sh"
done
case ${1:-} in
"" | full) ;;
*) give_up "usage: [UPDATE=1] scripts/check-licenses.sh [full]" ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# make_bom FILE
make_bom() {
    tool=.tools/cyclonedx
    [ "$(cat $tool/built 2>/dev/null)" = $cyclonedx ] || {
        echo "Building cargo-cyclonedx $cyclonedx (some minutes, once)..."
        # Unoptimised: it runs for a second, and is built much sooner.
        CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug cargo-cyclonedx --version $cyclonedx --locked --root $tool
        echo $cyclonedx >$tool/built
    }
    # Of the library alone: what the server and the tests need of the same crates would be counted in. And it writes
    # beside Cargo.toml: so not in this tree.
    mkdir "$work/tree"
    git ls-files -z | xargs -0 tar -cf - | tar -xf - -C "$work/tree"
    awk '/^\[/ { tests = $0 == "[dev-dependencies]" } /^members = / { $0 = "members = [\".\"]" } !tests' Cargo.toml \
        >"$work/tree/Cargo.toml"
    (cd "$work/tree" && cargo metadata --offline --format-version 1 >/dev/null) # takes from Cargo.lock, changes nothing
    $tool/bin/cargo-cyclonedx cyclonedx --manifest-path "$work/tree/Cargo.toml" --format json --spec-version 1.5 \
        --target $linux --no-build-deps --override-filename sbom --quiet
    cp "$work/tree/sbom.json" "$1"
    python3 scripts/lib/sbom.py tidy "$1" "$work/tree"
}

# shellcheck disable=SC2086 # One word each.
python3 scripts/lib/third_party.py $targets >"$work/third-party.txt"
cargo tree --locked --quiet --package pusherws --edges normal --prefix none --target $linux --format '{p}' |
    sed 's/ (.*//; s/ v/ /' | grep -v '^pusherws ' | LC_ALL=C sort -u >"$work/linux"

if [ -n "${UPDATE:-}" ]; then
    cp "$work/third-party.txt" $text
    make_bom $bom
elif [ "${1:-}" = full ]; then
    make_bom "$work/anew"
    diff -u $bom "$work/anew" >"$work/report" || {
        head -n 40 "$work/report" >&2
        give_up "$bom is out of date (above): UPDATE=1 scripts/check-licenses.sh"
    }
    echo "ok  $bom is what cargo-cyclonedx makes of Cargo.lock"
fi

# must_notice SED TEXT
must_notice() {
    sed "$1" "$work/linux" >"$work/planted"
    if python3 scripts/lib/sbom.py compare "$work/planted" $bom >"$work/report" || ! grep -q "$2" "$work/report"; then
        cat "$work/report" >&2
        give_up "it does not notice what was planted: $2 (above)"
    fi
}
must_notice 's/^ring .*/ring 99.0.0/' "lacks ring 99.0.0"
must_notice '/^tokio /d' "has tokio "
sed 's/^  \* ring .*/  * ring 99.0.0: ISC/' $text >"$work/planted"
! diff $text "$work/planted" >/dev/null || give_up "$text has no ring, or another is not noticed"
echo "ok  a list that is out of date is noticed"

diff -u $text "$work/third-party.txt" >"$work/report" || {
    head -n 40 "$work/report" >&2
    give_up "$text is out of date (above): UPDATE=1 scripts/check-licenses.sh"
}
python3 scripts/lib/sbom.py compare "$work/linux" $bom ||
    give_up "$bom is out of date (above): UPDATE=1 scripts/check-licenses.sh"
echo "ok  the licences of $(grep -c '^  \* ' $text) crates, $(wc -l <"$work/linux") of them in the library for Linux"
