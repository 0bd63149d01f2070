"""A name, an address or a number is found as a reader would find it, however it is spelled."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from html import escape
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.engine.folding import folded
from service.privacy.sought_words import SoughtWords


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("Kari Nordmann", "Married to KARI  NORDMANN."),
        ("Øystein Ås", "met øystein ås today"),
        ("Øystein Ås", "ØYSTEIN ÅS"),
        ("Åse Strand", unicodedata.normalize("NFD", "Åse Strand")),
        (unicodedata.normalize("NFD", "Åse Strand"), "åse strand"),
        ("Straße 7", "STRASSE 7"),
        ("Kari Nordmann", "Kari\u00a0Nord\u00admann"),
        ("Kari Nordmann", "Kari\nNordmann"),
        ("Ås & Sønn", "<p>&Aring;s &amp; S&oslash;nn</p>"),
        ("Kari Nordmann", "<b>Kari</b> Nord<i>mann</i>"),
        ("Kari Nordmann", "Kari<br>Nordmann"),
        ("<Kari>", "<Kari> Nordmann"),
        ("kari@firma.no", "Kari <KARI@firma.no>"),
        ("Bo", "asked Bo, who said no"),
        ("王伟", "昨天王伟来了"),
        ("+47 900 12 345", "call 90012345"),
        ("+47 900 12 345", "(+47) 90 01 23 45!"),
        ("90012345", "0047-900-12-345"),
    ],
)
def test_a_word_is_found(word: str, text: str) -> None:
    assert SoughtWords([word]).stand_in(text)


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("Kari Nordmann", "Kari Nordby and Ola Mann"),
        ("Bo", "Bodil and her boat"),
        ("", "anything"),
        ("900", "call 90012345"),
        ("+47 900 12 345", "call 900 12 346"),
    ],
)
def test_another_word_is_not(word: str, text: str) -> None:
    assert not SoughtWords([word]).stand_in(text)


@given(
    st.text(st.characters(codec="utf-8", categories=("L", "M", "N")), min_size=4, max_size=20).filter(
        lambda word: len(folded(word)) >= 4 and folded(unicodedata.normalize("NFD", word)) == folded(word)
    ),
    st.sampled_from([str, str.upper, str.casefold]),
    st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]),
    st.booleans(),
)
def test_case_form_and_html_make_no_difference(
    word: str, cased: Callable[[str], str], form: Literal["NFC", "NFD", "NFKC", "NFKD"], is_html: bool
) -> None:
    written = unicodedata.normalize(form, cased(word))
    if folded(written) == folded(word):
        assert SoughtWords([word]).stand_in(f"before {escape(written) if is_html else written} after")
