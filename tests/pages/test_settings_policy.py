"""Settings: the conversion policy in words, changed by a plain form, tried on the inbox, and adopted."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask

from tests.pages.browsing import Browsing
from tests.pages.filled import filled
from tests.service.serving import issued, ledger_of

PAGE = "/settings/policy"


@pytest.fixture
def settings(app: Flask) -> Browsing:
    """An administrator without scripts."""
    return Browsing(app)


def _press(
    settings: Browsing, page: str, do: str, status: int = 200, typed: Mapping[str, str] | None = None, **more: str
) -> str:
    """Press a button of the form on a page, in some of whose fields something was typed."""
    given = {name.replace("__", "."): text for name, text in {**(typed or {}), **more}.items()}
    return settings.send(PAGE, filled(page, "rules") | given, status=status, do=do)


def _adopted(settings: Browsing) -> dict[str, Any]:
    answer: dict[str, Any] = settings.api.get("/api/ledger/v1/policy").json or {}
    return answer


def test_a_rule_is_added_tried_on_the_inbox_and_adopted(settings: Browsing) -> None:
    lead_id = settings.lead("Garden furniture for Ås")
    before = _adopted(settings)
    page = settings.page(PAGE)
    assert "A lead is ready when any of this holds" in page
    page = _press(settings, page, "add-rule default", kind__default="fit")
    rule = "policy.default.rules.4"
    line = f"{rule}.product_lines.0"
    page = _press(settings, page, "save", 400, {f"{line}.words": "furniture\r\nbench\r\n\r\n"})
    assert 'aria-invalid="true"' in page
    page = _press(settings, page, "try", typed={f"{rule}.name": "Furniture", f"{line}.name": "Garden"})
    assert f"/leads/{lead_id}" in page
    assert "<dt>would become ready</dt><dd>1<" in page
    assert _adopted(settings) == before
    assert _press(settings, page, "save", 303) == f"{PAGE}?done=saved"

    assert _adopted(settings)["policy"]["default"]["rules"] == [
        *before["policy"]["default"]["rules"],
        {
            "name": "Furniture",
            "kind": "fit",
            "weight": 1,
            "product_lines": [{"name": "Garden", "words": ["furniture", "bench"], "patterns": []}],
        },
    ]
    page = settings.page(PAGE)
    assert "one of its texts speaks of Garden" in page
    position, *_ = re.findall(rf"{PAGE}\?as_of=(\d+)", page)
    past = settings.page(f"{PAGE}?as_of={int(position) - 1}")
    assert "Furniture" not in past
    assert 'id="rules"' not in past


def test_the_form_says_again_what_is_in_force_whatever_that_is(settings: Browsing) -> None:
    settings.api.post("/api/ledger/v1/lead-sources", json={"name": "Fair"})
    shown = {"name": "A", "kind": "interest", "weight": 2, "signals": ["email_answered", "x_visit"]}
    met = {"name": "B", "kind": "qualification", "weight": 1, "signals": ["meeting_held"], "sources": ["Fair"]}
    sent = {"name": "C", "kind": "first_stage", "weight": 1, "signals": ["email_sent"], "stage_id": 2}
    policy = {
        "default": {"combine": "weighted", "threshold": 2, "rules": [shown, met]},
        "pipelines": [{"pipeline_id": 1, "combine": "all", "rules": [sent]}],
        "automation": {"name": "The policy"},
    }
    settings.api.put("/api/ledger/v1/policy", json={"policy": policy})
    before = _adopted(settings)
    _press(settings, settings.page(PAGE), "save", 303)
    assert _adopted(settings)["version"] == before["version"]  # where nothing changes, nothing is adopted
    page = _press(settings, settings.page(PAGE), "remove pipelines.0")
    _press(settings, page, "save", 303)
    assert _adopted(settings)["policy"] == {**policy, "pipelines": []}


def test_a_policy_is_not_adopted_over_one_that_was_not_seen(settings: Browsing) -> None:
    page = settings.page(PAGE)
    settings.api.put("/api/ledger/v1/policy", json={"policy": {"default": {"combine": "any", "rules": []}}})
    page = _press(settings, page, "save", 409, policy__automation__name="Me")
    assert 'value="Me"' in page
    assert "There are no rules: no lead is found ready." in page
    _press(settings, page, "save", 303)
    assert _adopted(settings)["policy"]["automation"] == {"name": "Me"}


@pytest.mark.parametrize(
    "do", ["", "burn", "remove", "remove default.rules.99", "remove default.rules.x", "add-rule x.y", "add-set"]
)
def test_a_button_that_there_is_not_is_refused(settings: Browsing, do: str) -> None:
    settings.send(PAGE, do=do, form="policy", policy__default__rules="", status=400)


def test_who_is_no_administrator_reads_the_policy_in_words(app: Flask, settings: Browsing) -> None:
    settings.api.post("/api/ledger/v1/users", json={"name": "Kari", "email": "kari@roer.no"})
    kari = Browsing(app, issued(ledger_of(app), 2))
    assert 'id="rules"' not in kari.page(PAGE)
    kari.send(PAGE, form="policy", do="save", policy__default__combine="any", policy__default__rules="", status=403)
