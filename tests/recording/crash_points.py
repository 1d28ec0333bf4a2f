"""Not a test: finishes copies of a session and dies at the N-th file operation, for every N (run by test_finish.py).

usage: crash_points.py SESSION OUT. OUT/<N> is the folder as it stood when the process died before its
N-th operation (a write is half done by then). Standard output: the number of operations of an undisturbed finish.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

# loaded before the fork, so that children start at once
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401

from sensor_pipeline.recording.finish import finish
from sensor_pipeline.signal.orientation import make_filter

OPERATIONS = ("open", "write", "fsync", "replace", "unlink", "ftruncate")
DIED = 9


def die_at(operation: int) -> None:
    """Make this process die at its N-th file operation."""
    count = 0

    def counted(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal count
            count += 1
            if count == operation:
                if name == "write":
                    real(arguments[0], memoryview(arguments[1])[: len(arguments[1]) // 2])
                os._exit(DIED)
            return real(*arguments, **options)

        return call

    for name in OPERATIONS:
        setattr(os, name, counted(name, getattr(os, name)))


def finish_in_child(folder: Path, operation: int) -> bool:
    """Return whether a child that dies at its N-th operation died; False = it finished first."""
    child = os.fork()
    if child == 0:
        die_at(operation)
        try:
            finish(folder)
            os._exit(0)
        finally:
            os._exit(1)  # a child never returns into the loop below
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, DIED):
        raise SystemExit(f"operation {operation}: exit code {code}")
    return code == DIED


if __name__ == "__main__":
    session, out = Path(sys.argv[1]), Path(sys.argv[2])
    make_filter(100.0)
    number = 1
    while True:
        folder = out / str(number)
        shutil.copytree(session, folder)
        if not finish_in_child(folder, number):
            break
        number += 1
    print(number - 1)
