# What scripts install: sourced by those that need Debian's packages, or tools in Python, in the root of the
# repository.
# shellcheck shell=sh

# install_packages PACKAGE...: Debian's; none is fine. Elsewhere it says what is missing.
install_packages() {
    [ $# -gt 0 ] || return 0
    command -v apt-get >/dev/null 2>&1 || {
        echo "$(basename "$0" .sh): please install: $*" >&2
        exit 1
    }
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    echo "installing: $*"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# python_tools PYTHON NAME REQUIREMENTS: sets tools to an environment in .tools with what the file REQUIREMENTS pins,
# one for each version of Python. It is made anew where the file has changed.
python_tools() {
    tools=$PWD/.tools/$2-$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    cmp -s "$3" "$tools/installed" || {
        rm -rf "$tools"
        "$1" -m venv "$tools"
        "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$3"
        cp "$3" "$tools/installed"
    }
}
