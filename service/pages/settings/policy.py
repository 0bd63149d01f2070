"""The conversion policy as a page: in plain words, as a form, and what another one would change in the inbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request

from aggregates.signal import KINDS
from service.http.call import Call
from service.pages import api, choices
from service.pages.family import pages
from service.pages.settings.drafts import edited
from service.pages.settings.register import saved
from service.pages.showing import show

_ADDRESS = "/settings/policy"
_POLICY = "/api/ledger/v1/policy"
_VERSIONS = 20
"""How many the history goes back; that of an older moment goes on from there."""


@pages.page(_ADDRESS)
def show_policy(call: Call) -> Response:
    """The policy in force, those before it, and the form with which another is adopted."""
    return _shown(call)


@pages.form(_ADDRESS, shown_by=show_policy)
def change_policy(call: Call) -> Response:
    """Adopt the policy that the form says, try it on the inbox, or show the form with a rule more or less."""
    body, (verb, _, rest) = _drafted(), request.form.get("do", "").partition(" ")
    if verb == "save":
        api.send(call, "PUT", _POLICY, body)
        return saved(_ADDRESS)
    if verb == "try":
        asked = {"policy": body.get("policy", {}), "cursor": rest or None}
        return _shown(call, tried=api.send(call, "POST", f"{_POLICY}/dry-run", asked))
    policy, fresh = edited(body.get("policy", {}), verb, rest, request.form)
    return _shown(call, draft={**body, "policy": policy}, fresh=fresh)


def _shown(call: Call, draft: dict[str, Any] | None = None, **shown: Any) -> Response:
    """The page, whose form says what is in force, unless one was sent: ``draft``, or as it was sent."""
    with call.reading() as reading:
        call = replace(call, open_reading=reading)
        history = _history(call)
        adopted = history[0][0]
        return show(
            call,
            "settings/policy.html",
            adopted=adopted,
            history=history,
            draft=draft or (_drafted() if request.method == "POST" else adopted),
            kinds=KINDS,
            stages=choices.stages(call),
            sources=[name for name, _ in choices.sources(call)],
            pipelines=choices.pipelines(call),
            **{"tried": None, "fresh": ""} | shown,
        )


def _drafted() -> dict[str, Any]:
    """What the form says, as the API would be told it."""
    return api.body("PUT", _POLICY, request.form)


def _history(call: Call) -> list[tuple[Mapping[str, Any], int]]:
    """The policy in force and those before it, the newest first, each with the position of its event."""
    found: list[tuple[Mapping[str, Any], int]] = []
    while len(found) < _VERSIONS:
        adopted, tag = api.tagged(call, _POLICY)
        position = api.edited_at(tag)
        found.append((adopted, position))
        if not adopted["version"]:
            break
        call = api.just_before(call, position, adopted["adopted_at"])
    return found
