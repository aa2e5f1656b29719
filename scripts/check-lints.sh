#!/bin/sh
# No warning of the compiler, and none of clippy's, whose disallowed methods (clippy.toml) keep clock,
# threads and tasks in the engine. Building also compares include/pusherws.h with src/ffi.
set -eu
cd "$(dirname "$0")/.."
cargo clippy --workspace --all-targets -- -D warnings
cargo clippy --package pusherws --lib --features planted-faults -- -D warnings
