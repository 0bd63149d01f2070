"""Whatever shows one thing has an entity tag, and a reader who has the answer already is told so instead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask, Request
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

import aggregates
import projections
from projections.users import Caller
from service.fingerprints import of_code, of_sources
from service.http.route import Route
from service.http.tags import BadPrecondition, build_for, preconditions_of
from tests.service.http import opportunities
from tests.service.http.attacks import Ids, address, good_body, good_query, routes
from tests.service.http.refusals import company, complaint, send
from tests.service.http.wrong import body_of
from tests.service.whole import length_of_log

OURS = "/api/ledger/v1"
TAG = re.compile(r'"(\d+)\.(\d+)\.([0-9a-f]{10})"')

ERASABLE = (
    *("persons/<id:person_id>", "organizations/<id:organization_id>", "users/<id:user_id>", "notes/<id:note_id>"),
    *("leads/<uuid:lead_id>", "deals/<id:deal_id>"),
)
UNTAGGED = {
    "it tells how far time zones are from UTC, which changes with time": {"/users/<id:user_id>", "/users/me"},
    "it tells how long deals have been left alone": {
        *("/pipelines/<id:pipeline_id>/board", "/pipelines/<id:pipeline_id>/deals", "/deals/suggested-reversals"),
    },
    "it tells of what is not in the log": {
        *(
            "/audit/checkpoint",
            "/audit/checkpoints",
            "/audit/renewal",
            "/audit/key",
            "/audit/access",
            "/audit/proof",
            "/commands/<request_id:request_id>",
        ),
        *("/audit/proofs/inclusion", "/audit/proofs/consistency", "/health/live", "/health/ready", "/metrics"),
    },
    "nobody may keep it": {
        *(f"/{thing}/{what}" for thing in ERASABLE for what in ("data", "erasure")),
        "/events/<id:event_position>/redaction",
    },
    "it describes the service": {"/openapi.json", "/docs", "/audit/verifier"},
    "it shows many things": {
        *("/leads/search", "/deals/search", "/persons/search", "/organizations/search", "/lead-sources", "/inbox"),
        *("/deals", "/deals/totals"),
        *(
            "/pipelines/<id:pipeline_id>/bridge",
            "/leads/<uuid:lead_id>/signals",
            "/deals/<id:deal_id>/signals",
            "/timeline",
            "/diff",
            "/insights",
        ),
        *("/events", "/events/stream", "/tokens", "/users/<id:user_id>/following"),
    },
}
"""Routes that read and whose answers have no tag, though they are no lists, and why."""


PASSING = ("v1", "/deals/<id:deal_id>")
"""What has a tag, though it tells how long a deal has stood in its stage."""


@pytest.fixture
def ids(client: FlaskClient) -> Ids:
    return company(client)


def tagged(client: FlaskClient, ids: Ids) -> Iterator[tuple[Route, str]]:
    """Every route that reads and whose answers have a tag, and where it is."""
    lead_id = client.get(f"{OURS}/opportunities?deal_id={ids['deal_id']}").get_json()["lead_id"]
    other = opportunities.converted(client, opportunities.a_lead(client))
    back = client.post(f"/api/v2/deals/{other}/convert/lead").get_json()["data"]["conversion_id"]
    of_conversions = {
        "get_lead_conversion_status": {**ids, "lead_id": lead_id},
        "get_deal_conversion_status": {**ids, "deal_id": str(other), "conversion_id": back},
    }
    for family, route in routes():
        is_passing = (family.name, route.path) == PASSING
        if route.has_tag and route.method == "GET" and not is_passing:
            yield route, address(family, route, of_conversions.get(route.view.__name__, ids))


def test_whatever_reads_one_thing_has_a_tag_unless_it_is_said_here_why_it_has_none() -> None:
    untagged = {path for paths in UNTAGGED.values() for path in paths}
    reads = [(route.path, route.has_tag) for _, route in routes() if route.method == "GET" and not route.many]
    assert {path for path, has_tag in reads if not has_tag} == untagged
    assert len([path for path, has_tag in reads if has_tag]) > 15


@pytest.mark.slow
def test_the_reader_of_each_thing_is_told_that_he_has_it_until_something_happens(
    app: Flask, client: FlaskClient, ids: Ids
) -> None:
    for route, path in tagged(client, ids):
        query, end = good_query(route.query, ids), length_of_log(app)
        answer = send(client, route, path, query)
        found = TAG.fullmatch(answer.headers.get("ETag", ""))
        assert found is not None, (path, answer.text)
        assert 0 < int(found[1]) <= int(found[2]) == end, path
        held = {"If-None-Match": f'"another", W/{answer.headers["ETag"]}'}
        for method in ("GET", "HEAD"):
            unchanged = send(client, route, path, query, headers=held, method=method)
            assert (unchanged.status_code, unchanged.data) == (304, b""), path
            assert unchanged.headers["ETag"] == answer.headers["ETag"]
            assert "Content-Type" not in unchanged.headers
            assert unchanged.headers["Cache-Control"] == "private, no-cache"
        client.post("/api/v2/persons", json={"name": "Somebody"})
        changed = send(client, route, path, query, headers=held)
        assert changed.status_code == 200, path
        found_again = TAG.fullmatch(changed.headers["ETag"])
        assert found_again is not None
        assert (found_again[1], int(found_again[2])) == (found[1], end + 1), path


def test_what_changes_with_time_alone_is_told_anew_each_time_and_can_be_changed_as_it_was_seen(
    app: Flask, client: FlaskClient, ids: Ids
) -> None:
    path = f"/v1/deals/{ids['deal_id']}"
    first, second = client.get(path), client.get(path, headers={"If-None-Match": client.get(path).headers["ETag"]})
    assert (second.status_code, first.headers["ETag"] != second.headers["ETag"]) == (200, True)
    assert first.headers["ETag"].rpartition(".")[0] == second.headers["ETag"].rpartition(".")[0]
    assert client.put(path, json={"title": "Pump"}, headers={"If-Match": first.headers["ETag"]}).status_code == 200
    past = f"{path}?as_of={length_of_log(app)}"
    assert client.get(past, headers={"If-None-Match": client.get(past).headers["ETag"]}).status_code == 304


def test_what_is_not_there_is_not_there_whatever_is_asked_of_it(client: FlaskClient) -> None:
    for path in (
        "/v1/leads/00000000-0000-4000-8000-000000000001",
        "/api/v2/deals/99",
        f"{OURS}/opportunities?deal_id=99",
    ):
        for headers in ({"If-None-Match": "*"}, {"If-Match": "*"}, {"If-Match": '"1.2.0123456789"'}):
            answer = client.get(path, headers=headers)
            assert (answer.status_code, "ETag" in answer.headers) == (404, False)


def test_a_reader_who_wants_what_was_seen_and_nothing_else_is_told_what_there_is(client: FlaskClient) -> None:
    client.post("/api/v2/deals", json={"title": "Boiler"})
    seen = client.get("/api/v2/deals/1").headers["ETag"]
    client.post("/api/v2/deals", json={"title": "Another"})
    assert client.get("/api/v2/deals/1", headers={"If-Match": seen}).status_code == 200
    client.patch("/api/v2/deals/1", json={"title": "Pump"})
    answer = client.get("/api/v2/deals/1", headers={"If-Match": seen})
    assert answer.status_code == 412
    assert answer.headers["ETag"] == client.get("/api/v2/deals/1").headers["ETag"]


def test_the_past_has_the_edit_of_then_and_the_end_of_the_log_as_what_happens_later_may_reach_it(
    client: FlaskClient, ids: Ids
) -> None:
    path = f"/api/v2/deals/{ids['deal_id']}"
    before = TAG.fullmatch(client.get(path).headers["ETag"])
    assert before is not None
    client.patch(path, json={"title": "Pump"})
    past = client.get(f"{path}?as_of={before[2]}")
    found = TAG.fullmatch(past.headers["ETag"])
    assert found is not None
    assert (found[1], int(found[2])) == (before[1], int(before[2]) + 1)
    unchanged = client.get(f"{path}?as_of={before[2]}", headers={"If-None-Match": past.headers["ETag"]})
    assert (unchanged.status_code, unchanged.headers["X-As-Of-Position"]) == (304, before[2])


def test_what_one_user_was_shown_is_not_taken_for_what_another_is_shown(app: Flask, client: FlaskClient) -> None:
    client.post("/api/v2/organizations", json={"name": "Rør AS"})
    note = client.post("/v1/notes", json={"content": "He called", "org_id": 1}).get_json()["data"]["id"]
    _, colleague = opportunities.a_colleague(app)
    mine = client.get(f"/v1/notes/{note}")
    theirs = colleague.get(f"/v1/notes/{note}", headers={"If-None-Match": mine.headers["ETag"]})
    assert theirs.status_code == 200
    assert [each.get_json()["data"]["user"]["is_you"] for each in (mine, theirs)] == [True, False]
    assert mine.headers["ETag"].rpartition(".")[0] == theirs.headers["ETag"].rpartition(".")[0]


def test_another_release_or_another_role_has_other_tags() -> None:
    clerk = Caller(1, "Kari", False, "NOK", False, frozenset({"read"}))
    builds = {build_for(each) for each in (clerk, replace(clerk, is_admin=True), replace(clerk, user_id=2))}
    assert len(builds) == 3
    assert of_sources(aggregates, beside="3.11") != of_sources(aggregates, beside="3.12")
    assert of_sources(aggregates, beside="3.11") != of_sources(projections, beside="3.11")
    assert of_code() == of_code()


def asked(header: str, value: str) -> Request:
    """A request with a header."""
    return Request(EnvironBuilder(headers=Headers({header: value})).get_environ())


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
@pytest.mark.parametrize(
    "value", ["", ",", "1.2", '"', '"a', 'a"', '"a" "b"', '"a";"b"', '*, "a"', "**", 'w/"a"', 'W/ "a"', '"a b"', '"a"b']
)
def test_a_precondition_that_cannot_be_read_is_refused(header: str, value: str) -> None:
    with pytest.raises(BadPrecondition, match=header):
        preconditions_of(asked(header, value), has_tag=True)


TAGS = st.from_regex(r'(W/)?"[!#-~\x80-\xff]*"', fullmatch=True)


@given(st.lists(TAGS, min_size=1), st.sampled_from([",", ", ", " ,\t", ",,", " , , "]))
def test_a_list_of_tags_names_each_of_them(tags: list[str], between: str) -> None:
    value = between.join(tags)
    found = preconditions_of(asked("If-Match", value), has_tag=True)
    assert found is not None
    assert found.if_match is not None
    weak = {tag[3:-1] for tag in tags if tag.startswith("W/")}
    assert (found.if_match.weak, found.if_match.strong) == (weak, {tag[1:-1] for tag in tags if tag.startswith('"')})


@pytest.mark.slow
def test_what_cannot_be_wanted_of_an_address_is_refused_and_nothing_is_done(
    app: Flask, client: FlaskClient, ids: Ids
) -> None:
    before, wrong = length_of_log(app), list[str]()
    for family, route in routes():
        path, query = address(family, route, ids), good_query(route.query, ids)
        wanted = {"If-Match": '"garbage'} if route.is_about_one else {"If-Match": '"1.2.0123456789"'}
        answer = send(client, route, path, query, headers=wanted, data=_body(route))
        wrong += filter(None, [complaint(family, answer, 400)])
        if not route.is_about_one and route.method != "GET":
            answer = send(client, route, path, query, headers={"If-None-Match": "*"}, data=_body(route))
            wrong += filter(None, [complaint(family, answer, 400)])
    assert not wrong, "\n".join(wrong)
    assert length_of_log(app) == before


def test_a_list_is_sent_to_whoever_names_tags_of_others(client: FlaskClient) -> None:
    assert client.get("/api/v2/deals", headers={"If-None-Match": '"of-a-proxy"'}).status_code == 200


def _body(route: Route) -> bytes | None:
    return None if route.body is None else body_of(good_body(route.body))
