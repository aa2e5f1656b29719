#!/bin/sh
# Installs soketi, a Pusher-protocol server, for the conformance tests: from npm, with a lock file,
# into .tools/soketi. Needs Node.js 16, 18 or 20 (20 is what it is tested with).
set -eu
cd "$(dirname "$0")/.."
source=tests/conformance/soketi
target=.tools/soketi

command -v node >/dev/null || {
    echo "install-soketi: Node.js is missing; install Node.js 20 with npm" >&2
    exit 1
}
case "$(node --version)" in
v16.* | v18.* | v20.*) ;;
*)
    echo "install-soketi: soketi's native part is built for Node.js 16, 18 and 20, and this is" \
        "$(node --version)" >&2
    exit 1
    ;;
esac

mkdir -p "$target"
if [ -d "$target/node_modules/@soketi" ] && cmp -s "$source/package-lock.json" "$target/installed"; then
    exit 0
fi
cp "$source/package.json" "$source/package-lock.json" "$target/"
# No scripts: they would download binaries that the tests do not need.
# Not `npm ci`: it takes offence at optional packages for other platforms, which npm itself leaves out
# of the lock file. What is in the lock file is installed as it says, and checked by its hash.
(cd "$target" && npm install --no-save --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund --loglevel=error)
cp "$source/package-lock.json" "$target/installed"
