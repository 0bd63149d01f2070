"""Whatever happens to leads, signals and the policy, what the inbox says of a lead is what the policy says of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.background.reviewing import go_on
from tests.databases import Databases
from tests.service.serving import client_of, founded, ledger_of, serving
from tests.service.whole import check_whole

OURS = "/api/ledger/v1"
TITLES = ("Rør", "Fliser", "Hei")
KINDS = ("email_sent", "email_answered", "email_opened", "x_fair")


def a_policy(combine: str, word: str, kind: str) -> dict[str, Any]:
    fit = {"name": "Fit", "kind": "fit", "weight": 1, "product_lines": [{"name": "Sold", "words": [word]}]}
    interest = {"name": "Interest", "kind": "interest", "weight": 2, "signals": ["email_answered"]}
    enter = {"name": "Enter", "kind": "first_stage", "weight": 1, "signals": [kind]}
    threshold = {"threshold": 2} if combine == "weighted" else {}
    return {"default": {"combine": combine, "rules": [fit, interest, enter], **threshold}}


which = st.integers(0, 1)
steps = st.one_of(
    st.tuples(st.just("retitle"), which, st.sampled_from(TITLES)),
    st.tuples(st.just("signal"), which, st.tuples(st.sampled_from(KINDS), st.sampled_from((True, False, None)))),
    st.tuples(st.just("rename"), which, st.sampled_from(TITLES)),
    st.tuples(st.just("note"), which, st.sampled_from(TITLES)),
    st.tuples(st.just("convert"), which, st.none()),
    st.tuples(st.just("archive"), which, st.booleans()),
    st.tuples(
        st.just("policy"),
        which,
        st.builds(
            a_policy, st.sampled_from(("any", "all", "weighted")), st.sampled_from(TITLES), st.sampled_from(KINDS)
        ),
    ),
)


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, max_size=14))
def test_the_inbox_says_of_each_lead_what_the_policy_says(databases: Databases, story: list[Any]) -> None:
    with databases.fresh(founded) as url, serving(url) as app:
        client = client_of(app)
        leads = []
        for number in (1, 2):
            client.post("/api/v2/organizations", json={"name": "Hansen AS"})
            body = {"title": "Hei", "organization_id": number}
            leads.append(client.post("/v1/leads", json=body).json["data"]["id"])
        recorded: dict[str, Any] = {}
        for deed, at, what in story:
            lead_id = leads[at]
            match deed:
                case "retitle":
                    client.patch(f"/v1/leads/{lead_id}", json={"title": what})
                case "signal":
                    body = {"kind": what[0], "interest": what[1]}
                    assert client.post(f"{OURS}/leads/{lead_id}/signals", json=body).status_code == 201
                case "rename":
                    client.patch(f"/api/v2/organizations/{at + 1}", json={"name": what})
                case "note":
                    client.post("/v1/notes", json={"content": what, "lead_id": lead_id})
                case "archive":
                    client.patch(f"/v1/leads/{lead_id}", json={"is_archived": what})
                case "policy":
                    assert client.put(f"{OURS}/policy", json={"policy": what}).status_code == 200
                    while go_on(ledger_of(app)):
                        pass
                case "convert":
                    before = client.get(f"{OURS}/leads/{lead_id}/readiness").json["verdict"]
                    done = client.post(f"{OURS}/leads/{lead_id}/convert", json={"reason": "Why not"})
                    if done.status_code == 200:
                        recorded[done.json["conversion_id"]] = before
                        client.post(f"{OURS}/deals/{done.json['deal_id']}/revert")
            for lead in client.get(f"{OURS}/inbox").json["items"]:
                assert lead["readiness"] == client.get(f"{OURS}/leads/{lead['id']}/readiness").json["verdict"]
        told = {}
        for lead_id in leads:
            for happening in client.get(f"{OURS}/timeline", query_string={"lead_id": lead_id, "limit": 500}).json[
                "items"
            ]:
                if happening["event"] == "LeadConvertedToDeal":
                    told[happening["data"]["conversion_id"]] = happening["data"]["verdict"]
        assert told == recorded
        check_whole(app)
