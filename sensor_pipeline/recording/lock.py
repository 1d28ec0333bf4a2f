"""One process at a time: an advisory lock on an open journal.

In: a file descriptor. Out: the lock, or the fact that another process holds it. Must not live here: what is done under
it.

The system drops the lock when the process ends, however it ends: a killed recording never blocks its recovery.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    import msvcrt
    import os

    _FAR_OFFSET = 1 << 40  # Windows locks are mandatory for the bytes they cover: lock one that no journal reaches

    def try_lock(descriptor: int) -> bool:
        """Take the lock; False when another open file holds it."""
        here = os.lseek(descriptor, 0, os.SEEK_CUR)
        try:
            os.lseek(descriptor, _FAR_OFFSET, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(descriptor, here, os.SEEK_SET)
        return True

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Take the lock; False when another open file holds it."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # this file system has no locks: nobody can hold one
        return True
