#!/bin/sh
# The documentation is whole: every link and anchor of every page leads somewhere, every name of the C API that a page mentions exists,
# every function has a comment, a group and an example in the reference. Links to other sites are not followed. What the pages' code is
# worth, scripts/test-snippets.sh says.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/docs.sh
header=include/pusherws.h
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

give_up() {
    echo "check-docs: $*" >&2
    exit 1
}

# First what is planted has to be found. The reference: a function without an example, a comment that does not fit, a name that is none.
sed 's/pusher_client_ping(/pusher_client_pong(/' $header >"$work/pusherws.h"
python3 docs/reference/filter.py --check "$work/pusherws.h" >"$work/found" 2>&1 &&
    give_up "a function without an example is not found"
grep -q 'no example calls pusher_client_pong' "$work/found" || give_up "what it says is: $(cat "$work/found")"
# plant_in_header FAULT TEXT: a sed command, and what Doxygen has to say.
plant_in_header() {
    sed "$1" $header >"$work/pusherws.h"
    cmp -s "$work/pusherws.h" $header && give_up "$1 changes nothing"
    { cat docs/reference/Doxyfile; echo "INPUT = $work/pusherws.h docs/reference/groups.dox"; } >"$work/Doxyfile"
    PUSHERWS_DOCS="$work" doxygen "$work/Doxyfile" >"$work/found" 2>&1 && give_up "Doxygen does not find what is planted: $1"
    grep -q "$2" "$work/found" || give_up "Doxygen does not say $2 about $1, but: $(cat "$work/found")"
}
plant_in_header 's/@param delay_ms /@param delay /' "delay.*not found in the argument list"
plant_in_header 's/`pusher_config_set_retry_patience`/`pusher_config_set_patience`/' "pusher_config_set_patience"
echo "ok  check-docs finds what is planted in the reference"

# The book: pages as they are, with faults in one of them.
mkdir "$work/pages"
tar -cf - --exclude-caches --exclude=./target --exclude=./.tools --exclude=./.git --exclude=./fuzz/target --exclude=./fuzz/corpus . |
    tar -xf - -C "$work/pages"
cat >>"$work/pages/docs/glossary.md" <<'END'

[a page](no-such-page.md), [a heading](threads.md#no-such-heading), [a file](../examples-c/no-such-file.c), [a folder](../no-such-folder),
and `pusher_client_conect`.
END
"$DOCS_PYTHON" -m sphinx -q -b dummy -E -c "$work/pages/docs/book" -d "$work/doctrees" "$work/pages" "$work/dummy" >"$work/found" 2>&1
for planted in no-such-page no-such-heading no-such-file no-such-folder pusher_client_conect; do
    grep -q "glossary.md.*WARNING.*$planted" "$work/found" || {
        cat "$work/found" >&2
        give_up "the planted $planted is not found (above)"
    }
done
echo "ok  check-docs finds what is planted in the book: 5 dead links and names"

# complete: troubleshooting has every status and every close code that the library knows, and CONTRIBUTING.md every script.
# PAGES is where they are.
complete() {
    lacking=0
    for status in $(grep -o '\<PUSHER_\(OK\|ERR_[A-Z_]*[A-Z]\) = ' $header | cut -d' ' -f1); do
        grep -q "^| \`$status\`" "$1/docs/troubleshooting.md" || {
            echo "check-docs: docs/troubleshooting.md has no row for $status" >&2
            lacking=1
        }
    done
    codes=$(sed -n '/fn explain/,/^    }/p' src/protocol/close_code.rs | grep -o '\<[0-9]\{4\}\>')
    for code in ${codes:?"check-docs: no close codes are found in src/protocol/close_code.rs"}; do
        grep -q "^| \([0-9]*, \)*$code[ ,]" "$1/docs/troubleshooting.md" || {
            echo "check-docs: docs/troubleshooting.md has no row for the close code $code" >&2
            lacking=1
        }
    done
    for script in scripts/*.sh scripts/*.py; do
        grep -q "^| \`$script\` |" "$1/CONTRIBUTING.md" || {
            echo "check-docs: the tables in CONTRIBUTING.md have no row for $script" >&2
            lacking=1
        }
    done
    return $lacking
}
for row in 'docs/troubleshooting.md `PUSHER_ERR_TLS`' 'docs/troubleshooting.md 4003' 'CONTRIBUTING.md `scripts\/soak.sh`'; do
    page=${row%% *}
    sed -i "/^| ${row#* } /d" "$work/pages/$page"
    complete "$work/pages" 2>"$work/found" && give_up "a row that is missing is not found: $row"
    cp "$page" "$work/pages/$page"
done
echo "ok  check-docs finds rows that are missing"
complete .

python3 docs/reference/filter.py --check $header
scripts/make-docs.sh
