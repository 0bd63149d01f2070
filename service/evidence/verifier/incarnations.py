"""The incarnations of a log, of which a new one begins with each restore, and what was lost in between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from service.evidence.verifier.encoding import number_in, unwritten
from service.evidence.verifier.notes import Checkpoint, Incarnation, checkpoint_of, incarnation_of
from service.evidence.verifier.report import Report
from service.evidence.verifier.verdicts import Altered, UnknownKey


class Begun(NamedTuple):
    """An incarnation of the log as it was begun: when, by the clock of then, and the note signed last before."""

    number: int
    began_at: str
    instance: str
    last_note: str | None


class Incarnations:
    """The incarnations of a log, of which a new one begins with each restore, and where those before it have ended.

    Each checkpoint of an incarnation says which one of the incarnation before was known to be its last. So what was
    signed behind the backup, and is not in the log any more, was lost openly. Whatever was signed of an incarnation
    behind the checkpoint that is said to be its last, or does not fit and is not said to be lost, is a fork.
    """

    def __init__(self, signed: Sequence[Checkpoint], kept: Sequence[Checkpoint]) -> None:
        self.lost: list[Checkpoint] = []
        self._kept = kept
        self._restored: dict[Incarnation, int] = {}
        self._ends: dict[Incarnation, Checkpoint] = {}
        for checkpoint in signed:
            incarnation = incarnation_of(checkpoint.origin)
            self._restored[incarnation] = max(self._restored.get(incarnation, 0), checkpoint.size)
        for checkpoint in [*signed, *kept]:
            if "follows" in checkpoint.lines:
                end = _end_of_incarnation(checkpoint)
                if self._ends.setdefault(incarnation_of(end.origin), end) != end:
                    raise Altered(
                        f"the checkpoints of two incarnations that follow {end.origin} name another end of it"
                    )

    def ends(self) -> Iterable[Checkpoint]:
        """The checkpoints that are said to be the last of the incarnations before, to be held against the log."""
        return self._ends.values()

    def excuse(self, checkpoint: Checkpoint) -> bool:
        """Whether a checkpoint that does not fit is of what a restore has lost that the log tells of."""
        incarnation = incarnation_of(checkpoint.origin)
        if (end := self._ends.get(incarnation)) is None:
            is_told = any(ended.log == incarnation.log and ended.number > incarnation.number for ended in self._ends)
        else:
            is_told = checkpoint.size < end.size or (checkpoint.size, checkpoint.root) == (end.size, end.root)
        is_lost = is_told and checkpoint.size > self._restored.get(incarnation, 0)
        if is_lost:
            self.lost.append(checkpoint)
        return is_lost

    def restored(self) -> list[str]:
        """A sentence for each incarnation that ended behind what is left of it."""
        return [
            f"{end.origin} ended with a restore, as the log says itself: of {end.size} events that were signed, "
            f"those behind {self._restored.get(incarnation, 0)} were lost, or some of them"
            for incarnation, end in self._ends.items()
            if end in self.lost
        ]

    def doubts(self) -> list[str]:
        """A sentence for each checkpoint that somebody has kept of what was lost.

        Raises `Altered` where the last one of its incarnation is in the log, so that nothing of that one was lost.
        """
        doubts = []
        for kept in self._kept:
            if kept in self.lost:
                what = f"{kept.size} events of {kept.origin} of which you kept a checkpoint"
                if self._ends.get(incarnation_of(kept.origin), kept) not in self.lost:
                    raise Altered(f"the log is another one than those {what}, and no restore has lost these")
                doubts.append(f"what became of {what}: a restore lost some")
        return doubts


def _end_of_incarnation(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint that another one says it follows."""
    try:
        origin, size, root = checkpoint.lines["follows"].split(" ")
        return Checkpoint(origin, number_in(size), unwritten(root), {}, None, None)
    except ValueError:
        raise Altered("a signed note is no checkpoint") from None


def check_begun(
    begun: Sequence[Begun], signed: Sequence[Checkpoint], keys: Sequence[str], report: Report
) -> list[Checkpoint]:
    """Check that incarnations follow each other, and are all that were signed of; the checkpoints that they name."""
    incarnations = [Incarnation(each.instance, each.number) for each in begun]
    if incarnations != sorted(set(incarnations)) or len({incarnation.log for incarnation in incarnations}) > 1:
        raise Altered("the incarnations of the log do not follow each other")
    if incarnations and (unknown := {checkpoint.incarnation for checkpoint in signed} - {*incarnations}):
        raise Altered(f"incarnation {min(unknown).number} of the log is not among those that are told")
    follows = {each.incarnation: each.lines["follows"] for each in signed if "follows" in each.lines}
    for difference in misnamed(begun, follows):
        raise Altered(difference)
    report.said += [f"incarnation {each.number} of the log began at {each.began_at}" for each in begun[1:]]
    named = []
    for each in begun:
        try:
            named += [checkpoint_of(each.last_note, keys)] if each.last_note is not None else []
        except UnknownKey:
            continue
    return named


def misnamed(begun: Sequence[Begun], follows: Mapping[Incarnation, str]) -> Iterator[str]:
    """Incarnations that name another last checkpoint before them than their own ones say, or one of none before.

    ``follows`` is what the checkpoints of an incarnation say of that; older ones say nothing.
    """
    for each in begun:
        incarnation = Incarnation(each.instance, each.number)
        told = None if each.last_note is None else " ".join(each.last_note.split("\n")[:3])
        if follows.get(incarnation, told) != told:
            yield f"incarnation {each.number} of the log is said to follow another checkpoint than its own ones say"
        elif (
            told is not None
            and (before := incarnation_of(told.split(" ")[0])).log == incarnation.log
            and before >= incarnation
        ):
            yield f"incarnation {each.number} of the log is said to follow a checkpoint of none before it"
