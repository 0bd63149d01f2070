"""Keeps to how much an address and a token may ask, and tells clients what is left of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from flask import Flask, Request, Response, request

from projections.engine.folding import folded
from projections.engine.reading import Reading
from projections.users import Caller
from service.http.addresses import source_of
from service.http.auth import Expired, Unauthorized, authenticate, let_in_before
from service.http.issuer_tokens import is_of_an_issuer
from service.http.this_request import this_request
from service.http.waiting import waiting_of
from service.ledger.ledger import Ledger
from service.log.token_digests import Holder
from service.operating import Quota
from service.shared.quotas import Quotas, Spent

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UNLIMITED = ("/health/", "/metrics")
"""Where those ask who watch the service, just when it is asked too much."""

WIRE = ("/v1/", "/api/v1/", "/api/v2/")

_POLICIES = "leadledger.policies"
"""Where a request's WSGI environment holds how it stands to each limit that was looked at."""

_KNOWN = Quota(1, 86_400)
_LOOK_AGAIN_SECONDS = 3600.0
_MOST_REMEMBERED = 10_000


class Policy(NamedTuple):
    """A limit by the name that clients know it by, and how the one stands to it who has asked."""

    name: str
    quota: Quota
    spent: Spent


class TooMany(Exception):
    """More was asked than a limit allows; the message says which, and when to ask again.

    Its ``kind`` is the type of problem (draft-ietf-httpapi-ratelimit-headers-11, section 5).
    """

    kind = "https://iana.org/assignments/http-problem-types#quota-exceeded"

    def __init__(self, policy: Policy, what: str) -> None:
        super().__init__(f"{what}; try again in {policy.spent.seconds} seconds")
        self.policy = policy


class TooManyFailures(TooMany):
    """Too many tokens from one address have let nobody in."""

    kind = "https://iana.org/assignments/http-problem-types#abnormal-usage-detected"


class Limits:
    """Lets users in, within the limits that operators have set.

    From an address with too many failed logins nobody is let in with a token that has not been good there before: it
    is not even looked up, so that nobody can go on guessing. Whoever has used his token from there within a day goes
    on, though he may share the address with somebody who guesses.
    """

    def __init__(self, ledger: Ledger, quotas: Quotas) -> None:
        operation = ledger.settings.operation
        self._ledger = ledger
        self._quotas = quotas
        self._of_token = operation.token_limit
        self._of_address = operation.address_limit
        self._failures = operation.failed_logins
        self._known: set[int] = set()
        self._forgets_at = 0.0

    def install(self, app: Flask) -> None:
        """Check each request's address, where that is limited, and tell clients what is left."""
        if self._of_address is not None:
            app.before_request(lambda: self._check_address(request))
        app.after_request(tell)
        app.extensions["limits"] = self

    def let_in(self, reading: Reading, request: Request, token: str | None, *, is_first: bool) -> Holder:
        """The user whom a request's token lets in. Raises `Unauthorized` and `TooMany`."""
        if token is None or self._failures is None:
            found = authenticate(reading, token, self._ledger)
        else:
            found = self._recognized(reading, token, request.remote_addr or "", self._failures)
        if is_first:
            self._count_token(request, found.caller)
        return found

    def let_in_again(self, request: Request, token: str | None) -> Holder | None:
        """The user whom a request's token let in before; None where that has to be asked. Raises `TooMany`."""
        if token is None or not (self._failures is None or self._remembers(request.remote_addr or "", token)):
            return None
        found = let_in_before(token, self._ledger)
        if found is not None:
            self._count_token(request, found.caller)
        return found

    def count(self, environ: WSGIEnvironment, address: str, token_id: str) -> dict[str, str]:
        """Count a request that is not looked at otherwise, and answer what clients are told. Raises `TooMany`."""
        if self._of_address is not None:
            self._count(environ, "address", self._of_address, source_of(address))
        if self._of_token is not None:
            self._count(environ, "token", self._of_token, token_id)
        return told(environ)

    @contextmanager
    def guessing(self, request: Request, account: str) -> Iterator[None]:
        """A block that raises `Unauthorized` where a password is wrong: that is counted, by who asks and by account.

        Raises `TooManyFailures` before the block where either has failed too often; then it says nothing of passwords.
        """
        if self._failures is None:
            yield
            return
        keys = (("failed-logins", source_of(request.remote_addr or "")), ("failed-passwords", folded(account)))
        for key in keys:
            if (spent := self._quotas.look(self._failures, *key)).is_over:
                raise _too_many_failures(request.environ, self._failures, spent)
        try:
            yield
        except Unauthorized:
            for key in keys:
                self._quotas.count(self._failures, *key)
            raise

    def _check_address(self, request: Request) -> None:
        is_counted = not request.path.startswith(UNLIMITED) and not waiting_of(request).is_again
        if self._of_address is not None and is_counted:
            self._count(request.environ, "address", self._of_address, source_of(request.remote_addr or ""))

    def _count_token(self, request: Request, user: Caller) -> None:
        if self._of_token is not None and not request.path.startswith(UNLIMITED):
            self._count(request.environ, "token", self._of_token, user.token_id or f"user {user.user_id}")

    def _count(self, environ: WSGIEnvironment, name: str, quota: Quota, key: str) -> None:
        """Count a request once, however often this is called for it."""
        policy = next((policy for policy in environ.get(_POLICIES, ()) if policy.name == name), None)
        policy = policy or _noted(environ, name, quota, self._quotas.count(quota, name, key))
        if policy.spent.is_over:
            raise TooMany(policy, f"this {name} may ask {quota.count} times in {quota.seconds} seconds")

    def _recognized(self, reading: Reading, token: str, address: str, failures: Quota) -> Holder:
        """As `authenticate`, but it counts failures, and looks no more tokens up where there were too many."""
        is_known = self._remembers(address, token)
        if not is_known and not self._is_signed(token):
            self._check_failures(failures, source_of(address), token)
        try:
            found = authenticate(reading, token, self._ledger)
        except Expired:
            raise  # it was good: whoever has it did not guess it
        except Unauthorized:
            spent = self._quotas.count(failures, "failed-logins", source_of(address))
            if spent.is_over:
                raise _too_many_failures(request.environ, failures, spent) from None
            raise
        if not is_known:
            self._quotas.renew(_KNOWN, "known", source_of(address), token)
            self._known.add(hash((address, token)))
        return found

    def _is_signed(self, token: str) -> bool:
        """Whether an issuer's signature tells if a token is good: such a one is often new, and nobody guesses it."""
        return self._ledger.settings.issuer is not None and is_of_an_issuer(token)

    def _check_failures(self, failures: Quota, source: str, token: str) -> None:
        spent = self._quotas.look(failures, "failed-logins", source)
        if spent.is_over and not self._quotas.look(_KNOWN, "known", source, token).is_over:
            raise _too_many_failures(request.environ, failures, spent)

    def _remembers(self, address: str, token: str) -> bool:
        """Whether this process has seen lately that a token was good at an address: then no look is needed."""
        now = time.monotonic()
        if now > self._forgets_at or len(self._known) > _MOST_REMEMBERED:
            self._known.clear()
            self._forgets_at = now + _LOOK_AGAIN_SECONDS
        return hash((address, token)) in self._known


