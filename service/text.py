"""The rules for text that comes in, over HTTP and on the command line: one line, long text, an address."""

from __future__ import annotations

import re
import unicodedata

from projections.engine.folding import IGNORABLE

NOT_IN_A_LINE = r"\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
NOT_IN_LONG_TEXT = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
"""The characters that lines and long text do not have, as regular expressions list them."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_BREAK = re.compile(r"[\n\r\u2028\u2029]")
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_IN_LONG_TEXT = str.maketrans("", "", "\t\n\r")
_EMPTY_LOOKING = frozenset({"Cf", "Cc", "Zs", "Zl", "Zp"})
_BLANK_SYMBOLS = "\u2800"


class BadText(ValueError):
    """Text that a rule refuses; the message says why."""


def composed(text: str) -> str:
    """Text as it is recorded: as it was written, but for the spelling of its letters, which is composed (NFC)."""
    return unicodedata.normalize("NFC", text)


def line(text: str, *, may_be_blank: bool = False) -> str:
    """Composed text of one line, without outer blanks: a title, a name, a reason.

    Raises `BadText` for line breaks, control characters and characters that turn the direction of what follows
    (joiners and directional marks belong to a script and may stay), and for what looks empty.
    """
    if broken := _LINE_BREAK.search(text):
        raise BadText(f"it must be one line, and has a line break ({_named(broken[0])})")
    if turning := _DIRECTION.search(text):
        raise BadText(f"it must not have characters that change the direction of text ({_named(turning[0])})")
    return _checked(text, text, may_be_blank=may_be_blank).strip()


def long_text(text: str, *, may_be_blank: bool = False) -> str:
    """Composed text of any number of lines, as it is. Raises `BadText` for controls but tabs, and what looks empty."""
    return _checked(text, text.translate(_IN_LONG_TEXT), may_be_blank=may_be_blank)


def email(text: str) -> str:
    """An e-mail address, without outer blanks. Raises `BadText` as `line` does, and for inner or invisible blanks."""
    address = phone(text)
    if len(address.split()) > 1:
        raise BadText("it must be an address, without blanks")
    return address


def phone(text: str) -> str:
    """A telephone number as people write it. Raises `BadText` as `line` does, and for invisible characters."""
    number = line(text)
    if hidden := IGNORABLE.search(number):
        raise BadText(f"it must not have invisible characters ({_named(hidden[0][0])})")
    return number


def pattern_of(excluded: str, *, may_be_blank: bool) -> str:
    """A regular expression, for descriptions, of text without these characters, which is more than blanks."""
    allowed = f"[^{excluded}]"
    return f"^{allowed}*$" if may_be_blank else rf"^{allowed}*[^{excluded}\s]{allowed}*$"


def looks_empty(text: str) -> bool:
    """Whether a text shows nothing: only blanks, controls and characters that have no width."""
    return all(
        letter in _BLANK_SYMBOLS or unicodedata.category(letter) in _EMPTY_LOOKING or IGNORABLE.match(letter)
        for letter in text
    )


def _checked(text: str, without_allowed: str, *, may_be_blank: bool) -> str:
    if control := _CONTROL.search(without_allowed):
        raise BadText(f"it must not have control characters ({_named(control[0])})")
    if not may_be_blank and looks_empty(text):
        raise BadText("it must not be blank")
    return text


def _named(letter: str) -> str:
    return f"U+{ord(letter):04X}"
