"""Bytes as text in base64, of which there is one way to write it, and the lines of a text."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64


def unwritten(text: str | bytes) -> bytes:
    """What is written in base64, of which there is one way to write it. Raises ValueError."""
    value = a2b_base64(text, strict_mode=True)
    end = text[-4:].encode() if isinstance(text, str) else text[-4:]
    if len(text) != (len(value) + 2) // 3 * 4 or in_base64(value[len(value) - (len(value) % 3 or 3) :]) != end:
        raise ValueError("it is written in another way")
    return value


def whole_lines(text: str) -> list[str]:
    """The lines of a text, each of which ends with a newline and with nothing else. Raises ValueError."""
    *lines, rest = text.split("\n")
    if rest:
        raise ValueError("the last line does not end")
    return lines


def in_base64(value: bytes) -> bytes:
    """A value in base64, the one way to write it."""
    return b2a_base64(value, newline=False)
