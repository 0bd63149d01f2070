"""Followers of deals, persons and organizations over both versions of the wire, and where else they are seen."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.service.http.ledger.conftest import OURS
from tests.service.http.opportunities import a_colleague, a_deal, a_person, ask, converted, refused, reverted
from tests.service.serving import ledger_of


class Followed(NamedTuple):
    """A thing that is followed: the path of its kind, its id, and how version 1 and our own interface name that."""

    kind: str
    key: int
    named: str
    subject: str

    @property
    def old(self) -> str:
        """Its followers in version 1."""
        return f"/v1/{self.kind}/{self.key}/followers"

    @property
    def new(self) -> str:
        """Its followers in version 2."""
        return f"/api/v2/{self.kind}/{self.key}/followers"

    @property
    def path(self) -> str:
        """The thing itself."""
        return f"/api/v2/{self.kind}/{self.key}"


@pytest.fixture(params=["deals", "persons", "organizations"])
def followed(request: pytest.FixtureRequest, client: FlaskClient) -> Followed:
    if request.param == "deals":
        return Followed("deals", a_deal(client), "deal_id", "deal_id")
    if request.param == "persons":
        return Followed("persons", a_person(client), "person_id", "person_id")
    key = ask(client, "POST", "/api/v2/organizations", {"name": "Rør AS"})["id"]
    return Followed("organizations", key, "org_id", "organization_id")


@pytest.fixture
def colleague(app: Flask) -> int:
    return a_colleague(app)[0]


def follow(client: FlaskClient, path: str, user_id: int, status: int) -> dict[str, Any]:
    answer = client.post(path, json={"user_id": user_id})
    assert answer.status_code == status, answer.text
    data: dict[str, Any] = answer.get_json()["data"]
    return data


def end_of_log(app: Flask) -> int:
    return ledger_of(app).event_log.max_notification_id() or 0


def test_version_2_names_followers_by_their_users(client: FlaskClient, followed: Followed, colleague: int) -> None:
    added = follow(client, followed.new, colleague, 201)
    assert added == {"user_id": colleague, "add_time": added["add_time"]}
    assert added["add_time"].endswith("Z")
    assert ask(client, "GET", followed.new) == [added]
    assert ask(client, "DELETE", f"{followed.new}/{colleague}") == {"user_id": colleague}
    assert ask(client, "GET", followed.new) == []


def test_version_1_names_followers_by_ids_of_their_own(client: FlaskClient, followed: Followed, colleague: int) -> None:
    added = follow(client, followed.old, colleague, 200)
    assert added == {"user_id": colleague, "id": 1, followed.named: followed.key, "add_time": added["add_time"]}
    assert added["add_time"][10] == " "
    other = follow(client, followed.old, 1, 200)
    assert ask(client, "GET", followed.old) == [added, other]
    assert ask(client, "DELETE", f"{followed.old}/{added['id']}") == {"id": 1}
    assert ask(client, "GET", followed.old) == [other]
    assert follow(client, followed.old, colleague, 200)["id"] == 3, "whoever begins again is another follower"


def test_both_lists_are_paged(client: FlaskClient, followed: Followed, colleague: int) -> None:
    for user_id in (colleague, 1):
        follow(client, followed.new, user_id, 201)
    old = client.get(f"{followed.old}?limit=1").get_json()
    assert old["additional_data"]["pagination"] == {
        "start": 0,
        "limit": 1,
        "more_items_in_collection": True,
        "next_start": 1,
    }
    assert [each["user_id"] for each in ask(client, "GET", f"{followed.old}?start=1")] == [1]
    for path in (followed.new, f"{followed.new}/changelog"):
        new = client.get(f"{path}?limit=1").get_json()
        cursor = new["additional_data"]["next_cursor"]
        rest = client.get(f"{path}?limit=1&cursor={cursor}").get_json()
        assert (len(new["data"]), len(rest["data"]), rest["additional_data"]) == (1, 1, {"next_cursor": None})
        assert new["data"] != rest["data"]
    refused(client, "GET", f"{followed.new}?cursor={cursor}", None, "the cursor is another list's")


def test_the_changelog_tells_who_had_whom_follow(app: Flask, client: FlaskClient, followed: Followed) -> None:
    colleague, hers = a_colleague(app)
    follow(client, followed.new, colleague, 201)
    assert ask(hers, "DELETE", f"{followed.new}/{colleague}") == {"user_id": colleague}
    added, removed = ask(client, "GET", f"{followed.new}/changelog")
    assert added.pop("time") <= removed.pop("time")
    assert added == {"action": "added", "actor_user_id": 1, "follower_user_id": colleague}
    assert removed == {"action": "removed", "actor_user_id": colleague, "follower_user_id": colleague}


def test_nobody_follows_twice_and_nobody_ends_what_did_not_begin(client: FlaskClient, followed: Followed) -> None:
    follow(client, followed.new, 1, 201)
    for path in (followed.old, followed.new):
        refused(client, "POST", path, {"user_id": 1}, "user 1 follows it already")
    ask(client, "DELETE", f"{followed.old}/1")
    for path in (followed.old, followed.new):
        refused(client, "DELETE", f"{path}/1", None, "Follower not found", 404)
    other = a_deal(client)
    elsewhere = follow(client, f"/v1/deals/{other}/followers", 1, 200)
    refused(client, "DELETE", f"{followed.old}/{elsewhere['id']}", None, "Follower not found", 404)


def test_only_who_works_here_follows(client: FlaskClient, followed: Followed) -> None:
    for path in (followed.old, followed.new):
        refused(client, "POST", path, {"user_id": 99}, "there is no user 99")


def test_what_was_deleted_is_followed_by_nobody_more_and_its_followers_are_shown_still(
    client: FlaskClient, followed: Followed, colleague: int
) -> None:
    old = follow(client, followed.old, colleague, 200)
    ask(client, "DELETE", followed.path)
    for path, number in ((followed.old, old["id"]), (followed.new, colleague)):
        assert client.post(path, json={"user_id": 1}).status_code == 404
        refused(client, "DELETE", f"{path}/{number}", None, "Follower not found", 404)
        assert [each["user_id"] for each in ask(client, "GET", path)] == [colleague]


def test_followers_are_counted_where_that_is_asked_for(
    app: Flask, client: FlaskClient, followed: Followed, colleague: int
) -> None:
    def counted(suffix: str = "") -> tuple[int, int]:
        one = ask(client, "GET", f"{followed.path}?include_fields=followers_count{suffix}")
        [listed] = ask(
            client, "GET", f"/api/v2/{followed.kind}?include_fields=followers_count{suffix}&ids={followed.key}"
        )
        return one["followers_count"], listed["followers_count"]

    assert counted() == (0, 0), "an owner follows only who says so"
    before = ask(client, "GET", followed.path)
    for user_id in (1, colleague):
        follow(client, followed.new, user_id, 201)
    assert counted() == (2, 2)
    assert ask(client, "GET", followed.path) == before, "it is no update of what is followed"
    end = end_of_log(app)
    ask(client, "DELETE", f"{followed.new}/1")
    assert counted() == (1, 1)
    assert counted(f"&as_of={end}") == (2, 2)
    for path in (followed.old, followed.new, f"{followed.new}/changelog"):
        assert len(ask(client, "GET", f"{path}?as_of={end}")) == 2


def test_timeline_and_difference_tell_of_followers(
    app: Flask, client: FlaskClient, followed: Followed, colleague: int
) -> None:
    before = end_of_log(app)
    follow(client, followed.new, 1, 201)
    follow(client, followed.new, colleague, 201)
    ask(client, "DELETE", f"{followed.new}/{colleague}")
    timeline = client.get(f"{OURS}/timeline?{followed.subject}={followed.key}&limit=3").get_json()["items"]
    name = ask(client, "GET", "/v1/users/1")["name"]
    assert [happening["sentence"] for happening in timeline] == [
        f"{name} took Åse off the followers",
        f"{name} put Åse among the followers",
        f"{name} put {name} among the followers",
    ]
    [thing] = client.get(f"{OURS}/diff?from={before}").get_json()["items"]
    assert (thing["kind"], thing["id"], thing["what"]) == (followed.subject[:-3], followed.key, "changed")
    [field] = thing["fields"]
    assert (field["field"], field["before"], field["after"]) == ("follower_ids", [], [1])
    assert field["cause"]["event"] == "FollowerDeleted"


def test_a_deal_keeps_its_followers_while_it_is_a_lead(client: FlaskClient, colleague: int) -> None:
    deal = a_deal(client)
    path = f"/api/v2/deals/{deal}/followers"
    follow(client, path, colleague, 201)
    lead = reverted(client, deal)
    assert client.post(path, json={"user_id": 1}).status_code == 404
    timeline = client.get(f"{OURS}/timeline?lead_id={lead}").get_json()["items"]
    assert "FollowerAdded" in [happening["event"] for happening in timeline]
    assert converted(client, lead) == deal
    assert [each["user_id"] for each in ask(client, "GET", path)] == [colleague]
    assert ask(client, "GET", f"/v1/deals/{deal}")["followers_count"] == 1, "in version 1's form, too"


def test_users_are_followed_by_nobody(client: FlaskClient) -> None:
    assert ask(client, "GET", "/v1/users/1/followers") == []
    page = client.get("/api/v2/users/1/followers?limit=5").get_json()
    assert page == {"success": True, "data": [], "additional_data": {"next_cursor": None}}
    for path in ("/v1/users/99/followers", "/api/v2/users/99/followers"):
        refused(client, "GET", path, None, "User not found", 404)
