"""Takes the legal form off the name of a company, so that names which differ only in it are found."""

from __future__ import annotations

import re

from projections.engine.folding import folded

_NORDIC = ("as", "asa", "ans", "ba", "da", "enk", "sa", "ab", "hb", "kb", "aps", "is", "ivs", "oy", "oyj", "ky")
_GERMAN = ("ag", "eg", "ek", "ev", "gbr", "ggmbh", "gmbh", "kg", "kgaa", "mbh", "ohg", "se", "ug")
_ENGLISH = ("co", "company", "corp", "corporation", "inc", "incorporated", "limited", "llc", "llp", "lp", "ltd", "plc")
_ROMANCE = ("bv", "nv", "bvba", "sprl", "sarl", "sas", "snc", "eurl", "sl", "spa", "srl")
_FORMS = frozenset((*_NORDIC, *_GERMAN, *_ENGLISH, *_ROMANCE))
_MARKS = re.compile(r"[^\w\s]+")


def without_legal_form(name: str) -> str:
    """A company's name, folded and without marks and the legal forms at its end; its first word always stays."""
    words = _MARKS.sub("", folded(name)).split()
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return " ".join(words) or folded(name)
