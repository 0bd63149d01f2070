"""Lets processes of their own follow streams and totals, so that several processors check one log."""

from __future__ import annotations

import gc
import marshal
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from service.evidence.verifier.events import Entry
from service.evidence.verifier.stream_heads import Streams, Subtree, above, check_root
from service.evidence.verifier.totals import Totals, tells_of_leads_and_deals

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
                self.answer()  # until it is what was raised

    def ask(self, method: str, *values: Any) -> Any:
        """Let a method be called, and answer what it does, or raise what it or one before it has raised."""
        self.ask_for(method, *values)
        return self.answer()

    def ask_for(self, method: str, *values: Any) -> None:
        """Let a method be called of which `answer` will tell what it has answered; of one such at a time."""
        with suppress(OSError):
            self._here.send_bytes(marshal.dumps((method, values, True), PLAIN))

    def close(self) -> None:
        """End the process, whatever it is about."""
        self._process.kill()
        self._here.close()
        self._process.join()

    def answer(self) -> Any:
        """What the method answers that was asked for; raises as `ask` does."""
        try:
            answer, error = self._here.recv()
        except (EOFError, OSError):
            raise ProcessEnded("a process that helped has ended before its time") from None
        if error is not None:
            raise error
        return answer


class StreamsBeside:
    """`Streams` in two processes, each for half of the tree: what they raise is raised later, or by `end`."""

    def __init__(self) -> None:
        self._halves = [Beside(partial(_HalfOfStreams, which)) for which in (0, 1)]
        self._due: tuple[int, str] | None = None

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the next events of the log."""
        plain = [(at, stream, version, before) for at, stream, version, _, _, before in entries]
        for half in self._halves:
            half.tell("add_plain", plain)

    def check(self, size: int, told: str) -> None:
        """Hold the root over the heads of the events so far against the one that a checkpoint of so many tells."""
        self._compare()
        for half in self._halves:
            half.ask_for("half_of_tree")
        self._due = size, told

    def end(self) -> None:
        """Raise what is wrong with any event so far."""
        self._compare()
        for half in self._halves:
            half.ask("end")

    def close(self) -> None:
        """End the processes."""
        for half in self._halves:
            half.close()

    def _compare(self) -> None:
        if self._due is not None:
            first, second = (half.answer() for half in self._halves)
            check_root(above(first, second)[0], *self._due)
            self._due = None


class TotalsBeside(Beside):
    """`Totals` in a process of its own."""

    def __init__(self) -> None:
        super().__init__(_PlainTotals)

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the next events of the log."""
        self.tell("add_plain", [tuple(entry) for entry in entries if tells_of_leads_and_deals(entry.topic)])

    def end(self) -> None:
        """Raise what is wrong with any event so far; what they add up to is known from then on."""
        self.doubt: str | None
        self._lines: list[str]
        self._older_lines: list[str]
        self.doubt, self._lines, self._older_lines = self.ask("added_up")

    def lines(self) -> list[str]:
        """As `Totals.lines`, once it has ended."""
        return self._lines

    def older_lines(self) -> list[str]:
        """As `Totals.older_lines`, once it has ended."""
        return self._older_lines


class _HalfOfStreams(Streams):
    def __init__(self, which: int) -> None:
        super().__init__()
        self._which = which

    def add_plain(self, entries: Sequence[tuple[int, str, int, int | None]]) -> None:
        is_second = bool(self._which)
        self.add([Entry(at, s, v, "", b"", before) for at, s, v, before in entries if (s >= "8") == is_second])

    def half_of_tree(self) -> Subtree:
        return self.half(self._which)


class _PlainTotals(Totals):
    def add_plain(self, entries: Sequence[tuple[Any, ...]]) -> None:
        self.add([*map(Entry._make, entries)])

    def added_up(self) -> tuple[str | None, list[str], list[str]]:
        return self.doubt, self.lines(), self.older_lines()


def streams_of(*, are_many: bool) -> Streams | StreamsBeside:
    """What follows the streams of a log."""
    return StreamsBeside() if are_many else Streams()


def totals_of(*, are_many: bool) -> Totals | TotalsBeside:
    """What adds up leads and deals of a log."""
    return TotalsBeside() if are_many else Totals()


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
