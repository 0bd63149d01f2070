"""Administrators decide when leads should become deals; every decision is a version, and none is lost unseen."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from service.commands import users
from service.ledger.ledger import Origin
from service.readiness.first_policy import FIRST_POLICY
from tests.service.http.ledger.conftest import OURS, Company
from tests.service.serving import client_of, issued, ledger_of

FIT = {"name": "Fit", "kind": "fit", "product_lines": [{"name": "Tiles", "words": ["flis"]}]}


def put(company: Company, policy: Any, **more: Any) -> Any:
    return company.client.put(f"{OURS}/policy", json={"policy": policy, **more})


def policy(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"default": {"combine": "any", "rules": list(rules)}, **more}


def test_a_company_begins_with_the_rules_of_the_article(company: Company) -> None:
    adopted = company.get("/policy")
    assert (adopted["version"], adopted["policy"], adopted["adopted_by"]) == (1, FIRST_POLICY, None)


def test_a_policy_is_adopted_and_told_with_who_decided_it(company: Company) -> None:
    answer = put(company, policy(FIT), version=1)
    assert answer.status_code == 200, answer.text
    line = {"name": "Tiles", "words": ["flis"], "patterns": []}
    rule = {"name": "Fit", "kind": "fit", "weight": 1, "product_lines": [line]}
    assert answer.json == {
        "version": 2,
        "policy": {"default": {"combine": "any", "rules": [rule]}, "pipelines": []},
        "adopted_at": "2100-01-04T08:00:00.000000Z",
        "adopted_by": {"id": 1, "name": "Administrator"},
        "review": {"policy_version": 2, "judged": 0, "changed": 0, "is_completed": False},
    }
    assert company.get("/policy") == answer.json
    assert put(company, policy(FIT)).json == answer.json


def test_a_decision_that_somebody_else_has_overtaken_is_refused(company: Company) -> None:
    put(company, policy(FIT), version=1)
    overtaken = put(company, policy(), version=1)
    assert overtaken.status_code == 409
    assert "version 2 of the policy was adopted since" in overtaken.json["detail"]
    assert company.get("/policy")["version"] == 2


def test_only_administrators_decide(company: Company) -> None:
    app = company.client.application
    origin = Origin(user_id=None, request_id="test", client="test")
    facts = {"name": "Ola", "email": "ola@example.org", "is_admin": False, "default_currency": "NOK"}
    facts |= {"locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    ola = ledger_of(app).execute(origin, lambda tx: users.add(tx, facts))["user_id"]
    token = issued(ledger_of(app), ola)
    theirs = client_of(app, token)
    assert theirs.get(f"{OURS}/policy").status_code == 200
    assert theirs.put(f"{OURS}/policy", json={"policy": policy()}).status_code == 403


WEIGHTED = {"combine": "weighted", "rules": [FIT | {"weight": 3}]}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({}, "policy.default"),
        (policy({"name": "Luck", "kind": "luck"}), "policy.default.rules.0.kind"),
        (policy({"name": "Fit", "kind": "fit"}), "policy.default.rules.0.product_lines"),
        (policy(FIT | {"signals": ["email_sent"]}), "policy.default.rules.0.signals"),
        (policy({"name": "A", "kind": "interest", "signals": ["fax_sent"]}), "policy.default.rules.0.signals.0"),
        (policy({"name": "A", "kind": "interest", "signals": []}), "policy.default.rules.0.signals"),
        (policy(FIT, FIT), "policy.default.rules"),
        (policy(FIT | {"product_lines": [{"name": "T"}]}), "policy.default.rules.0.product_lines.0.words"),
        (
            policy(FIT | {"product_lines": [{"name": "T", "words": ["!"]}]}),
            "policy.default.rules.0.product_lines.0.words.0",
        ),
        (
            policy(FIT | {"product_lines": [{"name": "T", "patterns": ["(a"]}]}),
            "policy.default.rules.0.product_lines.0.patterns.0",
        ),
        (
            policy(FIT | {"product_lines": [{"name": "T", "patterns": [r"(?:a?){200}a{200}"]}]}),
            "policy.default.rules.0.product_lines.0.patterns.0",
        ),
        ({"default": WEIGHTED}, "policy.default.threshold"),
        ({"default": WEIGHTED | {"threshold": 4}}, "policy.default.threshold"),
        ({"default": WEIGHTED | {"combine": "any", "threshold": 1}}, "policy.default.threshold"),
        (policy(pipelines=[{"pipeline_id": 1, "combine": "any", "rules": []}] * 2), "policy.pipelines"),
        (policy(FIT | {"product_lines": [{"name": "T", "words": ["flis"] * 301}]}), None),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused_with_the_place(
    company: Company, wrong: Any, field: str | None
) -> None:
    answer = put(company, wrong)
    assert answer.status_code == 400, answer.text
    assert field is None or [error["field"] for error in answer.json["errors"]] == [field]
    assert company.get("/policy")["version"] == 1


def entering(stage_id: int) -> dict[str, Any]:
    return {"name": "Enter", "kind": "first_stage", "signals": ["email_sent"], "stage_id": stage_id}


def test_a_policy_names_only_stages_and_pipelines_that_are_there(company: Company) -> None:
    own = {"pipeline_id": 9, "combine": "any", "rules": []}
    company.client.delete("/api/v2/stages/5")
    for wrong, said in (
        (policy(entering(99)), "there is no stage 99"),
        (policy(entering(5)), "there is no stage 5"),
        (policy(pipelines=[own]), "there is no pipeline 9"),
    ):
        answer = put(company, wrong)
        assert (answer.status_code, answer.json["detail"]) == (400, said)


def test_what_the_policy_names_cannot_be_given_up(company: Company) -> None:
    company.post("/api/v2/pipelines", name="Service")
    own = {"pipeline_id": 2, "combine": "any", "rules": []}
    assert put(company, policy(entering(5), pipelines=[own])).status_code == 200
    for path in ("stages/5", "pipelines/2"):
        answer = company.client.delete(f"/api/v2/{path}")
        assert answer.status_code == 400
        assert "the conversion policy" in answer.json["error"]
    assert put(company, policy()).status_code == 200
    for path in ("stages/5", "pipelines/2"):
        assert company.client.delete(f"/api/v2/{path}").status_code == 200


def test_the_first_policy_is_one_that_could_be_adopted(company: Company) -> None:
    put(company, policy())
    assert put(company, copy.deepcopy(FIRST_POLICY)).json["policy"] == FIRST_POLICY
