# Uses an installed package as others do: sourced by scripts/test-install.sh and scripts/test-package.sh, in the root of
# the repository. They set: version and abi, of the header; natives, what the static library needs of the system;
# work, a folder; cc and cxx; and have a function fail. They kill $server at the end, where it is not empty.
# shellcheck shell=sh disable=SC2154

cat >"$work/version.cpp" <<'END'
#include <pusherws.hpp>
#include <iostream>

int main()
{
    pusherws::client client(pusherws::config("app-key").cluster("eu"));
    client.bind([](const pusherws::event &event) { std::cerr << event.name() << '\n'; });
    std::cout << pusherws::library_version() << '\n';
    return pusherws::library_version() == PUSHER_VERSION && client.close(std::chrono::seconds(10)) ? 0 : 1;
}
END

# check_linkage LINKAGE PROGRAM...: linked as it should be.
check_linkage() {
    linkage=$1
    shift
    for program; do
        needed=$(readelf -d "$program" | grep -c "NEEDED.*\[libpusherws.so.$abi\]" || true)
        case $linkage-$needed in
        shared-1 | static-0) ;;
        *) fail "$program is not linked as $linkage" ;;
        esac
    done
}

# by_pkg_config PREFIX LIBDIR FOLDER
by_pkg_config() {
    export PKG_CONFIG_PATH="$1/$2/pkgconfig"
    [ "$(pkg-config --modversion pusherws)" = "$version" ] || fail "pusherws.pc tells another version"
    cflags=$(pkg-config --cflags pusherws)
    # Where glibc has it all in one file, a program links without these too: so they are compared.
    for needed in $natives; do
        [ "$needed" != -lc ] || continue # the compiler adds it
        case " $(pkg-config --static --libs pusherws) " in
        *" $needed "*) ;;
        *) fail "Libs.private lacks $needed" ;;
        esac
        grep -q "INTERFACE_LINK_LIBRARIES.*${needed}[;\"]" "$1/$2/cmake/pusherws/pusherws-config.cmake" ||
            fail "pusherws::static lacks $needed"
    done
    for linkage in shared static; do
        case $linkage in
        shared) libs=$(pkg-config --libs pusherws) ;;
        # As README.md says.
        static)
            libs="$(pkg-config --variable=libdir pusherws)/libpusherws.a"
            libs="$libs $(pkg-config --static --libs-only-l pusherws | sed 's/-lpusherws//')"
            ;;
        esac
        out=$3/pkg-config-$linkage
        mkdir -p "$out"
        for source in examples-c/*.c; do
            # shellcheck disable=SC2086 # Several words, as meant.
            $cc -std=c11 $cflags "$source" -o "$out/$(basename "$source" .c)" $libs -pthread ||
                fail "$source by pkg-config, $linkage"
        done
        # shellcheck disable=SC2086
        $cxx -std=c++17 $cflags "$work/version.cpp" -o "$out/version" $libs -pthread || fail "C++ by pkg-config, $linkage"
        check_linkage "$linkage" "$out"/*
        [ "$(LD_LIBRARY_PATH="$1/$2" "$out/version")" = "$version" ] || fail "C++ by pkg-config, $linkage, does not run"
        echo "ok  pkg-config, $linkage: the examples and a C++ program build"
    done
}

mkdir "$work/project"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(uses_pusherws C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(pusherws ${WANTED} REQUIRED)
# Asked twice, as by two parts of a larger project.
find_package(pusherws REQUIRED)
find_package(Threads REQUIRED)
file(GLOB examples ${EXAMPLES}/*.c)
foreach(linkage pusherws static)
    foreach(source ${examples} ${PROGRAM})
        get_filename_component(name ${source} NAME_WE)
        add_executable(${linkage}-${name} ${source})
        set_target_properties(${linkage}-${name} PROPERTIES
            RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/${linkage} OUTPUT_NAME ${name})
        target_link_libraries(${linkage}-${name} PRIVATE pusherws::${linkage} Threads::Threads)
    endforeach()
endforeach()
END

# configure PREFIX FOLDER VERSION
configure() {
    CC=$cc CXX=$cxx cmake -S "$work/project" -B "$2" -DCMAKE_PREFIX_PATH="$1" -DWANTED="$3" \
        -DEXAMPLES="$PWD/examples-c" -DPROGRAM="$work/version.cpp" >"$work/cmake.log" 2>&1
}

# by_cmake PREFIX FOLDER
by_cmake() {
    for wanted in 99.0 "${version%%.*}.99"; do
        ! configure "$1" "$2/refused" "$wanted" || fail "CMake takes version $version for $wanted"
        grep -q "version: $version" "$work/cmake.log" || fail "CMake does not find $version when asked for $wanted"
    done
    if ! configure "$1" "$2/cmake" "${version%.*}" || ! cmake --build "$2/cmake" >"$work/cmake.log" 2>&1; then
        cat "$work/cmake.log" >&2
        fail "CMake"
    fi
    check_linkage shared "$2/cmake/pusherws"/*
    check_linkage static "$2/cmake/static"/*
    for linkage in pusherws static; do
        # CMake wrote the place of the shared library into the program.
        [ "$("$2/cmake/$linkage/version")" = "$version" ] || fail "C++ by CMake, pusherws::$linkage, does not run"
        echo "ok  CMake, pusherws::$linkage: the examples and a C++ program build"
    done
}

# start_server: the embedded server of any build will do. Its port is $port.
start_server() {
    devserver=""
    for profile in release debug; do
        [ ! -x "$target/$profile/pusherws-devserver" ] || devserver=$target/$profile/pusherws-devserver
    done
    [ -n "$devserver" ] || {
        cargo build --quiet --package pusherws-devserver
        devserver=$target/debug/pusherws-devserver
    }
    "$devserver" --port 0 --port-file "$work/port" >"$work/server.log" 2>&1 &
    server=$!
    until [ -s "$work/port" ]; do
        kill -0 "$server" 2>/dev/null || {
            cat "$work/server.log" >&2
            fail "the embedded server does not start"
        }
        sleep 0.05
    done
    port=$(cat "$work/port")
}

# quickstart FOLDER [LIBRARIES]: the program of that name runs, the whole way to a message.
quickstart() {
    mkfifo "$work/output"
    (
        [ -z "${2:-}" ] || export LD_LIBRARY_PATH="$2"
        PUSHER_HOST=127.0.0.1 PUSHER_PORT="$port" PUSHER_DEMO_TRIGGER=1 timeout 30 "$1/quickstart" >"$work/output" 2>"$work/errors"
    ) &
    running=$!
    while IFS= read -r line; do
        [ "$line" != "waiting for an event on demo-news" ] ||
            python3 scripts/trigger.py --port "$port" demo-news headline '{}' >/dev/null
    done <"$work/output"
    wait "$running" || {
        cat "$work/errors" >&2
        fail "the quick start of $1"
    }
    rm "$work/output"
    echo "ok  ${1#"$work/built/"}: the quick start runs"
}
