"""People and services that work with leads and deals: who they are, and the tokens that let them in."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.event import Event
from aggregates.refusals import Refusal


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


class TokenIssued(UserEvent, personal=("name",)):
    """The user was handed a token to work with; ``digest`` is the SHA-256 of it in hexadecimal, never the token."""

    token_id: str
    digest: str
    name: str

    def apply(self, user: User) -> None:
        user.token_ids = user.token_ids | {self.token_id}


class TokenRevoked(UserEvent):
    """A token stopped letting anybody in."""

    token_id: str

    def apply(self, user: User) -> None:
        user.token_ids = user.token_ids - {self.token_id}


class UserDeactivated(UserEvent):
    """The user may not work here any more, with whatever token."""

    def apply(self, user: User) -> None:
        user.is_active = False


class User(Numbered):
    """Somebody who works here; ``token_ids`` are the tokens that were not revoked."""

    kind = "user"
    created = UserAdded

    user_id: int
    is_admin: bool

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_active = True
        self.token_ids: frozenset[str] = frozenset()

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

    def issue_token(self, *, token_id: str, digest: str, name: str) -> None:
        """Hand the user a token, of which only the digest is kept."""
        if not self.is_active:
            raise Refusal("the user is deactivated and gets no token")
        if token_id in self.token_ids:
            raise Refusal(f"the user has a token {token_id} already")
        self.record(TokenIssued, token_id=token_id, digest=digest, name=name)

    def revoke_token(self, token_id: str) -> None:
        """Let a token of the user stop working."""
        if token_id not in self.token_ids:
            raise Refusal(f"the user has no token {token_id}")
        self.record(TokenRevoked, token_id=token_id)

    def deactivate(self) -> None:
        """Let the user work here no longer. Records no event if nothing changes."""
        if self.is_active:
            self.record(UserDeactivated)
