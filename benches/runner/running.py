"""Starts the load server, and programs against it, each on a processor of its own."""

import os
import subprocess
import tempfile

from programs import BUILT, ENVIRONMENT


class Failed(Exception):
    """A program did not do what it should; says which, and what it said."""


def processors():
    """One for the server and one for the client; none where there are too few, or no way to choose."""
    if not hasattr(os, "sched_getaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0))
    return (allowed[0], allowed[-1]) if len(allowed) > 1 else None


PROCESSORS = processors()


def pin(which):
    """For a child process: 0 is the server's processor, 1 the client's."""
    return (lambda: os.sched_setaffinity(0, {PROCESSORS[which]})) if PROCESSORS else None


class Server:
    """A load server, for as long as the `with` lasts."""

    def __init__(self, tls=False):
        self.ca = None
        if tls:
            handle, self.ca = tempfile.mkstemp(suffix=".pem")
            os.close(handle)

    def __enter__(self):
        command = [os.path.join(BUILT, "load-server")] + ([self.ca] if self.ca else [])
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=pin(0),
        )
        self.port = self.process.stdout.readline().strip()
        if not self.port:
            raise Failed("the load server did not start")
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()
        if self.ca:
            os.unlink(self.ca)

    def run(self, command, wrapper=(), pinned=True, timeout=600, **values):
        """Runs a client, and returns what it printed: `name=number` for each thing it measured."""
        values = {"port": self.port, "ca": self.ca, **values}
        words = [*wrapper, *(word.format(**values) for word in command)]
        try:
            done = subprocess.run(
                words,
                capture_output=True,
                text=True,
                timeout=timeout,
                env={**os.environ, **ENVIRONMENT},
                preexec_fn=pin(1) if pinned else None,
            )
        except FileNotFoundError as error:
            raise Failed(f"{words[0]} is missing: {error}; run scripts/bench.sh") from error
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{' '.join(words)}: not done after {timeout} s") from error
        if done.returncode != 0:
            raise Failed(f"{' '.join(words)}: exit status {done.returncode}\n{done.stderr}")
        pairs = (word.split("=") for word in done.stdout.split())
        return {name: float(value) for name, value in pairs}, done.stderr
