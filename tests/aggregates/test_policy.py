"""How a company decides when leads become deals."""

from __future__ import annotations

from aggregates.policy import STREAM, ConversionPolicy, ConversionPolicyAdopted
from aggregates.refusals import Refusal
from tests.aggregates.given import fact, given, refused, then

FIRST = {"default": {"combine": "any", "rules": []}, "pipelines": []}
SECOND = {"default": {"combine": "all", "rules": []}, "pipelines": []}
ADOPTED = fact(ConversionPolicyAdopted, version=1, policy=FIRST)


def test_each_decision_is_a_version_of_the_one_policy() -> None:
    policy = ConversionPolicy()
    policy.adopt(FIRST)
    policy.adopt(SECOND, instead_of=1)
    then(policy, ADOPTED, fact(ConversionPolicyAdopted, version=2, policy=SECOND))


def test_the_same_decision_again_tells_nothing() -> None:
    policy = given(ConversionPolicy, STREAM, ADOPTED)
    policy.adopt(FIRST)
    then(policy)


def test_a_decision_made_from_an_older_version_is_refused() -> None:
    policy = given(ConversionPolicy, STREAM, ADOPTED)
    with refused(policy, Refusal, "version 1 of the policy was adopted since"):
        policy.adopt(SECOND, instead_of=0)
