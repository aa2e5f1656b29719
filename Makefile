# Two commands do all the set-up themselves:
#
#   make demo   the main job, against the embedded server; needs no account
#   make test   everything: Rust, C, C++, Pascal, Python, real servers, formatting, lints, header, symbols,
#               dependencies, AddressSanitizer, a moment of fuzzing
#
#   make install      PREFIX=/usr/local DESTDIR=: the library for C and C++; make uninstall takes it away
#   make docs         the book and the reference of the C API, in target/docs
#   make dist         dist/: a tarball for every Linux with glibc 2.17 or later; make deb: Debian's packages
#   make bench        what an event costs, here and with others: writes docs/performance.md
#   make windows      pusherws.dll for x64 and x86, and dist/pusherws-VERSION-windows.zip
#   make test-windows the same under wine: the C and Pascal tests, loading and unloading, windows
#   make check-deep   what takes too long for every change: ThreadSanitizer, valgrind, more fuzzing, soak, flood
#   make check-package  builds all packages, twice where bytes are compared, installs and uses them
#
# make test knows nothing of Windows: the tools are 2 GB, and all of it takes half an hour the first time.
#
# Each check is one script in scripts/, which can be run alone.

.PHONY: all demo test check check-asan check-deny check-docs check-fuzz check-deep docs bench test-rust test-delivery test-c test-cpp test-pascal test-python test-install install uninstall wheel fuzz tools soketi header clean dist deb check-package windows test-windows

all:
	scripts/install.sh build

# Where to: make install PREFIX=/usr DESTDIR=/tmp/package LIBDIR=lib/x86_64-linux-gnu
# (make hands what it is told on the command line to the script.)
install:
	scripts/install.sh

uninstall:
	scripts/install.sh uninstall

demo:
	scripts/install-tools.sh demo
	scripts/demo.sh

test: tools check soketi test-rust test-delivery test-c test-cpp test-pascal test-python test-install check-docs check-asan check-deny check-fuzz

check: tools
	scripts/check-format.sh
	scripts/check-lints.sh
	scripts/check-header.sh
	scripts/check-symbols.sh
	scripts/check-abi.sh
	scripts/check-bindings.sh
	scripts/check-licenses.sh
	scripts/check-library.sh
	scripts/check-instructions.sh

# With the other checkers in scripts/: each has to find a planted fault first.
check-asan: tools
	scripts/check-asan.sh

check-deny: tools
	scripts/check-deny.sh

# The pages, their links and their code, and the reference of the C API.
check-docs: tools
	scripts/check-docs.sh
	scripts/test-snippets.sh

# A few seconds for each target: enough to see that they build, and that the seeds are survived.
check-fuzz: tools
	scripts/fuzz.sh --prove
	scripts/fuzz.sh 5

# Ten minutes for each fuzz target, and about half an hour for the rest.
check-deep: tools
	PROFILE=release scripts/test-c.sh
	scripts/check-asan.sh
	scripts/check-valgrind.sh
	scripts/check-tsan.sh
	scripts/check-deny.sh
	scripts/soak.sh
	scripts/check-flood.sh
	scripts/fuzz.sh 600

docs: tools
	scripts/make-docs.sh

test-rust: soketi
	cargo test --workspace --exclude pusherws-benches --exclude pusherws-instructions

# The tests of other subjects once more, in the other ways to deliver.
test-delivery:
	scripts/test-delivery.sh

# What bugs of the library must not do comes with check-asan.
test-c: tools
	BUGS=no scripts/test-c.sh

test-cpp: tools
	scripts/test-cpp.sh

test-pascal: soketi
	scripts/test-pascal.sh

# Fewer rounds than 7: make bench ROUNDS=1
bench: tools
	scripts/bench.sh $(ROUNDS)

test-python: soketi
	scripts/test-python.sh -q
	scripts/test-wheel.sh

# The installed package, used by pkg-config and by CMake.
test-install: tools
	scripts/test-install.sh

# dist/: header, libraries, examples and licences for every Linux with glibc 2.17 or later.
dist: tools
	scripts/build-dist.sh

# dist/: libpusherws0 and libpusherws-dev.
deb: tools
	scripts/build-deb.sh

# The packages, as others use them; half an hour.
check-package: tools dist deb
	scripts/test-package.sh
	scripts/test-recipes.sh
	scripts/check-licenses.sh full
	scripts/check-reproducible.sh

# dist/: a wheel for every Linux with glibc 2.17 or later, and the sdist.
wheel: tools
	scripts/build-wheel.sh

# The DLLs; see docs/windows.md. Debian bookworm on x86-64.
windows:
	scripts/install-windows-tools.sh build
	scripts/check-dll.sh --prove
	scripts/build-windows.sh
	scripts/package-windows.py

test-windows:
	scripts/install-windows-tools.sh test
	scripts/build-windows.sh
	scripts/test-windows.sh

# A minute for each target; see fuzz/README.md.
fuzz:
	scripts/fuzz.sh

# What a fresh machine lacks.
tools:
	scripts/install-tools.sh

soketi: tools
	scripts/install-soketi.sh

# Writes include/pusherws.h, tests/c/layout.c and what Pascal declares anew, after a change in src/ffi.
header:
	PUSHERWS_UPDATE_HEADER=1 cargo build
	PUSHERWS_UPDATE_HEADER=1 cargo test --lib layout
	scripts/check-pascal-api.py --update

clean:
	cargo clean
	rm -rf .tools
