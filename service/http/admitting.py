"""Admits a user to a route, or refuses what the user or this service may not do; keeps records of who looked."""

from __future__ import annotations

from projections.users import Caller
from service.evidence.access import keep_access
from service.http.access import access_of
from service.http.errors import Forbidden
from service.http.route import Route
from service.http.scopes import check_scope
from service.http.this_request import this_request
from service.ledger.ledger import Ledger


def admit(route: Route, ledger: Ledger, user: Caller, *, is_first: bool) -> None:
    """Raise `Forbidden` for what the user or this service may not do; else keep a record of it, where one is due.

    A request that has waited for the log to grow is asked again, and recorded only the first time.
    """
    is_read_only = ledger.settings.is_read_only
    if is_read_only and route.is_command:
        raise Forbidden("this service is only read; what changes something goes to another one")
    if user.is_auditor and route.is_command:
        raise Forbidden("an auditor reads everything and changes nothing")
    if route.is_for_administrators and not (user.is_admin or user.is_auditor):
        raise Forbidden("only an administrator may do this")
    check_scope(route.scope, user)
    is_recorded = (route.is_audited or user.is_auditor) and not route.is_unrecorded
    if is_recorded and is_first and not is_read_only:
        keep_access(ledger.database, ledger.clock, access_of(route, user, this_request().request_id))
