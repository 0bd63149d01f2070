"""Routes that hand over, hold, release and erase what is held about somebody or something, whatever can be erased."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from eventsourcing.persistence import OperationalError
from flask import Response, request
from marshmallow import Schema, fields
from marshmallow.fields import Field

from projections.kinds import KINDS, Kind
from service.http.background import done_within
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Text
from service.http.json import render
from service.http.ledger.conversions import Reason
from service.http.problem_details import ledger
from service.http.route import View
from service.http.time_fields import Moment
from service.http.wire_fields import camel_case, schema
from service.log.errors import UnknownOutcome
from service.privacy.disclosure import held_about
from service.privacy.erasure import announce_erasure, go_on
from service.privacy.erasure_state import Erasure, erasure_of
from service.privacy.holding import hold
from service.privacy.subjects import ERASABLE, Subject

ANSWER_SECONDS = 25
"""How long a request waits for an erasure: proxies and clients often give up after 30 or 60."""

_NO_ERASURE = "no erasure of it was asked for of late"


class KeptReason(Reason):
    """Why, in words that tell nothing of anybody: they stay."""

    reason = Text(1000, required=True)


class Grounds(KeptReason):
    """Why somebody or something is erased, and by which right or duty."""

    legal_basis = Text(required=True)


class Held(Schema):
    """Whether what is known of it must be kept, and where the log tells of it."""

    is_on_hold = fields.Boolean(required=True)
    position = fields.Integer(required=True)


class Mention(Schema):
    """A field that holds a name, an address or a number of whoever was erased: look whether it is meant.

    It is in the event at position ``number`` of the log (``events``), or in an auditor's request (``access_records``).
    """

    table = fields.String(required=True)
    number = fields.Integer(required=True)
    event = fields.String(required=True, allow_none=True)
    stream_id = fields.String(required=True, allow_none=True)
    field = fields.String(required=True)


class Erased(Schema):
    """What an erasure came to: keys destroyed, events and rows that tell nothing any more, and what to look at.

    ``mentioned`` is how many fields to look at, ``mentions`` the first thousand of them. ``readable`` is how many of
    the events keep what client and request were called, a signal's kind or reasons, as older versions recorded these in
    the clear. Until it ``is_done``, all of that may be unknown; ``position`` is where the log confirms it.
    """

    is_done = fields.Boolean(required=True)
    keys = fields.Integer(required=True, allow_none=True)
    events = fields.Integer(required=True, allow_none=True)
    rows = fields.Integer(required=True, allow_none=True)
    readable = fields.Integer(required=True, allow_none=True)
    mentioned = fields.Integer(required=True, allow_none=True)
    mentions = fields.List(fields.Nested(Mention), required=True)
    position = fields.Integer(required=True, allow_none=True)


class HeldData(Schema):
    """All that is held about somebody or something: how things stand now, by kind, and all that was recorded."""

    as_of = fields.Integer(required=True)
    made_at = Moment(required=True)
    now = fields.Dict(required=True)
    recorded = fields.List(fields.Dict(), required=True)


Path = Mapping[str, int | UUID]
"""What a route's path names."""


