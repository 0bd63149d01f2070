"""Words are recognized in any case, form and spelling, and in compounds, and not where they only seem to stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.readiness.words import bare_words_of, parts_of, word_forms, words_of


def says(text: str, wanted: str) -> bool:
    [word] = words_of(wanted)
    return any(form in parts_of(said) for said in words_of(text) for form in word_forms(word))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rør og mer", "rør"),
        ("RØR OG MER", "rør"),
        ("Roer og mer", "rør"),
        ("Rörfirman", "rør"),
        ("Ro\u0308r", "rør"),
        ("røret", "rør"),
        ("rørene", "rør"),
        ("Rørleggere søkes", "rørlegger"),
        ("rørleggeren", "rørlegger"),
        ("Hansens rørleggerfirma", "rørlegger"),
        ("Rørdeler", "rør"),
        ("kobberrør", "rør"),
        ("Kobberrørene", "rør"),
        ("VVS-butikken", "vvs"),
        ("Sanitæranlegg", "sanitær"),
        ("sanitaer", "sanitær"),
        ("Åpning", "åpningen"),
        ("aapninger", "åpning"),
        ("ﬁlter", "filter"),
    ],
)
def test_a_word_is_recognized(text: str, wanted: str) -> None:
    assert says(text, wanted)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Opprør AS", "rør"),
        ("Berører", "rør"),
        ("Røros Hotell", "rør"),
        ("Rorbu", "rør"),
        ("Terror", "rør"),
        ("Mør og rer", "rør"),
        ("", "rør"),
        ("!!! ___", "rør"),
    ],
)
def test_what_only_seems_to_be_the_word_is_not(text: str, wanted: str) -> None:
    assert not says(text, wanted)


def test_domains_are_read_without_norwegian_letters() -> None:
    assert bare_words_of("www.rorogmer.no") == ["www", "rorogmer", "no"]
    assert bare_words_of("Rør") == ["ror"]


@given(st.text())
def test_any_text_has_words_and_folding_them_again_changes_nothing(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    for word in words:
        assert word in parts_of(word)
