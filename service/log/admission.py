"""Remembers whom tokens let in, and looks under the log's lock whether it is still so: commands need not ask before."""

from __future__ import annotations

from dataclasses import dataclass

from aggregates.erasure import ErasureEvent
from aggregates.user import UserEvent
from projections.engine.reading import Reading
from projections.users import Caller
from service.log.kept import Kept
from service.log.token_digests import holder
from service.log.writing import Writing

_CHANGED_BY = (UserEvent, ErasureEvent)


class NotAdmitted(Exception):
    """A token lets in nobody any more, or somebody with other rights than were remembered."""


@dataclass
class Admission:
    """Whom a token lets in, by its digest: as the database says, or, until it ``is_confirmed``, as it is remembered.

    One that ``has_given`` a command is one of a request by which something was committed.
    """

    digest: str
    caller: Caller
    is_remembered: bool = False
    is_confirmed: bool = False
    has_given: bool = False

    def confirm(self, kept: Kept, writing: Writing) -> None:
        """Remember whom the token lets in now. Raises `NotAdmitted` where it was remembered otherwise.

        It costs a question after an event about a user, and none else. A request is let in once, however many commands
        it gives: the first of them may be about the user himself.
        """
        if self.has_given:
            return
        question = _Question(self.digest)
        found = kept.answer(writing, question, _CHANGED_BY, lambda: question(writing))
        self.is_confirmed = found == self.caller
        if self.is_remembered and not self.is_confirmed:
            raise NotAdmitted


def remembered(kept: Kept, digest: str) -> Admission | None:
    """Whom a token let in when a command of this process was given by it last; None where that is not known."""
    caller = kept.last(_Question(digest))
    return None if caller is None else Admission(digest, caller, is_remembered=True)


@dataclass(frozen=True)
class _Question:
    """Whom the token with a digest lets in."""

    digest: str

    def __call__(self, writing: Writing) -> Caller | None:
        writing.flush()
        found = holder(Reading(writing.connection), self.digest)
        return found and found.caller
