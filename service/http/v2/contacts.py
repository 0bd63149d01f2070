"""What persons and organizations have in common on the wire flows through here (wire reference 6)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from marshmallow import Schema, fields, post_load, validate
from sqlalchemy import Connection

from projections.contact_counts import Counts
from projections.rows import Row
from service.http.fields import Id, Visibility

COUNTED_DEALS = tuple(
    f"{prefix}{status}_deals_count" for prefix in ("", "related_") for status in ("open", "closed", "won", "lost")
)
"""Numbers of deals that are counted when somebody asks for them."""

NONE_YET: dict[str, int | None] = {
    **dict.fromkeys(("next_activity_id", "last_activity_id", "smart_bcc_email")),
    **dict.fromkeys(("activities_count", "done_activities_count", "undone_activities_count"), 0),
    **dict.fromkeys(("files_count", "notes_count", "followers_count", "email_messages_count"), 0),
}
"""What may be included, and is nothing so far."""


class ContactFacts(Schema):
    """What a client may say of any contact, and may leave out."""

    owner_id = Id()
    visible_to = Visibility()
    label_ids = fields.List(Id(), validate=validate.Length(max=100))
    custom_fields = fields.Nested(Schema)

    @post_load
    def as_recorded(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts in the domain's words; there are no custom fields yet to say anything of."""
        facts.pop("custom_fields", None)
        if "label_ids" in facts:
            facts["label_ids"] = list(dict.fromkeys(facts["label_ids"]))
        return facts


def include(
    connection: Connection,
    rows: Sequence[Row],
    query: Mapping[str, Any],
    key: str,
    nothing: Mapping[str, Any],
    count: Callable[[Connection, list[int]], Counts],
) -> None:
    """Put into each row, as ``included``, what a query asks for beyond the ordinary.

    ``nothing`` says for everything that may be asked for what it is where there is none of it.
    """
    wanted = query["include_fields"]
    are_counted = any(name.endswith(("deals_count", "people_count")) for name in wanted)
    counts: Mapping[int, Mapping[str, int]] = count(connection, [row[key] for row in rows]) if are_counted else {}
    for row in rows:
        found = {**nothing, **row, **counts.get(row[key], {})}
        row["included"] = {name: found[name] for name in wanted}
        if query["include_labels"]:
            row["included"]["labels"] = []
