"""Makes the record that is kept of an audited request: who asked what, through what."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import request

from projections.users import Caller
from service.evidence.access import Access
from service.http.call import client

LONGEST = 1000
_NOT_KEPT = {"term": "..."}


def access_of(user: Caller, request_id: str) -> Access:
    """What the record of this request says.

    A token in the query is left out, and so is what was searched for: a record is kept for ever, and it may be a name.
    """
    told = [(name, _NOT_KEPT.get(name, value)) for name, value in request.args.items(multi=True) if name != "api_token"]
    query = urlencode(told)
    path = request.path.encode("utf-8", "replace").decode()
    return Access(user.user_id, request_id, client(request), path[:LONGEST], query[:LONGEST])
