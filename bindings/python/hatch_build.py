"""Builds the Rust library for the wheel, and puts the Rust sources into the sdist.

The wheel has the library, and the embedded server for `--demo`, beside the Python files, and is for all versions of Python on one
platform: nothing in it is compiled against Python. To package what was built elsewhere, name it in the environment:

    PUSHERWS_BUILD_LIBRARY   the library: libpusherws.so, pusherws.dll, libpusherws.dylib
    PUSHERWS_BUILD_SERVER    the embedded server; without it such a wheel has none
    PUSHERWS_BUILD_PLATFORM  the wheel's platform, such as win_amd64

PUSHERWS_BUILD_PROFILE is cargo's profile where it builds: release, or dev, which is sooner built and for tests of the packaging.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: What cargo needs to build, in the repository, and in the folder `rust` of an sdist.
SOURCES = (
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "build.rs",
    "cbindgen.toml",
    "include",
    "src",
)


class RustBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Hatchling calls it before it packs."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        here = Path(self.root)
        root = here / "rust" if (here / "rust").is_dir() else here.parents[1]
        if self.target_name == "sdist":
            for name in SOURCES:
                build_data["force_include"][str(root / name)] = f"rust/{name}"
            for name in (*targets(root), *members(root)):
                build_data["force_include"][str(root / name)] = f"rust/{name}"
            return
        library, server = find() or build(root)
        if version == "editable":
            # Beside the Python files, where the loader looks; git ignores it.
            for file in filter(None, (library, server)):
                shutil.copy2(file, here / "pusherws" / file.name)
            return
        for file in filter(None, (library, server)):
            build_data["force_include"][str(file)] = f"pusherws/{file.name}"
        build_data["pure_python"] = False
        platform = os.environ.get("PUSHERWS_BUILD_PLATFORM") or sysconfig.get_platform()
        build_data["tag"] = f"py3-none-{platform.replace('-', '_').replace('.', '_')}"


def targets(root: Path, folder: str = "") -> list[str]:
    """The files of tests and benches that Cargo.toml names: cargo insists on them, and builds none."""
    lines = (root / folder / "Cargo.toml").read_text().splitlines()
    return [folder + line.split('"')[1] for line in lines if line.startswith("path = ")]


def members(root: Path) -> list[str]:
    """The other packages of the workspace, which cargo wants to see, too, since its lock file has them: their manifests and sources."""
    found: list[str] = []
    listed = re.search(r"^members = \[(.*?)\]", (root / "Cargo.toml").read_text(), re.S | re.M)
    for name in re.findall(r'"([^"]+)"', listed.group(1) if listed else ""):
        if name == ".":
            continue
        parts = [f"{name}/Cargo.toml", f"{name}/src", *targets(root, f"{name}/")]
        found += [part for part in parts if (root / part).exists() and not any(part.startswith(f"{other}/") for other in parts)]
    return found


def find() -> tuple[Path, Path | None] | None:
    """What was built elsewhere."""
    library, server = os.environ.get("PUSHERWS_BUILD_LIBRARY"), os.environ.get("PUSHERWS_BUILD_SERVER")
    if not library:
        return None
    found = Path(library).resolve(), Path(server).resolve() if server else None
    for path in filter(None, found):
        if not path.is_file():
            raise SystemExit(f"pusherws: there is no {path} to be packaged")
    return found


def build(root: Path) -> tuple[Path, Path | None]:
    """Builds both."""
    cargo = shutil.which("cargo")
    if cargo is None:
        raise SystemExit("pusherws: cargo is missing; install Rust 1.88 or later with rustup (https://rustup.rs), or a wheel")
    packages = ("--package", "pusherws", "--package", "pusherws-devserver")
    profile = os.environ.get("PUSHERWS_BUILD_PROFILE") or "release"
    done = subprocess.run([cargo, "build", "--profile", profile, "--locked", "--lib", "--bins", *packages], cwd=root, check=False)
    if done.returncode:
        raise SystemExit("pusherws: the Rust library could not be built; what cargo said is above")
    built = Path(os.environ.get("CARGO_TARGET_DIR") or root / "target")
    built = (built if built.is_absolute() else root / built) / ("debug" if profile == "dev" else profile)
    if sys.platform == "win32":
        return built / "pusherws.dll", built / "pusherws-devserver.exe"
    name = "libpusherws.dylib" if sys.platform == "darwin" else "libpusherws.so"
    return built / name, built / "pusherws-devserver"
