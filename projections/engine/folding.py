"""Folds text for comparing: texts that a reader takes for the same fold to the same text."""

from __future__ import annotations

import re
from unicodedata import normalize

IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
"""Characters that show nothing by themselves: Unicode's property Default_Ignorable_Code_Point, such as zero-width
blanks and joiners, soft hyphens, directional marks and variation selectors."""

_DOT = "\u0307"
_SECOND_DOT = re.compile("i\u0307+")
"""What Unicode's full case folding makes of İ: an i with another dot above, which a reader takes for an i."""


def folded(text: str) -> str:
    """A text as it is compared, in every search and rule, on both databases.

    Case, composed or decomposed spelling and compatible forms of a letter (NFKC) make no difference, nor do characters
    that show nothing, nor a second dot on an i; blanks and line breaks are one blank each, and none stands at either
    end. Folding twice changes nothing more. Accents and the dotless i make one.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    shown = normalize("NFKC", IGNORABLE.sub("", text))
    lower = normalize("NFKC", shown.casefold())
    return " ".join(normalize("NFKC", _SECOND_DOT.sub("i", lower)).split() if _DOT in lower else lower.split())


def start(text: str) -> str:
    """As much of a folded text as an index may hold; what is found by it is compared as a whole."""
    return text[:60]


def folded_start(text: str) -> str:
    """The start of a text, folded."""
    return start(folded(text))
