#!/bin/sh
# Packages the Python binding as pip does, and uses it in clean environments: a wheel built from the repository, and one built from
# the sdist elsewhere. With an argument: that wheel alone. PYTHON is the interpreter.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
python=${PYTHON:-python3}
for tool in cargo "$python"; do
    command -v "$tool" >/dev/null || {
        echo "test-wheel: $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Nothing of the repository may help.
unset PUSHERWS_LIBRARY PUSHERWS_DEVSERVER PYTHONPATH

# use WHEEL: in an environment that has nothing else, and in a folder where nothing is found by chance.
use() {
    "$python" -m venv "$work/clean"
    "$work/clean/bin/python" -m pip install --quiet --disable-pip-version-check --no-index "$1"
    mkdir -p "$work/elsewhere"
    (
        cd "$work/elsewhere"
        "$work/clean/bin/python" -X dev -W error - <<'PROGRAM'
import pathlib, pusherws
folder = pathlib.Path(pusherws.__file__).parent
assert "site-packages" in folder.parts, folder
assert (folder / "py.typed").exists()
PROGRAM
        "$work/clean/bin/pusherws" ping --demo --count 1 --json 2>/dev/null | grep -q '"ping": 1'
        "$work/clean/bin/pusherws" tail --demo --count 2 --json 2>/dev/null | grep -q '"channel": "prices"'
    )
    rm -rf "$work/clean"
    case $(basename "$1") in
    pusherws-*-py3-none-*.whl) echo "ok  $(basename "$1") works in a clean environment" ;;
    *)
        echo "FAILED  $(basename "$1") is not for all versions of Python on one platform" >&2
        exit 1
        ;;
    esac
}

if [ $# -gt 0 ]; then
    use "$(cd "$(dirname "$1")" && pwd)/$(basename "$1")"
    exit 0
fi

# The dev profile, whose dependencies the other tests have built already.
export PUSHERWS_BUILD_PROFILE="${PUSHERWS_BUILD_PROFILE:-dev}"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$root/target}"
. scripts/lib/packages.sh
python_tools "$python" python-build bindings/python/requirements-build.txt
pip="$tools/bin/python -m pip --quiet --disable-pip-version-check"

$pip wheel --no-deps --no-build-isolation --wheel-dir "$work/wheels" bindings/python
use "$work"/wheels/pusherws-*.whl

"$tools/bin/python" -m build --no-isolation --sdist --outdir "$work/sdist" bindings/python >/dev/null
rm -rf "$work/wheels"
$pip wheel --no-deps --no-build-isolation --wheel-dir "$work/wheels" "$work"/sdist/pusherws-*.tar.gz
use "$work"/wheels/pusherws-*.whl
