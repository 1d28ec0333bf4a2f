"""Exit codes: what a script that calls ``dorsi`` can rely on.

In: nothing. Out: numbers. Must not live here: anything else.
"""

from typing import Final

DONE: Final = 0
FAILED: Final = 1
USAGE: Final = 2
DONE_WITH_LOSS: Final = 3
INTERRUPTED: Final = 130
"""128 + SIGINT, what shells expect."""
