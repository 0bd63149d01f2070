"""Lets people change whom a lead or a deal is about: a person or an organization that they find, a new one, or none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, request

from service.http.call import Call
from service.http.errors import NotFound
from service.pages import api
from service.pages.contacts import found_contacts
from service.pages.family import pages
from service.pages.showing import see, show

_MOST = 8
_LEADS, _DEALS = "/v1/leads", "/api/v2/deals"
_PLURALS = {"person": "persons", "organization": "organizations"}
_FIELDS = {_LEADS: {"person": "person_id", "organization": "organization_id"}}
_FIELDS[_DEALS] = {"person": "person_id", "organization": "org_id"}
_NO_PAST = "it is a form, and one chooses now"


@pages.page("/leads/<uuid:lead_id>/<kind>", missing="there is no such lead", no_past=_NO_PAST)
def show_contacts_for_lead(call: Call, lead_id: UUID, kind: str) -> Response:
    """Whom a lead may be about: those that a ``term`` finds, or that changed last."""
    return _show(call, _LEADS, lead_id, kind)


@pages.form("/leads/<uuid:lead_id>/<kind>", shown_by=show_contacts_for_lead, missing="there is no such lead")
def link_lead(call: Call, lead_id: UUID, kind: str) -> Response:
    """Let a lead be about a person or an organization."""
    return _link(call, _LEADS, lead_id, kind)


@pages.page("/deals/<id:deal_id>/<kind>", missing="there is no such deal", no_past=_NO_PAST)
def show_contacts_for_deal(call: Call, deal_id: int, kind: str) -> Response:
    """Whom a deal may be about: those that a ``term`` finds, or that changed last."""
    return _show(call, _DEALS, deal_id, kind)


@pages.form("/deals/<id:deal_id>/<kind>", shown_by=show_contacts_for_deal, missing="there is no such deal")
def link_deal(call: Call, deal_id: int, kind: str) -> Response:
    """Let a deal be about a person or an organization."""
    return _link(call, _DEALS, deal_id, kind)


def _show(call: Call, form: str, number: Any, kind: str) -> Response:
    field, term = _field(form, kind), request.args.get("term", "").strip()
    told, tag = api.tagged(call, f"{form}/{number}")
    return show(
        call,
        "linking.html",
        title=told["data"]["title"],
        address=_address(form, number),
        kind=kind,
        field=field,
        chosen=told["data"][field],
        tag=tag,
        term=term,
        contacts=found_contacts(call, _PLURALS[kind], term, {"limit": _MOST}).contacts,
    )


def _link(call: Call, form: str, number: Any, kind: str) -> Response:
    """Link what was chosen, unless somebody edited the lead or deal since it was ``seen``.

    One by a new ``name`` is added just before, once it is sure that nobody did.
    """
    field, path, seen = _field(form, kind), f"{form}/{number}", request.form.get("seen") or None
    body = {}
    if name := request.form.get("name", "").strip():
        api.send(call, "PATCH", path, {}, if_match=seen)
        body[field] = api.send(call, "POST", f"/api/v2/{_PLURALS[kind]}", {"name": name})["data"]["id"]
    api.send(call, "PATCH", path, body, form=request.form, if_match=seen)
    return see(_address(form, number))


def _field(form: str, kind: str) -> str:
    """The wire's name of the field that says which person or organization it is."""
    if kind not in _PLURALS:
        raise NotFound("there is no such page")
    return _FIELDS[form][kind]


def _address(form: str, number: Any) -> str:
    return f"/{form.rpartition('/')[2]}/{number}"
