#!/bin/sh
# What an event costs, here and with others: installs the rivals, builds everything as a release, runs all in
# turns, and writes the tables into docs/performance.md. benches/README.md says what is measured.
#
#   scripts/bench.sh                        7 rounds; about a quarter of an hour
#   scripts/bench.sh 1                      fewer
#   scripts/bench.sh 3 --only floor inline  some of the programs; shows the tables and writes nothing
set -eu
cd "$(dirname "$0")/.."
for tool in cargo "${CC:-cc}" python3 valgrind; do
    command -v "$tool" >/dev/null || {
        echo "bench: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
scripts/install-bench-rivals.sh

# Apart: what the benches want of shared dependencies is not to get into the library.
cargo build --quiet --release --package pusherws
cargo build --quiet --release --package pusherws-benches
target=$(cd "${CARGO_TARGET_DIR:-target}/release" && pwd)
built=target/benches
mkdir -p "$built"
abi=$(sed -n 's/^#define PUSHER_ABI_VERSION //p' include/pusherws.h)
cp -f "$target/libpusherws.so" "$built/libpusherws.so.$abi"
cp -f "$target/load-server" "$target/floor" "$target/tungstenite" "$target/bare-echo" "$built/"

# compile SOURCE [ARGUMENT...]
compile() {
    source=$1
    shift
    ${CC:-cc} -std=c11 -O2 -Wall -Wextra -pedantic -Werror -Iinclude "$source" \
        -o "$built/$(basename "$source" .c)" "$@"
}
for source in benches/ours/*.c; do
    # shellcheck disable=SC2016 # The loader's word, not the shell's.
    compile "$source" "$built/libpusherws.so.$abi" -Wl,-rpath,'$ORIGIN' -pthread
done
compile benches/rivals/lws.c -lwebsockets -lcjson

python3 benches/runner "$@"
