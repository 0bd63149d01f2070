"""Compiles the conversion policy as it is stored into one that can judge: words folded, patterns compiled."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from aggregates.policy import ConversionPolicyAdopted
from projections.engine.reading import Reading
from projections.policies import current_policy
from service.ledger.ledger import Transaction
from service.readiness.judging import CompiledPolicy, RuleSet
from service.readiness.patterns import pattern
from service.readiness.rules import FirstStage, Fit, Interest, ProductLine, Qualification, Rule
from service.readiness.words import bare_words_of, word_forms, words_of


def policy_for(tx: Transaction) -> CompiledPolicy:
    """The policy in force for a command; a process reads each version from the database once."""
    return tx.kept(policy_in, ConversionPolicyAdopted)


def policy_in(reading: Reading) -> CompiledPolicy:
    """The policy in force."""
    adopted = current_policy(reading)
    return _compiled(adopted.version, adopted.policy)


@lru_cache(maxsize=8)
def _compiled(version: int, policy: str) -> CompiledPolicy:
    return compiled(json.loads(policy), version)


def compiled(policy: Mapping[str, Any], version: int) -> CompiledPolicy:
    """A policy ready to judge by; its rules and patterns have been checked before."""
    own = {rules["pipeline_id"]: _rule_set(rules) for rules in policy["pipelines"]}
    automation = policy.get("automation")
    return CompiledPolicy(version, _rule_set(policy["default"]), own, automation and automation["name"])


def _rule_set(rules: Mapping[str, Any]) -> RuleSet:
    each = [_rule(rule) for rule in rules["rules"]]
    return RuleSet(rules["combine"], each, rules.get("threshold") or 0, rules.get("pipeline_id"))


def _rule(rule: Mapping[str, Any]) -> Rule:
    name, weight, kinds = rule["name"], rule["weight"], rule.get("signals", [])
    match rule["kind"]:
        case "fit":
            return Fit(name, weight, list(map(_product_line, rule["product_lines"])))
        case "interest":
            return Interest(name, weight, kinds)
        case "qualification":
            return Qualification(name, weight, rule.get("sources", []), kinds)
        case _:
            return FirstStage(name, weight, kinds, rule.get("stage_id"))


def _product_line(line: Mapping[str, Any]) -> ProductLine:
    single = [word for word in line["words"] if len(words_of(word)) == 1]
    phrases = [(word, list(map(word_forms, words_of(word)))) for word in line["words"] if word not in single]
    patterns = [(expression, pattern(expression)) for expression in line["patterns"]]
    return ProductLine(line["name"], _by_form(single, words_of), _by_form(single, bare_words_of), phrases, patterns)


def _by_form(words: Iterable[str], fold: Callable[[str], list[str]]) -> dict[str, str]:
    return {form: word for word in words for folded in fold(word) for form in word_forms(folded)}
