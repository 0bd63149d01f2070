"""A checkpoint is made while others record and seal: nothing that they do in between is taken for an alteration."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from sqlalchemy import event

from service.database.database import Database
from service.evidence.sealer import seal
from service.wiring import make_ledger
from tests.databases import Databases
from tests.generated import Clock, fill
from tests.service.serving import founded, ledger_of, serving


def test_a_checkpoint_is_signed_though_others_seal_behind_each_of_its_questions(databases: Databases) -> None:
    with (
        databases.fresh(founded) as url,
        serving(url) as app,
        closing(Database(url)) as another,
        closing(Database(url)) as sealing,
    ):
        ours, theirs = ledger_of(app), make_ledger(another, Clock())
        asked: list[str] = []
        behind = 0

        def hear(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
            if "tree_head" in statement:
                asked.append(statement)
                if len(asked) == behind:
                    fill(theirs, 1, seed=1000 + behind)
                    seal(sealing)

        event.listen(ours.database.readers, "after_cursor_execute", hear)
        while len(asked) >= behind:
            behind, asked[:] = behind + 1, []
            fill(theirs, 3, seed=behind)
            assert ours.notary.checkpoint()
        assert behind > 4
