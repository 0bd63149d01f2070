"""What tests of deals begin with: deals as clients add them, and a second pipeline for them."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from aggregates.pipeline import Pipeline
from aggregates.stage import Stage
from service.ledger.ledger import Origin, Transaction
from tests.service.serving import ledger_of

DEALS = "/api/v2/deals"


def added(client: FlaskClient, **facts: Any) -> dict[str, Any]:
    """A deal as it is shown when it has just been added."""
    answer = client.post(DEALS, json={"title": "Pumps", **facts})
    assert answer.status_code == 200, answer.get_json()
    shown: dict[str, Any] = answer.get_json()["data"]
    return shown


def make_second_pipeline(app: Flask) -> None:
    """A pipeline 2 with the stages 6 and 7."""

    def command(tx: Transaction) -> int:
        pipeline = Pipeline.add(tx.next_number("pipeline"), name="Service", order_nr=2)
        names = ("Asked", "Agreed")
        stages = [
            Stage.add(tx.next_number("stage"), pipeline_id=2, name=name, order_nr=order_nr)
            for order_nr, name in enumerate(names, start=1)
        ]
        return tx.save(pipeline, *stages)

    ledger_of(app).execute(Origin(1, "request", "test"), command)
