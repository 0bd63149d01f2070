"""The scopes of tokens: what a token may be for, and which scopes a user's role admits."""

READ = "read"
WRITE = "write"
ADMINISTRATE = "administrate"
AUDIT = "audit"
METRICS = "metrics"

SCOPES = (READ, WRITE, ADMINISTRATE, AUDIT, METRICS)
"""All of them, in the order in which they are told. None has another one in it."""


def admitted(*, is_admin: bool, is_auditor: bool) -> frozenset[str]:
    """The scopes that are of any use to a user: a token with others lets the user do no more.

    Whoever works here may audit, which leaves a record; an auditor changes nothing; only an administrator administrates
    and reads the service's metrics.
    """
    if is_admin:
        return frozenset(SCOPES)
    return frozenset((READ, AUDIT) if is_auditor else (READ, WRITE, AUDIT))


def in_order(scopes: frozenset[str]) -> list[str]:
    """Scopes in the order in which they are told."""
    return [scope for scope in SCOPES if scope in scopes]
