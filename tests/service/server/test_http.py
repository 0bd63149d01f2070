"""Whatever comes over a socket is answered as HTTP wants it, or refused in the words of the API it was meant for."""

from __future__ import annotations

import time

import pytest

from tests.served import Served
from tests.service.server.sockets import Talk, asked, chunked, request
from tests.service.serving import TOKEN

pytestmark = pytest.mark.slow

PERSONS, LEADS, EVENTS = "/api/v2/persons", "/v1/leads", "/api/ledger/v1/events"
KARI = b'{"name": "Kari"}'
IN_CHUNKS = b'4\r\n{"na\r\nc;x=1\r\nme": "Kari"}\r\n0\r\nX-Trailer: x\r\n\r\n'
MEGABYTE = 1_000_000


def is_worded(path: str, body: dict[str, object]) -> bool:
    """Whether a refusal is in the words of the family of clients that a path belongs to, with a reason."""
    ours = body.get("type") == "about:blank" and body.get("detail")
    return bool(ours if path.startswith(EVENTS) else body.get("success") is False and body.get("error"))


@pytest.mark.parametrize("path", [PERSONS, LEADS, EVENTS])
@pytest.mark.parametrize(
    ("status", "wrong"),
    [
        (414, "GET {path}?term={long} HTTP/1.1\r\n\r\n"),
        (414, "GET {path}?term={long}"),
        (431, "GET {path} HTTP/1.1\r\nX-Long: {long}\r\n\r\n"),
        (431, "GET {path} HTTP/1.1\r\nX-Long: {long}"),
        (431, "GET {path} HTTP/1.1\r\n{many}\r\n"),
        (431, "GET {path} HTTP/1.1\r\n{large}"),
        (400, "GET {path} HTTP/1.1\r\nno header\r\n\r\n"),
        (400, "GET {path} HTTP/9\r\n\r\n"),
        (400, "GET {path} HTTP/1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Ssl: off\r\n\r\n"),
        (400, "GET {path} HTTP/1.1\nHost: x\n\n"),
        (400, "POST {path} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
        (400, "POST {path} HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
        (400, "POST {path} HTTP/1.1\r\nContent-Length: {digits}\r\n\r\n"),
        (400, "POST {path} HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (501, "POST {path} HTTP/1.1\r\nTransfer-Encoding: rot13\r\n\r\n"),
        (501, "POST {path} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        (501, "POST {path} HTTP/1.1\r\nTransfer-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (501, "POST {path} HTTP/1.1\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n"),
        (400, "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (400, "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"),
        (400, "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}xx"),
        (400, "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 3\r\n\r\n"),
    ],
)
def test_what_cannot_be_read_as_a_request_is_refused_in_the_words_of_its_address(
    server: Served, path: str, status: int, wrong: str
) -> None:
    many = "".join(f"X-{number}: x\r\n" for number in range(100))
    large = "".join(f"X-{number}: {'x' * 8000}\r\n" for number in range(5))
    text = wrong.format(path=path, long="x" * 9000, digits="9" * 5000, many=many, large=large)
    with Talk(server.port, text.encode()) as talk:
        answer = talk.hear()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        assert is_worded(path, answer.json), answer.body
        assert answer.headers["x-request-id"]
        assert talk.is_over()


@pytest.mark.parametrize(
    ("quoted", "wrong"),
    [
        ("get", "get {path} HTTP/1.1\r\n\r\n"),
        ("HTTP/9", "GET {path} HTTP/9\r\n\r\n"),
        ("HTTP/2.0", "GET {path} HTTP/2.0\r\n\r\n"),
        ("Host ", "GET {path} HTTP/1.1\r\nHost : x\r\n\r\n"),
        ("host", "POST {path} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nHost: x\r\n\r\n"),
        ("rot13", "POST {path} HTTP/1.1\r\nTransfer-Encoding: rot13\r\n\r\n"),
        ("gzip, chunked", "POST {path} HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"),
    ],
)
def test_a_refusal_says_what_is_wrong_with_what_it_quotes(server: Served, quoted: str, wrong: str) -> None:
    reason: str = asked(server.port, wrong.format(path=EVENTS).encode()).json["detail"]
    said, _, rejected = reason.partition(": ")
    assert rejected == quoted
    assert " " in said


def test_the_path_of_a_whole_url_is_told_whatever_its_host_looks_like(server: Served) -> None:
    for host in ("somewhere:80", "", "[", "a]b", "[::1"):
        assert asked(server.port, request("GET", f"http://{host}/health/live")).json == {"status": "live"}, host
        assert asked(server.port, request("GET", f"http://{host}")).headers["location"] == "/sign-in", host


def test_a_path_that_begins_with_two_slashes_is_that_which_begins_with_one(server: Served) -> None:
    for path in ("/" + PERSONS, "%2F" + PERSONS, "http://somewhere/" + PERSONS):
        answer = asked(server.port, request("POST", path, b"{}"))
        assert answer.status == 400
        assert is_worded(PERSONS, answer.json), answer.body


def test_what_is_no_http_at_all_is_refused_as_well(server: Served) -> None:
    for nonsense in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        answer = asked(server.port, nonsense)
        assert answer.status == 400
        assert answer.json["detail"]


def test_a_body_may_come_in_chunks_and_piece_by_piece(server: Served) -> None:
    assert asked(server.port, chunked(PERSONS, IN_CHUNKS)).json["data"]["name"] == "Kari"
    for whole in (chunked(PERSONS, IN_CHUNKS), request("POST", PERSONS, KARI)):
        with Talk(server.port) as talk:
            for byte in whole:
                talk.say(bytes([byte]))
                time.sleep(0.001)
            assert talk.hear().json["data"]["name"] == "Kari"


@pytest.mark.parametrize("is_chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize(("path", "status"), [(PERSONS, 413), ("/api/ledger/v1/nothing", 404)])
def test_who_sends_too_large_a_body_hears_the_answer_to_the_end(
    server: Served, path: str, status: int, is_chunked: bool
) -> None:
    body = b"x" * 10 * MEGABYTE
    in_chunks = chunked(path, b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
    assert asked(server.port, in_chunks if is_chunked else request("POST", path, body)).status == status


def test_many_tiny_chunks_hold_nobody_else_up(server: Served) -> None:
    with Talk(server.port, chunked(PERSONS, b"1\r\nx\r\n" * (MEGABYTE // 2) + b"0\r\n\r\n")) as talk:
        assert asked(server.port, request("GET", "/health/live")).seconds < 5
        assert talk.hear().status in (400, 413)


def test_who_expects_to_be_told_to_go_on_is_told_so_unless_his_body_is_refused_anyway(server: Served) -> None:
    with Talk(server.port, request("POST", PERSONS, Content_Length="16", Expect="100-continue")) as talk:
        assert talk.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        talk.say(KARI)
        assert talk.hear().status == 200
    assert asked(server.port, request("POST", PERSONS, Content_Length="9999999", Expect="100-continue")).status == 413


def test_a_head_is_answered_as_the_whole_would_be_but_without_a_body(server: Served) -> None:
    for path in (LEADS, EVENTS, f"{EVENTS}/stream", f"{EVENTS}?wait=1&after=99999", "/health/live", "/nothing"):
        with Talk(server.port, request("HEAD", path) + request("GET", "/health/live")) as talk:
            head, next_answer = talk.hear("HEAD"), talk.hear()
            assert (head.status, head.body) == (asked(server.port, request("GET", path)).status, b"")
            assert next_answer.json == {"status": "live"}


def test_a_status_that_the_server_has_no_phrase_for_is_told_by_its_own(server: Served) -> None:
    person = asked(server.port, request("POST", PERSONS, KARI)).json["data"]["id"]
    late = asked(server.port, request("PATCH", f"{PERSONS}/{person}", KARI, If_Match='"1.1.0123456789"'))
    assert (late.status, late.reason) == (412, "Precondition Failed")


def test_requests_that_are_sent_together_are_answered_one_after_the_other(server: Served) -> None:
    live, person = request("GET", "/health/live"), request("POST", PERSONS, KARI)
    with Talk(server.port, live + person + live + request("GET", "/nothing", Connection="close")) as talk:
        assert [talk.hear().status for _ in range(4)] == [200, 200, 200, 404]
        assert talk.is_over()


def test_what_cannot_be_read_is_refused_behind_another_request_as_well(server: Served) -> None:
    live, number = request("GET", "/health/live"), request("POST", PERSONS, None, Content_Length="9" * 5000)
    with Talk(server.port, live + number) as talk:
        assert [talk.hear().status for _ in range(2)] == [200, 400]
        assert talk.is_over()


def test_old_clients_and_proxies_are_understood(server: Served) -> None:
    old = asked(server.port, b"GET /health/live HTTP/1.0\r\n\r\n")
    assert (old.status, old.headers["connection"]) == (200, "close")
    proxied = b"GET http://here%s HTTP/1.1\r\nHost: here\r\nx-api-token: %s\r\n\r\n" % (LEADS.encode(), TOKEN.encode())
    assert asked(server.port, proxied).json["success"] is True
    stream = asked(server.port, request("GET", f"{EVENTS}/stream").replace(b"HTTP/1.1", b"HTTP/1.0"))
    assert (stream.headers["connection"], stream.body[-1:]) == ("close", b"\n")


def test_another_protocol_that_is_offered_is_declined(server: Served) -> None:
    offers = [
        {"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2_Settings": "AAMAAABkAAQAAP__"},
        {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "A" * 22},
    ]
    for offer in offers:
        assert asked(server.port, request("GET", LEADS, None, **offer)).status < 500
