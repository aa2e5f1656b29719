#!/bin/sh
# Memory under a flood: ten minutes' worth of 4,000 events a second, at full speed, against a consumer
# that cannot follow, with each of the three policies. `cargo test` does the same with less.
set -eu
cd "$(dirname "$0")/.."
PUSHERWS_FLOOD=${1:-2400000} cargo test --release --test flood -- --nocapture
