#!/bin/sh
# Installs what the benches compare with: libwebsockets and cJSON as Debian's packages, pusher-js from npm
# (with a lock file) into .tools/pusher-js, and Pysher from PyPI into a virtual environment of its own,
# .tools/pysher.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/packages.sh

give_up() {
    echo "install-bench-rivals: $*" >&2
    exit 1
}

for tool in cc node npm python3; do
    command -v "$tool" >/dev/null || give_up "$tool is missing; run scripts/install-tools.sh"
done

# has HEADER: the C compiler finds it.
has() {
    echo "#include <$1>" | cc -E - >/dev/null 2>&1
}
missing=""
has libwebsockets.h || missing="$missing libwebsockets-dev"
has cjson/cJSON.h || missing="$missing libcjson-dev"
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
# shellcheck disable=SC2086 # one word for each package
install_packages $missing

source=benches/rivals/pusher-js
target=.tools/pusher-js
mkdir -p "$target"
if ! cmp -s "$source/package-lock.json" "$target/installed"; then
    cp "$source/package.json" "$source/package-lock.json" "$target/"
    (cd "$target" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$source/package-lock.json" "$target/installed"
fi

source=benches/rivals/pysher
target=.tools/pysher
if ! cmp -s "$source/requirements.txt" "$target/installed"; then
    python3 -m venv --clear "$target"
    "$target/bin/python" -m pip install --quiet --disable-pip-version-check -r "$source/requirements.txt"
    cp "$source/requirements.txt" "$target/installed"
fi
