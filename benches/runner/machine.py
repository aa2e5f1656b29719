"""What it was measured on, and with."""

import os
import platform
import re
import subprocess

from programs import BUILT, RIVALS, ROOT


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def processor():
    try:
        found = re.search(r"^model name\s*: (.*)$", read("/proc/cpuinfo"), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


def machine():
    system = f"{platform.system()} {platform.release()}"
    return f"{processor()}, {os.cpu_count()} processors, {system}, {platform.machine()}"


def busy():
    """How many programs wanted a processor in the last minute. Ratios bear that; tails do not."""
    return os.getloadavg()[0]


def versions():
    lock = read(ROOT, "Cargo.lock")
    crates = dict(re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"', lock))
    pusher_js = re.search(r'"pusher-js": "([^"]+)"', read(RIVALS, "pusher-js", "package.json"))
    pysher = re.search(r"^pysher==(.*)$", read(RIVALS, "pysher", "requirements.txt"), re.MULTILINE)
    python = said(os.path.join(ROOT, ".tools", "pysher", "bin", "python"), "--version")
    return [
        f"pusherws {crates['pusherws']}",
        f"tokio-tungstenite {crates['tokio-tungstenite']}",
        f"serde_json {crates['serde_json']}",
        said(os.path.join(BUILT, "lws"), "--version").replace("-,", ","),
        f"pusher-js {pusher_js.group(1)} on Node.js {said('node', '--version').lstrip('v')}",
        f"Pysher {pysher.group(1)} on {python}",
        " ".join(said("rustc", "--version").split()[:2]),
        said("cc", "--version").splitlines()[0],
    ]
