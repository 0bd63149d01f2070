"""Schemas of a conversion policy: rules of known kinds, and patterns that are quick on any text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from aggregates.lead_source import LONGEST_NAME
from service.http.fields import Id, Text, Whole
from service.http.ledger.signals import SignalKind
from service.readiness.patterns import LONGEST_PATTERN, InvalidPattern, pattern
from service.readiness.words import words_of
from service.text import BadText

MOST_WORDS = 300
MOST_PATTERNS = 20
"""Of a whole policy, so that judging a lead stays quick."""

_TOLD_BY_KIND = {
    "fit": {"product_lines"},
    "interest": {"signals"},
    "qualification": {"signals", "sources"},
    "first_stage": {"signals", "stage_id"},
}
_NEEDED = {"fit": "product_lines", "interest": "signals", "qualification": "signals", "first_stage": "signals"}
_UNIQUE = "each must have a name of its own"


class Word(Text):
    """A word or a phrase to look for."""

    def _by_rule(self, given: str) -> str:
        if not words_of(given):
            raise BadText("it must have letters or digits")
        return super()._by_rule(given)


class PatternText(Text):
    """A regular expression in RE2's syntax, of which outer blanks are a part."""

    def __init__(self, **options: Any) -> None:
        super().__init__(LONGEST_PATTERN, **options)

    def _by_rule(self, given: str) -> str:
        super()._by_rule(given)
        try:
            pattern(given)
        except InvalidPattern as invalid:
            raise BadText(str(invalid)) from None
        return given


class ProductLine(Schema):
    """Something that is sold, and the words and patterns that tell of it."""

    name = Text(100, required=True)
    words = fields.List(Word(100), load_default=list, validate=validate.Length(max=MOST_WORDS))
    patterns = fields.List(PatternText(), load_default=list, validate=validate.Length(max=MOST_PATTERNS))

    @validates_schema
    def check_some(self, line: dict[str, Any], **_: Any) -> None:
        """A line is told of by something."""
        if not line["words"] and not line["patterns"]:
            raise ValidationError("give words or patterns", "words")


class Rule(Schema):
    """One reason why a lead should become a deal.

    A ``fit`` has product lines; ``interest`` is shown by one of its signals; for a ``qualification`` the lead came
    from one of the sources, where any are given, and has all of the signals; a ``first_stage`` admits a lead that has
    one of its signals to the stage, or to the pipeline's first one where no stage is named.
    """

    name = Text(100, required=True)
    kind = fields.String(required=True, validate=validate.OneOf(list(_TOLD_BY_KIND)))
    weight = Whole(1, 1000, load_default=1)
    product_lines = fields.List(fields.Nested(ProductLine), validate=validate.Length(min=1, max=50))
    signals = fields.List(SignalKind(), validate=validate.Length(min=1, max=20))
    sources = fields.List(Text(LONGEST_NAME), validate=validate.Length(min=1))
    stage_id = Id()

    @validates_schema
    def check_kind(self, rule: dict[str, Any], **_: Any) -> None:
        """A rule says what its kind needs and nothing else."""
        kind = rule["kind"]
        if _NEEDED[kind] not in rule:
            raise ValidationError(f"a rule of kind {kind} needs it", _NEEDED[kind])
        for name in rule.keys() - {"name", "kind", "weight"} - _TOLD_BY_KIND[kind]:
            raise ValidationError(f"a rule of kind {kind} does not have it", name)


class RuleSet(Schema):
    """Rules, and how they go together: any or all of them, or those whose weights reach a threshold."""

    combine = fields.String(required=True, validate=validate.OneOf(["any", "all", "weighted"]))
    threshold = Whole(1, 100_000)
    rules = fields.List(fields.Nested(Rule), required=True, validate=validate.Length(max=20))

    @validates_schema
    def check_together(self, rules: dict[str, Any], **_: Any) -> None:
        """Names are told apart, and a threshold is there where weights count, and can be reached."""
        check_different([rule["name"] for rule in rules["rules"]], "rules")
        is_weighted, threshold = rules["combine"] == "weighted", rules.get("threshold")
        if is_weighted != (threshold is not None):
            raise ValidationError("give it where rules are weighted, and only there", "threshold")
        if threshold is not None and threshold > sum(rule["weight"] for rule in rules["rules"]):
            raise ValidationError("all rules together do not reach it", "threshold")


class PipelineRuleSet(RuleSet):
    """A set of rules that one pipeline has of its own."""

    pipeline_id = Id(required=True)


class Automation(Schema):
    """Leads that become ready are converted by the policy itself, under a name that timelines show."""

    name = Text(100, required=True)


class Policy(Schema):
    """A set of rules for all pipelines but those that have their own.

    People convert leads, unless there is an ``automation``: then the policy does so, at most once with each lead.
    """

    default = fields.Nested(RuleSet, required=True)
    pipelines = fields.List(fields.Nested(PipelineRuleSet), load_default=list, validate=validate.Length(max=20))
    automation = fields.Nested(Automation)

    @validates_schema
    def check_bounds(self, policy: dict[str, Any], **_: Any) -> None:
        """A pipeline has one set, and the policy is small enough to judge by quickly."""
        check_different([rules["pipeline_id"] for rules in policy["pipelines"]], "pipelines")
        for what, most in (("words", MOST_WORDS), ("patterns", MOST_PATTERNS)):
            if _count(policy, what) > most:
                raise ValidationError(f"a policy has at most {most} {what}", what)


def check_different(names: list[Any], field: str) -> None:
    """Raise ValidationError, of that field, where two names are the same."""
    if len(names) != len(set(names)):
        raise ValidationError(_UNIQUE, field)


def _count(policy: Mapping[str, Any], what: str) -> int:
    rules = [rule for rules in (policy["default"], *policy["pipelines"]) for rule in rules["rules"]]
    return sum(len(line[what]) for rule in rules for line in rule.get("product_lines", ()))