def tell(response: Response) -> Response:
    """The answer with what is left of each limit that was looked at."""
    if left := told(this_request().environ):
        response.headers.update(left)
    return response


def told(environ: WSGIEnvironment) -> dict[str, str]:
    """The headers that say what is left of each limit that was looked at for a request.

    In our own words that is draft-ietf-httpapi-ratelimit-headers-11, whose Retry-After is never earlier than the end of
    the window; on the public wire it is the vendor's headers about the limit that is nearest (wire reference 1.9).
    """
    policies: list[Policy] | None = environ.get(_POLICIES)
    if not policies:
        return {}
    over = [policy.spent.seconds for policy in policies if policy.spent.is_over]
    retry = {"Retry-After": str(max(over))} if over else {}
    if environ["PATH_INFO"].startswith(WIRE):
        nearest = min(policies, key=lambda policy: policy.spent.left)
        return retry | {
            "x-ratelimit-limit": str(nearest.quota.count),
            "x-ratelimit-remaining": str(nearest.spent.left),
            "x-ratelimit-reset": str(nearest.spent.seconds),
        }
    return retry | {
        "RateLimit-Policy": ", ".join(
            f'"{policy.name}";q={policy.quota.count};w={policy.quota.seconds}' for policy in policies
        ),
        "RateLimit": ", ".join(
            f'"{policy.name}";r={policy.spent.left};t={policy.spent.seconds}' for policy in policies
        ),
    }


def _too_many_failures(environ: WSGIEnvironment, quota: Quota, spent: Spent) -> TooManyFailures:
    policy = _noted(environ, "failed-logins", quota, spent)
    return TooManyFailures(policy, "too many tokens or passwords from here have let nobody in")


def _noted(environ: WSGIEnvironment, name: str, quota: Quota, spent: Spent) -> Policy:
    """A policy, kept for the headers of the answer."""
    policy = Policy(name, quota, spent)
    environ.setdefault(_POLICIES, []).append(policy)
    return policy
