"""Where the service is set to, answers go out packed to whoever takes them so, each form under a tag of its own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.http.compression import LEAST
from service.operating import Operation
from tests.databases import SqliteDatabases
from tests.service.serving import client_of, founded, serving

LARGE = "/v1/activityTypes"
"""Some kilobytes that every company has from the start."""


@pytest.fixture
def app(sqlite_databases: SqliteDatabases) -> Iterator[Flask]:
    """A service that packs, on one kind of database: what is packed is the same on both."""
    with sqlite_databases.fresh(founded) as url, serving(url, operation=Operation(has_gzip=True)) as application:
        yield application


@pytest.fixture
def plain(sqlite_databases: SqliteDatabases) -> Iterator[FlaskClient]:
    """A client of a service that does not."""
    with sqlite_databases.fresh(founded) as url, serving(url) as application:
        yield client_of(application)


@pytest.mark.parametrize(
    "takes",
    [
        "gzip",
        "GZip",
        "gzip, deflate, br",
        "br;q=1.0, gzip;q=0.8",
        "*",
        "gzip;q=0.001, identity;q=0",
        "*;q=0.5, gzip;q=1",
    ],
)
def test_a_large_answer_is_packed_for_whoever_takes_it(client: FlaskClient, takes: str) -> None:
    bare, packed = client.get(LARGE), client.get(LARGE, headers={"Accept-Encoding": takes})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == bare.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(bare.data) / 2
    assert packed.data == client.get(LARGE, headers={"Accept-Encoding": takes}).data, "the same answer, the same bytes"


@pytest.mark.parametrize(
    "takes",
    [
        None,
        "",
        "identity",
        "br",
        "gzip;q=0",
        "gzip;q=0, *",
        "*;q=0",
        "identity, gzip;q=0.5",
        "gzipped",
        "gzip;q=x",
        ";,;",
    ],
)
def test_nothing_is_packed_for_anybody_else(client: FlaskClient, takes: str | None) -> None:
    answer = client.get(LARGE, headers={} if takes is None else {"Accept-Encoding": takes})
    assert (answer.status_code, "Content-Encoding" in answer.headers) == (200, False)
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.get_json()["success"]


def test_a_service_that_is_not_set_to_packs_nothing_and_does_not_speak_of_it(plain: FlaskClient) -> None:
    answer = plain.get(LARGE, headers={"Accept-Encoding": "gzip"})
    assert len(answer.data) > LEAST
    assert not {"Content-Encoding", "Vary"} & set(answer.headers.keys())


def test_a_small_answer_goes_out_as_it_is(client: FlaskClient) -> None:
    answer = client.get("/api/v2/deals", headers={"Accept-Encoding": "gzip"})
    assert len(answer.data) < LEAST
    assert ("Content-Encoding" in answer.headers, answer.headers["Vary"]) == (False, "Accept-Encoding")


def test_a_head_tells_of_the_packed_answer(client: FlaskClient) -> None:
    taking = {"Accept-Encoding": "gzip"}
    whole, head = client.get(LARGE, headers=taking), client.head(LARGE, headers=taking)
    told = ("Content-Encoding", "Content-Length", "Content-Type", "Vary")
    assert [head.headers[name] for name in told] == [whole.headers[name] for name in told]
    assert head.data == b""


def test_a_stream_goes_out_part_by_part(client: FlaskClient) -> None:
    stream = client.get("/api/ledger/v1/events/stream", headers={"Accept-Encoding": "gzip"}, buffered=False)
    assert (stream.status_code, "Content-Encoding" in stream.headers) == (200, False)
    stream.close()


def test_each_form_of_an_answer_has_a_tag_of_its_own_and_either_stands_for_what_was_seen(client: FlaskClient) -> None:
    taking, path = {"Accept-Encoding": "gzip"}, "/v1/notes/1"
    client.post("/api/v2/organizations", json={"name": "Rør AS"})
    assert client.post("/v1/notes", json={"content": "Called. " * 500, "org_id": 1}).status_code == 200
    bare, packed = client.get(path).headers["ETag"], client.get(path, headers=taking).headers["ETag"]
    assert packed == f'{bare[:-1]}-gzip"'
    for held, takes, status in (
        (packed, taking, 304),
        (bare, taking, 304),
        (bare, {}, 304),
        (packed, {}, 200),
    ):
        answer = client.get(path, headers={"If-None-Match": held, **takes})
        assert answer.status_code == status, (held, takes)
        assert answer.headers["ETag"] == (held if status == 304 else bare)
        assert answer.headers["Vary"] == "Accept-Encoding"
    changed = client.put(path, json={"content": "Mailed. " * 500}, headers={"If-Match": packed, **taking})
    assert (changed.status_code, changed.headers["Content-Encoding"]) == (200, "gzip")
    assert client.get(path, headers={"If-None-Match": changed.headers["ETag"], **taking}).status_code == 304
    assert client.put(path, json={"content": "Visited."}, headers={"If-Match": packed}).status_code == 412
