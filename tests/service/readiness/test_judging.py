"""A policy judges by the facts: which rules are met, on what evidence, and what is missing."""

from __future__ import annotations

from typing import Any

import pytest

from projections.signals import LatestSignal
from service.readiness.first_policy import FIRST_POLICY
from service.readiness.judging import Judgement
from service.readiness.policy import compiled
from service.readiness.rules import Facts, Saying

FIRST, SECOND = "2026-03-01T10:00:00.000000Z", "2026-03-02T10:00:00.000000Z"
FIT = FIRST_POLICY["default"]["rules"][0]
INTEREST = FIRST_POLICY["default"]["rules"][1]
FIRST_STAGE = FIRST_POLICY["default"]["rules"][3]


def signal(kind: str, interest: bool | None = None, at: str = FIRST) -> LatestSignal:
    return LatestSignal(kind, interest, at, f"{kind}-{interest}")


def facts(*signals: LatestSignal, source: str = "API", **sayings: str) -> Facts:
    return Facts([Saying(where, text) for where, text in sayings.items()], source, signals)


def judged(known: Facts, policy: dict[str, Any] = FIRST_POLICY, pipeline_id: int | None = None) -> Judgement:
    return compiled(policy, 7).judge(known, pipeline_id)


def rules(combine: str, *each: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"combine": combine, "rules": list(each), **more}


def test_a_company_whose_name_tells_of_what_is_sold_fits() -> None:
    judgement = judged(facts(organization_name="Rør og mer", title="Forespørsel"))
    assert (judgement.verdict, judgement.met, judgement.policy_version) == ("ready", ["Fit"], 7)
    told = {"where": "organization_name", "text": "Rør og mer", "matched": "rør", "product_line": "Plumbing"}
    assert judgement.findings[0].evidence == [told]
    assert judged(facts(domain="rorogmer.no")).met == ["Fit"]
    assert judged(facts(title="Nytt baderom")).met == ["Fit"]


def test_interest_is_what_the_latest_telling_answer_shows() -> None:
    for signals, missing in (
        ([], "a signal of interest is missing: email answered"),
        ([signal("email_answered")], "nobody has noted whether the email answered showed interest"),
        ([signal("email_answered", True)], None),
        ([signal("email_answered", True), signal("email_answered", None, SECOND)], None),
        (
            [signal("email_answered", True), signal("email_answered", False, SECOND)],
            "the last email answered showed no interest; one that shows it is needed",
        ),
        ([signal("email_answered", False), signal("email_answered", True, SECOND)], None),
    ):
        finding = judged(facts(*signals)).findings[1]
        assert (finding.met, finding.missing) == (missing is None, missing)


def test_a_lead_qualifies_by_its_source_and_a_liked_profile() -> None:
    linked, liked = signal("profile_linked"), signal("profile_liked")
    assert judged(facts(linked, liked, source="Prospector")).met == ["Qualification"]
    lacking = judged(facts(linked)).findings[2]
    assert lacking.missing == "it came from API, not from Prospector; a signal is missing: profile liked"


def test_a_lead_may_enter_the_first_stage_when_it_meets_its_criterion() -> None:
    judgement = judged(facts(signal("email_sent")))
    assert (judgement.verdict, judgement.met) == ("ready", ["First stage"])


def test_nothing_recorded_and_no_rule_met_is_unknown_and_something_else_recorded_is_not_yet() -> None:
    assert judged(facts(title="Bathtub")).verdict == "unknown"
    assert judged(facts(signal("email_opened"), title="Bathtub")).verdict == "not_yet"


@pytest.mark.parametrize(
    ("together", "verdicts"),
    [
        (rules("any", FIT, INTEREST), ("ready", "ready", "ready")),
        (rules("all", FIT, INTEREST), ("unknown", "not_yet", "ready")),
        (rules("weighted", FIT | {"weight": 1}, INTEREST | {"weight": 2}, threshold=2), ("unknown", "ready", "ready")),
        (rules("any"), ("unknown", "not_yet", "not_yet")),
        (rules("all"), ("unknown", "not_yet", "not_yet")),
    ],
)
def test_rules_go_together_as_the_policy_says(together: dict[str, Any], verdicts: tuple[str, ...]) -> None:
    answer = signal("email_answered", True)
    each = (facts(title="Rør"), facts(answer, title="Tiles"), facts(answer, title="Rør"))
    policy = {"default": together, "pipelines": []}
    assert tuple(judged(known, policy).verdict for known in each) == verdicts


def test_a_pipeline_may_have_rules_of_its_own_and_ready_for_one_is_ready() -> None:
    policy = {"default": rules("any", FIT), "pipelines": [rules("any", FIRST_STAGE, pipeline_id=2)]}
    sent = facts(signal("email_sent"), title="Tiles")
    assert [judged(sent, policy, pipeline_id).verdict for pipeline_id in (1, 2)] == ["not_yet", "ready"]
    assert (judged(sent, policy).verdict, judged(sent, policy).pipeline_id) == ("ready", 2)
    assert judged(facts(signal("email_opened")), policy).missing.startswith("nothing in the organization's name")


def test_phrases_and_patterns_tell_of_a_product_line() -> None:
    line = {"name": "Heating", "words": ["varmt vann", "ovn"], "patterns": [r"\bhp-\d+"]}
    policy = {"default": rules("any", FIT | {"product_lines": [line]}), "pipelines": []}
    matched = {
        "Varme vannet": None,
        "Mer varmt vann nå": "varmt vann",
        "vann varmt": None,
        "Ovnene": "ovn",
        "HP-200": r"\bhp-\d+",
    }
    for title, expected in matched.items():
        found = judged(facts(title=title), policy).findings[0].evidence
        assert [evidence["matched"] for evidence in found] == ([] if expected is None else [expected])
