"""Says in the reader's language why something was refused: the API's sentences are texts of the catalogues.

What a sentence names, such as a number or the name of a thing, is a gap in its text: ``{}``.
"""

from __future__ import annotations

import re
from functools import cache

from service.http.errors import Problem
from service.pages.languages import words

_OF_NO_FIELD = frozenset({"body", "query", "do", "to", "lead"})
"""Where a reason stands that says by itself what it is about."""

_LIST = re.compile(r"( or | and |, )")


def told(problem: Problem, language: str) -> str:
    """What went wrong; of bad input, what is wrong with each field."""
    if not problem.reasons:
        return said(problem.message, language)
    return "; ".join(_of_field(name, said(reason, language), language) for name, reason in problem.reasons)


def said(sentence: str, language: str) -> str:
    """A sentence of the API; one that is in no catalogue stays as it is."""
    texts = words(language).texts
    if sentence in texts:
        return texts[sentence]
    for pattern, text in _with_gaps(language):
        if found := pattern.fullmatch(sentence):
            return text.format(*(said(named, language) for named in found.groups()))
    return _listed(sentence, language)


def _of_field(name: str, reason: str, language: str) -> str:
    """A reason with the field's name before it: the last of a path such as ``rules.0.name``."""
    *_, last = (part for part in name.split(".") if not part.isdecimal())
    return reason if name in _OF_NO_FIELD else f"{words(language).one(last)}: {reason}"


def _listed(sentence: str, language: str) -> str:
    """A list such as ``email sent or call held``, where everything in it is a text of the catalogue."""
    parts, texts = _LIST.split(sentence), words(language).texts
    return "".join(texts[part] for part in parts) if all(part in texts for part in parts) else sentence


@cache
def _with_gaps(language: str) -> list[tuple[re.Pattern[str], str]]:
    """Patterns of the texts that have gaps, and what they are in a language; those that say most come first."""
    found = [(text, told) for text, told in words(language).texts.items() if "{}" in text]
    found.sort(key=lambda pair: len(pair[0].replace("{}", "")), reverse=True)
    return [(re.compile("(.+?)".join(map(re.escape, text.split("{}"))), re.DOTALL), told) for text, told in found]
