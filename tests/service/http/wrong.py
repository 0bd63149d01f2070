"""Values that a kind of field must not take, from which attacks are made."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from marshmallow import fields

from service.http import fields as ours
from service.http import time_fields
from service.http.ledger.signals import Evidence
from service.http.loose_fields import AddressOrText, LabelIds, Loose, Ways

HUGE = "@1e400@"
"""Stands for a number that no float holds; `body_of` writes it as one."""

_LOOKS_EMPTY = ("\u200b", "\u00a0\u2060", "\ufeff\u00ad", "\u3164", "\u2800 \u200d", "\u202a\u202c")
_EMPTY_MARKUP = ("<p> </p><br>", "&nbsp;", "&#8203;")
BLANK = ("", " \t", "%20", "%E2%80%8B", *_LOOKS_EMPTY, *_EMPTY_MARKUP)

_CONTROLS = ("a\x07b", "\x1b[31mred", "a\x85b", "a\x0bb", "\x7f")
_NO_LONG_TEXT: tuple[Any, ...] = (
    *(1, 1.5, True, [], {}, [["x"]], "", " \t", "\x00", "a\x00b", "\ud800"),
    *(*_LOOKS_EMPTY, *_CONTROLS),
)
_NO_TEXT: tuple[Any, ...] = (
    *(*_NO_LONG_TEXT, "x" * 100_000),
    *("two\nlines", "a@x.no\r\nBcc: b@x.no", "Kari\n", "a\tb", "a\u2028b", "a\u2029b"),
    *("\u202eoknaK", "a\u202db", "a\u2066b\u2069"),
)
_NO_WORD: tuple[Any, ...] = (1, True, [], {}, "", "no such word", "\x00", "\ud800", "x" * 100_000)
_NO_NUMBER: tuple[Any, ...] = (
    "1",
    "",
    True,
    [],
    {},
    1.5,
    HUGE,
    10**40,
    -(10**40),
    float("nan"),
    float("inf"),
    "\ud800",
)
_NO_MOMENT: tuple[Any, ...] = (
    "",
    "soon",
    20260101,
    True,
    [],
    {},
    "2026-02-30",
    "2026-13-01T00:00:00Z",
    "2026-W01-1",
    "2026-001",
    "\x00",
    "\ud800",
)
_NO_TIME = (
    *("2026-12-31", "2026-12-31T10:00Z", "2026-12-31T10Z", "2026-12-31_10:00:00Z", "2026-12-31x10:00:00Z"),
    *("20261231T100000Z", "2026-W53-4T10:00:00Z", "2026-365T10:00:00Z", "2026-12-31T10:00:00,5Z"),
    *("2026-12-31T10:00:00.Z", "2026-12-31T10:00:00+02", "2026-12-31T10:00:00+0200", "2026-12-31T10:00:00+02:00:01"),
    *("2026-12-31T10:00:00 Z", " 2026-12-31T10:00:00Z", "2026-12-31T10:00:60Z", "2026-12-31T24:00:00Z"),
    *("2026-12-31T10:00:00z", "2026-12-31T10:00:00+25:00", "0001-01-01T00:00:00+23:00", "9999-12-31T23:00:00-05:00"),
    *("٢٠٢٦-12-31T10:00:00Z", "2026-12-31T10:00:00Z\n"),
)
"""What others might take for a time, and the wire's forms are not."""

_NO_OBJECT: tuple[Any, ...] = (1, "x", True, [[]], {"_type_": "UUID", "_data_": "x"}, {"no such key": 1})

