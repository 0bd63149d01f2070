"""Which checkpoints the tree over the events fits as it grows, and which it does not."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from service.evidence.verifier.forks import Contradiction, Fork
from service.evidence.verifier.incarnations import Incarnations
from service.evidence.verifier.merkle import Tree
from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.sources import Source
from service.evidence.verifier.verdicts import Altered


class Fitting:
    """The checkpoints that a growing tree fits, and those that it does not; ``agreed`` is how far all of them fit."""

    def __init__(self, checkpoints: Sequence[Checkpoint], incarnations: Incarnations) -> None:
        self.agreed = 0
        self._due = sorted(checkpoints, key=lambda checkpoint: checkpoint.size, reverse=True)
        self._incarnations = incarnations
        self._fit: list[Checkpoint] = []
        self._misfits: list[tuple[Checkpoint, Altered]] = []

    @property
    def misfit(self) -> Altered | None:
        """What is wrong with the first checkpoint that does not fit, and should."""
        return self._misfits[0][1] if self._misfits else None

    def room(self, size: int) -> int:
        """How many events may be added to so many before there is a checkpoint to be looked at; one at least."""
        return max(self._due[-1].size - size, 1) if self._due else sys.maxsize

    def of(self, tree: Tree) -> Iterator[Checkpoint]:
        """The checkpoints of the size that the tree has by now, as far as they fit it."""
        while self._due and self._due[-1].size <= tree.size:
            checkpoint = self._due.pop()
            if (checkpoint.size, checkpoint.root) == (tree.size, tree.root):
                self._fit.append(checkpoint)
                self.agreed = tree.size if self.misfit is None else self.agreed
                yield checkpoint
            else:
                what = f"the first {tree.size} events are not those of which a checkpoint was signed"
                self._note(checkpoint, f"{what}; those up to {self.agreed} are", self.agreed + 1)

    def end(self, source: Source, size: int) -> None:
        """Raise `Contradiction` or `Altered` where a checkpoint does not fit, or is of more events than there are."""
        for checkpoint in self._due:
            what = f"the log ends after {size} events, but a checkpoint of {checkpoint.size} was signed"
            self._note(checkpoint, what, size + 1)
        for misfit, _ in self._misfits:
            for fit in self._fit:
                if fit.incarnation == misfit.incarnation and fit.size > misfit.size and fit.note and misfit.note:
                    raise Contradiction(Fork.over(misfit, fit, [leaf for _, leaf in source.leaves()]))
        if self.misfit is not None:
            raise self.misfit

    def _note(self, checkpoint: Checkpoint, what: str, position: int) -> None:
        if not self._incarnations.excuse(checkpoint):
            self._misfits.append((checkpoint, Altered(what, position)))
