#!/bin/sh
# The documentation: target/docs has the reference of the C API, made of the header by Doxygen, and the book, made of the Markdown pages
# by Sphinx; begin with target/docs/index.html. Every warning is an error: dead links, missing comments, names that do not exist.
set -eu
cd "$(dirname "$0")/.."
command -v doxygen >/dev/null || {
    echo "make-docs: doxygen is missing; run scripts/install-tools.sh" >&2
    exit 1
}
. scripts/lib/docs.sh
PUSHERWS_DOCS=${CARGO_TARGET_DIR:-target}/docs
export PUSHERWS_DOCS
mkdir -p "$PUSHERWS_DOCS"
rm -rf "$PUSHERWS_DOCS/reference" "$PUSHERWS_DOCS/book"

doxygen docs/reference/Doxyfile
# Whole every time: what a page links to may be gone since it was read.
PUSHERWS_TAGS="$PUSHERWS_DOCS/reference.tag" "$DOCS_PYTHON" -m sphinx -q -W --keep-going -E -c docs/book \
    -d "$PUSHERWS_DOCS/doctrees" . "$PUSHERWS_DOCS/book"
cp docs/book/front.html "$PUSHERWS_DOCS/index.html"
echo "docs: $PUSHERWS_DOCS/index.html"
