"""Route of the last renewal of the keys that encrypt what tells of people."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from marshmallow import Schema, fields

from service.database.key_files import UnusableKey
from service.http.call import Call
from service.http.problem_details import ledger
from service.http.time_fields import Moment
from service.privacy.renewal import number_of_keys


class KeyRenewal(Schema):
    """Since when the key is in use that wraps those of all streams (null: there is none here), and how many these are.

    What was erased before that can be read in no older copy of the database, whatever keys of now somebody has.
    """

    renewed_at = Moment(required=True, allow_none=True)
    keys = fields.Integer(required=True)


@ledger.route(
    "GET",
    "/audit/renewal",
    answer=KeyRenewal,
    is_for_administrators=True,
    no_past="it tells of the keys of now; those before were destroyed",
)
def get_key_renewal(call: Call) -> dict[str, Any]:
    """When the keys that encrypt what tells of people were renewed last."""
    with call.reading() as reading:
        keys, renewed_at = number_of_keys(reading.connection), None
    with suppress(UnusableKey):
        renewed_at = call.ledger.event_log.stream_keys.epochs.all()[-1].began_at
    return {"renewed_at": renewed_at, "keys": keys}
