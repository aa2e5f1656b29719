# Two commands do all the set-up themselves:
#
#   make demo   the main job, against the embedded server; needs no account
#   make test   everything: Rust, C, real servers, formatting, lints, header, symbols
#
# Each check is one script in scripts/, which can be run alone.

.PHONY: all demo test check check-deep test-rust test-c tools soketi header clean fuzz

all:
	cargo build --release

demo: tools
	scripts/demo.sh

test: tools check soketi test-rust test-c

check: tools
	scripts/check-format.sh
	scripts/check-lints.sh
	scripts/check-symbols.sh

# What takes too long for every change.
check-deep: tools
	scripts/soak.sh

test-rust: soketi
	cargo test --workspace

test-c: tools
	scripts/test-c.sh

# A minute for each target; see fuzz/README.md.
fuzz:
	scripts/fuzz.sh

# What a fresh machine lacks.
tools:
	scripts/install-tools.sh

soketi: tools
	scripts/install-soketi.sh

# Writes include/pusherws.h anew, after a change of the functions in src/ffi.
header:
	PUSHERWS_UPDATE_HEADER=1 cargo build

clean:
	cargo clean
	rm -rf .tools
