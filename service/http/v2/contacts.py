"""What persons and organizations have in common on the wire (wire reference 6)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from marshmallow import fields, validate

from projections.contact_counts import Counts
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.answers import Linked
from service.http.call import Call
from service.http.fields import Id
from service.http.resource import Complete
from service.http.time_fields import Moment
from service.http.v2 import usual_fields as usual
from service.http.wire_fields import Constant, WireField

ADD_TIME = WireField("add_time", Moment(), fact="added_at", in_body="new", sorts="add_time")
LABEL_IDS = WireField("label_ids", usual.Labels(Id(), validate=validate.Length(max=100)), fields.List(fields.Integer()))
LABELS = WireField("labels", shows=fields.List(fields.Nested(Linked)), source=Constant([]), on_request="include_labels")

_COUNTED_DEALS = [
    f"{prefix}{status}_deals_count" for prefix in ("", "related_") for status in ("open", "closed", "won", "lost")
]
ON_REQUEST = (
    *usual.AGENDA,
    *usual.nothing_on_request("smart_bcc_email"),
    *usual.numbers_on_request(["files_count"], Constant(0)),
    usual.FOLLOWERS_COUNT,
    *usual.numbers_on_request(["email_messages_count"], Constant(0)),
    *usual.numbers_on_request(_COUNTED_DEALS),
)
"""Numbers that are counted when somebody asks for them."""


def counting(key: str, count: Callable[[Reading, list[int]], Counts], names: Sequence[str] = ()) -> Complete:
    """Adds to rows what is asked for of ``ON_REQUEST``; ``count`` counts by ids, of ``names`` too."""

    def complete(call: Call, rows: list[Row]) -> list[Row]:
        if not {*_COUNTED_DEALS, *names}.isdisjoint(call.query.get("include_fields", ())):
            rows = with_counts(call, rows, key, count, names)
        return usual.with_agendas(call, rows, key)

    return complete


def with_counts(
    call: Call, rows: list[Row], key: str, count: Callable[[Reading, list[int]], Counts], names: Sequence[str] = ()
) -> list[Row]:
    """The rows, with how many deals each contact has; ``count`` counts by ids, of ``names`` too."""
    with call.reading() as reading:
        counts = count(reading, [row[key] for row in rows])
    for row in rows:
        row.update(dict.fromkeys((*_COUNTED_DEALS, *names), 0), **counts[row[key]])
    return rows
