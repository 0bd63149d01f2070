"""Runs work that a request waits for only so long, and that goes on after the request was answered."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")

_log = logging.getLogger("leadledger")


def done_within(seconds: float, work: Callable[[], T]) -> T | None:
    """What work in a thread of its own comes to; None where it takes longer, and then its errors are only logged.

    It does not keep the process from ending, so it must be such that it can be begun again.
    """
    done: Future[T] = Future()
    thread = threading.Thread(target=_do, args=(work, done), daemon=True)
    thread.start()
    if wait([done], seconds).done:
        return done.result()
    done.add_done_callback(_log_error)
    return None


def _do(work: Callable[[], T], done: Future[T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:  # whoever waits hears of it, whatever it is
        done.set_exception(error)


def _log_error(done: Future[T]) -> None:
    if (error := done.exception()) is not None:
        _log.error("work went wrong after its request was answered", exc_info=error)
