#!/bin/sh
# The code in the documentation: compiles every piece in the pages of the book and the READMEs, in C, C++, Pascal, Python and sh, and
# runs the whole programs as they are printed, and the examples of the reference, against an embedded server. scripts/snippets does it;
# pages.py there says how a page tells what a program has to do. Arguments are the pages; without, all.
set -eu
cd "$(dirname "$0")/.."
for tool in cargo fpc openssl "${CC:-cc}" "${CXX:-c++}"; do
    command -v "$tool" >/dev/null || {
        echo "test-snippets: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
. scripts/lib/docs.sh
cargo build --quiet --package pusherws --package pusherws-devserver
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$DOCS_PYTHON" -B scripts/snippets "${CARGO_TARGET_DIR:-target}/debug" "$work" "$@"
