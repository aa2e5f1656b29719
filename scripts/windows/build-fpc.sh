#!/bin/sh
# What Free Pascal's compiler for Linux lacks for making programs for Windows, of Debian's sources of it, once:
#
#   target/windows/fpc/win64, win32   compiled units: the run-time library and what the tests use beyond it
#   target/windows/fpc/ppcross386     the compiler for 32 bits
set -eu
cd "$(dirname "$0")/../.."
sources=$(find /usr/share/fpcsrc -mindepth 1 -maxdepth 1 -type d | sort | tail -n 1)
[ -d "$sources/rtl/win64" ] || {
    echo "build-fpc: the sources of Free Pascal are missing; run scripts/install-windows-tools.sh test" >&2
    exit 1
}
out=$PWD/target/windows/fpc
[ -f "$out/complete" ] && exit 0
echo "Compiling Free Pascal's units for Windows (a minute, once)..."
rm -rf "$out"
mkdir -p "$out/win64" "$out/win32" "$out/compiler"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# quiet COMMAND...: what it says is for those who see it fail.
quiet() {
    "$@" >"$work/output" 2>&1 || {
        tail -n 20 "$work/output" >&2
        echo "build-fpc: $* failed (above)" >&2
        exit 1
    }
}

# The compiler is written in Pascal. The texts of its messages come from a file that Debian has beside it.
cp -r "$sources/compiler" "$work/compiler"
messages=$(find /usr/lib /usr/share -path '*fpc*' -name errore.msg | head -n 1)
quiet fpc "-FU$out/compiler" "-o$work/msg2inc" "$work/compiler/utils/msg2inc.pp"
(
    cd "$work/compiler"
    quiet "$work/msg2inc" "$messages" msg msg
    quiet fpc -di386 -Sg -Fui386 -Fux86 -Fusystems -Fii386 -Fix86 "-FU$out/compiler" -O1 "-o$out/ppcross386" pp.pas
)

cp -r "$sources/rtl" "$work/rtl"
units() { # system, processor, compiler
    units=$out/$1
    any="$3 -n -T$1 -P$2 -O2 -XX -FU$units -Fu$units"
    (
        cd "$work/rtl/$1"
        compile="$any -Fi../inc -Fi../$2 -Fi../win -Fi../$1 -Fi../win/wininc -Fi../objpas -Fi../objpas/sysutils
            -Fi../objpas/classes"
        # shellcheck disable=SC2086 # Several words, as meant.
        {
            quiet $compile -Us -Sg system.pp
            quiet $compile -Fu../inc -Fu../objpas -Fu../objpas/sysutils -Fu../objpas/classes -Fu../win "-Fu../$2" buildrtl.pp
            for unit in heaptrc lineinfo lnfodwrf uuchar; do
                [ -f "$units/$unit.ppu" ] || quiet $compile "../inc/$unit.pp"
            done
        }
    )
    folders=""
    for folder in fcl-base/src fcl-base/src/win fcl-process/src fcl-process/src/win fcl-process/src/winall \
        fcl-web/src/base fcl-net/src fcl-net/src/win rtl-extra/src/win rtl-extra/src/inc rtl-objpas/src/inc \
        rtl-objpas/src/win hash/src fcl-json/src winunits-base/src openssl/src; do
        folders="$folders -Fu$sources/packages/$folder -Fi$sources/packages/$folder"
    done
    echo 'program all; uses Classes, SysUtils, SyncObjs, Process, Sockets, fphttpclient, Math, DateUtils; begin end.' \
        >"$work/all.pp"
    # shellcheck disable=SC2086
    quiet $any $folders "-FE$work" "$work/all.pp"
}
units win64 x86_64 ppcx64
units win32 i386 "$out/ppcross386"
: >"$out/complete"
