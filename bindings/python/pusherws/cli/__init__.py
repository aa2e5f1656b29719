"""The command `pusherws`: look at channels, publish, measure, and authorise for development."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Sequence

from ..errors import PusherError
from .arguments import parser
from .commands import COMMANDS
from .output import Output
from .settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command. The exit status: 0, 1 where it failed, 130 where it was interrupted."""
    chosen = parser().parse_args(arguments)
    # What is worth a warning is said by the commands, in their own way.
    logging.getLogger("pusherws").addHandler(logging.NullHandler())
    if chosen.verbose:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
    output = Output(chosen)
    try:
        return COMMANDS[chosen.command](chosen, output)
    except (PusherError, SettingsError, OSError) as error:
        if isinstance(error, BrokenPipeError):
            return _nobody_reads()
        output.error(str(error))
        return 1
    except KeyboardInterrupt:
        output.finish()
        return 130


def _nobody_reads() -> int:
    """The next command of the pipe has ended, as `head` does; that is no error."""
    with contextlib.suppress(OSError):
        # So that the interpreter does not try once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
