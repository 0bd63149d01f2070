"""The command that adopts a conversion policy, and the checks of what a policy names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aggregates.policy import STREAM, ConversionPolicy
from aggregates.refusals import UnknownReference
from aggregates.review import InboxReview
from projections.engine.rows import Rows
from projections.pipelines import PIPELINES
from projections.policies import NONE_YET, AdoptedPolicy, current_policy
from projections.stages import STAGES
from service.commands import lead_sources
from service.ledger.ledger import Transaction


def adopt(tx: Transaction, policy: dict[str, Any], instead_of: int | None) -> AdoptedPolicy:
    """Adopt a policy, where it differs from the one in force, and start a review of the inbox.

    Answers the one in force then. Raises `UnknownReference` for pipelines and stages that are not there, and
    `Refusal` where another policy was adopted since version ``instead_of``.
    """
    tx.flush()
    check_places(tx.rows, policy)
    before = current_policy(tx.reading)
    decided = ConversionPolicy() if before == NONE_YET else tx.load(ConversionPolicy, STREAM)
    decided.adopt(policy, instead_of=instead_of)
    if decided.version > before.version:
        tx.save(decided, InboxReview.start(tx.next_number(InboxReview.kind), policy_version=decided.version))
    return current_policy(tx.reading)


def current(tx: Transaction) -> dict[str, Any]:
    """The policy in force, as it was adopted."""
    policy: dict[str, Any] = json.loads(current_policy(tx.reading).policy)
    return policy


def check_places(rows: Rows, policy: Mapping[str, Any]) -> None:
    """Raise `UnknownReference` where a policy names a pipeline, a stage or a source that is not there."""
    named = [(PIPELINES, "pipeline", rules["pipeline_id"]) for rules in policy["pipelines"]]
    for table, kind, number in [*named, *((STAGES, "stage", stage_id) for stage_id in stages_named(policy))]:
        row = rows.current(table, number)
        if row is None or row["is_deleted"]:
            raise UnknownReference(f"there is no {kind} {number}")
    lead_sources.check_names(rows.reading, sources_named(policy))


def stages_named(policy: Mapping[str, Any]) -> Iterator[int]:
    """The stages that rules of a policy name."""
    return (rule["stage_id"] for rule in _rules(policy) if "stage_id" in rule)


def sources_named(policy: Mapping[str, Any]) -> Iterator[str]:
    """The sources of leads that rules of a policy name."""
    return (source for rule in _rules(policy) for source in rule.get("sources", ()))


def _rules(policy: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return (rule for rules in (policy["default"], *policy["pipelines"]) for rule in rules["rules"])
