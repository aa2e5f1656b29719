# What the scripts for the documentation share: sourced by scripts/make-docs.sh, check-docs.sh and test-snippets.sh, in the root of
# the repository. Sets DOCS_PYTHON, a Python with the tools of docs/book/requirements.txt, which are installed into .tools.
# shellcheck shell=sh

python=${PYTHON:-python3}
command -v "$python" >/dev/null || {
    echo "$(basename "$0" .sh): $python is missing; run scripts/install-tools.sh" >&2
    exit 1
}
. scripts/lib/packages.sh
python_tools "$python" docs docs/book/requirements.txt
# shellcheck disable=SC2034 # for those who source this
DOCS_PYTHON=$tools/bin/python
