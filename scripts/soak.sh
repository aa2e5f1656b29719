#!/bin/sh
# A client through a thousand ends of its server and its network, at random moments. PUSHERWS_SOAK_ROUNDS
# and PUSHERWS_SOAK_SEED change how many and which; the seed is printed.
set -eu
cd "$(dirname "$0")/.."
PUSHERWS_SOAK_ROUNDS=${PUSHERWS_SOAK_ROUNDS:-1000} exec cargo test --test soak -- --nocapture
