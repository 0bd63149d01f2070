"""People and services that work with leads and deals: who they are, and the tokens that let them in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Refusal
from aggregates.scopes import SCOPES, admitted, in_order


class UserEvent(Event, abstract=True):
    """Something that happened to one user; ``by`` tells who made it happen, which may be another one."""

    user_id: int


class UserAdded(UserEvent, personal=("name", "email")):
    """Somebody may work here from now on; an auditor reads everything and changes nothing."""

    name: str
    email: str
    is_admin: bool
    default_currency: str
    locale: str
    timezone_name: str
    is_auditor: bool

    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before there were auditors, nobody was one."""
        data.update(is_auditor=False)

    def apply(self, user: User) -> None:
        user.user_id = self.user_id
        user.is_admin = self.is_admin
        user.is_auditor = self.is_auditor


class TokenIssued(UserEvent, personal=("name",)):
    """The user was handed a token to work with, for these scopes; neither the token nor a digest of it is told.

    It lets nobody in from when it ``expires`` on, where that is not null; ``replaces`` is the id of the token in whose
    place it comes, where it was rotated.
    """

    token_id: str
    name: str
    scopes: list[str]
    expires: str | None
    replaces: str | None

    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before there were scopes, a token was for whatever its user may do, and for ever.

        The SHA-256 digest of the token stood in the event; it is looked up elsewhere now, and so not told any more.
        """
        del data["digest"]
        data.update(scopes=[*SCOPES], expires=None, replaces=None)

    def apply(self, user: User) -> None:
        user.tokens = user.tokens | {self.token_id: self}
        user.expiries = user.expiries | {self.token_id: self.expires}
        user.replaced = user.replaced | {self.replaces}


class TokenLimited(UserEvent):
    """It was decided from when on a token lets nobody in."""

    token_id: str
    expires: str

    def apply(self, user: User) -> None:
        user.expiries = user.expiries | {self.token_id: self.expires}


class TokenRevoked(UserEvent):
    """A token stopped letting anybody in."""

    token_id: str

    def apply(self, user: User) -> None:
        user.revoked = user.revoked | {self.token_id}


class PasswordGiven(UserEvent):
    """The user was given a password to sign in with in a browser; neither it nor its hash is told."""

    def apply(self, user: User) -> None:
        user.has_password = True


class UserDeactivated(UserEvent):
    """The user may not work here any more, with whatever token."""

    def apply(self, user: User) -> None:
        user.is_active = False


class User(Numbered):
    """Somebody who works here, and the tokens that were issued to them.

    ``tokens`` and ``expiries`` are by the tokens' ids; ``replaced`` and ``revoked`` are the ids of those that are.
    """

    kind = "user"
    created = UserAdded

    user_id: int
    is_admin: bool
    is_auditor: bool

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_active = True
        self.has_password = False
        self.tokens: dict[str, TokenIssued] = {}
        self.expiries: dict[str, str | None] = {}
        self.replaced: frozenset[str | None] = frozenset()
        self.revoked: frozenset[str] = frozenset()

    @property
    def admitted(self) -> frozenset[str]:
        """The scopes that a token of the user may have."""
        return admitted(is_admin=self.is_admin, is_auditor=self.is_auditor)

    @classmethod
    def add(
        cls,
        user_id: int,
        *,
        name: str,
        email: str,
        is_admin: bool,
        default_currency: str,
        locale: str,
        timezone_name: str,
        is_auditor: bool = False,
    ) -> User:
        """Let somebody work here. Raises `Refusal` for an auditor who shall administrate, too."""
        if is_admin and is_auditor:
            raise Refusal("an auditor changes nothing, so an administrator cannot be one")
        user = cls.numbered(user_id)
        user.record(
            UserAdded,
            name=name,
            email=email,
            is_admin=is_admin,
            default_currency=default_currency,
            locale=locale,
            timezone_name=timezone_name,
            is_auditor=is_auditor,
        )
        return user

    def issue_token(self, *, token_id: str, name: str, scopes: Collection[str], expires: str | None = None) -> None:
        """Hand the user a token for scopes, each of which the user's role admits."""
        self._issue(token_id, name, frozenset(scopes), expires, replaces=None)

    def rotate_token(self, token_id: str, *, new_id: str, expires: str | None, until: str) -> None:
        """Hand the user another token in the place of one, of the same name and scopes.

        The one before goes on letting in up to a time, unless it expires earlier.
        """
        token = self._token(token_id)
        if token_id in self.replaced:
            raise Refusal(f"the token {token_id} was rotated already: rotate the one that came in its place")
        self._issue(new_id, token.name, frozenset(token.scopes) & self.admitted, expires, replaces=token_id)
        expiry = self.expiries[token_id]
        if expiry is None or expiry > until:
            self.record(TokenLimited, token_id=token_id, expires=until)

    def revoke_token(self, token_id: str) -> None:
        """Let a token of the user stop working."""
        self._token(token_id)
        self.record(TokenRevoked, token_id=token_id)

    def set_password(self) -> None:
        """Let the user sign in with another password than before, if with any."""
        if not self.is_active:
            raise Refusal("the user is deactivated and gets no password")
        self.record(PasswordGiven)

    def _token(self, token_id: str) -> TokenIssued:
        """A token of the user's that was not revoked. Raises `Refusal` where there is none."""
        if token_id not in self.tokens or token_id in self.revoked:
            raise Refusal(f"the user has no token {token_id}")
        return self.tokens[token_id]

    def _issue(
        self, token_id: str, name: str, scopes: frozenset[str], expires: str | None, *, replaces: str | None
    ) -> None:
        if not self.is_active:
            raise Refusal("the user is deactivated and gets no token")
        if token_id in self.tokens:
            raise Refusal(f"the user has a token {token_id} already")
        if not scopes:
            raise Refusal("a token without a scope would be for nothing")
        if beyond := sorted(scopes - self.admitted):
            raise Refusal(f"the user's role does not admit the scope {' or '.join(beyond)}")
        self.record(
            TokenIssued, token_id=token_id, name=name, scopes=in_order(scopes), expires=expires, replaces=replaces
        )

    def deactivate(self) -> None:
        """Let the user work here no longer. Records no event if nothing changes."""
        if self.is_active:
            self.record(UserDeactivated)
