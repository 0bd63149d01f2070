"""Memory that processes share which are forked from one, and locks in it that a killed process does not keep."""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import threading
import weakref


class SharedMemory:
    """Anonymous memory of a fixed size in bytes, at first all zero, to be made before the processes are forked.

    Its locks are record locks on bytes of a file without content: the system gives them back when a process ends,
    however it ends. They are a process's, so among its own threads they exclude nobody.
    """

    def __init__(self, size: int) -> None:
        self.view = memoryview(mmap.mmap(-1, size))
        self._locks, path = tempfile.mkstemp(dir="/dev/shm" if os.path.isdir("/dev/shm") else None)
        os.unlink(path)
        weakref.finalize(self, os.close, self._locks)

    def lock(self, place: int) -> None:
        """Lock a place, waiting for whoever has it."""
        fcntl.lockf(self._locks, fcntl.LOCK_EX, 1, place)

    def try_lock(self, place: int) -> bool:
        """Lock a place unless another process has it; answers whether it did."""
        try:
            fcntl.lockf(self._locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, place)
        except (BlockingIOError, PermissionError):  # which of them it is, POSIX leaves open
            return False
        return True

    def unlock(self, place: int) -> None:
        """Give a place back."""
        fcntl.lockf(self._locks, fcntl.LOCK_UN, 1, place)


class Exclusion:
    """A block that one thread of one process is in at a time; whoever is killed within it leaves it."""

    def __init__(self, memory: SharedMemory, place: int) -> None:
        self._memory = memory
        self._place = place
        self._among_threads = threading.Lock()

    def __enter__(self) -> None:
        self._among_threads.acquire()
        try:
            self._memory.lock(self._place)
        except BaseException:
            self._among_threads.release()
            raise

    def __exit__(self, *_: object) -> None:
        self._memory.unlock(self._place)
        self._among_threads.release()
