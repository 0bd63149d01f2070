"""Lets an object be told things in a process of its own, so that two processors work on one log."""

from __future__ import annotations

import gc
import marshal
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

PLAIN = 2
"""The form of `marshal` that looks for no object that occurs twice, which costs more than it spares here."""

MANY = 20_000
"""Events from which on a process more is worth its start."""


def is_worth_it(events: int) -> bool:
    """Whether so many events are to be checked by several processes; elsewhere than on Linux these start slowly."""
    return events >= MANY and sys.platform == "linux"


class ProcessEnded(Exception):
    """A process beside has ended before its time: killed, or out of memory."""


@contextmanager
def no_circles_sought() -> Iterator[None]:
    """Let nobody look for objects that refer to each other in a circle, for the length of the block.

    Events and what is known of them do not; looking again and again through all of them takes a tenth of the time.
    """
    was_sought = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_sought:
            gc.enable()


class Beside:
    """An object in a process of its own, which is told what to do and goes on by itself.

    ``make`` makes it there, from what this process has in memory by then. What it is told are names of its methods and
    plain values, as `marshal` takes them. One call waits at the most while another is at work: so memory is bounded.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        context = get_context("fork")
        there, self._here = context.Pipe()
        self._process = context.Process(target=_live, args=(make, there, self._here), daemon=True)
        with no_circles_sought():  # there, neither: else all that is there by now would be copied
            self._process.start()
        there.close()

    def tell(self, method: str, *values: Any) -> None:
        """Let a method be called; where one has failed before, this or a later `ask` raises what it has raised."""
        try:
            self._here.send_bytes(marshal.dumps((method, values, False), PLAIN))
        except OSError:  # nobody reads any more
            while True:
                self._answer()  # until it is what was raised

    def ask(self, method: str, *values: Any) -> Any:
        """Let a method be called, and answer what it does, or raise what it or one before it has raised."""
        with suppress(OSError):
            self._here.send_bytes(marshal.dumps((method, values, True), PLAIN))
        return self._answer()

    def close(self) -> None:
        """End the process, whatever it is about."""
        self._process.kill()
        self._here.close()
        self._process.join()

    def _answer(self) -> Any:
        try:
            answer, error = self._here.recv()
        except (EOFError, OSError):
            raise ProcessEnded("a process that helped has ended before its time") from None
        if error is not None:
            raise error
        return answer


def _live(make: Callable[[], Any], there: Connection, here: Connection) -> None:
    here.close()  # so that this process ends where the other one does
    one = make()
    with suppress(OSError, EOFError, KeyboardInterrupt):
        while True:
            method, values, is_asked = marshal.loads(there.recv_bytes())
            try:
                answer = getattr(one, method)(*values)
            except Exception as error:
                with socket.socket(fileno=os.dup(there.fileno())) as pipe:
                    pipe.shutdown(socket.SHUT_RD)  # else each might wait for ever until the other one reads
                there.send((None, error))
                return
            if is_asked:
                there.send((answer, None))
