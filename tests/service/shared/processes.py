"""Processes that are forked from a test, as workers are from the server."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """Begin a piece of work in a process of its own, which ends with it; answers its id."""
    if child := os.fork():
        return child
    try:
        work()
    finally:
        os._exit(0)


def ended(child: int) -> int:
    """Wait for a process; answers the signal that it died of, 0 for none."""
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def die() -> None:
    """End this process as a worker ends that is killed."""
    os.kill(os.getpid(), signal.SIGKILL)
