"""A change may be made to depend on what was seen: then nobody's work is lost, and who comes too late is told why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from service.http.family import Family
from service.http.route import Route
from tests.service.http.attacks import Ids, address, good_body, routes
from tests.service.http.opportunities import a_colleague
from tests.service.http.refusals import company, complaint, send
from tests.service.http.wrong import body_of
from tests.service.whole import length_of_log

OURS = "/api/ledger/v1"
STALE = '"1.1.0123456789"'

UNCONDITIONAL = {"/followers/<id:follower_id>", "/followers/<id:user_id>"}
"""How paths end of what is changed by its id and has no tag: following is no edit of anything."""


@pytest.fixture
def ids(client: FlaskClient) -> Ids:
    return company(client)


@pytest.fixture
def deal(client: FlaskClient) -> str:
    """Where a deal is."""
    return f"/api/v2/deals/{client.post('/api/v2/deals', json={'title': 'Boiler'}).get_json()['data']['id']}"


def changing() -> Iterator[tuple[Family, Route]]:
    """Whatever changes or deletes one thing, deletions last."""
    found = [(family, route) for family, route in routes() if route.method != "GET" and route.edited is not None]
    return iter(sorted(found, key=lambda each: each[1].method == "DELETE"))


def test_whatever_changes_one_thing_by_its_id_can_be_made_to_depend_on_what_was_seen() -> None:
    for _, route in routes():
        if route.method in ("PUT", "PATCH", "DELETE") and route.path.endswith(">"):
            is_conditional = not any(route.path.endswith(end) for end in UNCONDITIONAL)
            assert (route.edited is not None) == is_conditional, route.path
            assert route.has_tag == (is_conditional and route.method != "DELETE"), route.path


@pytest.mark.slow
def test_every_change_is_refused_to_whoever_has_seen_another_state_and_nothing_is_done(
    app: Flask, client: FlaskClient, ids: Ids
) -> None:
    wrong = list[str]()
    for family, route in changing():
        path, body = address(family, route, ids), None if route.body is None else body_of(good_body(route.body))
        before = length_of_log(app)
        refused = send(client, route, path, headers={"If-Match": STALE}, data=body)
        wrong += filter(None, [complaint(family, refused, 412)])
        there = send(client, route, path, headers={"If-None-Match": "*"}, data=body)
        wrong += filter(None, [complaint(family, there, 412)])
        assert length_of_log(app) == before
        now = refused.headers["ETag"]
        done = send(client, route, path, headers={"If-Match": f"{STALE}, {now}"}, data=body)
        assert done.status_code == 200 or (route.method == "DELETE" and done.status_code != 412), (path, done.text)
        assert ("ETag" in done.headers) == route.has_tag, path
    assert not wrong, "\n".join(wrong)


def test_a_change_answers_the_tag_by_which_the_next_one_succeeds_and_a_reader_has_the_answer(
    client: FlaskClient, deal: str
) -> None:
    tag = client.get(deal).headers["ETag"]
    for title in ("One", "Two", "Three"):
        answer = client.patch(deal, json={"title": title}, headers={"If-Match": tag})
        assert answer.status_code == 200
        tag = answer.headers["ETag"]
        assert client.get(deal, headers={"If-None-Match": tag}).status_code == 304


def test_who_comes_too_late_is_told_what_it_is_now_and_who_changed_it_when(
    app: Flask, client: FlaskClient, deal: str
) -> None:
    user_id, colleague = a_colleague(app)
    seen = client.get(deal).headers["ETag"]
    changed = colleague.patch(deal, json={"title": "Hers"})
    refused = client.patch(deal, json={"title": "Mine"}, headers={"If-Match": seen})
    assert refused.status_code == 412
    assert refused.headers["ETag"] == client.get(deal).headers["ETag"]
    body = refused.get_json()
    assert body["error"] == "it was edited since it was as If-Match names it"
    edited = body["additional_data"]["edited"]
    assert body["additional_data"]["etag"] == refused.headers["ETag"]
    assert edited["who"] == {"id": user_id, "name": "Åse"}
    assert edited["position"] == int(changed.headers["ETag"][1:].partition(".")[0]) == length_of_log(app)
    assert edited["when"].startswith(changed.get_json()["data"]["update_time"][:19])
    assert client.get(deal).get_json()["data"]["title"] == "Hers"


def test_our_own_interface_says_so_in_a_problem(client: FlaskClient) -> None:
    seen = client.get(f"{OURS}/policy")
    policy = {"policy": {"default": {"combine": "any", "rules": []}}}
    assert client.put(f"{OURS}/policy", json=policy, headers={"If-Match": seen.headers["ETag"]}).status_code == 200
    refused = client.put(f"{OURS}/policy", json=policy, headers={"If-Match": seen.headers["ETag"]})
    assert (refused.status_code, refused.mimetype) == (412, "application/problem+json")
    body = refused.get_json()
    assert (body["title"], body["etag"]) == ("Precondition Failed", refused.headers["ETag"])
    assert body["edited"]["who"] == {"id": 1, "name": "Administrator"}


def test_what_happens_elsewhere_or_is_no_edit_keeps_nobody_from_changing_what_was_seen(client: FlaskClient) -> None:
    person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
    lead = client.post("/v1/leads", json={"title": "Boiler", "person_id": person}).get_json()["data"]["id"]
    seen = client.get(f"/v1/leads/{lead}").headers["ETag"]
    client.patch(f"/v1/leads/{lead}", json={"was_seen": True})
    signal = {"kind": "email_answered", "interest": True}
    assert client.post(f"{OURS}/leads/{lead}/signals", json=signal).status_code == 201
    client.patch(f"/api/v2/persons/{person}", json={"name": "Kari Nordmann"})
    assert client.get(f"/v1/leads/{lead}", headers={"If-None-Match": seen}).status_code == 200
    assert client.patch(f"/v1/leads/{lead}", json={"title": "Pump"}, headers={"If-Match": seen}).status_code == 200
    assert client.patch(f"/v1/leads/{lead}", json={"title": "Tap"}, headers={"If-Match": seen}).status_code == 412


@pytest.mark.parametrize("wanted", ["*", '"another", {}', "{}, {}", '"a,b" ,{}'])
def test_a_change_succeeds_where_any_tag_that_is_named_fits(client: FlaskClient, deal: str, wanted: str) -> None:
    tag = client.get(deal).headers["ETag"]
    headers = {"If-Match": wanted.format(tag, tag)}
    assert client.patch(deal, json={"title": "Pump"}, headers=headers).status_code == 200


def test_a_weak_tag_is_never_enough_and_the_refusal_says_why(client: FlaskClient, deal: str) -> None:
    tag = client.get(deal).headers["ETag"]
    refused = client.patch(deal, json={"title": "Pump"}, headers={"If-Match": f"W/{tag}"})
    assert refused.status_code == 412
    assert "weak" in refused.get_json()["error"]


def test_a_tag_of_before_is_no_reason_to_refuse_who_wants_something_else_by_now(client: FlaskClient, deal: str) -> None:
    tag = client.get(deal).headers["ETag"]
    assert client.patch(deal, json={"title": "Pump"}, headers={"If-None-Match": tag}).status_code == 412
    client.post("/api/v2/persons", json={"name": "Somebody"})
    assert client.patch(deal, json={"title": "Pump"}, headers={"If-None-Match": tag}).status_code == 200


def test_nothing_can_be_wanted_of_what_is_not_there(client: FlaskClient) -> None:
    for headers in ({"If-Match": "*"}, {"If-Match": STALE}, {"If-None-Match": "*"}):
        assert client.patch("/api/v2/deals/99", json={"title": "Pump"}, headers=headers).status_code == 404
        assert client.delete("/api/v2/deals/99", headers=headers).status_code == 404


def test_who_repeats_a_change_is_answered_as_the_first_time_though_the_thing_was_edited_by_it(
    client: FlaskClient, deal: str
) -> None:
    headers = {"If-Match": client.get(deal).headers["ETag"], "Idempotency-Key": "the-same"}
    first, again = [client.patch(deal, json={"title": "Pump"}, headers=headers) for _ in range(2)]
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.get_json(), again.headers["ETag"]) == (first.get_json(), first.headers["ETag"])
    refused = client.patch(deal, json={"title": "Pump"}, headers={**headers, "Idempotency-Key": "another"})
    assert refused.status_code == 412
    seen = {**headers, "If-Match": refused.headers["ETag"], "Idempotency-Key": "another"}
    assert client.patch(deal, json={"title": "Pump"}, headers=seen).status_code == 200, "a refusal leaves no receipt"


def test_what_somebody_may_not_see_is_not_there_whatever_is_wanted_of_it(
    app: Flask, client: FlaskClient, deal: str
) -> None:
    _, colleague = a_colleague(app)
    seen = colleague.get(deal).headers["ETag"]
    client.patch(deal, json={"visible_to": 1})
    for headers in ({"If-Match": seen}, {"If-Match": STALE}, {"If-None-Match": "*"}):
        answer = colleague.patch(deal, json={"title": "Hers"}, headers=headers)
        assert (answer.status_code, "ETag" in answer.headers) == (404, False)
        assert colleague.get(deal, headers=headers).status_code == 404


def test_what_was_deleted_meanwhile_is_told_so(client: FlaskClient, deal: str) -> None:
    seen = client.get(deal).headers["ETag"]
    assert client.delete(deal).status_code == 200
    refused = client.patch(deal, json={"title": "Pump"}, headers={"If-Match": seen})
    assert (refused.status_code, refused.headers["ETag"]) == (412, client.get(deal).headers["ETag"])
    seen = refused.headers["ETag"]
    assert client.patch(deal, json={"title": "Pump"}, headers={"If-Match": seen}).status_code == 404
