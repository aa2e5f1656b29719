#!/bin/sh
# Rust is formatted as rustfmt.toml says.
set -eu
cd "$(dirname "$0")/.."
cargo fmt --all -- --check
cargo fmt --manifest-path fuzz/Cargo.toml -- --check
