"""The conversion policy: a company's decision when a lead should become a deal, in versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.event import Event
from aggregates.identity import stream_named
from aggregates.refusals import Refusal

UNKNOWN, NOT_YET, READY = "unknown", "not_yet", "ready"
VERDICTS = (UNKNOWN, NOT_YET, READY)
"""What a policy may say of a lead, in the order in which leads are sorted by it: unknown is a lead of which nothing
has been learned yet."""

STREAM = stream_named("policy", "conversion")
"""There is one policy, and so one stream of it."""


class ConversionPolicyAdopted(Event):
    """The company decided when leads are ready to become deals; ``version`` counts these decisions from 1.

    ``policy`` holds a set of rules as ``default`` and, in ``pipelines``, sets for pipelines that have their own.
    """

    version: int
    policy: dict[str, Any]

    def apply(self, policy: ConversionPolicy) -> None:
        policy.policy = self.policy


class ConversionPolicy(Aggregate):
    """What makes a lead ready to become a deal, as the company sees it."""

    created = ConversionPolicyAdopted

    policy: dict[str, Any] | None

    def __init__(self, stream_id: UUID = STREAM) -> None:
        super().__init__(stream_id)
        self.policy = None

    def adopt(self, policy: dict[str, Any], *, instead_of: int | None = None) -> None:
        """Decide anew. Records no event if nothing changes.

        ``instead_of`` is the version that was looked at, where somebody says so: raises `Refusal` where another
        was adopted since.
        """
        if instead_of not in (None, self.version):
            raise Refusal(f"version {self.version} of the policy was adopted since; look at it and decide anew")
        if policy != self.policy:
            self.record(ConversionPolicyAdopted, version=self.version + 1, policy=policy)