@dataclass(frozen=True)
class _Erasing:
    """The routes by which things of one kind are erased; ``subject`` finds what a path names.

    ``noun`` is what one is called, with its article, and ``named`` the field by which answers name one.
    """

    path: str
    name: str
    noun: str
    named: tuple[str, Field[Any]]
    subject: Callable[[Call, Path], Subject]

    def serve_erasure(self, act: str, outcome: str, summary: str) -> None:
        """Let administrators erase one, under the name of an ``act``, and see under that of its ``outcome`` how far
        that has come."""

        def erase(call: Call, **path: int | UUID) -> Any:
            subject, reason = self.subject(call, path), call.body["reason"]
            work = partial(go_on, call.ledger, call.origin(reason), subject, call.body["legal_basis"])

            def erased(*_: Any) -> dict[str, Any] | Response:
                return self._erased(path, subject, outcome, work)

            return call.execute(partial(announce_erasure, subject=subject), erased, reason)

        def get(call: Call, **path: int | UUID) -> dict[str, Any]:
            subject = self.subject(call, path)
            with call.reading() as reading:
                erasure = erasure_of(reading.connection, subject)
            if erasure is None:
                raise NotFound(_NO_ERASURE)
            return self._told(path, _shown(erasure))

        erase.__doc__ = f"""{summary} for good: nothing readable is left, and the log's evidence stays whole.

        Where that takes long, the answer is 202 and says in ``Location`` where to see whether it is done. An erasure
        that broke off is gone on with by asking for it again, and one that is repeated by its key tells how far it has
        come."""
        get.__doc__ = f"How far {self.noun} has been erased; it is told for 30 days at least."
        answer = self._schema("Erased", Erased)
        self._serve("POST", act, f"{act}_{self.name}", erase, body=Grounds, answer=answer, may_take_longer=True)
        told = {"answer": answer, "missing": _NO_ERASURE, "is_confidential": True}
        told |= {"no_past": "it tells how the erasure stands, and that is now"}
        self._serve("GET", outcome, f"get_{self.name}_{outcome}", get, **told)

    def serve_holds(self) -> None:
        """Let administrators put one on legal hold, and release it."""

        answer = self._schema("Held", Held)

        def serve(act: str, is_on_hold: bool, summary: str) -> None:
            def view(call: Call, **path: int | UUID) -> Any:
                def held(_: Call, position: int) -> dict[str, Any]:
                    return self._told(path, {"is_on_hold": is_on_hold, "position": position})

                command = partial(hold, subject=self.subject(call, path), is_on_hold=is_on_hold)
                return call.execute(command, held, call.body["reason"])

            view.__doc__ = summary
            self._serve("POST", act, f"{act}_{self.name}", view, body=KeptReason, answer=answer)

        kept = "what is known of it is kept until the hold is released"
        serve("hold", True, f"Put {self.noun} on legal hold: {kept}.")
        serve("release", False, f"Release {self.noun} from legal hold.")

    def serve_data(self) -> None:
        """Let administrators hand over all that is held about one."""

        def view(call: Call, **path: int | UUID) -> dict[str, Any]:
            return self._told(path, held_about(call.ledger, self.subject(call, path)))

        view.__doc__ = f"All that is held about {self.noun}, to be handed over: what an erasure would erase."
        shown = {"answer": self._schema("Data", HeldData), "is_audited": True, "is_confidential": True}
        shown |= {"no_past": f"it tells what is held about the {self.name}, and that is now"}
        self._serve("GET", "data", f"get_{self.name}_data", view, **shown)

    def _erased(
        self, path: Path, subject: Subject, outcome: str, work: Callable[[], Erasure]
    ) -> dict[str, Any] | Response:
        try:
            erasure = done_within(ANSWER_SECONDS, work)
        except OperationalError as error:
            raise UnknownOutcome(f"an erasure that was announced broke off: {error}") from error
        if erasure is not None:
            return self._told(path, _shown(erasure))
        later = Response(render(self._told(path, _shown(Erasure(subject)))), 202, mimetype="application/json")
        later.headers["Location"] = f"{request.path.rpartition('/')[0]}/{outcome}"
        return later

    def _told(self, path: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
        """An answer, with what the path names."""
        (key,) = path.values()
        return {self.named[0]: key if isinstance(key, int) else str(key), **facts}

    def _schema(self, what: str, base: type[Schema]) -> type[Schema]:
        name, field = self.named
        return schema(f"{camel_case(f'_{self.name}')}{what}", __name__, base.__doc__ or "", {name: field}, base)

    def _serve(self, method: str, act: str, name: str, view: View, **options: Any) -> None:
        view.__name__ = name
        usual = {"missing": f"there is no such {self.noun.partition(' ')[2]}", "is_for_administrators": True}
        ledger.route(method, f"{self.path}/{act}", **{**usual, **options})(view)


def _of_kind(kind: Kind) -> _Erasing:
    """The routes of things of a kind."""

    def subject(_: Call, path: Path) -> Subject:
        (key,) = path.values()
        return Subject(kind.name, key if isinstance(key, int) else str(key))

    has_number = kind.key.type.python_type is int
    name, field = f"{kind.name}_id", (fields.Integer if has_number else fields.UUID)(required=True)
    path = f"/{kind.table.name}/<{'id' if has_number else 'uuid'}:{name}>"
    noun = f"{'an' if kind.name[0] in 'aeio' else 'a'} {kind.name}"
    return _Erasing(path, kind.name, noun, (name, field), subject)


def _redacted(call: Call, path: Path) -> Subject:
    with call.reading() as reading:
        return Subject.at(reading.connection, int(path["event_position"]))


for _name in ERASABLE:
    _erasing = _of_kind(KINDS[_name])
    _erasing.serve_data()
    _erasing.serve_holds()
    _erasing.serve_erasure("erase", "erasure", f"Erase {_erasing.noun}")

_Erasing(
    "/events/<id:event_position>",
    "event",
    "an event",
    ("event_position", fields.Integer(required=True)),
    _redacted,
).serve_erasure("redact", "redaction", "Erase the words of what an event happened to, and nothing else,")


def _shown(erasure: Erasure) -> dict[str, Any]:
    told: dict[str, Any] = dict.fromkeys(("keys", "events", "rows", "readable", "mentioned")) | {"mentions": []}
    if erasure.found is not None:
        told = vars(erasure.found) | {"mentions": [mention._asdict() for mention in erasure.found.mentions]}
    return {**told, "is_done": erasure.is_confirmed, "position": erasure.position}
