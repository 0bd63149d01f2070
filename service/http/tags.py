"""Entity tags of single things, and the preconditions of a request that names them (RFC 9110, 8.8.3 and 13)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from flask import Request, Response

from projections.engine.reading import Reading
from projections.names import names_of
from projections.users import USERS, Caller
from service.fingerprints import of_code
from service.http.answer_time import AnswerTime
from service.http.compression import PACKED, takes_gzip
from service.http.headers import sent
from service.log.history import who_and_when

_ENTITY_TAG = re.compile(r'(?:(W/)?"([!#-~\x80-\xff]*)")?[ \t]*(?:,[ \t]*|\Z)')
"""One element of a list of entity tags, which may be empty, up to where the next one begins (RFC 9110, 5.6.1.2)."""

_OURS = re.compile(rf"(\d{{1,15}})\.\d{{1,15}}\.[0-9a-f]{{10}}(?:{PACKED})?")

Edited = Callable[..., int]
"""Answers where in the log a client last edited a thing, given a reading, the answer's time and what the path says.

Raises `NotFound` where no such thing is shown.
"""


class BadPrecondition(Exception):
    """A precondition that cannot be read, or that cannot be kept at this address; the message says which and why."""


@dataclass(frozen=True)
class Tag:
    """What the answer about one thing depends on: ``edited`` is the position of the last event that a client caused.

    ``position`` is the end of the log, so that names of other things and verdicts count, too; ``build`` stands for the
    code and for whom it answers, and for the time where the answer changes with that alone.
    """

    edited: int
    position: int
    build: str

    @property
    def opaque(self) -> str:
        """The tag without its quotes."""
        return f"{self.edited}.{self.position}.{self.build}"

    def __str__(self) -> str:
        """The tag as a header holds it."""
        return f'"{self.opaque}"'


class NotModified(Exception):
    """The caller has the answer already."""


class PreconditionFailed(Exception):
    """A thing is not as the request wants it to be: ``now`` says what it is instead, for the body of an error.

    That is its tag and, unless it is as every company has it from the start, at which position it was edited, when and
    by whom (null: the system).
    """

    def __init__(self, message: str, tag: Tag, reading: Reading) -> None:
        super().__init__(message)
        self.tag = tag
        self.now = {"etag": str(tag), "edited": _edit(reading, tag.edited) if tag.edited else None}


@dataclass(frozen=True)
class _Given:
    """The tags that a header names, without quotes, by how they may be compared; ``*`` stands for any."""

    is_any: bool
    strong: Collection[str] = ()
    weak: Collection[str] = ()


@dataclass(frozen=True)
class Preconditions:
    """What a request wants the thing to be that it is about."""

    if_match: _Given | None
    if_none_match: _Given | None
    may_be_packed: bool

    def check_seen(self, tag: Tag, reading: Reading) -> None:
        """Raise `PreconditionFailed` where the thing was edited since it was as If-Match says."""
        if self.if_match is not None and not _is_as_seen(self.if_match, tag):
            raise PreconditionFailed(_otherwise(self.if_match), tag, reading)

    def held(self, opaque: str) -> str | None:
        """The tag, as it is or packed, by which If-None-Match names the whole answer; None where it does not."""
        if (given := self.if_none_match) is None:
            return None
        forms = (opaque, opaque + PACKED) if self.may_be_packed else (opaque,)
        held = [form for form in forms if given.is_any or form in given.strong or form in given.weak]
        return f'"{held[0]}"' if held else None


class OneThing:
    """The one thing that a request is about: its tag, and whether it is as the request wants it to be.

    ``end`` is where the log ended before the thing was read: an answer may be newer than its tag, and must never be
    older. A command, which has no such end, says where the log ended once it was carried out.
    """

    def __init__(
        self,
        edited: Edited | None,
        path: Mapping[str, Any],
        user: Caller,
        preconditions: Preconditions | None,
        end: int = 0,
    ) -> None:
        self._shown: str | None = None
        self._edited = edited
        self._path = path
        self._user = user
        self._preconditions = preconditions
        self._end = end

    @property
    def is_conditional(self) -> bool:
        """Whether the request wants the thing to be something."""
        return self._preconditions is not None

    @property
    def shown(self) -> str | None:
        """The tag that the answer was given, as a header holds it; None where it was given none."""
        return self._shown

    def check(self, reading: Reading, time: AnswerTime, end: int) -> None:
        """Raise `PreconditionFailed` where a command may not change the thing."""
        if self._preconditions is not None and self._edited is not None:
            tag = self._tag(self._edited(reading, time, **self._path), end)
            self._preconditions.check_seen(tag, reading)
            if self._preconditions.held(tag.opaque) is not None:
                raise PreconditionFailed("it is there as If-None-Match says that it must not be", tag, reading)

    def change(self, end: int) -> None:
        """Note that the command was carried out: the log's end is that which it left."""
        self._preconditions, self._end = None, end

    def show(self, edited: int, moment: str, reading: Callable[[], AbstractContextManager[Reading]]) -> None:
        """Give the answer its tag, before anything is looked up for it; ``moment`` is one that it depends on, or empty.

        Raises `PreconditionFailed`, and `NotModified` where the caller has the answer.
        """
        tag = self._tag(edited, self._end, moment)
        self._shown = str(tag)
        if self._preconditions is not None:
            with reading() as open_reading:
                self._preconditions.check_seen(tag, open_reading)
            if (held := self._preconditions.held(tag.opaque)) is not None:
                self._shown = held
                raise NotModified

    def answer(self, make: Callable[[], Response]) -> Response:
        """The answer that is made, with the tag that it was given; one without a body where the caller has it."""
        try:
            response = make()
        except NotModified:
            response = Response(status=304)
            del response.headers["Content-Type"]
        if self._shown is not None:
            response.headers["ETag"] = self._shown
        return response

    def _tag(self, edited: int, end: int, moment: str = "") -> Tag:
        build = build_for(self._user)
        return Tag(edited, end, _hashed(build + moment) if moment else build)


