"""The request that is answered, and what becomes known of it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Request, request

if TYPE_CHECKING:
    from werkzeug.local import LocalProxy


class ThisRequest(Request):
    """A request, with what becomes known of it while it is answered.

    ``request_id``: by what logs, access records and receipts name it.
    ``user_id``: who asks, once that is known.
    ``missing``: what the client is told where the thing asked for does not exist.
    ``is_confidential``: whether no cache may keep the answer.
    ``is_keyed``: whether it bears a key, under which it can be repeated.
    ``is_done``: whether what it commands is committed.
    ``is_repeated``: whether that was so before it came.
    ``is_zone_assumed``: whether it names a time without its zone, which is taken for one of UTC.
    """

    request_id: str = ""
    user_id: int | None = None
    missing: str | None = None
    is_confidential: bool = False
    is_keyed: bool = False
    is_done: bool = False
    is_repeated: bool = False
    is_zone_assumed: bool = False


def this_request() -> ThisRequest:
    """The request that is answered, itself: whatever is asked of Flask's stand-in for it looks for it first."""
    return _REQUEST._get_current_object()


_REQUEST = cast("LocalProxy[ThisRequest]", request)
