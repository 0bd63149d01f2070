"""A body may be packed, and may begin with a byte order mark: it is taken, or refused for what is wrong with it."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service.app import LARGEST_BODY

PERSONS, CONVERT = "/api/v2/persons", "/api/ledger/v1/leads/00000000-0000-4000-8000-000000000000/convert"
KARI = json.dumps({"name": "Kari Nordmann"}).encode()
MEGABYTE = 1_000_000


def sent(client: FlaskClient, body: bytes, path: str = PERSONS, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(path, data=body, content_type="application/json", headers=named)


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP "])
def test_a_packed_body_is_unpacked(client: FlaskClient, coding: str) -> None:
    answer = sent(client, gzip.compress(KARI), Content_Encoding=coding)
    assert answer.status_code == 200, answer.text
    assert answer.json["data"]["name"] == "Kari Nordmann"


def test_a_byte_order_mark_is_skipped_packed_or_not(client: FlaskClient) -> None:
    for body, coding in ((codecs.BOM_UTF8 + KARI, "identity"), (gzip.compress(codecs.BOM_UTF8 + KARI), "gzip")):
        assert sent(client, body, Content_Encoding=coding).json["data"]["name"] == "Kari Nordmann"
    assert "no JSON" in sent(client, codecs.BOM_UTF16_LE + KARI.decode().encode("utf-16-le")).json["error"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(KARI, id="not packed at all"),
        pytest.param(b"", id="nothing"),
        pytest.param(zlib.compress(KARI), id="packed otherwise"),
        pytest.param(gzip.compress(KARI)[:-5], id="cut off"),
        pytest.param(gzip.compress(KARI)[:20] + b"\0" * 20, id="broken"),
        pytest.param(gzip.compress(KARI) + b"more", id="something behind it"),
        pytest.param(gzip.compress(KARI) * 2, id="two"),
    ],
)
@pytest.mark.parametrize("path", [PERSONS, CONVERT])
def test_what_is_no_gzip_is_refused_as_that(client: FlaskClient, path: str, body: bytes) -> None:
    answer = sent(client, body, path, Content_Encoding="gzip")
    assert answer.status_code == 400
    said: Any = answer.get_json()
    assert "gzip" in said.get("error", said.get("detail"))


@pytest.mark.slow
@pytest.mark.parametrize("size", [LARGEST_BODY, 100 * MEGABYTE])
def test_what_comes_out_of_a_body_has_a_limit_too(client: FlaskClient, size: int) -> None:
    packed = gzip.compress(b'{"name": "' + b" " * size + b'"}')
    assert len(packed) < MEGABYTE
    assert sent(client, packed, Content_Encoding="gzip").status_code == 413


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_another_coding_is_refused_by_name(client: FlaskClient, coding: str) -> None:
    for path in (PERSONS, CONVERT):
        answer = sent(client, gzip.compress(KARI), path, Content_Encoding=coding)
        assert (answer.status_code, answer.headers["Accept-Encoding"]) == (415, "gzip")
        assert "Content-Encoding" in answer.text
