#!/bin/sh
# Runs a 32-bit program under wine, or another command of wine's, in the Debian for i386 that install-windows-tools.sh
# has made (Debian's own way, i386 packages beside those of amd64, wants both in the same versions, which not every
# mirror has).
#
#   wine32.sh FOLDER COMMAND [ARGUMENT...]   FOLDER has the same path inside; COMMAND is wine or wineserver
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)/target/windows/i386
if [ "${1:-}" != --inside ]; then
    [ -e "$root/usr/lib/wine/wine" ] || {
        echo "wine32: $root is missing; run scripts/install-windows-tools.sh test" >&2
        exit 1
    }
    # With mounts of its own, which end with it.
    exec unshare --mount "$0" --inside "$@"
fi
shift
folder=$1 command=$2
shift 2
mkdir -p "$root$folder"
mount --bind /proc "$root/proc"
mount --bind "$folder" "$root$folder"
# Where it was called, if that is there, too.
case $PWD/ in
"$folder"/*) place=$PWD ;;
*) place=$folder ;;
esac
# shellcheck disable=SC2016 # For the shell inside.
exec chroot "$root" sh -c 'cd "$1" && shift && exec "$@"' sh "$place" "/usr/lib/wine/$command" "$@"
