"""A rival: Pysher, from PyPI.

    python main.py PORT CHANNEL

Measures as ../../load/src/measure.rs does.
"""

import resource
import sys
import threading
import time

import pysher


class Meter:
    def __init__(self):
        self.done = threading.Event()
        self.begin()

    def begin(self, _data=None):
        self.events = 0
        self.characters = 0
        self.sum = 0
        self.used = resource.getrusage(resource.RUSAGE_SELF)
        self.since = time.monotonic()

    def event(self, data):
        self.events += 1
        self.characters += len(data)
        self.sum += ord(data[0]) ^ ord(data[-1])

    def end(self, _data):
        used = resource.getrusage(resource.RUSAGE_SELF)
        print(
            f"events={self.events} characters={self.characters} sum={self.sum}"
            f" user_us={(used.ru_utime - self.used.ru_utime) * 1e6:.0f}"
            f" system_us={(used.ru_stime - self.used.ru_stime) * 1e6:.0f}"
            f" wall_us={(time.monotonic() - self.since) * 1e6:.0f}",
            flush=True,
        )
        self.done.set()


def main():
    port, name = sys.argv[1:]
    meter = Meter()
    pusher = pysher.Pusher("key", secure=False, custom_host="127.0.0.1", port=int(port))

    def connected(_data):
        channel = pusher.subscribe(name)
        channel.bind("begin", meter.begin)
        channel.bind("price-changed", meter.event)
        channel.bind("end", meter.end)

    pusher.connection.bind("pusher:connection_established", connected)
    pusher.connect()
    # Its thread ends with the program. Disconnecting would wait for that thread, which may not notice
    # for as long as its timeout for pings.
    meter.done.wait()


main()
