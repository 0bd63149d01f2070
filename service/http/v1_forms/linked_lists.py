"""Lists of what is linked to one deal, person or organization, in version 1 of the wire."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ne
from typing import Any

from marshmallow import Schema

from projections.deal_lists import of_organization_or_its_people
from projections.engine.rows import Row
from service.http.call import Call
from service.http.family import Answer
from service.http.fields import Listed, Offset, QueryFlag, QueryId
from service.http.resource import Resource
from service.http.v1.lists import list_query
from service.http.v1_forms.activities import ACTIVITY
from service.http.v1_forms.deals import DEAL, StatusQuery
from service.http.v1_forms.offset_lists import Compared, offset_answer
from service.http.v1_forms.organizations import ORGANIZATION
from service.http.v1_forms.persons import PERSON

Link = Callable[[Call, Row], Compared]
"""How the things of a list must compare to be linked to the thing that has a row."""


class LinkedActivities(Offset):
    """Which of the activities."""

    excluded = Listed(QueryId(), data_key="exclude")


class AssociatedDeals(StatusQuery):
    """Which of the deals of an organization: unless it says otherwise, those of its people, too."""

    only_primary_association = QueryFlag(load_default=False)


def _of_organization(call: Call, row: Row) -> Compared:
    compare = eq if call.query["only_primary_association"] else of_organization_or_its_people
    return "organization_id", compare, row["organization_id"]


def _by(column: str) -> Link:
    return lambda call, row: (column, eq, row[column])


def serve_linked_list(whole: Resource, listed: Resource, link: Link, query: type[Schema] = Offset) -> None:
    """Let clients list what is linked to one thing; raises `NotFound` where there is no such thing."""
    _, listing = listed.ordinary["list"]

    def view(call: Call, **path: Any) -> Answer:
        [thing_id] = path.values()
        excluded = [(listed.key.name, ne, each) for each in call.query.get("excluded", ())]
        return offset_answer(listed, call, listing, [link(call, whole.row(call, thing_id)), *excluded])

    path, name = f"{whole.path_of_one}{listed.path}", f"get_{whole.singular}_{listed.plural}"
    summary, asks = f"What {listed.plural} are linked to {whole.noun}.", list_query(listed, query)
    listed.serve("GET", path, name, summary, view, query=asks, many=True, missing=whole.missing)


serve_linked_list(DEAL, ACTIVITY, _by("opportunity_id"), LinkedActivities)
serve_linked_list(DEAL, PERSON, _by("person_id"))
serve_linked_list(PERSON, ACTIVITY, _by("person_id"), LinkedActivities)
serve_linked_list(PERSON, DEAL, _by("person_id"), StatusQuery)
serve_linked_list(ORGANIZATION, ACTIVITY, _by("organization_id"), LinkedActivities)
serve_linked_list(ORGANIZATION, PERSON, _by("organization_id"))
serve_linked_list(ORGANIZATION, DEAL, _of_organization, AssociatedDeals)
