"""What a check can come to where all is not sound: something was altered, or that cannot be told."""

from __future__ import annotations

from collections.abc import Iterable


class Uncheckable(Exception):
    """What is needed to tell is not there; the message says what."""


class UnknownKey(Uncheckable):
    """A note is signed, but by nobody whose key is known; ``signers`` are their names and the hashes of their keys."""

    def __init__(self, signers: Iterable[str]) -> None:
        self.signers = [*signers]
        super().__init__(f"a note is signed by a key that is not known here: {', '.join(self.signers)}")


class Altered(Exception):
    """Something is not as it was sealed; ``position`` is that of the first event concerned, where one is."""

    def __init__(self, what: str, position: int | None = None) -> None:
        super().__init__(what)
        self.position = position
