#!/bin/sh
# The tests of the other subjects once more, with events asked for by other threads and delivered on the
# network thread: the same events, in the same order, whoever delivers them.
set -eu
cd "$(dirname "$0")/.."

suites="--test client --test features --test faults --test dialing --test tls --test tls_options"

# Several threads ask one queue.
# shellcheck disable=SC2086 # Several words, as meant.
PUSHERWS_DELIVERY=poll cargo test --quiet $suites

# On the network thread two callbacks never run at the same time, as this one wants it.
# shellcheck disable=SC2086
PUSHERWS_DELIVERY=inline cargo test --quiet $suites -- \
    --skip clients_that_free_each_other_from_their_callbacks_do_not_wait_for_ever
