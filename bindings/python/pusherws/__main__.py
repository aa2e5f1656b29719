"""`python -m pusherws`: the command, where its script is not in the PATH."""

import sys

from .cli import main

sys.exit(main())
