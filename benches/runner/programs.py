"""The programs that are compared, and how each is started."""

import glob
import os
import sys
from dataclasses import dataclass

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
BUILT = os.path.join(ROOT, "target", "benches")
RIVALS = os.path.join(ROOT, "benches", "rivals")
TOOLS = os.path.join(ROOT, ".tools")

#: The payloads, as the load server calls them, and as the tables do.
PAYLOADS = {"120": "120 B", "400": "400 B", "4096": "4 KB", "9900": "9.9 KB"}
#: How much fewer events are enough where they are larger.
SHARE = {"120": 1, "400": 0.5, "4096": 0.06, "9900": 0.03}


@dataclass(frozen=True)
class Program:
    name: str
    label: str
    #: `{port}`, `{channel}` and `{ca}` are filled in.
    command: tuple
    #: How many events of 120 bytes take about half a second of the processor's time.
    events: int
    ours: bool = False
    tls: bool = False
    #: Whether callgrind can count it.
    native: bool = True

    def count(self, payload):
        """A multiple of 100: a tenth more is sent before, to warm up."""
        return max(round(self.events * SHARE[payload] / 100), 1) * 100


def ours(mode, label, events, tls=False):
    command = [os.path.join(BUILT, "load"), mode, "{port}", "{channel}"]
    name = mode
    if tls:
        command += ["0", "{ca}"]
        name, label = f"{mode}-tls", f"{label}, TLS"
    return Program(name, label, tuple(command), events, ours=True, tls=tls)


def ours_in_python(mode, label, events):
    script = os.path.join(ROOT, "benches", "ours", "load.py")
    command = (sys.executable, script, mode, "{port}", "{channel}")
    return Program(f"python-{mode}", f"pusherws for Python, {label}", command, events, ours=True, native=False)


FLOOR = "floor"
PROGRAMS = (
    Program(
        FLOOR,
        "the floor: a reader by hand",
        (os.path.join(BUILT, "floor"), "{port}", "{channel}"),
        2_000_000,
    ),
    ours("inline", "pusherws, INLINE", 1_000_000),
    ours("poll", "pusherws, POLL, dispatched", 1_000_000),
    ours("batch", "pusherws, POLL, in batches", 1_000_000),
    ours("thread", "pusherws, THREAD", 1_000_000),
    ours("inline", "pusherws, INLINE", 700_000, tls=True),
    ours("thread", "pusherws, THREAD", 700_000, tls=True),
    ours_in_python("thread", "a handler", 300_000),
    ours_in_python("async", "`async for`", 300_000),
    Program(
        "tungstenite",
        "tokio-tungstenite and serde, by hand",
        (os.path.join(BUILT, "tungstenite"), "{port}", "{channel}"),
        1_000_000,
    ),
    Program(
        "lws",
        "libwebsockets and cJSON, by hand",
        (os.path.join(BUILT, "lws"), "{port}", "{channel}"),
        300_000,
    ),
    Program(
        "pusher-js",
        "pusher-js, Node.js",
        ("node", os.path.join(RIVALS, "pusher-js", "main.js"), "{port}", "{channel}"),
        150_000,
        native=False,
    ),
    Program(
        "pysher",
        "Pysher, Python",
        (
            os.path.join(TOOLS, "pysher", "bin", "python"),
            os.path.join(RIVALS, "pysher", "main.py"),
            "{port}",
            "{channel}",
        ),
        10_000,
        native=False,
    ),
)

#: For the programs that have to find something.
ENVIRONMENT = {
    "PUSHER_JS": os.path.join(TOOLS, "pusher-js"),
    "PUSHERWS_LIBRARY": next(iter(glob.glob(os.path.join(BUILT, "libpusherws.so.*"))), ""),
    "PYTHONPATH": os.path.join(ROOT, "bindings", "python"),
}
