"""The languages that pages speak: which one a browser is answered in, and what texts are in it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from flask import Request

COOKIE = "leadledger_language"
ENGLISH, NORWEGIAN = "en", "nb"
LANGUAGES = {ENGLISH: "English", NORWEGIAN: "Norsk bokmål"}
_MEANT = {ENGLISH: ENGLISH, NORWEGIAN: NORWEGIAN, "no": NORWEGIAN, "nn": NORWEGIAN}
_CATALOGS = Path(__file__).parent / "translations"
"""A folder for each language, with a file for each page."""


def language_of(request: Request) -> str:
    """The language that was chosen, else the one that the browser likes best of ours, else English."""
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return _MEANT[request.accept_languages.best_match(list(_MEANT), ENGLISH)]


class Words:
    """What texts are in one language; a text that nobody has translated stays as it is."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.texts, self.plurals = _catalog(language)

    def one(self, text: str) -> str:
        """A text."""
        return self.texts.get(text, text)

    def some(self, one: str, many: str, number: int) -> str:
        """The text for that number of things."""
        return self.plurals.get((one, many), (one, many))[number != 1]


@cache
def words(language: str) -> Words:
    """The texts of a language, read once."""
    return Words(language)


def _catalog(language: str) -> tuple[dict[str, str], dict[tuple[str, str], tuple[str, str]]]:
    texts: dict[str, str] = {}
    plurals: dict[tuple[str, str], tuple[str, str]] = {}
    for path in sorted((_CATALOGS / language).glob("*.po")):
        with path.open("rb") as file:
            catalog = read_po(file, locale=language)
        for message in catalog:
            match message.id, message.string:
                case str(text), str(translated) if text and translated:
                    texts[text] = translated
                case (str(one), str(many)), (str(first), str(second)) if first and second:
                    plurals[one, many] = first, second
    return texts, plurals
