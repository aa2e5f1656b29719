# What builds for old Linux systems: sourced by scripts/build-wheel.sh and scripts/build-dist.sh, in the root of the
# repository. Sets PATH to cargo-zigbuild and its like, from PyPI, pinned, in an environment in .tools.
# shellcheck shell=sh

python=${PYTHON:-python3}
for tool in cargo "$python"; do
    command -v "$tool" >/dev/null || {
        echo "$(basename "$0" .sh): $tool is missing; run scripts/install-tools.sh" >&2
        exit 1
    }
done
[ "$(uname -s)" = Linux ] || {
    echo "$(basename "$0" .sh): this is made on Linux" >&2
    exit 1
}
. scripts/lib/packages.sh
python_tools "$python" python-wheel bindings/python/requirements-wheel.txt
export PATH="$tools/bin:$PATH"
# The oldest glibc that Rust's own library allows.
glibc=2.17
