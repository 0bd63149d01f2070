"""Whatever the description allows is accepted or breaks a rule, and all that is answered is as described."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import schemathesis
from flask import Flask
from schemathesis.core.result import Ok
from schemathesis.engine import Status, events, from_schema
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi.checks import ignored_auth

from service.http.routes import FAMILIES
from tests.service.http.refusals import company
from tests.service.serving import TOKEN, client_of

RULES = (
    r"name a lead or a deal, not both",
    r"give (at most|just) one of .*",
    r"name one event by its position, or one lead_id or deal_id",
    r"here it must be one of: .*",
    r"it must not be before from",
    r"it must have at least 2 characters, or 1 with exact_match",
    r"the log ends at position \d+.*",
    r"that time has not come yet: .*",
    r"there (are|were) only \d+ events",
    r"there is no such event among the first \d+",
    r"no checkpoint was signed at that size",
    r"there is no currency .*",
    r"\w+ has \d decimals; .* has more",
    r"it must not be larger than \d+ bytes",
    r"it must not (be blank|have invisible characters .*)",  # Unicode has more of those than a pattern should list
    r"it must have letters or digits",
    r"as a number: .*",  # no pattern tells how large a number is that stands in text
    r"it is no regular expression: .*",
    r"it is too complicated; use several simpler ones",
    r"it matches any text",
    r"give words or patterns",
    r"a rule of kind \w+ (needs it|does not have it)",
    r"give it where rules are weighted, and only there",
    r"all rules together do not reach it",
    r"each must have a name of its own",
    r"a policy has at most \d+ \w+",
)
"""What may be wrong with a field that is as described: what no schema can tell."""


@pytest.fixture
def company_app(app: Flask) -> Flask:
    """A service that knows a company."""
    company(client_of(app))
    return app


def description(app: Flask, *phases: str) -> BaseSchema:
    """The description that a service gives of itself, to be tried in these ways by its administrator."""
    settings = {
        "headers": {"x-api-token": TOKEN},
        "continue-on-failure": True,
        "checks": {
            "ignored_auth": {"enabled": False}
        },  # has a test of its own: it cannot call an application in-process
        "generation": {
            "max-examples": 3,
            "deterministic": True,
            "no-shrink": True,
            "allow-x00": False,
            "with-security-parameters": False,
            "database": "none",
        },
        "phases": {
            **{phase: {"enabled": phase in phases} for phase in ("examples", "fuzzing", "stateful")},
            "coverage": {"enabled": "coverage" in phases, "unexpected-methods": []},  # which test_bad_input sends
        },
    }
    config = schemathesis.Config.from_dict(settings)
    return schemathesis.openapi.from_wsgi("/api/ledger/v1/openapi.json", app, config=config)


def check(schema: BaseSchema) -> None:
    """Try every operation, with what the description allows and with what it does not."""
    tried, complaints = set[str](), list[str]()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            tried.add(event.label or "")
            complaints += _complaints(event)
        elif isinstance(event, events.NonFatalError | events.FatalError):
            complaints.append(str(event))
    assert not complaints, f"{len(complaints)} complaints:\n" + "\n".join(complaints[:50])
    assert len(tried) == sum(1 for _ in schema.get_all_operations())


@pytest.mark.slow
@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)  # which refuses more than SQLite does
def test_every_operation_does_as_it_is_described(company_app: Flask) -> None:
    check(description(company_app, "examples", "fuzzing"))


@pytest.mark.slow
@pytest.mark.parametrize("family", [family.name for family in FAMILIES])
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # what is out of bounds is refused before any is asked
def test_every_bound_that_is_described_is_kept(company_app: Flask, family: str) -> None:
    check(description(company_app, "coverage").include(tag=family))


@pytest.mark.slow
def test_no_operation_forgets_to_ask_for_a_token(company_app: Flask) -> None:
    for found in description(company_app).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        case = operation.Case(path_parameters=dict.fromkeys(re.findall(r"{(\w+)}", operation.path), "1"))
        case.call_and_validate(checks=[ignored_auth])


def _complaints(event: events.ScenarioFinished) -> Iterator[str]:
    for case_id, results in event.recorder.checks.items():
        for result in results:
            if result.status == Status.FAILURE and result.failure_info is not None:
                response = event.recorder.interactions[case_id].response
                said = "" if response is None else str(response.text)
                if result.name != "positive_data_acceptance" or not _breaks_a_rule(said):
                    case = event.recorder.cases[case_id].value
                    asked = f"{case.method} {case.formatted_path} {case.query} {case.body!r}"
                    yield f"{result.name}: {result.failure_info.failure.message[:300]} {said[:500]} {asked[:500]}"


def _breaks_a_rule(said: str) -> bool:
    """Whether a refusal is of the business, which names no field, or tells of fields what no schema could have told."""
    body = json.loads(said)
    message = (body.get("detail") or body["error"]).removeprefix("Validation failed: ")
    if message.startswith(("the body", "text must")):
        return False
    reasons = [re.match(r"[\w.]+: (.*)", each, re.DOTALL) for each in re.split(r"; (?=[\w.]+: )", message)]
    return all(reason is None or re.fullmatch("|".join(RULES), reason[1], re.DOTALL) for reason in reasons)
