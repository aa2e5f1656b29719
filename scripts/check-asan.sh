#!/bin/sh
# AddressSanitizer and LeakSanitizer: the C tests, with the shared library and themselves instrumented.
# Memory that is used after it was freed, or beyond its end, or never freed, ends a test.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/checker.sh
need cargo cargo
need "${CC:-cc}" gcc
need nm binutils

# A folder of its own, since the option that allows -Z makes cargo build everything anew.
target=${CARGO_TARGET_DIR:-target}/asan
echo "Building the library with AddressSanitizer..."
# The C code in it (ring's), too.
env "CFLAGS_$(echo "$host" | tr - _)=-fsanitize=address" RUSTFLAGS="-Zsanitizer=address" RUSTC_BOOTSTRAP=1 \
    cargo build --quiet --package pusherws --lib --features planted-faults --target "$host" --target-dir "$target"

# The C compiler's own runtime serves both sides.
export CHECK_CFLAGS="-fsanitize=address -fno-omit-frame-pointer"
ASAN_OPTIONS="detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1"
export ASAN_OPTIONS="$ASAN_OPTIONS:external_symbolizer_path=$(command -v addr2line)"
use_library "$target/$host/debug"
must_find 10 "heap-use-after-free"
must_find 11 "LeakSanitizer: detected memory leaks"

# No leaks are looked for where a process forks: in the child, what the parent's other threads hold on
# their stacks is reached by nobody, and the search waits for locks that those threads held.
cat >"$work/run" <<'END'
#!/bin/sh
case "$*" in
*fork* | *child*) export ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" ;;
esac
exec "$@"
END
chmod +x "$work/run"
WRAPPER="$work/run" run_c_tests
