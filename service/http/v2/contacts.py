"""What persons and organizations have in common on the wire flows through here (wire reference 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from projections.agendas import NOTHING, agendas
from projections.contact_counts import Counts
from projections.engine.reading import Reading
from projections.engine.rows import Row
from service.http.answers import Linked, NoCustomFields
from service.http.fields import Flag, Id, Visibility
from service.http.time_fields import Moment

COUNTED_DEALS = tuple(
    f"{prefix}{status}_deals_count" for prefix in ("", "related_") for status in ("open", "closed", "won", "lost")
)
"""Numbers of deals that are counted when somebody asks for them."""

NONE_YET: dict[str, int | None] = {
    **NOTHING,
    "smart_bcc_email": None,
    **dict.fromkeys(("files_count", "followers_count", "email_messages_count"), 0),
}
"""What may be included, and is nothing so far or where nobody planned or wrote anything."""


class ContactFacts(Schema):
    """What a client may say of any contact, and may leave out."""

    owner_id = Id()
    visible_to = Visibility()
    label_ids = fields.List(Id(), validate=validate.Length(max=100))
    custom_fields = fields.Nested(NoCustomFields)

    @post_load
    def as_recorded(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts in the domain's words; there are no custom fields yet to say anything of."""
        facts.pop("custom_fields", None)
        if "label_ids" in facts:
            facts["label_ids"] = list(dict.fromkeys(facts["label_ids"]))
        return facts


class ContactAnswer(Schema):
    """What version 2 shows of any contact."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    owner_id = fields.Integer(required=True)
    add_time = Moment(required=True)
    update_time = Moment(required=True)
    is_deleted = Flag(required=True)
    visible_to = fields.Integer(required=True)
    label_ids = fields.List(fields.Integer(), required=True)
    custom_fields = fields.Nested(NoCustomFields, required=True)
    labels = fields.List(fields.Nested(Linked))


def on_request(answer: type[Schema], includable: Mapping[str, Any]) -> type[Schema]:
    """The answer with what it has on request only: numbers, and what is null so far."""
    parts: dict[str, Any] = {
        name: (fields.Integer if name.endswith(("_id", "_count")) else fields.String)(allow_none=nothing is None)
        for name, nothing in includable.items()
    }
    return type(answer.__name__, (answer,), {"__module__": answer.__module__, "__doc__": answer.__doc__, **parts})


def include(
    reading: Reading,
    rows: Sequence[Row],
    query: Mapping[str, Any],
    key: str,
    nothing: Mapping[str, Any],
    count: Callable[[Reading, list[int]], Counts],
) -> None:
    """Put into each row, as ``included``, what a query asks for beyond the ordinary.

    ``nothing`` says for everything that may be asked for what it is where there is none of it.
    """
    wanted = query["include_fields"]
    are_counted = any(name.endswith(("deals_count", "people_count")) for name in wanted)
    counts: Mapping[int, Mapping[str, int]] = count(reading, [row[key] for row in rows]) if are_counted else {}
    are_planned = not NOTHING.keys().isdisjoint(wanted)
    planned = agendas(reading, key, [row[key] for row in rows]) if are_planned else {}
    for row in rows:
        found = {**nothing, **row, **counts.get(row[key], {}), **planned.get(row[key], {})}
        row["included"] = {name: found[name] for name in wanted}
        if query["include_labels"]:
            row["included"]["labels"] = []