WRONG_IN_BODY: dict[type[fields.Field[Any]], tuple[Any, ...]] = {
    ours.Html: (*_NO_LONG_TEXT, "x" * 100_001, *_EMPTY_MARKUP),
    ours.LongText: (*_NO_LONG_TEXT, "x" * 100_000),
    ours.Email: (*_NO_TEXT, "kari @x.no", "kari@x\u00a0.no", "ka\u200bri@x.no", "kari\u200d@x.no"),
    ours.Phone: (*_NO_TEXT, "+47 22\u200b 33"),
    ours.Text: _NO_TEXT,
    fields.String: _NO_WORD,
    fields.UUID: (1, True, [], {}, "", "x", "\x00", "\ud800", "0" * 31),
    ours.Visibility: (*_NO_NUMBER, 0, 2, 8),
    ours.Id: (*_NO_NUMBER, 0, -1, 2**53, 2**63, 2**64),
    ours.Whole: (*_NO_NUMBER, -(2**63), 2**64),
    time_fields.TimeOfDay: (
        *_NO_MOMENT,
        *("24:00:00", "09", "9:30", "09:30:00Z", "09:30:61", "-1:30", "T0930", "09:30+02", "09.30", "0930", "٠٩:٣٠"),
    ),
    ours.NumberFlag: (2, -1, "1", "", [], {}, 1.5, HUGE),
    Loose: (
        *("", "x", "1e3", " 1", "0x1", "+1", "1 000", "\u0663", "-0.001"),
        [],
        {},
        HUGE,
        10**40,
        float("nan"),
        "\ud800",
    ),
    Ways: (1, 1.5, True, {}, [1], [None], [[]], [{}], [{"label": "work"}], "\x00", "a\x07b", [{"value": 1}], "\ud800"),
    AddressOrText: (1, 1.5, True, [], {}, {"locality": "Bergen"}, {"value": 1}, "\x00", "a\x07b", "\ud800"),
    LabelIds: ("x", "1,", ",1", "1;2", "0", 0, 1.5, True, {}, [0], ["x"], [None], [[1]], HUGE, 10**40, "\u0663"),
    ours.Flag: (0, 1, "true", "", [], {}, "\ud800"),
    ours.Amount: (
        "1",
        "",
        True,
        [],
        {},
        HUGE,
        10**40,
        -(10**40),
        10**12,
        float("nan"),
        float("-inf"),
        0.00001,
        "\ud800",
    ),
    time_fields.Day: (*_NO_MOMENT, "2026-12-31T10:00:00Z", "20261231", "26-12-31", "٢٠٢٦-١٢-٣١"),
    time_fields.Moment: (*_NO_MOMENT, *_NO_TIME),
    ours.Refused: (1, "x", None, True, []),
    fields.Nested: _NO_OBJECT,
    Evidence: (1, "x", True, [], [{}], {"x": "x" * 10_001}, {"x": "\x00"}, {"\ud800": 1}),
    fields.List: (1, "x", True, {}, [None], [[[[]]]], [{"_type_": "x"}]),
    fields.Raw: (),
}
"""For each kind of field in a body, values that it must not take."""

_NO_QUERY_NUMBER = ("", "x", "1.5", "-1", "9" * 40, "9" * 5000, "0x1", "%00", "1,2", "1e3", "NaN")

WRONG_IN_QUERY: dict[type[fields.Field[Any]], tuple[str, ...]] = {
    ours.QueryId: (*_NO_QUERY_NUMBER, "0"),
    ours.QueryFlag: ("", "maybe", "2", "%00"),
    fields.Integer: _NO_QUERY_NUMBER,
    ours.Text: ("", "%20", "x" * 100_000, "%00", "%E2%80%8B", "a%0Ab", "a%09b", "a%1Bb", "%E2%80%AEab", "a%E2%80%A8b"),
    fields.UUID: ("", "x", "%00", "0" * 31),
    fields.String: ("no such word", "%00", "x" * 100_000),
    time_fields.Moment: ("", "soon", "2026-02-30T00:00:00Z", "%00", *map(quote, _NO_TIME)),
    time_fields.AsOf: ("", "-1", "1.5", "soon", "9" * 40, "%00", *map(quote, _NO_TIME)),
    time_fields.Day: ("", "soon", "2026-02-30", "2026-W01-1", "20260101", "%00"),
    ours.Listed: ("%00", "x" * 100_000, ",".join(map(str, range(1, 600)))),
    ours.Order: ("", "no such field", "id SIDEWAYS", "%00", "id,,"),
    ours.Refused: ("", "1"),
}
"""For each kind of field in a query, percent-encoded values that it must not take."""

BROKEN_CURSORS = ("", "x", "e30", "!!!", "%00", "AAAAAFsxXQ", "W10", "x" * 10_000, "%ED%A0%80", "eyJpZCI6MX0")

NO_JSON_OBJECT = (
    *(b"{", b"}", b"x", b"'", b"title=x", b"<xml/>", b'{"a":}', b"{'a': 1}", b'{"a": 1,}', b"\x00", b"\xff\xfe"),
    *(b"[]", b"[{}]", b'"x"', b"1", b"null", b"true", b"NaN", b"Infinity", b'{"a": NaN}', b'{"a": -Infinity}'),
    *(b'{"\x00": 1}', b'{"a": "\xff"}', b'{"a": "\xed\xa0\x80"}', b'{"\\ud800": 1}', b"\xef\xbb\xbf{"),
    *('{"title": "x"}'.encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32", "utf-32-be")),
    *(b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, b'{"a":' * 100_000),
    *(b'{"a":' + b"[" * 40 + b"]" * 40 + b"}", b'{"a": ' + b"9" * 5000 + b"}", b"9" * 5000, b'{"title": "x"'),
)
"""Bodies of any content type that no route takes."""

UNKNOWN_KEYS = ("no such key", "_type_", "_data_", "__class__", "", "\x00", "\ud800", "id", "x" * 100_000)


def body_of(value: Any) -> bytes:
    """JSON, and what only looks like it: NaN, Infinity, lone surrogates and numbers that no float holds."""
    return json.dumps(value).replace(f'"{HUGE}"', "1e400").encode()
