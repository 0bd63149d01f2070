"""Compares what the service shows with what the model knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.service.model import DONE, GONE, Board, Opportunity


def check_board(client: FlaskClient, board: Board, everything: Sequence[Opportunity]) -> None:
    """The board shows every open deal once, and sums, weighted ones too, that are the sums of its deals."""
    stages = exactly(client.get("/api/ledger/v1/pipelines/1/board"))["stages"]
    assert [stage["id"] for stage in stages] == list(board.stages)
    totals = board.totals(everything)
    for stage in stages:
        here = [each for each in everything if each.is_on_the_board and each.stage_id == stage["id"]]
        assert stage["count"] == len(here) == len(stage["deals"])
        shown = {each["currency"]: (each["count"], each["sum"], each["weighted_sum"]) for each in stage["totals"]}
        assert {currency: total for currency, total in shown.items() if total[0]} == totals[stage["id"]]
        assert not any(any(total) for total in shown.values() if not total[0])


def check_shown(client: FlaskClient, each: Opportunity) -> None:
    """Both forms of an opportunity are shown as the model has them, under the ids they have had all along."""
    identity = f"lead_id={each.lead_id}" if each.lead_id else f"deal_id={each.deal_id}"
    whole = exactly(client.get(f"/api/ledger/v1/opportunities?{identity}"))
    assert (whole["lead_id"], whole["deal_id"], whole["form"]) == (each.lead_id, each.deal_id, each.form)
    assert [change["form"] for change in whole["changes"]] == each.changes
    if each.lead_id:
        shown = client.get(f"/v1/leads/{each.lead_id}")
        assert shown.status_code == (DONE if each.form == "lead" else GONE)
        if each.form == "lead":
            lead = exactly(shown)["data"]
            assert (lead["title"], lead["person_id"]) == (each.title, each.person_id)
            assert (lead["was_seen"], lead["is_archived"]) == (each.was_seen, each.is_archived)
            assert lead["value"] == (each.value and {"amount": Decimal(each.value[0]), "currency": each.value[1]})
    if each.deal_id:
        deal = exactly(client.get(f"/api/v2/deals/{each.deal_id}"))["data"]
        assert deal["is_deleted"] == (each.form != "deal")
        if each.form == "deal":
            assert (deal["title"], deal["person_id"]) == (each.title, each.person_id)
            assert (deal["stage_id"], deal["status"]) == (each.stage_id, each.status)
            assert (deal["probability"], deal["is_archived"]) == (each.probability, each.is_archived)
            amount, currency = each.value or ("0", "NOK")
            assert (deal["value"], deal["currency"]) == (Decimal(amount), currency)


def exactly(answer: TestResponse) -> Any:
    """An answer with its numbers as they were written."""
    return json.loads(answer.data, parse_float=Decimal, parse_int=Decimal)
