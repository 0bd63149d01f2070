"""Formats events of the log as JSON, as NDJSON lines or as CSV."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from marshmallow import Schema, fields

from projections.kinds import KIND_OF
from projections.names import names_of
from projections.users import USERS
from service.http.json import render
from service.http.ledger.changed_fields import ChangedField, shown_change
from service.http.ledger.event_search import Found
from service.http.ledger.opportunities import who
from service.http.ledger.values import Named
from service.http.time_fields import Moment
from service.ledger.ledger import Ledger

_FORMULA_SIGNS = frozenset("=+-@\N{MINUS SIGN}")

NDJSON = "application/x-ndjson"

Shown = dict[str, Any]
"""An event as `RecordedEvent` describes it."""


class RecordedEvent(Schema):
    """One event: its place in the log and in its stream, who caused it (null: the system), when, and why; to a thing of
    which kind it happened (null: to none of them), and with which token it was asked for (null: with none that was
    issued here, or before events told of tokens).

    What it changed in its thing, field by field, is told where that is asked; nothing by one that made the thing. One
    that the caller may not see is called ``Hidden`` and tells nothing but its position.
    """

    position = fields.Integer(required=True)
    stream_id = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True, allow_none=True)
    event = fields.String(required=True)
    kind = fields.String(required=True, allow_none=True)
    when = Moment(required=True, allow_none=True)
    who = fields.Nested(Named, required=True, allow_none=True)
    reason = fields.String(required=True, allow_none=True)
    request_id = fields.String(required=True, allow_none=True)
    client = fields.String(required=True, allow_none=True)
    token_id = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)
    changes = fields.List(fields.Nested(ChangedField))


HIDDEN = "Hidden"
"""What an event is called that may not be seen; no event of the log is."""


def shown(ledger: Ledger, found: Sequence[Found]) -> list[Shown]:
    """Events as they are shown, with the names that their users have now."""
    with ledger.reading() as reading:
        names = names_of(reading, USERS, (each.event.by for each in found if each.event is not None))
    return [_shown(each, names) for each in found]


def lines(items: Iterable[Shown], **_: bool) -> str:
    """One line of JSON per event."""
    return "".join(f"{_text(item)}\n" for item in items)


def table(items: Iterable[Shown], *, tells_changes: bool) -> str:
    """A table without formulas, whatever is in its cells: spreadsheets would run them.

    Where changes are told, an event has a row for each field that it changed, and one without where it changed none.
    """
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow((*_COLUMNS, *(_CHANGED if tells_changes else ())))
    for item in items:
        changes = [[change[name] for name in _CHANGED] for change in item.get("changes", ())]
        for changed in changes or [[""] * len(_CHANGED) if tells_changes else []]:
            cells = [*(item[name] for name in _COLUMNS), *changed]
            writer.writerow([_harmless(_text(cell) if isinstance(cell, dict | list) else cell) for cell in cells])
    return written.getvalue()


_CHANGED = tuple(ChangedField().fields)
_COLUMNS = tuple(name for name in RecordedEvent().fields if name != "changes")

FORMATS: dict[str, tuple[str, Callable[..., str]]] = {
    "ndjson": (NDJSON, lines),
    "csv": ("text/csv", table),
}
"""The other formats than JSON: what each is called on the wire, and how events are written in it."""


def _shown(found: Found, names: dict[int, str]) -> Shown:
    changes = {} if found.changes is None else {"changes": list(map(shown_change, found.changes))}
    event = found.event
    if event is None:
        return {**dict.fromkeys(_COLUMNS), "position": found.position, "event": HIDDEN, "data": {}, **changes}
    metadata, kind = event.metadata, KIND_OF.get(type(event).__name__)
    assert metadata is not None
    return {
        "position": found.position,
        "stream_id": str(event.originator_id),
        "version": event.originator_version,
        "event": type(event).__name__,
        "kind": kind and kind.name,
        "when": event.at,
        "who": who(event, names),
        "reason": metadata.reason,
        "request_id": metadata.request_id,
        "client": metadata.client,
        "token_id": metadata.token_id,
        "data": event.facts(),
        **changes,
    }


def _harmless(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula, whatever stands before the sign or in which width it is."""
    text = str(cell)
    seen = unicodedata.normalize("NFKC", next((letter for letter in text if not _is_overlooked(letter)), ""))
    return f"'{text}" if seen in _FORMULA_SIGNS or text[:1] in ("\t", "\r", "\n") else cell


def _is_overlooked(letter: str) -> bool:
    """Whether it is a blank, a control character or one that is not shown: importers may drop it."""
    return unicodedata.category(letter)[0] in "CZM"


def _text(value: Any) -> str:
    return render(value).decode()
