"""Two checkpoints of one signer that cannot both be true, and the file that shows it to others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from service.evidence.verifier.encoding import in_base64, unwritten
from service.evidence.verifier.merkle import consistency, root_of, roots_along
from service.evidence.verifier.notes import Checkpoint, Incarnation, checkpoint_of
from service.evidence.verifier.verdicts import Altered, Uncheckable

FORK_VERSION = "leadledger-fork/v1"


class Fork(NamedTuple):
    """Two checkpoints that one signer has signed of one incarnation of a log, and that cannot both be true.

    Either they say so by themselves, or ``path`` is the proof that the tree of the second begins by the tree with
    another ``root`` than the first one has.
    """

    first: Checkpoint
    second: Checkpoint
    root: bytes | None = None
    path: Sequence[bytes] = ()

    @classmethod
    def over(cls, misfit: Checkpoint, fit: Checkpoint, leaves: Sequence[bytes]) -> Fork:
        """What shows that one checkpoint is not of the beginning of the leaves that a larger one is of."""
        path = consistency(misfit.size, leaves[: fit.size], is_whole=True)
        return cls(misfit, fit, root_of(leaves[: misfit.size]), path)

    def reason(self) -> str | None:
        """Why both cannot be true; None where that is not shown."""
        first, second = self.first, self.second
        if first.incarnation != second.incarnation:
            return None
        for what, said in _said(first).items():
            if _said(second).get(what, said) != said:
                return f"they say different things of {what}"
        if (
            None not in (first.time, second.time)
            and (first.time or 0) > (second.time or 0)
            and first.size < second.size
        ):
            return f"that of {first.size} was signed later than that of {second.size}"
        if self.root is not None and self.root != first.root and first.size < second.size:
            try:
                shown = roots_along(first.size, second.size, self.path, self.root, is_whole=True)
            except ValueError:
                return None
            if shown == (self.root, second.root):
                return f"the log of {second.size} events does not begin with that of {first.size}"
        return None

    def __str__(self) -> str:
        """As a file that anybody can check without the log."""
        root = in_base64(self.root).decode() if self.root is not None else None
        path = [in_base64(node).decode() for node in self.path]
        told = {
            "format": FORK_VERSION,
            "first": self.first.note,
            "second": self.second.note,
            "root": root,
            "path": path,
        }
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def parse(cls, text: str, keys: Sequence[str]) -> Fork:
        """What a file tells, once the signatures hold. Raises `Uncheckable` where it tells no fork."""
        try:
            told = json.loads(text)
            if told["format"] != FORK_VERSION:
                raise ValueError
            root = unwritten(told["root"]) if told["root"] is not None else None
            path = [unwritten(node) for node in told["path"]]
            return cls(checkpoint_of(told["first"], keys), checkpoint_of(told["second"], keys), root, path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise Uncheckable("the file is not as a fork is told") from None


class Contradiction(Altered):
    """The signer has signed what cannot be true at once; ``fork`` shows it."""

    def __init__(self, fork: Fork) -> None:
        super().__init__(
            f"the signer contradicts itself: it has signed checkpoints of {fork.first.size} and of {fork.second.size} "
            f"events of {fork.first.origin}, and {fork.reason()}"
        )
        self.fork = fork


def check_no_contradiction(checkpoints: Sequence[Checkpoint]) -> None:
    """Raise `Contradiction` where two checkpoints by themselves cannot both be true."""
    said = dict[tuple[Incarnation, str], tuple[bytes | str, Checkpoint]]()
    for checkpoint in checkpoints:
        for what, value in _said(checkpoint).items():
            before = said.setdefault((checkpoint.incarnation, what), (value, checkpoint))
            if before[0] != value:
                raise Contradiction(Fork(before[1], checkpoint))
    timed = sorted((each for each in checkpoints if each.time is not None), key=lambda each: (each.time, each.size))
    largest = dict[Incarnation, Checkpoint]()
    for checkpoint in timed:
        before_it = largest.setdefault(checkpoint.incarnation, checkpoint)
        if checkpoint.size < before_it.size:
            raise Contradiction(Fork(checkpoint, before_it))
        largest[checkpoint.incarnation] = checkpoint


def _said(checkpoint: Checkpoint) -> dict[str, bytes | str]:
    """What a checkpoint says once and for all of the incarnation of a log that it is of."""
    said: dict[str, bytes | str] = {f"the first {checkpoint.size} events": checkpoint.root}
    if checkpoint.access is not None:
        said[f"the first {checkpoint.access[0]} access records"] = checkpoint.access[1]
    if "streams" in checkpoint.lines:
        said[f"the streams of the first {checkpoint.size} events"] = checkpoint.lines["streams"]
    return said
