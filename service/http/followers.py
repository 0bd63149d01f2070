"""Followers of deals, persons and organizations, in both versions of the wire (wire reference 4.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from marshmallow import Schema, fields

from projections.engine.rows import Row
from projections.engine.tables import Number
from projections.followers import FOLLOWERS, changes, followers, followers_from
from service.commands import followers as commands
from service.http import cursors
from service.http.call import Call
from service.http.family import Answer, Family
from service.http.fields import Id, Offset, Page
from service.http.pipedrive import cursor_page, offset_page, v1, v2
from service.http.resource import Resource
from service.http.time_fields import Moment
from service.http.times import classic
from service.http.wire_fields import WireField

_USER_ID = WireField("user_id", Id(), needed=True)
_ID = WireField("id", shows=fields.Integer(), source="follower_id")
_FOLLOWER = (_USER_ID, WireField("add_time", shows=Moment()))


class OnePage(Page):
    """How much of a list that never has a second page, so that nobody has a cursor of it."""

    class Meta:
        """What is left out."""

        exclude = ("cursor",)


def _action(is_deleted: bool) -> str:
    return "removed" if is_deleted else "added"


def _actor(row: Row) -> Any:
    return row["editor_id" if row["is_deleted"] else "creator_id"]


_CHANGE = (
    WireField("action", shows=fields.String(), source="is_deleted", convert=_action),
    WireField("actor_user_id", shows=fields.Integer(allow_none=True), source=_actor),
    WireField("follower_user_id", shows=fields.Integer(), source="user_id"),
    WireField("time", shows=Moment(), source="update_time"),
)


def serve_followers(followed: Resource, named: str) -> None:
    """Let clients say and ask who follows things of a kind, in both versions.

    Version 1 shows the id of the thing, too, under the name ``named``.
    """
    id_field = WireField(named, shows=fields.Integer(), source=followed.key.name)
    add_time = WireField("add_time", shows=fields.String(), convert=classic)
    old = _Followers(followed, v1, "follower", "followers", (_USER_ID, _ID, id_field, add_time))
    new = _Followers(followed, v2, "follower", "followers", _FOLLOWER)
    changelog = _Followers(followed, v2, "follower change", "followers_changelog", _CHANGE)
    old.serve_pages_by_offset()
    new.serve_pages("", f"Who follows {followed.noun}.", followers, "follower_id")
    changelog.serve_pages(
        "/changelog", f"Who began to follow {followed.noun}, and who ended that.", changes, "valid_from"
    )
    old.serve_add(200)
    new.serve_add(201)
    old.serve_delete(commands.delete_by_id, "follower_id", "id")
    new.serve_delete(commands.delete, "user_id", "user_id")


def serve_followers_of_users(user: Resource) -> None:
    """Let clients ask who follows a user: nobody, since only deals, persons and organizations can be followed."""
    new, path = _Followers(user, v2, "follower", "followers", _FOLLOWER).resource, f"{user.path_of_one}/followers"
    summary = "Who follows a user: nobody, since only deals, persons and organizations can be followed."

    def nobody(call: Call, user_id: int) -> list[Row]:
        user.row(call, user_id)
        return []

    def page(call: Call, user_id: int) -> Answer:
        return cursor_page(nobody(call, user_id), call.query, partial(new.show, call))

    user.serve("GET", path, "get_user_followers", summary, nobody, answer=fields.Integer, many=True)
    new.serve("GET", path, "get_user_followers", summary, page, query=OnePage, many=True)


class _Followers:
    """The followers of things of one kind, or what became of them, as one version of the wire has them."""

    def __init__(
        self, followed: Resource, family: Family, noun: str, plural: str, wire_fields: Sequence[WireField]
    ) -> None:
        self.followed = followed
        self.column = followed.key.name
        self.path = f"{followed.path_of_one}/followers"
        self.resource = Resource(
            f"{__package__}.{family.name}.followers",  # schemas are named for the family that they are one of
            family,
            noun=f"{followed.noun} {noun}",
            plural=f"{followed.singular}_{plural}",
            missing=followed.missing,
            table=FOLLOWERS,
            wire_fields=wire_fields,
        )

    def serve_pages_by_offset(self) -> None:
        """Let clients list followers in version 1's way."""

        def page(call: Call, key: int) -> Answer:
            start, limit = call.query["start"], call.query["limit"]
            with call.reading() as reading:
                found = followers_from(reading, self.column, key, start=start, limit=limit)
            return offset_page(found, call.query, partial(self.resource.show, call))

        self._serve_list("", f"Who follows {self.followed.noun}.", page, Offset)

    def serve_pages(self, below: str, summary: str, listing: Callable[..., list[Row]], order: str) -> None:
        """Let clients list followers, or what became of them, in version 2's way; ``order`` is the column of that."""

        def page(call: Call, key: int) -> Answer:
            query, listed = call.query, (self.resource.plural, str(key))
            after = None if query["cursor"] is None else cursors.behind(query["cursor"], listed, [Number])
            with call.reading() as reading:
                found = listing(reading, self.column, key, after=after, limit=query["limit"])
            return cursor_page(found, query, partial(self.resource.show, call), order, listed=listed)

        self._serve_list(below, summary, page, Page)

    def serve_add(self, status: int) -> None:
        """Let clients have a user follow a thing."""

        def view(call: Call, **path: int) -> Any:
            [key] = path.values()
            return self.resource.execute(call, lambda tx: commands.add(tx, self.column, key, call.body["user_id"]))

        name, summary = f"add_{self.resource.singular}", f"Have a user follow {self.followed.noun}."
        self.resource.serve("POST", self.path, name, summary, view, body=self.resource.new, status=status)

    def serve_delete(self, delete: Callable[..., None], named_by: str, left: str) -> None:
        """Let clients have a follower follow no longer who is ``named_by`` an id; ``left`` is the answer's field."""

        def view(call: Call, **path: int) -> Any:
            key, number = path.values()
            return call.execute(lambda tx: delete(tx, self.column, key, number), lambda *_: {left: number})

        answer = self.resource.described("Deleted{}", "that is none any more", {left: fields.Integer(required=True)})
        name, summary = f"delete_{self.resource.singular}", f"Have a user follow {self.followed.noun} no longer."
        path = f"{self.path}/<id:{named_by}>"
        self.resource.serve("DELETE", path, name, summary, view, answer=answer, missing="Follower not found")

    def _serve_list(self, below: str, summary: str, page: Callable[[Call, int], Answer], query: type[Schema]) -> None:
        def view(call: Call, **path: int) -> Answer:
            [key] = path.values()
            self.followed.row(call, key)
            return page(call, key)

        name = f"get_{self.resource.plural}"
        self.resource.serve("GET", f"{self.path}{below}", name, summary, view, query=query, many=True)
