"""What changed since a page of the past: how the things that it shows differ now, and what is new among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from flask import request

from service.http.call import Call
from service.pages import api, choices
from service.pages.moment import COMPARED, NOW

KINDS = (
    "new",
    "moved",
    "won",
    "lost",
    "reopened",
    "converted",
    "reverted",
    "archived",
    "unarchived",
    "deleted",
    "changed",
)
"""What may have become of a thing, in the order in which it is counted."""

GONE = ("converted", "reverted", "archived", "deleted")

_LATEST = 100
"""Things that changed last, among which what is new is sought."""

_AT_ONCE = 500
"""Things that the API compares in one request."""

_FOLLOWING = {"place", "status", "stage_change_time", "won_time", "first_won_time", "lost_time", "close_time"}
_FOLLOWING |= {"archive_time", "add_time", "creator_id", "opportunity_id", "lead_id", "deal_id", "source_deal_id"}
_FOLLOWING |= {"first_name", "last_name"}
"""Fields that are not told, since they follow from others or from what became of a thing."""

Item = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """How a thing differs: of which of `KINDS`, each field that says something else as the API tells it, and what
    made it so, or did so last.
    """

    kind: str
    fields: list[Item]
    cause: Item

    @property
    def is_gone(self) -> bool:
        """Whether it is not to be found any more where it stood."""
        return self.kind in GONE


@dataclass(frozen=True)
class Since:
    """What differs of what a page shows, by its id; ``new`` are the things that it did not show, as they are now.

    ``names`` are what ids in fields are called, by the field's name.
    """

    differences: Mapping[Any, Difference]
    new: list[Any]
    names: Mapping[str, Mapping[Any, str]]

    def is_new(self, number: Any) -> bool:
        """Whether a thing was not there then, so that it has a page of now only."""
        return number in self.differences and self.differences[number].kind == "new"

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many differ, of each kind of which there are any."""
        counted = Counter(difference.kind for difference in self.differences.values())
        return [(kind, counted[kind]) for kind in KINDS if counted[kind]]


Later = Callable[[Call, int], list[dict[str, Any]]]
"""Lists things as a page does, those that changed last first, as they are now; so many of them."""


def since(call: Call, kind: str, shown: Sequence[Item], later: Later, *, is_all: bool) -> Since | None:
    """What became of the things that a list of the past shows; None where nobody asks.

    New is what appeared since, among those things of the same list that changed last; where what is shown ``is_all``
    that was in the list, also what came onto it since.
    """
    if not is_asked(call):
        return None
    now, ids = api.now(call), {item["id"] for item in shown}
    latest = [] if request.args.get("cursor") else [item for item in later(now, _LATEST) if item["id"] not in ids]
    found = _differences(call, now, kind, [*ids, *(item["id"] for item in latest)])
    new = [item for item in latest if item["id"] in found and (is_all or found[item["id"]].kind == "new")]
    ids |= {item["id"] for item in new}
    marked = {number: difference for number, difference in found.items() if number in ids}
    return Since(marked, new, _names(call, now, kind, marked.values()))


def with_new(shown: list[Any], changes: Since | None) -> list[Any]:
    """What a list of the past shows, and before it what is new."""
    return shown if changes is None else [*changes.new, *shown]


def since_of(call: Call, kind: str, number: Any) -> Since | None:
    """What became of one thing, as `since` tells it."""
    if not is_asked(call):
        return None
    now = api.now(call)
    found = _differences(call, now, kind, [number])
    return Since(found, [], _names(call, now, kind, found.values()))


def is_asked(call: Call) -> bool:
    """Whether a page of the past is to tell what changed since."""
    return call.then is not None and request.args.get(COMPARED) == NOW


def _differences(call: Call, now: Call, kind: str, ids: Sequence[Any]) -> dict[Any, Difference]:
    assert call.then is not None
    found: dict[Any, Difference] = {}
    for first in range(0, len(ids), _AT_ONCE):
        some = ",".join(map(str, ids[first : first + _AT_ONCE]))
        asked: dict[str, Any] = {"from": call.then.position, f"{kind}_ids": some, "limit": _AT_ONCE}
        while True:
            page = api.get(now, "/api/ledger/v1/diff", asked)
            found |= {item["id"]: _difference(item) for item in page["items"]}
            if page["next_cursor"] is None:
                break
            asked["cursor"] = page["next_cursor"]
    return found


def _difference(item: Item) -> Difference:
    told = [field for field in item["fields"] if field["field"] not in _FOLLOWING]
    cause = item["cause"] or max((field["cause"] for field in item["fields"]), key=itemgetter("position"))
    return Difference(_kind(item), told if item["what"] == "changed" else [], cause)


def _kind(item: Item) -> str:
    if item["what"] != "changed":
        return "new" if item["what"] == "appeared" else _GONE_TO[item["gone_to"]]
    after = {field["field"]: field["after"] for field in item["fields"]}
    match after:
        case {"status": "open"}:
            return "reopened"
        case {"status": str(status)}:
            return status
        case {"place": "archive"}:
            return "archived"
        case {"place": _}:
            return "unarchived"
        case {"stage_id": _}:
            return "moved"
    return "changed"


_GONE_TO = {"deal": "converted", "lead": "reverted", "deleted": "deleted"}


def _names(call: Call, now: Call, kind: str, found: Iterable[Difference]) -> dict[str, dict[Any, str]]:
    """What the ids are called that the fields of differences tell, by the field."""
    fields = [field for difference in found for field in difference.fields]
    told, names = {field["field"] for field in fields}, dict[str, dict[Any, str]]()
    if told & {"owner_id", "follower_ids"}:
        users = {user["id"]: user["name"] for user in api.get(now, "/v1/users")["data"]}
        names |= {"owner_id": users, "follower_ids": users}
    if kind == "lead" and "label_ids" in told:
        names["label_ids"] = dict([*choices.lead_labels(call), *choices.lead_labels(now)])
    for plural, name in _PLACES.items():
        if name in told:
            names[name] = _listed(call, plural) | _listed(now, plural)
    for plural, name in _CONTACTS.items():
        ids = {each for field in fields if field["field"] == name for each in (field["before"], field["after"]) if each}
        if ids:
            names[name] = _listed(now, plural, ids=",".join(map(str, sorted(ids)[:_LATEST])))
    return names


_PLACES = {"stages": "stage_id", "pipelines": "pipeline_id"}
_CONTACTS = {"persons": "person_id", "organizations": "organization_id"}


def _listed(call: Call, plural: str, **asked: Any) -> dict[int, str]:
    return {each["id"]: each["name"] for each in api.get(call, f"/api/v2/{plural}", {"limit": 500, **asked})["data"]}
