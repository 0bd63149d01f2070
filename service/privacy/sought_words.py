"""The words by which a person is known, and a matcher that tells which texts hold one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from projections.engine.folding import folded

SHORTEST = 4
"""Characters from which on a word counts inside of longer words, too; shorter ones stand alone, but for those of
scripts without capital letters, many of which put no blanks between words."""

_FEWEST_DIGITS, _LAST_DIGITS = 6, 8
_NUMBER = re.compile(r"[\d\s().\-–/+]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s().\-–/]+(?=\d)")
_TAG = re.compile(r"<[^<>]*>")


class SoughtWords:
    """Names, addresses and numbers of a person's.

    They are found whatever their case and spelling, see `folded`. A telephone number is found by its last eight
    digits, whatever stands between them.
    """

    def __init__(self, words: Iterable[str]) -> None:
        found = {folded(word) for word in words} - {""}
        short = {word for word in found if len(word) < SHORTEST and not _is_without_case(word)}
        self._anywhere = sorted(found - short)
        self._alone = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(short)) or r"(?!)")
        self._numbers = sorted({digits for word in found if (digits := _digits(word))})
        self.are_any = bool(found)

    def stand_in(self, text: str) -> bool:
        """Whether one of them stands in a text, as it is or as a reader sees it where it is HTML."""
        return any(self._are_in(folded(reading)) for reading in _readings(text))

    def _are_in(self, text: str) -> bool:
        if any(word in text for word in self._anywhere) or self._alone.search(text):
            return True
        if not self._numbers:
            return False
        joined = _BETWEEN_DIGITS.sub("", text)
        return any(number in joined for number in self._numbers)


def _is_without_case(word: str) -> bool:
    return any(letter.isalpha() and letter.upper() == letter.lower() for letter in word)


def _digits(word: str) -> str:
    digits = re.sub(r"\D", "", word) if _NUMBER.fullmatch(word) else ""
    return digits[-_LAST_DIGITS:] if len(digits) >= _FEWEST_DIGITS else ""


def _readings(text: str) -> Iterator[str]:
    yield text
    if "&" in text or "<" in text:
        yield unescape(text)
        yield unescape(_TAG.sub("", text))
        yield unescape(_TAG.sub(" ", text))
