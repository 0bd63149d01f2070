"""Lets a request wait for the log to grow, while it holds neither a thread nor a connection.

A view never sleeps. It answers at once and, where nothing is there yet, says so beside its answer; the server then
holds the answer back, and asks the whole request again when the log has grown, or the time is up.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from flask import Request

KEY = "leadledger.waiting"
"""Where a request's WSGI environment holds its `Waiting`."""


@dataclass
class Waiting:
    """How far one request has waited: ``reached`` is the position up to which there is nothing for it in the log.

    ``until``, on the monotonic clock, is when it wants to be asked again at the latest; None: it is answered.
    """

    began: float = field(default_factory=time.monotonic)
    reached: int = 0
    is_again: bool = False
    until: float | None = None

    def wait(self, behind: int, until: float) -> None:
        """Want to be asked again when the log ends behind a position, or at a time."""
        self.reached, self.until = behind, until

    @property
    def seconds(self) -> float:
        """How much longer the request may wait; not more than 0 where it is to be answered."""
        return 0 if self.until is None else self.until - time.monotonic()

    def again(self) -> Waiting:
        """The same waiting, for when the request is asked again."""
        return replace(self, is_again=True, until=None)


def waiting_of(request: Request) -> Waiting:
    """A request's waiting; where the server knows of none, the answer goes out at once whatever the view says."""
    waiting = request.environ.get(KEY)
    return waiting if isinstance(waiting, Waiting) else Waiting()
