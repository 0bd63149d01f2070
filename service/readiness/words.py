"""Splits text into words that compare equal whatever their case, inflection and spelling.

The rule, which is ours and deliberately small:

1. *Folding.* Case does not matter. ``ø``, ``ö`` and ``oe`` are one letter, so are ``å`` and ``aa``, and ``æ``, ``ä``
   and ``ae``; other accents are dropped. A domain, where Norwegian letters often lose everything, is compared once
   more with ``ø`` as ``o``, ``å`` as ``a`` and ``æ`` as ``ae``.
2. *Forms.* Two words are the same where they are equal with or without an ending of Norwegian inflection (``-en``,
   ``-ene``, ``-er``, ``-s`` …), as long as three letters are left.
3. *Compounds.* A word also stands in a longer one that begins or ends with it, where the other part has at least four
   letters: ``rør`` stands in ``rørleggere`` and ``kobberrør``, but neither in ``opprør`` nor in ``Røros``.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from projections.engine.folding import folded

SHORTEST_STEM = 3
SHORTEST_PART = 4

_ENDINGS = tuple(
    sorted(
        ("erne", "eren", "ene", "ane", "ere", "ens", "ets", "ers", "er", "ar", "en", "et", "a", "e", "s"),
        key=len,
        reverse=True,
    )
)
_LETTERS = str.maketrans({"ø": "oe", "ö": "oe", "œ": "oe", "å": "aa", "æ": "ae", "ä": "ae"})
_BARE_LETTERS = str.maketrans({"ø": "o", "œ": "o", "æ": "ae"})
_WORD = re.compile(r"[^\W_]+")

WordForms = tuple[str, ...]
"""A folded word, and what is left of it without its ending."""


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(_without_accents(folded(text).translate(_LETTERS)))


def bare_words_of(text: str) -> list[str]:
    """As `words_of`, as domains spell them."""
    return _WORD.findall(_without_accents(folded(text).translate(_BARE_LETTERS)))


def word_forms(word: str) -> WordForms:
    """A folded word with and without its ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM:
            return word, word[: -len(ending)]
    return (word,)


@lru_cache(maxsize=5000)
def parts_of(word: str) -> tuple[str, ...]:
    """All that a folded word says: its forms, and what it begins and its forms end with where it is a compound."""
    forms = word_forms(word)
    begins = (word[:end] for end in range(SHORTEST_STEM, len(word) - SHORTEST_PART + 1))
    ends = (form[start:] for form in forms for start in range(SHORTEST_PART, len(form) - SHORTEST_STEM + 1))
    return tuple(dict.fromkeys((*forms, *begins, *ends)))


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
