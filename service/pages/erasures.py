"""What was erased and held, as a page, and when the keys were renewed that make an erasure hold in older copies."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from eventsourcing.persistence import MapperDeserialisationError
from flask import Response, request

from service.http.call import Call
from service.pages import api
from service.pages.audit import EVENTS
from service.pages.desk import DESK, NEVER_CHANGES
from service.pages.family import pages
from service.pages.showing import show

PAGE = 50
_TYPES = (
    "ErasureStarted",
    "ErasureConfirmed",
    "PersonErasureStarted",
    "PersonErased",
    "LegalHoldPlaced",
    "LegalHoldReleased",
)
_LONGEST = 10**15


@pages.page("/audit/erasures", no_past=NEVER_CHANGES, **DESK)
def show_erasures(call: Call) -> Response:
    """Erasures and holds in order, with who, when, why and by which right."""
    after = min(max(request.args.get("after", 0, type=int), 0), _LONGEST)
    found: dict[str, Any] | None = None
    with suppress(MapperDeserialisationError):
        found = api.get(call, EVENTS, {"types": ",".join(_TYPES), "after": after, "limit": PAGE})
    return show(
        call,
        "erasures.html",
        events=found["items"] if found else [],
        is_unreadable=found is None,
        next=found["next"] if found and len(found["items"]) == PAGE else None,
        renewal=api.get(call, "/api/ledger/v1/audit/renewal"),
    )