def preconditions_of(request: Request, *, has_tag: bool, has_digest: bool = False) -> Preconditions | None:
    """What a request to an address demands, whose things may have tags; None where it demands nothing.

    Raises `BadPrecondition` for what cannot be read, and for what cannot be kept where nothing has a tag. There a
    reader may still name tags in If-None-Match, none of which is that of the answer, unless that has a digest for one.
    """
    match, none_match = sent(request, "If-Match"), sent(request, "If-None-Match")
    if match is None and none_match is None:
        return None
    if_match = None if match is None else _given("If-Match", match)
    if_none_match = None if none_match is None else _given("If-None-Match", none_match)
    if has_tag:
        return Preconditions(if_match, if_none_match, takes_gzip(request))
    is_read = request.method in ("GET", "HEAD")
    names_any = if_none_match is not None and if_none_match.is_any
    if if_match is not None or not is_read or (names_any and not has_digest):
        raise _nothing_has_a_tag("If-None-Match" if if_match is None else "If-Match")
    return Preconditions(None, if_none_match, takes_gzip(request))


def precondition_of(if_match: str | None, *, has_tag: bool) -> Preconditions | None:
    """What a command in a batch demands of the thing that it changes, if it has one; see `preconditions_of`."""
    if if_match is None:
        return None
    if not has_tag:
        raise _nothing_has_a_tag("if_match")
    return Preconditions(_given("if_match", if_match), None, may_be_packed=False)


def _nothing_has_a_tag(name: str) -> BadPrecondition:
    return BadPrecondition(f"{name} is kept where one thing is read, changed or deleted; nothing here has a tag")


@lru_cache(1000)
def build_for(user: Caller) -> str:
    """The last part of tags: it differs between releases, and between users, who may be shown different things."""
    told = [user.user_id, user.is_admin, user.is_auditor, user.default_currency, *sorted(user.scopes)]
    return _hashed(f"{of_code()} {told}")


def _hashed(text: str) -> str:
    return blake2b(text.encode(), digest_size=5).hexdigest()


def _given(name: str, value: str) -> _Given:
    """The tags that a header names. Raises `BadPrecondition`."""
    value = value.strip(" \t")
    if value == "*":
        return _Given(is_any=True)
    strong, weak, place = set[str](), set[str](), 0
    while place < len(value):
        found = _ENTITY_TAG.match(value, place)
        if found is None:
            raise BadPrecondition(f'{name} is either * or entity tags in double quotes, such as "12.34.0123456789"')
        if found[2] is not None:
            (weak if found[1] else strong).add(found[2])
        place = found.end()
    if not strong and not weak:
        raise BadPrecondition(f"{name} names no entity tag")
    return _Given(False, strong, weak)


def _is_as_seen(given: _Given, tag: Tag) -> bool:
    """Whether a tag that may be compared strongly says that the thing was edited last where it was."""
    ours = (_OURS.fullmatch(opaque) for opaque in given.strong)
    return given.is_any or any(found is not None and int(found[1]) == tag.edited for found in ours)


def _otherwise(given: _Given) -> str:
    if given.strong:
        return "it was edited since it was as If-Match names it"
    return "If-Match names weak tags only, which are never enough: tags become weak where a proxy packs answers"


def _edit(reading: Reading, position: int) -> dict[str, Any]:
    user_id, when = who_and_when(reading.connection, position)
    who = None if user_id is None else {"id": user_id, "name": names_of(reading, USERS, [user_id]).get(user_id)}
    return {"position": position, "when": when, "who": who}
