"""Route of a lead's readiness: the verdict and, by rule, whether it is met, by what evidence, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from marshmallow import Schema, fields, validate

from aggregates.policy import VERDICTS
from aggregates.refusals import OtherForm
from projections.engine.reading import Reading
from projections.engine.rows import find
from projections.leads import LEADS
from projections.names import names_of
from projections.places import CONVERTED, DELETED
from projections.signals import SIGNALS
from projections.users import USERS
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import Flag
from service.http.ledger.signals import signal_answer
from service.http.problem_details import ledger
from service.readiness.facts import facts_in
from service.readiness.policy import policy_in
from service.readiness.rules import Evidence, Finding
from service.readiness.suggestion import suggestion


class JudgedRule(Schema):
    """A rule of the policy, and whether it is met: by what, or what would make it so.

    Evidence is a signal as the list of signals shows it, a text that tells of a product line, or the source.
    """

    rule = fields.String(required=True)
    met = Flag(required=True)
    evidence = fields.List(fields.Dict(), required=True)
    missing = fields.String(required=True, allow_none=True)


class Place(Schema):
    """Where the lead should stand as a deal."""

    pipeline_id = fields.Integer(required=True)
    stage_id = fields.Integer(required=True)


class Readiness(Schema):
    """The verdict: ready, not yet, or unknown where nothing has been learned of the lead that speaks for anything."""

    verdict = fields.String(required=True, validate=validate.OneOf(VERDICTS))
    rules = fields.List(fields.Nested(JudgedRule), required=True)
    suggestion = fields.Nested(Place, required=True, allow_none=True)
    policy_version = fields.Integer(required=True)


@ledger.route(
    "GET",
    "/leads/<uuid:lead_id>/readiness",
    answer=Readiness,
    missing="there is no such lead",
    has_tag=True,
    has_past=True,
)
def get_readiness(call: Call, lead_id: UUID) -> dict[str, Any]:
    """Whether a lead should become a deal by what is known of it at the moment, and by the policy that counts then; and
    what is missing where it should not."""
    with call.reading() as reading:
        lead = find(reading, LEADS, str(lead_id))
        if lead is not None and lead["place"] == CONVERTED:
            raise OtherForm("deal", lead["lead_id"], lead["deal_id"])
        if lead is None or lead["place"] == DELETED:
            raise NotFound("there is no such lead")
        call.tag(lead["edited_position"])
        policy = policy_in(reading)
        facts, seen = facts_in(reading.seen_by(None), lead), facts_in(reading, lead)
        judgement = policy.judge(facts)
        return {
            "verdict": judgement.verdict,
            "rules": [_rule(reading, finding, finding.rule.judge(seen)) for finding in judgement.findings],
            "suggestion": suggestion(reading, policy, judgement),
            "policy_version": judgement.policy_version,
        }


def _rule(reading: Reading, finding: Finding, seen: Finding) -> dict[str, Any]:
    """What a rule found, and the evidence as far as the caller may see it."""
    return {
        "rule": finding.rule.name,
        "met": finding.met,
        "evidence": list(_evidence(reading, seen)),
        "missing": finding.missing,
    }


def _evidence(reading: Reading, finding: Finding) -> Iterator[Evidence]:
    for evidence in finding.evidence:
        signal = find(reading, SIGNALS, evidence["signal_id"]) if "signal_id" in evidence else None
        yield (evidence if signal is None else signal_answer(signal, names_of(reading, USERS, [signal["recorded_by"]])))
