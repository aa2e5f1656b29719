#!/bin/sh
# ThreadSanitizer: the C tests, with the shared library, everything it depends on, Rust's standard
# library and themselves instrumented. Two threads that use the same memory without being ordered end
# a test.
#
# The standard library has to be built, too: otherwise ThreadSanitizer does not see the order that its
# locks and channels make, and reports races that are none. That wants its sources, and a compiler of
# exactly their version: Debian's packages have both (rustup's component rust-src would do as well).
set -eu
cd "$(dirname "$0")/.."
need_debian="it needs Debian's packages rustc-web, cargo-web and rust-web-src (bookworm or later)"
. scripts/lib/checker.sh
command -v apt-get >/dev/null || give_up "$need_debian"
need "${CC:-cc}" gcc
need nm binutils
need addr2line binutils
need /usr/lib/rustlib/src/rust/library/std/Cargo.toml rustc-web cargo-web rust-web-src
need /usr/bin/cargo cargo-web
# The runtime has to be that of the compiler's LLVM.
llvm=$(/usr/bin/rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
[ -n "$llvm" ] || give_up "/usr/bin/rustc does not tell its LLVM version; $need_debian"
runtime=/usr/lib/llvm-$llvm/lib/clang/$llvm/lib/linux/libclang_rt.tsan-$(uname -m).a
need "$runtime" "libclang-rt-$llvm-dev"

target=${CARGO_TARGET_DIR:-target}/tsan
echo "Building the library and the standard library with ThreadSanitizer..."
host=$(/usr/bin/rustc -vV | sed -n 's/^host: //p')
PATH=/usr/bin:/bin RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 RUSTFLAGS="-Zsanitizer=thread -Zexternal-clangrt" \
    /usr/bin/cargo build --quiet --package pusherws --lib --features planted-faults \
    -Zbuild-std=std,panic_unwind --target "$host" --target-dir "$target"

# gcc instruments as LLVM does, but its runtime lacks functions that LLVM's code calls.
export CHECK_CFLAGS="-fsanitize=thread -fno-omit-frame-pointer"
export CHECK_LIBS="-fno-sanitize=thread -Wl,--whole-archive $runtime -Wl,--no-whole-archive -rdynamic -lm -ldl -lrt -lresolv"
# A child of a fork starts threads of its own in process.c.
TSAN_OPTIONS="halt_on_error=1:die_after_fork=0:external_symbolizer_path=$(command -v addr2line)"
export TSAN_OPTIONS
use_library "$target/$host/debug"
must_find 12 "ThreadSanitizer: data race"
run_c_tests
