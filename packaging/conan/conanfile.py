"""Conan 2 recipe: `conan create packaging/conan` in the root of the repository; needs cargo, and a C compiler.

    conan create packaging/conan                        the static library
    conan create packaging/conan -o "*:shared=True"     the shared one
"""

import os
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.files import copy, load, rm, rmdir

required_conan_version = ">=2.0"


class Pusherws(ConanFile):
    name = "pusherws"
    description = "A client for the Pusher Channels WebSocket protocol"
    license = "MIT"
    topics = ("pusher", "websocket", "realtime")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    @property
    def root(self):
        return os.path.join(self.recipe_folder, "..", "..")

    def set_version(self):
        header = load(self, os.path.join(self.root, "include", "pusherws.h"))
        self.version = re.search(r'^#define PUSHER_VERSION "(.*)"$', header, re.M).group(1)

    def export_sources(self):
        for pattern in ("Cargo.*", "build.rs", "cbindgen.toml", "LICENSE", "README.md", "src/*", "include/*", "abi/*",
                        "licenses/*", "bindings/cpp/*", "devserver/*", "benches/*", "scripts/install.sh", "scripts/lib/*"):
            copy(self, pattern, self.root, self.export_sources_folder, excludes=("*/target/*", "*.pyc"))

    def configure(self):
        # Rust is compiled by its own compiler, and always with optimisation; C++ is no part of it.
        self.settings.rm_safe("compiler.libcxx")
        self.settings.rm_safe("compiler.cppstd")

    def package_id(self):
        del self.info.settings.build_type

    def validate(self):
        if self.settings.os != "Linux":
            raise ConanInvalidConfiguration("the recipe knows Linux only, so far")

    def build(self):
        self.run("scripts/install.sh build", cwd=self.source_folder)

    def package(self):
        self.run(f'DESTDIR="{self.package_folder}" PREFIX=/ scripts/install.sh', cwd=self.source_folder)
        copy(self, "*", os.path.join(self.package_folder, "share", "licenses", "pusherws"),
             os.path.join(self.package_folder, "licenses"))
        self._keep_system_libs()
        lib = os.path.join(self.package_folder, "lib")
        # Conan writes these for its users.
        for folder in ("share", "lib/pkgconfig", "lib/cmake"):
            rmdir(self, os.path.join(self.package_folder, folder))
        rm(self, "libpusherws.a" if self.options.shared else "libpusherws.so*", lib)

    @property
    def _system_libs_file(self):
        return os.path.join(self.package_folder, "licenses", ".system-libs")

    def _keep_system_libs(self):
        pc = load(self, os.path.join(self.package_folder, "lib", "pkgconfig", "pusherws.pc"))
        libs = re.search(r"^Libs\.private: (.*)$", pc, re.M).group(1)
        with open(self._system_libs_file, "w", encoding="utf-8") as file:
            file.write(libs)

    def package_info(self):
        self.cpp_info.set_property("cmake_file_name", "pusherws")
        self.cpp_info.set_property("cmake_target_name", "pusherws::pusherws")
        self.cpp_info.set_property("pkg_config_name", "pusherws")
        self.cpp_info.libs = ["pusherws"]
        if not self.options.shared:
            libs = load(self, self._system_libs_file).split()
            self.cpp_info.system_libs = [lib.removeprefix("-l") for lib in libs]
