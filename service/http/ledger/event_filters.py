"""Which events are asked for: by type, by the thing and the fields they changed, by whom, through what, by verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from aggregates.event import EVENTS, Event
from aggregates.lead import LeadConvertedToDeal
from aggregates.policy import VERDICTS
from projections.field_changes import FieldChange, fields_of
from projections.kinds import KIND_OF, KINDS
from service.http.fields import Listed, QueryFlag, QueryId, Text
from service.log.byte_search import metadata_bytes

_FIELDS = {name: fields_of(kind) for name, kind in KINDS.items()}


class FilterQuery(Schema):
    """Which events: of some types, of some kinds of things, such as change some of their fields, by some user, through
    some client or token, or conversions of leads of which the policy said something.

    A client is meant by all that it calls itself, or by the product's name that this begins with.
    """

    types = Listed(fields.String(validate=validate.OneOf(list(EVENTS))), load_default=list)
    kind = Listed(fields.String(validate=validate.OneOf(list(KINDS))), load_default=list)
    field = Listed(
        fields.String(validate=validate.OneOf(sorted({name for names in _FIELDS.values() for name in names}))),
        load_default=list,
    )
    user_id = QueryId(load_default=None)
    client = Text(load_default=None)
    token_id = Text(load_default=None)
    verdict = Listed(fields.String(validate=validate.OneOf(VERDICTS)), load_default=list)
    changes = QueryFlag(load_default=False)

    @validates_schema
    def check_possible(self, query: dict[str, Any], **_: Any) -> None:
        """There may be such events."""
        topics_of(query)


def topics_of(query: Mapping[str, Any]) -> Collection[str]:
    """The names of the events that may be meant; none where all may be. Raises `ValidationError` for what cannot be."""
    possible = {*EVENTS}
    if query["kind"] or query["field"]:
        kinds = _kinds(query["kind"] or KINDS, query["field"])
        possible &= {name for name, kind in KIND_OF.items() if kind.name in kinds}
    if query["verdict"]:
        possible &= {LeadConvertedToDeal.__name__}
    common = possible & {*query["types"]} if query["types"] else possible
    if not common:
        raise ValidationError({"types": [f"here it must be one of: {', '.join(sorted(possible)) or 'none'}"]})
    return () if len(common) == len(EVENTS) else sorted(common)


def _kinds(names: Collection[str], wanted: Collection[str]) -> list[str]:
    """The kinds among these that have any of the wanted fields, where some are wanted."""
    kinds = [name for name in names if not wanted or {*wanted} & {*_FIELDS[name]}]
    if not kinds:
        possible = sorted({field for name in names for field in _FIELDS[name]})
        raise ValidationError({"field": [f"here it must be one of: {', '.join(possible)}"]})
    return kinds


@dataclass(frozen=True)
class Filter:
    """What is asked of an event; all of it must be so."""

    topics: Collection[str]
    fields: Collection[str]
    user_id: int | None
    client: str | None
    token_id: str | None
    verdicts: Collection[str]
    since: str | None

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Filter:
        """What a query asks."""
        told = {name: query[name] for name in ("user_id", "client", "token_id", "since")}
        return cls(topics_of(query), query["field"], verdicts=query["verdict"], **told)

    @property
    def asks_nothing(self) -> bool:
        """Whether any event will do, so that it tells nothing of one that it is among those found."""
        return not (self.topics or self.user_id or self.client or self.token_id)

    @property
    def held(self) -> list[bytes]:
        """What the stored bytes of every event that is asked for hold."""
        told = {"user_id": self.user_id, "token_id": self.token_id}
        return [metadata_bytes(name, value) for name, value in told.items() if value is not None]

    def has(self, event: Event) -> bool:
        """Whether an event is asked for, as far as it tells itself."""
        return (
            (not self.topics or type(event).__name__ in self.topics)
            and self.user_id in (None, event.by)
            and (self.since is None or self.since <= event.at)
            and self._is_through(event)
            and (not self.verdicts or getattr(event, "verdict", None) in self.verdicts)
        )

    def told(self, changes: Collection[FieldChange]) -> list[FieldChange]:
        """Those of an event's changes that are asked for."""
        return [change for change in changes if not self.fields or change.field in self.fields]

    def _is_through(self, event: Event) -> bool:
        metadata = event.metadata
        assert metadata is not None
        is_client = self.client is None or self.client in (metadata.client, _product(metadata.client))
        return is_client and self.token_id in (None, metadata.token_id)


def _product(client: str) -> str:
    """The name of the product that a client says first that it is (RFC 9110, section 10.1.5)."""
    return client.partition(" ")[0].partition("/")[0]
