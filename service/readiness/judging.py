"""Judges the facts about a lead by a policy: the verdict, and what each rule found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aggregates.policy import NOT_YET, READY, UNKNOWN
from service.readiness.rules import Facts, Finding, Rule


@dataclass(frozen=True)
class Judgement:
    """What a policy says of a lead, and what each rule of the set that counted says.

    ``pipeline_id`` is the pipeline whose own set that was; None where it was the default one.
    """

    verdict: str
    findings: Sequence[Finding]
    policy_version: int
    pipeline_id: int | None = None

    @property
    def met(self) -> list[str]:
        """The names of the rules that are met."""
        return [finding.rule.name for finding in self.findings if finding.met]

    @property
    def missing(self) -> str:
        """What each unmet rule lacks, in words."""
        return "; ".join(finding.missing for finding in self.findings if finding.missing is not None)


@dataclass(frozen=True)
class RuleSet:
    """Rules and how their results are combined; an empty set never finds a lead ready."""

    combine: str
    rules: Sequence[Rule]
    threshold: int = 0
    pipeline_id: int | None = None

    def judge(self, facts: Facts, version: int) -> Judgement:
        """The verdict of these rules, and what each of them found."""
        findings = [rule.judge(facts) for rule in self.rules]
        verdict = READY if self._holds(findings) else NOT_YET if facts.signals else UNKNOWN
        return Judgement(verdict, findings, version, self.pipeline_id)

    def _holds(self, findings: Sequence[Finding]) -> bool:
        met = [finding for finding in findings if finding.met]
        match self.combine:
            case "all":
                return bool(met) and len(met) == len(findings)
            case "weighted":
                return sum(finding.rule.weight for finding in met) >= self.threshold
        return bool(met)


@dataclass(frozen=True)
class CompiledPolicy:
    """A version of the policy, ready to judge by.

    ``automation`` is the name under which it converts leads by itself; None where people do that.
    """

    version: int
    default: RuleSet
    pipelines: Mapping[int, RuleSet] = field(default_factory=dict)
    automation: str | None = None

    def judge(self, facts: Facts, pipeline_id: int | None = None) -> Judgement:
        """What the policy says of a lead that shall enter a pipeline or, where none is named, any.

        Ready for one pipeline is ready; what is missing is told of the default set.
        """
        if pipeline_id is not None:
            return self.pipelines.get(pipeline_id, self.default).judge(facts, self.version)
        first = self.default.judge(facts, self.version)
        if first.verdict == READY:
            return first
        others = (rules.judge(facts, self.version) for rules in self.pipelines.values())
        return next((judgement for judgement in others if judgement.verdict == READY), first)
