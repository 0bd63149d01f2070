"""Text that reads the same folds to the same, and folding goes no further."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from projections.engine.folding import IGNORABLE, folded

texts = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ærlig ØRN på Ås", "ærlig ørn PÅ ås"),
        ("A\u030alesund", "Ålesund"),
        ("\uff22\uff45rgen", "bergen"),
        ("ﬁlter", "Filter"),
        ("STRASSE", "Straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("Kari\u00a0Nordmann", " Kari  Nordmann\n"),
        ("Rør\u00adlegger", "rørlegger"),
        ("Ka\u200bri", "Kari"),
        ("\u202eKari\u202c", "Kari"),
        ("❤\ufe0f", "❤"),
        ("\u0130STANBUL", "istanbul"),
        ("i\u0307\u0301", "í"),
    ],
)
def test_what_reads_the_same_folds_to_the_same(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Kåre", "Kare"), ("Ola Li", "Olali"), ("x<y", "x"), ("½", "1"), ("D\u0131k", "Dik")]
)
def test_what_reads_otherwise_folds_to_something_else(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(texts)
@example("\u0345\u0301")
@example("a\u200b\u030a")
@example("\u0130\u0307\u0323")
@example("\u012e\u0307")
def test_folding_again_changes_nothing(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@given(texts)
def test_a_spelling_folds_as_any_other_of_the_same_text(text: str) -> None:
    assert folded(unicodedata.normalize("NFC", text)) == folded(unicodedata.normalize("NFD", text)) == folded(text)


@given(texts)
def test_what_is_folded_is_one_line_without_outer_blanks(text: str) -> None:
    assert folded(text).splitlines() in ([], [folded(text)])
    assert folded(text) == folded(text).strip()


@given(texts)
def test_only_blanks_and_what_shows_nothing_folds_to_nothing(text: str) -> None:
    assert bool(folded(text)) == bool(IGNORABLE.sub("", unicodedata.normalize("NFKC", text)).strip())
