#!/bin/sh
# The dependencies, by deny.toml: licences, crates that are not wanted, and where they come from.
# First cargo-deny has to refuse a crate under the GPL, and one of a name that is banned.
#
# `scripts/check-deny.sh advisories` looks for known vulnerabilities, too. It is not the default: the
# database is fetched from a git host, which not every machine that builds this reaches.
#
# cargo-deny is built from crates.io, into .tools/deny, once.
set -eu
cd "$(dirname "$0")/.."
version=0.20.2
deny=$PWD/.tools/deny/bin/cargo-deny
checks="licenses bans sources"
case ${1:-} in
"") ;;
advisories) checks="$checks advisories" ;;
*)
    echo "usage: scripts/check-deny.sh [advisories]" >&2
    exit 2
    ;;
esac
command -v cargo >/dev/null || {
    echo "check-deny: cargo is missing; install Rust 1.88 or later with rustup" >&2
    exit 1
}
[ "$("$deny" --version 2>/dev/null)" = "cargo-deny $version" ] || {
    echo "Building cargo-deny $version (a minute or two, once)..."
    # Unoptimised: it runs for a second, and is built much sooner.
    CARGO_PROFILE_DEV_DEBUG=0 cargo install --quiet --debug cargo-deny --version "$version" --locked --root .tools/deny
}

# A crate NAME under LICENCE, with DEPENDENCY, and what cargo-deny says to it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
must_refuse() { # name, licence, dependency, check, text
    mkdir -p "$work/$1/src"
    : >"$work/$1/src/lib.rs"
    printf '[package]\nname = "%s"\nversion = "1.0.0"\nedition = "2024"\nlicense = "%s"\n[dependencies]\n%s\n' \
        "$1" "$2" "$3" >"$work/$1/Cargo.toml"
    if "$deny" --config deny.toml --manifest-path "$work/$1/Cargo.toml" check "$4" >"$work/report" 2>&1 ||
        ! grep -q "error\[$5\]" "$work/report"; then
        cat "$work/report" >&2
        echo "check-deny: cargo-deny did not refuse the planted crate $1 (above)" >&2
        exit 1
    fi
    echo "ok  cargo-deny refuses what was planted: $1"
}
must_refuse gpl GPL-3.0-only "" licenses rejected
must_refuse openssl MIT "" bans banned

# shellcheck disable=SC2086 # Several words, as meant.
"$deny" --config deny.toml check --hide-inclusion-graph $checks
