"""The rules for text that comes in keep what people write and refuse what looks empty, hides or breaks a line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from service.text import BadText, composed, email, line, long_text, looks_empty, phone

texts = st.text(st.characters(exclude_categories=["Cs"]))
RULES = (line, long_text, email, phone)


@pytest.mark.parametrize(
    "text",
    [
        "Åse Ærlig",
        "👩‍👩‍👧 flyttet",
        "می‌خواهم",
        "क्‍ष",
        "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
        "❤️",
        "שלום\u200f!",
        "x<y & \"z\"",
        "1\u00a0000 kr",
    ],
)  # fmt: skip
def test_what_scripts_and_emoji_need_stays_as_it_is(text: str) -> None:
    assert line(text) == long_text(text) == text


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u00ad\u2060", "\ufeff", "\u3164\u115f", "\u2800", "\ufff9", "\u180e"]
)
@pytest.mark.parametrize("rule", RULES)
def test_text_that_looks_empty_is_refused_as_blank(rule: Callable[[str], str], text: str) -> None:
    with pytest.raises(BadText, match="must not be blank"):
        rule(text)


def test_where_text_may_be_blank_it_may_look_empty() -> None:
    assert line(" \u200b ", may_be_blank=True) == "\u200b"
    assert long_text(" \n", may_be_blank=True) == " \n"


@pytest.mark.parametrize("rule", [line, email, phone])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a@x.no\r\nBcc: b@x.no", "line break .U.000D"),
        ("Kari\n", "line break"),
        ("a\u2028b", "line break .U.2028"),
        ("a\tb", "control characters .U.0009"),
        ("a\x1bb", "control characters .U.001B"),
        ("a\x85b", "control characters .U.0085"),
        ("a\ud800", "control characters .U.D800"),
        ("\u202eirak", "direction of text .U.202E"),
        ("a\u2066b", "direction of text"),
    ],
)
def test_one_line_takes_nothing_that_breaks_or_turns_it(rule: Callable[[str], str], text: str, reason: str) -> None:
    with pytest.raises(BadText, match=reason):
        rule(text)


def test_long_text_takes_line_breaks_and_tabs_and_no_other_controls() -> None:
    assert long_text(" a\r\n\tb\n\u2028 ") == " a\r\n\tb\n\u2028 "
    for control in "\x07\x0b\x1b\x7f\x85":
        with pytest.raises(BadText, match="control"):
            long_text(f"a{control}b")


def test_addresses_hide_nothing_and_mail_takes_no_blanks() -> None:
    assert email(" kåre@blåbær.no ") == "kåre@blåbær.no"
    assert phone(" +47 22 33 44 55 ") == "+47 22 33 44 55"
    for address in ("kari @x.no", "kari@x\u00a0.no", "a@x.no b@x.no"):
        with pytest.raises(BadText, match="without blanks"):
            email(address)
    for rule in (email, phone):
        with pytest.raises(BadText, match=r"invisible characters .U.200B"):
            rule("22\u200b33")


@given(texts)
@example("  a\u0301\u00a0")
def test_a_line_is_what_was_written_but_for_composition_and_outer_blanks(text: str) -> None:
    try:
        ruled = line(composed(text))
    except BadText:
        return
    assert ruled == unicodedata.normalize("NFC", text).strip()
    assert len(ruled.splitlines()) == 1
    assert ruled.strip() == ruled == line(ruled)
    assert not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in ruled)
    assert not looks_empty(ruled)


@given(texts)
def test_long_text_is_what_was_written_but_for_composition(text: str) -> None:
    try:
        ruled = long_text(composed(text))
    except BadText:
        return
    assert ruled == unicodedata.normalize("NFC", text)


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_letters_and_signs_are_always_taken(text: str) -> None:
    assume(not looks_empty(text))
    assert line(composed(text)) == long_text(composed(text)) == composed(text)


@given(st.text(st.characters(categories=["Cf", "Zs", "Cc", "Zl", "Zp"])))
def test_blanks_controls_and_format_characters_alone_look_empty(text: str) -> None:
    assert looks_empty(text)
