#!/bin/sh
# The recipes in packaging/ for Conan and vcpkg. Conan (from PyPI, in .tools) makes the package, static and shared, and
# builds and runs a program in C and one in C++ with it. vcpkg itself is not to be had from a package registry: its
# functions are stood in for by a few lines of CMake, and a program is built with what the port then lays down.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
conan_version=2.34.0
fail() {
    echo "FAILED  $*" >&2
    exit 1
}
for tool in cmake python3 cc c++; do
    command -v $tool >/dev/null || fail "$tool is missing; run scripts/install-tools.sh"
done
tools=$root/.tools/conan
[ "$(cat "$tools/installed" 2>/dev/null)" = $conan_version ] || {
    rm -rf "$tools"
    python3 -m venv "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check "conan==$conan_version"
    echo $conan_version >"$tools/installed"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The recipes would build it again, each in a folder of its own; how they build it is by this very script.
scripts/install.sh build
BUILT=$(cd "${CARGO_TARGET_DIR:-target}/release" && pwd)
export BUILT

# Nothing of the user's is read or changed.
export CONAN_HOME="$work/conan"
"$tools/bin/conan" profile detect >/dev/null 2>&1
version=$(sed -n 's/^#define PUSHER_VERSION "\(.*\)"$/\1/p' include/pusherws.h)
for shared in False True; do
    "$tools/bin/conan" create packaging/conan --no-remote --options="*:shared=$shared" \
        --conf="tools.cmake.cmake_layout:test_folder=$work/test" >"$work/log" 2>&1 || {
        tail -n 40 "$work/log" >&2
        fail "conan create, shared=$shared"
    }
    [ "$(grep -c "pusherws $version\$" "$work/log")" -eq 2 ] || fail "Conan's test programs did not run, shared=$shared"
    echo "ok  Conan, shared=$shared: a program in C and one in C++ run"
done
# They were made with the library that is here. Where the recipe builds it, cargo wants all that Cargo.toml names.
set -- "$work"/conan/p/*/es
[ -d "$1" ] || fail "Conan keeps no sources"
for sources; do
    (cd "$sources" && cargo metadata --locked --no-deps --format-version 1 >/dev/null) || fail "the sources that Conan takes along"
done
echo "ok  Conan takes along what cargo wants"

grep -q "\"version\": \"$version\"" packaging/vcpkg/pusherws/vcpkg.json || fail "vcpkg.json is not of version $version"
cat >"$work/vcpkg.cmake" <<'END'
function(vcpkg_add_to_path)
endfunction()
function(vcpkg_execute_required_process)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "WORKING_DIRECTORY;LOGNAME" "COMMAND")
    execute_process(COMMAND ${it_COMMAND} WORKING_DIRECTORY ${it_WORKING_DIRECTORY} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 it "" "" "FILE_LIST")
    foreach(file ${it_FILE_LIST})
        file(READ ${file} text)
        file(APPEND ${CURRENT_PACKAGES_DIR}/share/pusherws/copyright "${text}")
    endforeach()
endfunction()
include(${CURRENT_PORT_DIR}/portfile.cmake)
END
cmake -D CURRENT_PORT_DIR="$root/packaging/vcpkg/pusherws" -D CURRENT_PACKAGES_DIR="$work/packages" \
    -D CURRENT_BUILDTREES_DIR="$work/trees" -D TARGET_TRIPLET=x64-linux -D VCPKG_LIBRARY_LINKAGE=dynamic \
    -P "$work/vcpkg.cmake" >"$work/log" 2>&1 || {
    cat "$work/log" >&2
    fail "vcpkg's port"
}
for needed in include/pusherws.h share/pusherws/copyright lib/libpusherws.so debug/lib/libpusherws.a; do
    [ -s "$work/packages/$needed" ] || fail "vcpkg's port lays down no $needed"
done
[ ! -e "$work/packages/debug/include" ] || fail "vcpkg's port lays down headers for debugging"
if ! cmake -S packaging/conan/test_package -B "$work/built" -DCMAKE_PREFIX_PATH="$work/packages" >"$work/log" 2>&1 ||
    ! cmake --build "$work/built" >>"$work/log" 2>&1; then
    cat "$work/log" >&2
    fail "a program with what vcpkg's port lays down"
fi
for program in uses_c uses_cxx; do
    "$work/built/$program" >/dev/null || fail "$program with vcpkg's port does not run"
done
echo "ok  vcpkg's port, without vcpkg: a program in C and one in C++ run"
