"""What clients ask for in the benchmarks: pages, single things, commands, and stories of several requests."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.benchmarks.figures import Scale
from tests.benchmarks.load import Answer, Cost, Story, asking, connected, measure, request_bytes
from tests.served import Served

LEADS, DEALS = "/v1/leads?limit=50", "/api/v2/deals?limit=50"
INBOX, BOARD = "/api/ledger/v1/inbox?limit=50", "/api/ledger/v1/pipelines/1/board?limit=10"
PAGES = {"leads": LEADS, "deals": DEALS, "inbox": INBOX, "board": BOARD}
"""Pages of 50; the board's is of the first ten deals of five stages."""

LEAD = {"title": "Rør og mer", "person_id": 1, "value": {"amount": 12500.5, "currency": "NOK"}}
CREATE = request_bytes("POST", "/v1/leads", LEAD)

_HOSTS = map("benchmark-{}".format, itertools.count())

SEED = 7
WRITES = 0.2
"""How much of the mixed load are commands."""


def again(scale: Scale, server: Served, path: str, expected: int = 200, **headers: str) -> Cost:
    """What it costs to ask for the same thing again and again."""
    request = request_bytes("GET", path, **headers)
    return tell(scale, server, (asking(request, expected) for _ in itertools.count()))


def anew(scale: Scale, server: Served, *paths: str, **headers: str) -> Cost:
    """What it costs to ask for these things in turn, each time as nobody has before, so that no answer is kept.

    Answers are kept by the host that a request names, too, which changes nothing else.
    """
    asked = zip(itertools.cycle(paths), _HOSTS)
    return tell(scale, server, (asking(request_bytes("GET", path, host=host, **headers), 200) for path, host in asked))


def page(path: str) -> Callable[[Scale, Served], Cost]:
    """Measures what it costs to ask for one thing, as `anew` does."""
    return lambda scale, server: anew(scale, server, path)


def creates(scale: Scale, server: Served) -> Cost:
    """What it costs to add a lead."""
    return tell(scale, server, (asking(CREATE, 201) for _ in itertools.count()))


def conversions(scale: Scale, server: Served) -> Cost:
    """What it costs to add a lead, to convert it, and to ask what became of that: in all as many requests as else."""
    return tell(replace(scale, requests=scale.requests // 3), server, (_conversion() for _ in itertools.count()))


def single_leads(scale: Scale, server: Served) -> Cost:
    """What it costs to ask for one lead, now this one, now that."""
    return anew(scale, server, *(f"/v1/leads/{lead_id}" for lead_id in first_leads(server)))


def mixed(scale: Scale, server: Served) -> Cost:
    """What a request costs of which four in five read: a page of leads or deals, or one of them; the others create."""
    chosen = random.Random(SEED)
    read = [LEADS, DEALS, f"/v1/leads/{first_leads(server)[0]}", "/api/v2/deals/1"]
    requests = [request_bytes("GET", path) for path in read]

    def any_story() -> Story:
        return asking(CREATE, 201) if chosen.random() < WRITES else asking(chosen.choice(requests), 200)

    return tell(scale, server, (any_story() for _ in itertools.count()))


def tell(scale: Scale, server: Served, stories: Iterator[Story]) -> Cost:
    """Let as many clients as the scale has tell as many stories."""
    return measure(server, stories, count=scale.requests, clients=scale.clients)


def first_leads(server: Served) -> list[str]:
    """The ids of the first leads."""
    return [lead["id"] for lead in json.loads(ask(server, LEADS).body)["data"]]


def ask(server: Served, path: str) -> Answer:
    """One answer, by a client that hangs up behind it."""
    with connected(server.address) as client:
        return client.ask(request_bytes("GET", path))


def _conversion() -> Story:
    lead = json.loads((yield from asking(CREATE, 201)))["data"]
    convert = request_bytes("POST", f"/api/v2/leads/{lead['id']}/convert/deal", {})
    begun = json.loads((yield from asking(convert, 200)))["data"]
    return (
        yield from asking(
            request_bytes("GET", f"/api/v2/leads/{lead['id']}/convert/status/{begun['conversion_id']}"), 200
        )
    )
