"""Patterns are taken where they are quick on any text, and refused with a reason where they are not."""

from __future__ import annotations

import time

import pytest

from service.readiness.patterns import InvalidPattern, pattern
from service.readiness.rules import LONGEST_TEXT


@pytest.mark.parametrize(
    ("expression", "text"), [(r"\brør", "Billige RØR"), (r"(?:vvs|sanit)", "VVS-huset"), (r"^\d{4} ", "5003 Bergen")]
)
def test_a_pattern_is_found_whatever_the_case(expression: str, text: str) -> None:
    assert pattern(expression).search(text)
    assert not pattern(expression).search("Blomster")


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("(", "missing"),
        ("[z-a]", "range"),
        ("a{1,5000}", "repetition"),
        (r"(a)\1", "escape"),
        ("(?=a)", "regular expression"),
        ("((a{0,30}){0,30}){0,30}b", "repetition"),
        (r"\pL{100}", "large"),
        ("(?:a?){200}a{200}", "complicated"),
        ("a" * 201, "longer"),
        ("a*", "any text"),
        ("", "any text"),
    ],
)
def test_what_is_no_pattern_or_would_be_slow_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(InvalidPattern, match=reason):
        pattern(expression)


@pytest.mark.parametrize(
    "expression", ["(a*)*b", "(a|aa)+b", "(x+x+)+y", "(.*)(.*)(.*)(.*)[ab]{20}c", "(?:a?){60}a{60}"]
)
def test_patterns_that_backtracking_would_never_finish_take_milliseconds(expression: str) -> None:
    found = pattern(expression)
    for text in ("a" * LONGEST_TEXT, "x" * LONGEST_TEXT, "aq" * (LONGEST_TEXT // 2)):
        began = time.perf_counter()
        found.search(text)
        assert time.perf_counter() - began < 0.1
