#!/bin/sh
# Valgrind's memcheck on the C tests with the debug library: decisions by memory that nobody wrote,
# which the sanitizers do not see, reads and writes outside the heap's blocks, also in what is not
# compiled here (assembly, libc), and blocks that nothing points to any more.
set -eu
cd "$(dirname "$0")/.."
. scripts/lib/checker.sh
need cargo cargo
need "${CC:-cc}" gcc
need nm binutils
need valgrind valgrind

# A folder of its own: nobody shall link the library with the planted faults by mistake.
target=${CARGO_TARGET_DIR:-target}/planted
echo "Building the library with planted faults..."
cargo build --quiet --package pusherws --lib --features planted-faults --target-dir "$target"

# Only what is lost for certain: the standard library keeps pointers into the middle of its blocks,
# which valgrind calls "possibly lost". The scheduling is fair, since a thread may wait for another.
valgrind="valgrind --quiet --error-exitcode=99 --num-callers=40 --fair-sched=yes
    --suppressions=scripts/valgrind.supp --errors-for-leak-kinds=definite --show-leak-kinds=definite"
cat >"$work/run" <<END
#!/bin/sh
leaks=full
# In the child of a fork, what the parent's other threads hold on their stacks looks lost.
case "\$*" in
*fork* | *child*) leaks=no ;;
esac
exec $(echo "$valgrind" | tr -d '\n') --leak-check=\$leaks "\$@"
END
chmod +x "$work/run"
export WRAPPER="$work/run"

use_library "$target/debug"
must_find 10 "Invalid read of size 8"
must_find 11 "definitely lost"
must_find 13 "Conditional jump or move depends on uninitialised value"
run_c_tests
