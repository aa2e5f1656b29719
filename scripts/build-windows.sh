#!/bin/sh
# pusherws.dll for Windows, with what linkers want of it, in target/windows/x64 and target/windows/x86:
#
#   pusherws.dll          for Windows 7 and later; needs no other run-time library
#   pusherws.def          its functions
#   libpusherws.dll.a     import library for MinGW and Free Pascal
#   pusherws.lib          import library for Visual C++
#
# ARCHES=x64 builds one of the two. scripts/install-windows-tools.sh build installs what this needs.
#
# The compiler is Debian's (rustc-web), and not rustup's, with a folder of its own for what it makes: the
# Rust library has to be compiled anew for these targets, from sources that fit the compiler. They are those
# for Windows 7: nothing in them is dearer, and the functions that only Windows 10 has are not imported.
set -eu
cd "$(dirname "$0")/.."
for tool in /usr/bin/cargo /usr/bin/rustc llvm-dlltool; do
    command -v $tool >/dev/null || {
        echo "build-windows: $tool is missing; run scripts/install-windows-tools.sh build" >&2
        exit 1
    }
done
root=$PWD
out=$root/target/windows
library=$(/usr/bin/rustc --print sysroot)/lib/rustlib/src/rust
define() {
    sed -n "s/^#define $1 \"\{0,1\}\([0-9.]*\)\"\{0,1\}\$/\1/p" include/pusherws.h
}

# build FOLDER CPU MACHINE: MACHINE is what llvm-dlltool calls it.
build() {
    folder=$out/$1 cpu=$2 machine=$3
    target=$cpu-win7-windows-gnu
    objects=$out/objects/$1
    mkdir -p "$folder" "$objects"
    gcc=$cpu-w64-mingw32-gcc-posix
    command -v "$gcc" >/dev/null || {
        echo "build-windows: $gcc is missing; run scripts/install-windows-tools.sh build" >&2
        exit 1
    }
    {
        for part in MAJOR MINOR PATCH; do
            echo "#define $part $(define "PUSHER_VERSION_$part")"
        done
        echo "#define VERSION \"$(define PUSHER_VERSION)\""
        sed -n 's/^Copyright (c) \(.*\)/#define COPYRIGHT "(c) \1"/p' LICENSE
        cat scripts/windows/pusherws.rc
    } >"$objects/version.rc"
    "$cpu-w64-mingw32-windres" "$objects/version.rc" -O coff -o "$objects/version.o"
    if [ "$cpu" = i686 ]; then
        # What begins and ends the tables for unwinding. They come with a compiler's own library for the
        # target, which is not there.
        for object in rsbegin rsend; do
            RUSTC_BOOTSTRAP=1 /usr/bin/rustc --target "$target" --crate-type lib --emit obj -O -C panic=abort \
                -o "$objects/$object.o" "$library/library/rtstartup/$object.rs"
        done
    fi
    name=$(echo "$target" | tr - _)
    # No paths of this machine in the messages of panics; and no time of building in the file.
    between=$(printf '\037')
    flags="--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=cargo${between}--remap-path-prefix=$library=rust"
    flags="$flags${between}--remap-path-prefix=$root=pusherws"
    env "PATH=/usr/bin:/bin" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 "CARGO_TARGET_DIR=$out/cargo" \
        "CARGO_ENCODED_RUSTFLAGS=$flags" \
        "CARGO_TARGET_$(echo "$name" | tr '[:lower:]' '[:upper:]')_LINKER=$gcc" \
        "CC_$name=$gcc" "AR_$name=$cpu-w64-mingw32-ar" \
        /usr/bin/cargo rustc --quiet ${JOBS:+"-j$JOBS"} --release --package pusherws --lib --crate-type cdylib \
        --target "$target" -Zbuild-std=std,panic_unwind -- \
        -C strip=symbols -L "native=$objects" -C "link-arg=$objects/version.o" \
        -C link-arg=-static-libgcc -C link-arg=-Wl,--no-insert-timestamp
    cp "$out/cargo/$target/release/pusherws.dll" "$folder/pusherws.dll"

    { echo "LIBRARY pusherws.dll" && echo EXPORTS && sed 's/^/    /' abi/symbols.txt; } >"$folder/pusherws.def"
    # llvm-dlltool writes what Visual C++'s own tool does, and the same bytes each time; old versions of
    # GNU's linker want the other kind.
    llvm-dlltool -m "$machine" -d "$folder/pusherws.def" -D pusherws.dll -l "$folder/pusherws.lib"
    "$cpu-w64-mingw32-dlltool" --deterministic-libraries -d "$folder/pusherws.def" -D pusherws.dll \
        -l "$folder/libpusherws.dll.a"
    scripts/check-dll.sh "$folder/pusherws.dll"
}

for arch in ${ARCHES:-x64 x86}; do
    case $arch in
    x64) build x64 x86_64 i386:x86-64 ;;
    x86) build x86 i686 i386 ;;
    *)
        echo "build-windows: ARCHES has $arch; it may have x64 and x86" >&2
        exit 1
        ;;
    esac
done
