"""Bytes in base64 and whole numbers, of which there is one way to write each, and the lines of a text."""

from __future__ import annotations

import json
import re
from binascii import a2b_base64, b2a_base64
from typing import Any

_NUMBER = re.compile("0|[1-9][0-9]{0,14}")


def unwritten(text: str | bytes) -> bytes:
    """What is written in base64, of which there is one way to write it. Raises ValueError."""
    value = a2b_base64(text, strict_mode=True)
    end = text[-4:].encode() if isinstance(text, str) else text[-4:]
    if len(text) != (len(value) + 2) // 3 * 4 or in_base64(value[len(value) - (len(value) % 3 or 3) :]) != end:
        raise ValueError("it is written in another way")
    return value


def number_in(text: str) -> int:
    """A whole number of up to 15 digits: so many are exact wherever numbers are read. Raises ValueError."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError("it is no number, or is written in another way")
    return int(text)


def json_in(line: str) -> Any:
    """What a line tells as JSON, whose numbers must be such as well. Raises ValueError."""
    return json.loads(line, parse_int=number_in, parse_float=number_in, parse_constant=number_in)


def whole_lines(text: str) -> list[str]:
    """The lines of a text, each of which ends with a newline and with nothing else. Raises ValueError."""
    *lines, rest = text.split("\n")
    if rest:
        raise ValueError("the last line does not end")
    return lines


def in_base64(value: bytes) -> bytes:
    """A value in base64, the one way to write it."""
    return b2a_base64(value, newline=False)
