#!/bin/sh
# No function of abi/symbols.txt is missing in a binding: neither in the headers for C++, nor in the Pascal unit, nor in
# the raw layer for Python. Numbers are compared for C++ as well. First it has to find what is planted.
#
# check-pascal-api.py and bindings/python/tests/test_header.py compare more: signatures, constants, records.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v python3 >/dev/null || {
    echo "check-bindings: python3 is missing; run scripts/install-tools.sh" >&2
    exit 1
}

# Functions that a binding does not need, each with the reason: BINDING FUNCTION WHY.
cat >"$work/not-needed" <<'END_OF_LIST'
END_OF_LIST

# functions_in FILE...: the functions that these sources name outside of comments.
functions_in() {
    python3 - "$@" <<'END_OF_PYTHON'
import re
import sys

COMMENTS = {
    ".hpp": r"/\*.*?\*/|//[^\n]*",
    ".pas": r"\{(?!\$).*?\}|\(\*.*?\*\)|//[^\n]*",
    ".py": r"\"\"\".*?\"\"\"|#[^\n]*",
}
found = set()
for name in sys.argv[1:]:
    text = open(name, encoding="utf-8").read()
    text = re.sub(COMMENTS[name[name.rindex(".") :]], " ", text, flags=re.S)
    found.update(re.findall(r"\bpusher_[a-z0-9_]+", text))
print("\n".join(sorted(found)))
END_OF_PYTHON
}

# missing BINDING FILE...: the functions that it lacks, one on each line.
missing() {
    binding=$1
    shift
    functions_in "$@" >"$work/named"
    sed -n "s/^$binding \([a-z0-9_]*\) .*/\1/p" "$work/not-needed" >>"$work/named"
    LC_ALL=C sort -u "$work/named" | LC_ALL=C comm -23 "$work/symbols" -
}

# numbers_missing FILE: the header's numbers that the enum classes lack.
numbers_missing() {
    sed -n 's/^ *\(PUSHER_[A-Z0-9_]*\) = -\{0,1\}[0-9]*,\{0,1\}$/\1/p' include/pusherws.h | LC_ALL=C sort -u >"$work/numbers"
    [ "$(wc -l <"$work/numbers")" -ge 100 ] || {
        echo "check-bindings: the header's enums are not written as this script expects; mend the script" >&2
        exit 1
    }
    sed -n 's/^ *[a-z0-9_]* = \(PUSHER_[A-Z0-9_]*\),$/\1/p' "$1" | LC_ALL=C sort -u | LC_ALL=C comm -23 "$work/numbers" -
}

LC_ALL=C sort -u abi/symbols.txt >"$work/symbols"
cpp="bindings/cpp/pusherws.hpp $(echo bindings/cpp/pusherws/*.hpp)"
pascal=bindings/delphi/PusherWS.Api.pas
python=bindings/python/pusherws/_raw.py

# What is planted: each binding without one function, which is then left in a comment, and C++ without a number.
find_planted() {
    mkdir "$work/planted"
    for file in $cpp $pascal $python; do
        case $file in
        *.hpp) in_comment='/* pusher_client_network_changed */' ;;
        *.pas) in_comment='{ pusher_client_network_changed }' ;;
        *.py) in_comment='# pusher_client_network_changed' ;;
        esac
        { sed 's/pusher_client_network_changed/no_such_function/g' "$file" && echo "$in_comment"; } \
            >"$work/planted/$(basename "$file")"
    done
    for binding in cpp:hpp pascal:pas python:py; do
        missing "${binding%:*}" "$work/planted"/*."${binding#*:}" |
            grep -qx pusher_client_network_changed || {
            echo "check-bindings: it does not find a function that is missing in ${binding%:*}" >&2
            exit 1
        }
    done
    sed '/= PUSHER_ERR_FORKED,/d' bindings/cpp/pusherws/enums.hpp >"$work/planted/enums.hpp"
    numbers_missing "$work/planted/enums.hpp" | grep -qx PUSHER_ERR_FORKED || {
        echo "check-bindings: it does not find a number that is missing in C++" >&2
        exit 1
    }
}

# tell BINDING FILE...
tell() {
    missing "$@" >"$work/missing"
    if [ -s "$work/missing" ]; then
        sed "s,^,check-bindings: $1 has no ," "$work/missing" >&2
        echo "check-bindings: add it to $2, or name it with a reason in this script" >&2
        failed=1
    fi
}

failed=0
find_planted
# shellcheck disable=SC2086 # One argument each.
tell cpp $cpp
tell pascal $pascal
tell python $python
numbers_missing bindings/cpp/pusherws/enums.hpp >"$work/missing"
if [ -s "$work/missing" ]; then
    sed 's/^/check-bindings: bindings\/cpp\/pusherws\/enums.hpp has no /' "$work/missing" >&2
    failed=1
fi
# A reason for what does not exist is an oversight.
while read -r binding function _; do
    grep -qx "$function" "$work/symbols" || {
        echo "check-bindings: $binding need not have $function, which does not exist" >&2
        failed=1
    }
done <"$work/not-needed"
[ "$failed" -eq 0 ] || exit 1
echo "ok  C++, Pascal and Python have all $(wc -l <"$work/symbols") functions, and C++ all $(wc -l <"$work/numbers") numbers"
