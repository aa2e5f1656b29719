#!/bin/sh
# Tests the Python binding: form, types, behaviour. In a virtual environment in .tools, with pinned tools. scripts/test-wheel.sh tests
# what is installed of it. Arguments go to pytest.
# PYTHON is the interpreter (3.9 or later); PROFILE=release tests the release build.
set -eu
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
for tool in cargo cc node "$python"; do
    command -v "$tool" >/dev/null || {
        echo "test-python: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
profile=${PROFILE:-debug}
case $profile in
debug) flag="" ;;
release) flag=--release ;;
*)
    echo "test-python: PROFILE is $profile; it has to be debug or release" >&2
    exit 1
    ;;
esac
# shellcheck disable=SC2086 # An empty flag is no flag.
cargo build --quiet $flag --package pusherws --package pusherws-devserver
target=$(cd "${CARGO_TARGET_DIR:-target}/$profile" && pwd)

. scripts/lib/packages.sh
python_tools "$python" python bindings/python/requirements-test.txt
run=$tools/bin/python

export PUSHERWS_LIBRARY="$target/libpusherws.so"
export PUSHERWS_DEVSERVER="$target/pusherws-devserver"
cd bindings/python
"$run" -m ruff format --check --quiet
"$run" -m ruff check --quiet
"$run" -m mypy
"$run" -X dev -m pytest "$@"
