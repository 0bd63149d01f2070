"""Applies recorded events, in the order of the log, to all read models."""

from collections.abc import Iterable
from functools import cache

from sqlalchemy import Table

from aggregates.deal import DealEvent, DealRevertedToLead
from aggregates.event import EVENTS, Event
from aggregates.follower import FollowerAdded
from aggregates.lead import LeadConvertedToDeal, LeadEvent
from aggregates.policy import ConversionPolicyAdopted
from aggregates.review import InboxReviewEvent
from aggregates.signal import SignalRecorded
from aggregates.user import PasswordGiven, TokenIssued, TokenLimited, TokenRevoked, UserAdded, UserDeactivated
from projections import (
    activities,
    activity_types,
    conversions,
    deals,
    followers,
    holds,
    lead_labels,
    lead_sources,
    leads,
    notes,
    organizations,
    outcomes,
    persons,
    pipelines,
    policies,
    restrictions,
    reviews,
    signals,
    stages,
    timeline,
    tokens,
    users,
)
from projections.engine.read_model import Handler
from projections.engine.rows import Rows

HANDLERS = (
    Handler(signals.apply, {SignalRecorded: {"opportunity_id": signals.LATEST_SIGNALS}}),
    Handler(leads.apply, {LeadEvent: {"lead_id": leads.LEADS}, SignalRecorded: {"lead_id": leads.LEADS}}),
    Handler(deals.apply, {DealEvent: {"deal_id": deals.DEALS}, SignalRecorded: {"deal_id": deals.DEALS}}),
    Handler(conversions.apply, {LeadConvertedToDeal: {}, DealRevertedToLead: {}}),
    pipelines.READ_MODEL.handler,
    stages.READ_MODEL.handler,
    Handler(users.apply, {kind: {"user_id": users.USERS} for kind in (UserAdded, UserDeactivated, PasswordGiven)}),
    Handler(tokens.apply, {kind: {"token_id": tokens.TOKENS} for kind in (TokenIssued, TokenLimited, TokenRevoked)}),
    organizations.READ_MODEL.handler,
    persons.READ_MODEL.handler,
    lead_labels.READ_MODEL.handler,
    lead_sources.READ_MODEL.handler,
    Handler(policies.apply, {ConversionPolicyAdopted: {}}),
    Handler(reviews.apply, {InboxReviewEvent: {"review_id": reviews.REVIEWS}}),
    notes.READ_MODEL.handler,
    activities.READ_MODEL.handler,
    activity_types.READ_MODEL.handler,
    followers.HANDLER,
    holds.HANDLER,
    restrictions.HANDLER,
    Handler(outcomes.apply, {LeadEvent: {"lead_id": outcomes.OUTCOMES}, DealEvent: {}}),
)
"""Which events change which read models, in the order in which they do: some read what others have just changed."""


def project(rows: Rows, event: Event, position: int) -> None:
    """Let one event change all read models: the same way inside a command as in a replay."""
    before = timeline.touched(rows, event) if event.originator_version > 1 else None
    for handler in handlers_of(type(event).__name__):
        handler.apply(rows, event, position)
    timeline.mark(rows, position, before, timeline.touched(rows, event))


def prefetch(rows: Rows, events: Iterable[Event]) -> None:
    """Read beforehand, a few hundred at a time, the rows that many events find by their attributes.

    The first event of a stream finds no row of its own yet, but a signal those of its opportunity, and a follower that
    of what is followed.
    """
    keys: dict[Table, set[object]] = {}
    for event in events:
        if event.originator_version > 1 or isinstance(event, SignalRecorded | FollowerAdded):
            for attribute, table in _found_by(type(event).__name__):
                keys.setdefault(table, set()).add(getattr(event, attribute))
    for table, found in keys.items():
        rows.prefetch(table, [(key,) for key in found if key is not None])


@cache
def handlers_of(event: str) -> list[Handler]:
    """The handlers that an event of that name is applied by, in order."""
    return [handler for handler in HANDLERS if issubclass(EVENTS[event], tuple(handler.events))]


@cache
def _found_by(event: str) -> list[tuple[str, Table]]:
    """By which attributes of an event of that name rows are found, and in which tables."""
    return [
        found
        for handler in handlers_of(event)
        for base, attributes in handler.events.items()
        if issubclass(EVENTS[event], base)
        for found in attributes.items()
    ]
