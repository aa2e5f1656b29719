"""What the pieces of Python in the book stand on: scripts/test-snippets.sh types each behind this."""

import asyncio as asyncio
import functools as functools
import pusherws as pusherws
from typing import Any as Any

from pusherws import *

pusher: Pusher
channel: Channel
