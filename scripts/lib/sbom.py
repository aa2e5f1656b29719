"""Reads and tidies what scripts/check-licenses.sh compares.

    sbom.py tidy FILE ROOT      takes from a CycloneDX file what differs with each run and each machine, in place
    sbom.py compare CRATES FILE says which crates ("name version", a line each) it lacks, and which it has beside
"""

import json
import sys
from pathlib import Path


def tidy(path, root):
    text = path.read_text().replace(f"path+file://{root}", "path+file:///pusherws")
    bom = json.loads(text)
    bom.pop("serialNumber", None)
    bom["metadata"].pop("timestamp", None)
    text = json.dumps(bom, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if str(root) in text:
        sys.exit(f"check-licenses: {path} still tells where it was made")
    path.write_text(text)


def listed(path):
    return {f"{it['name']} {it['version']}" for it in json.loads(path.read_text())["components"]}


def compare(crates, path):
    wanted, found = set(crates.read_text().splitlines()), listed(path)
    if not wanted:
        sys.exit("check-licenses: cargo lists no crates")
    for crate in sorted(wanted - found):
        print(f"{path.name} lacks {crate}")
    for crate in sorted(found - wanted):
        print(f"{path.name} has {crate}, which is no part of the library")
    return wanted != found


if __name__ == "__main__":
    action, first, second = sys.argv[1:]
    sys.exit(tidy(Path(first), second) if action == "tidy" else compare(Path(first), Path(second)))
