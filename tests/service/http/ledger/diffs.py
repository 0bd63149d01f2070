"""What tests of differences between two moments share: asking for them, as a page or as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient

from tests.service.http.ledger.conftest import OURS
from tests.service.serving import ledger_of


def end_of(client: FlaskClient) -> int:
    return ledger_of(client.application).event_log.max_notification_id() or 0


def ask(client: FlaskClient, since: Any, until: Any = None, **query: Any) -> Any:
    """One page, as it is answered."""
    moments = {"from": since, **({} if until is None else {"to": until})}
    answer = client.get(f"{OURS}/diff", query_string={**moments, **query})
    assert answer.status_code == 200, answer.text
    return answer.json


def pages(client: FlaskClient, since: Any, until: Any = None, **query: Any) -> Iterator[Any]:
    page = ask(client, since, until, **query)
    yield page
    while page["next_cursor"]:
        page = ask(client, since, until, **query, cursor=page["next_cursor"])
        yield page


def items(client: FlaskClient, since: Any, until: Any = None, **query: Any) -> list[Any]:
    return [item for page in pages(client, since, until, **query) for item in page["items"]]
