"""Route of what a user follows: deals, persons and organizations, by what they are called."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from projections.engine.reading import Reading
from projections.engine.rows import Row, find, find_all
from projections.followers import FOLLOWED, following
from projections.kinds import NAMED_BY
from projections.users import USERS
from service.http.call import Call
from service.http.ledger.lists import List, behind, page, page_of
from service.http.problem_details import ledger
from service.http.resource import row_ever_or_404
from service.http.time_fields import Moment

_KINDS = {name: NAMED_BY[name] for name in FOLLOWED}


class Followed(Schema):
    """A deal, a person or an organization, what it is called, and since when the user follows it."""

    kind = fields.String(required=True, validate=validate.OneOf([kind.name for kind in _KINDS.values()]))
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    since = Moment(required=True)


@ledger.route(
    "GET",
    "/users/<id:user_id>/following",
    query=List,
    answer=page_of(Followed),
    missing="there is no such user",
    has_past=True,
)
def get_following(call: Call, user_id: int) -> dict[str, Any]:
    """What a user follows, and since when: what was followed first comes first."""
    limit, name = call.query["limit"], ("following", str(user_id))
    with call.reading() as reading:
        row_ever_or_404(find(reading, USERS, user_id), call.time)
        found = following(reading, user_id, after=behind(call.query["cursor"], name), limit=limit)
        shown = _shown(reading, found)
    return page(found, limit, name, lambda row: shown[row["follower_id"]], lambda row: (row["follower_id"],))


def _shown(reading: Reading, rows: list[Row]) -> dict[int, dict[str, Any]]:
    """What is shown of followers' rows, by their ids."""
    shown: dict[int, dict[str, Any]] = {}
    for name, kind in _KINDS.items():
        assert kind.title is not None
        theirs = [row for row in rows if row[name] is not None]
        things = find_all(reading, kind.table, (row[name] for row in theirs), kind.title)
        for row in theirs:
            key = row[name]
            told = {"kind": kind.name, "id": key, "name": things[key][kind.title], "since": row["add_time"]}
            shown[row["follower_id"]] = told
    return shown
