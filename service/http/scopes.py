"""Which scope a route needs, by what it says of itself, and whether the caller's token has it."""

from __future__ import annotations

from aggregates.scopes import ADMINISTRATE, AUDIT, READ, WRITE, in_order
from projections.users import Caller
from service.http.errors import Forbidden


def scope_of(*, is_command: bool, is_for_administrators: bool, is_audited: bool) -> str:
    """The one scope that a route needs which names none: of what it says of itself, the first that holds."""
    if is_audited:
        return AUDIT
    if is_for_administrators:
        return ADMINISTRATE
    return WRITE if is_command else READ


def administrates(user: Caller) -> bool:
    """Whether a caller may see and do what administrators may: in both, the role and the token's scopes.

    An auditor sees the same, with a token to audit; commands are refused to auditors elsewhere.
    """
    return (user.is_admin and ADMINISTRATE in user.scopes) or (user.is_auditor and AUDIT in user.scopes)


def check_scope(scope: str, user: Caller) -> None:
    """Raise `Forbidden` where the caller's token has not the scope that is needed."""
    if scope in user.scopes or (scope == ADMINISTRATE and administrates(user)):
        return
    had = ", ".join(in_order(user.scopes)) or "none"
    raise Forbidden(f"the token is not for this: it needs the scope {scope}, and has {had}")
