# An overlay port: vcpkg install pusherws --overlay-ports=packaging/vcpkg, in the root of the repository. It builds from
# the sources that it lies in, and needs cargo.
get_filename_component(SOURCE_PATH "${CURRENT_PORT_DIR}/../../.." ABSOLUTE)
find_program(CARGO cargo PATHS "$ENV{HOME}/.cargo/bin" REQUIRED)
get_filename_component(CARGO_FOLDER "${CARGO}" DIRECTORY)
vcpkg_add_to_path("${CARGO_FOLDER}")

# Both libraries are in the package, whatever the triplet says: pusherws::pusherws is the shared one, and
# pusherws::static the other. Rust is always built with optimisation: the debug configuration has the same library.
foreach(folder "${CURRENT_PACKAGES_DIR}" "${CURRENT_PACKAGES_DIR}/debug")
    set(ENV{DESTDIR} "${folder}")
    set(ENV{PREFIX} "/")
    set(ENV{CARGO_TARGET_DIR} "${CURRENT_BUILDTREES_DIR}/target")
    vcpkg_execute_required_process(
        COMMAND "${SOURCE_PATH}/scripts/install.sh"
        WORKING_DIRECTORY "${SOURCE_PATH}"
        LOGNAME "install-${TARGET_TRIPLET}"
    )
    unset(ENV{DESTDIR})
endforeach()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")

# Both find the rest from their own place, and so they stay where they are.
set(VCPKG_POLICY_SKIP_LIB_CMAKE_MERGE_CHECK enabled)
vcpkg_fixup_pkgconfig()
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE" "${SOURCE_PATH}/licenses/third-party.txt")
