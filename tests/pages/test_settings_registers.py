"""Settings: pipelines, stages, labels and sources are added, changed, put in order and deleted by plain forms."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.pages.browsing import Browsing
from tests.service.serving import issued, ledger_of


@pytest.fixture
def settings(app: Flask) -> Browsing:
    """An administrator without scripts."""
    return Browsing(app)


def _seen(page: str, of: str) -> str:
    """The tag that the form bears which is about one thing."""
    found = re.search(rf'name="form" value="{of}">\s*<input type="hidden" name="seen" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def test_pipelines_are_added_renamed_put_in_order_and_deleted(settings: Browsing) -> None:
    page = "/settings/pipelines"
    settings.send(page, form="new", do="add", name="Service <b>", is_deal_probability_enabled=["false", "true"])
    assert "Service &lt;b&gt;" in settings.page(f"{page}?done=saved")
    settings.send(page, form="2", do="up")
    settings.send(page, form="2", do="up")  # it is the first one already
    settings.send(page, form="9", do="up", status=404)
    assert re.findall(r"/settings/pipelines/(\d+)", settings.page(page)) == ["2", "1"]
    settings.send(page, form="2", do="save", name="Service", is_deal_probability_enabled="false")
    [_, service] = sorted(settings.told("/api/v2/pipelines"), key=lambda each: each["id"])
    assert (service["name"], service["is_deal_probability_enabled"]) == ("Service", False)
    settings.send(page, form="2", do="delete")
    assert "This is the last pipeline" in settings.send(page, form="1", do="delete", status=409).replace(">t", ">T")


def test_stages_have_a_probability_rot_and_go_once_no_deals_stand_in_them(settings: Browsing) -> None:
    page = "/settings/pipelines/1"
    wrong = settings.send(page, form="new", do="add", name="Pilot", deal_probability="lots", status=400)
    assert 'value="lots"' in wrong
    assert "whole number" in wrong
    unsaid = {
        "form": "new",
        "do": "add",
        "name": "Pilot",
        "is_deal_rot_enabled": ["false", "true"],
        "days_to_rotten": "",
    }
    assert "after how many days" in settings.send(page, unsaid, status=409)
    settings.send(page, unsaid, days_to_rotten="9", deal_probability="40")
    pilot = settings.told("/api/v2/stages?pipeline_id=1&sort_by=order_nr")[-1]
    assert (pilot["name"], pilot["deal_probability"], pilot["days_to_rotten"]) == ("Pilot", 40, 9)
    settings.send(page, form=pilot["id"], do="up")
    assert settings.told("/api/v2/stages?pipeline_id=1&sort_by=order_nr")[-2]["id"] == pilot["id"]
    settings.added("/api/v2/deals", title="Pumps", stage_id=pilot["id"])
    assert "1 open deal<" in settings.page(page)
    refused = settings.send(page, form=pilot["id"], do="delete", status=409)
    assert f"there are open deals in stage {pilot['id']}" in refused


def test_a_stage_that_somebody_else_changed_meanwhile_is_not_written_over(settings: Browsing) -> None:
    page = "/settings/pipelines/1"
    seen = _seen(settings.page(page), "1")
    settings.api.patch("/api/v2/stages/1", json={"name": "Hers"})
    refused = settings.send(page, form="1", do="save", seen=seen, name="Mine", deal_probability="5", status=412)
    assert "somebody else has changed it" in refused
    assert 'value="Mine"' in refused
    assert settings.told("/api/v2/stages/1")["name"] == "Hers"


def test_labels_and_sources_are_added_changed_and_deleted(settings: Browsing) -> None:
    settings.send("/settings/labels", form="new", do="add", name="Fair", color="pink")
    label = settings.told("/v1/leadLabels")[-1]
    settings.send("/settings/labels", form=label["id"], do="save", name="Trade fair", color="brown")
    assert {"Trade fair", "brown"} <= set(settings.told("/v1/leadLabels")[-1].values())
    assert 'value="beige"' not in settings.send(
        "/settings/labels", form="new", do="add", name="x", color="beige", status=400
    )
    settings.send("/settings/labels", form=label["id"], do="delete")
    assert label["id"] not in settings.page("/settings/labels")
    assert "was deleted" in settings.send("/settings/labels", form=label["id"], do="delete", status=404)

    settings.send("/settings/sources", form="new", do="add", name="Trade fair")
    assert "already" in settings.send("/settings/sources", form="new", do="add", name="web FORMS", status=409)
    settings.send("/settings/sources", form="1", do="save", name="Fair")
    assert 'value="Fair"' in settings.page("/settings/sources")
    settings.send("/settings/sources", form="1", do="delete")
    assert 'value="Fair"' not in settings.page("/settings/sources")
    settings.send("/settings/sources", form="1", do="burn", status=400)


def test_who_is_no_administrator_sees_them_without_forms_but_those_for_labels(app: Flask) -> None:
    Browsing(app).api.post("/api/ledger/v1/users", json={"name": "Kari", "email": "kari@roer.no"})
    kari = Browsing(app, issued(ledger_of(app), 2))
    for page in ("/settings/pipelines", "/settings/pipelines/1", "/settings/sources"):
        assert 'name="do"' not in kari.page(page)
        kari.send(page, form="new", do="add", name="Mine", status=403)
    assert 'name="do"' in kari.page("/settings/labels")
    kari.send("/settings/labels", form="new", do="add", name="Mine", color="red")
    assert 'name="do"' not in kari.page("/settings/labels?as_of=5")
