# What is done to the libraries before they are handed out: sourced by scripts/install.sh.
# shellcheck shell=sh

# strip_shared FROM TO [DEBUG]: without names and line numbers of the inside, which only debuggers read; they go
# to DEBUG, whose name the library then tells. Addresses of both stay the same.
strip_shared() {
    strip --strip-unneeded -o "$2" "$1"
    [ -n "${3:-}" ] || return 0
    objcopy --only-keep-debug "$1" "$3"
    # The library tells its name only, and debuggers look beside it, in .debug there, and in /usr/lib/debug.
    objcopy --add-gnu-debuglink="$3" "$2"
}

# localise_static FROM TO SYMBOLS: one object whose only names are those of SYMBOLS, with what they need and no
# more. As rustc writes it, the library brings all names of Rust's own library and of ring's assembly, which are
# those of any other library in Rust: a program could not have two.
localise_static() {
    work_static=$(mktemp -d)
    # Groups, by which a linker keeps one copy of what several objects have, would be shared by name with others.
    # shellcheck disable=SC2046 # Two words for each symbol.
    ${LD:-ld} -r --gc-sections --force-group-allocation $(sed 's/^/-u /' "$3") "$1" -o "$work_static/one.o"
    # Rust's bitcode is for Rust's own linking, and upsets tools of another LLVM.
    objcopy --remove-section=.llvmbc --remove-section=.llvmcmd --keep-global-symbols="$3" --strip-unneeded \
        "$work_static/one.o" "$work_static/pusherws.o"
    rm -f "$2"
    # Without dates and user ids.
    ar rcsD "$2" "$work_static/pusherws.o"
    rm -r "$work_static"
}
