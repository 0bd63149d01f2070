"""Encodes what events tell as JSON without type tags, and decodes it."""

from __future__ import annotations

from typing import Any

import orjson
from eventsourcing.persistence import Transcoder

_REFUSED = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_SUBCLASS
"""What orjson would make JSON of, though it could not be read back as what it was."""


class PlainJSON(Transcoder):
    """JSON as anybody reads it: no type tags, so no value of a user can be mistaken for one."""

    def encode(self, obj: Any) -> bytes:
        """Text in UTF-8; raises a TypeError for what is no plain value of JSON, lone surrogates and whole numbers of
        more than 64 bits among it.

        Not for all: orjson writes UUIDs as text, members of an `Enum` as their values, NaN and infinities as null, and
        has no option to refuse them. No field of an event may have such a type, nor does a request's JSON hold any.
        """
        return orjson.dumps(obj, option=_REFUSED)

    def decode(self, data: bytes) -> Any:
        """The value that some JSON stands for."""
        return orjson.loads(data)
