#!/bin/sh
# The main job, end to end: starts the embedded server on a free port, compiles and runs
# examples-c/quickstart.c against it, and publishes an event for it through the HTTP API.
set -eu
cd "$(dirname "$0")/.."
target=${CARGO_TARGET_DIR:-target}

echo "Building the library and the embedded server..."
cargo build --quiet --package pusherws --package pusherws-devserver
work=$(mktemp -d)
server=""
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

${CC:-cc} -std=c11 -Wall -Wextra -Iinclude examples-c/quickstart.c -o "$work/quickstart" \
    -L"$target/debug" -lpusherws -pthread
# The program asks for the library by its soname, as it would after an installation.
ln -s "$(cd "$target/debug" && pwd)/libpusherws.so" "$work/libpusherws.so.0"

"$target/debug/pusherws-devserver" --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
server=$!
until [ -s "$work/port" ]; do
    kill -0 "$server" 2>/dev/null || {
        cat "$work/server.log" >&2
        exit 1
    }
    sleep 0.05
done
port=$(cat "$work/port")
echo "The embedded server listens on 127.0.0.1:$port."
echo

mkfifo "$work/output"
LD_LIBRARY_PATH="$work" PUSHER_HOST=127.0.0.1 PUSHER_PORT="$port" PUSHER_DEMO_TRIGGER=1 \
    "$work/quickstart" >"$work/output" &
quickstart=$!
while IFS= read -r line; do
    printf '%s\n' "$line"
    case $line in
    "waiting for an event on demo-news")
        python3 scripts/trigger.py --port "$port" demo-news headline '{"text":"hello from the server"}'
        ;;
    esac
done <"$work/output"
wait "$quickstart"
