# What makes a build the same wherever it is made: sourced in the root of the repository by what builds libraries to
# be handed out. The compilers write down where the sources lie; they are told other names for these places.
# shellcheck shell=sh

cargo_home=${CARGO_HOME:-$HOME/.cargo}
# The last that fits wins, so the folders come before those within them.
remap="--remap-path-prefix=$(rustc --print sysroot)=/rust --remap-path-prefix=$cargo_home=/cargo"
c_remap=""
# The folder of a registry is named for its address, which differs with mirrors.
for registry in "$cargo_home"/registry/src/*/; do
    [ -d "$registry" ] || continue
    remap="$remap --remap-path-prefix=${registry%/}=/crates"
    c_remap="$c_remap -ffile-prefix-map=${registry%/}=/crates"
done
remap="$remap --remap-path-prefix=$PWD=/pusherws"
[ -z "${CARGO_TARGET_DIR:-}" ] || remap="$remap --remap-path-prefix=$CARGO_TARGET_DIR=/pusherws/target"
export RUSTFLAGS="${RUSTFLAGS:-} $remap" CFLAGS="${CFLAGS:-} $c_remap"
# A date, where one is wanted: of the last change.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
export SOURCE_DATE_EPOCH
