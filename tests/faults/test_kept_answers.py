"""Whatever two workers keep, each read is answered as a service answers that keeps nothing, before or after a write."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from flask import Flask

from service.http import kept
from service.http.kept_answers import KeptAnswers
from tests.databases import Databases
from tests.faults.conftest import Rounds
from tests.faults.trial import Figures
from tests.faults.workers import REBUILD, SAME, Asked, Told, Worker, workers
from tests.service.http.opportunities import a_colleague
from tests.service.serving import TOKEN, client_of, founded, issued, ledger_of, serving

TOGETHER = 30
"""Writes in one round; each is interleaved with reads at two places: beside it and after it, on either worker."""

READS = (
    *("/v1/leads", "/v1/leads?limit=2&start=1", "/v1/leads/{lead}", "/v1/leadLabels", "/api/ledger/v1/inbox"),
    *("/api/v2/deals", "/api/v2/deals/1", "/v1/deals?limit=3", "/api/v2/persons", "/v1/persons", "/api/v2/stages"),
    *("/api/ledger/v1/pipelines/1/board", "/api/ledger/v1/policy", "/v1/leads/archived", "/api/v2/persons/1"),
    *("/api/v2/deals?as_of=30", "/api/ledger/v1/inbox?as_of=25", "/api/ledger/v1/timeline?lead_id={lead}"),
)


class Chance:
    """Thinks of writes and of reads; the same for the same seed."""

    def __init__(self, seed: int, leads: list[str]) -> None:
        self.random = Random(seed)
        self.leads = leads

    def write(self, number: int) -> Asked:
        """A command that changes something of what is read."""
        lead = self.random.choice(self.leads)
        level = self.random.choice((1, 3))
        commands: list[tuple[str, str, Any]] = [
            ("PATCH", f"/v1/leads/{lead}", {"title": f"Boiler {number}"}),
            ("PATCH", f"/v1/leads/{lead}", {"is_archived": self.random.random() < 0.5}),
            ("PATCH", f"/v1/leads/{lead}", {"visible_to": str(level)}),
            ("PATCH", "/api/v2/deals/1", {"title": f"Pumps {number}", "value": number}),
            ("PATCH", "/api/v2/deals/2", {"visible_to": level, "stage_id": self.random.randint(1, 5)}),
            ("PATCH", "/api/v2/persons/1", {"name": f"Kari {number}"}),
            ("PATCH", "/api/v2/stages/1", {"name": f"New {number}"}),
            ("POST", "/v1/leadLabels", {"name": f"Label {number}", "color": "red"}),
        ]
        if number % 97 == 96:
            return Asked(TOKEN, REBUILD, "")
        return Asked(TOKEN, *self.random.choice(commands))

    def read(self, tokens: list[str]) -> Asked:
        """A question by somebody."""
        path = self.random.choice(READS).format(lead=self.random.choice(self.leads))
        return Asked(self.random.choice(tokens), "GET", path)


def without_memory(app: Flask, asked: Asked) -> Told:
    """What a service answers that keeps nothing."""
    answers: KeptAnswers = app.extensions["kept_answers"]
    answers.forget()
    kept.install(app, kept.Kept())
    answer = client_of(app, asked.token).get(asked.path, headers=SAME)
    return Told(answer.status_code, answer.headers.get("ETag"), answer.data)


def interleave(
    chance: Chance, number: int, pair: list[Worker], app: Flask, tokens: list[str], figures: Figures
) -> None:
    """Write on one worker, and read on both: what is kept there from before, beside the write, and after it."""
    asked, command = chance.read(tokens), chance.write(number)
    writer, reader = chance.random.sample(pair, 2)
    before = without_memory(app, asked)
    assert reader.ask(asked) == before, asked
    writer.send(command)
    reader.send(asked)
    beside, done = reader.receive(), writer.receive()
    assert done.status in (200, 201), done
    after = without_memory(app, asked)
    assert beside.body in (before.body, after.body), asked  # the tag of one thing may be older than what is shown
    assert [worker.ask(asked) for worker in (reader, writer, reader)] == [after] * 3, asked
    if after.tag is not None:
        unchanged = reader.ask(asked, **{"If-None-Match": after.tag})
        assert (unchanged.status, unchanged.tag) == (304, after.tag), asked
    figures["reads"] = figures.get("reads", 0) + 6
    figures["writes"] = figures.get("writes", 0) + 1


@pytest.mark.slow
def test_what_two_workers_keep_is_what_a_service_answers_that_keeps_nothing(
    databases: Databases, rounds: Rounds, figures: Figures
) -> None:
    for seed in rounds(1):
        with databases.fresh(founded) as url, serving(url) as app, workers(url, 2) as pair:
            client = client_of(app)
            person = client.post("/api/v2/persons", json={"name": "Kari"}).get_json()["data"]["id"]
            new = {"title": "Boiler", "person_id": person}
            leads = [json.loads(client.post("/v1/leads", json=new).data)["data"]["id"] for _ in range(4)]
            for _ in range(3):
                client.post("/api/v2/deals", json=new)
            colleague, _ = a_colleague(app)
            tokens = [TOKEN, issued(ledger_of(app), colleague)]
            chance = Chance(seed, leads)
            for number in range(TOGETHER):
                interleave(chance, number, pair, app, tokens, figures)
