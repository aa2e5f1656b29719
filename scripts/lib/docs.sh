# What the scripts for the documentation share: sourced by scripts/make-docs.sh, check-docs.sh and test-snippets.sh, in the root of
# the repository. Sets DOCS_PYTHON, a Python with the tools of docs/book/requirements.txt, which are installed into .tools.
# shellcheck shell=sh

python=${PYTHON:-python3}
command -v "$python" >/dev/null || {
    echo "$(basename "$0" .sh): $python is missing; run scripts/install-tools.sh" >&2
    exit 1
}
requirements=docs/book/requirements.txt
venv=.tools/docs-$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if ! cmp -s "$requirements" "$venv/installed"; then
    rm -rf "$venv"
    "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    cp "$requirements" "$venv/installed"
fi
# shellcheck disable=SC2034 # for those who source this
DOCS_PYTHON=$PWD/$venv/bin/python
