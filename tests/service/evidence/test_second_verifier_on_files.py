"""Two verifiers that share no line agree on which files are proofs, and on nothing that was altered in them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from service.database.database import Database
from service.evidence.proof_files import event_proof, moment_proof
from service.evidence.verifier import command as verifier
from service.ledger.ledger import Origin
from service.settings import Settings
from service.wiring import make_ledger
from tests.databases import SqliteDatabases
from tests.generated import Clock, Company
from tests.service.evidence.test_proof_files import mutations
from tests.service.evidence.test_second_verifier import needs_node, second_verdicts
from tests.service.serving import founded

Told = dict[str, Any]

SAMPLE = 300
"""Of some thousand files that each have something else at one place."""


def bent(told: Told) -> Iterator[tuple[Any, Told]]:
    """A file, and those that have something else at one place; in JavaScript there is one kind of number."""
    yield "nothing", told
    for path, other in mutations(told):
        if path and not isinstance(other, float | bool):
            altered = deepcopy(told)
            holder: Any = altered
            for step in path[:-1]:
                holder = holder[step]
            holder[path[-1]] = other
            yield (path, other), altered


@needs_node
def test_both_agree_on_files_that_prove_something_and_on_altered_ones(
    sqlite_databases: SqliteDatabases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite_databases.fresh(founded) as url, closing(Database(url)) as database:
        ledger = make_ledger(database, Clock(), Settings(url, signing_key=tmp_path / "key"))
        company = Company(11)
        for _ in range(30):
            ledger.execute(Origin(1, "a-request", "tests"), partial(company.work, steps=12))
        end, made = ledger.event_log.max_notification_id() or 0, partial(moment_proof, database, ledger.notary)
        files = [made("deal", 1, end, None), made("deal", 1, end // 2, None), made("deal", 9999, end, None)]
        files.append(event_proof(database, ledger.notary, 7))
        key = str(ledger.notary.verifier())
    told = [each for file in files for each in bent(json.loads(file))]
    where, contents = zip(*told[:1], *random.Random(5).sample(told, SAMPLE), strict=True)
    written = tmp_path / "proof"

    def verdict(told: Told) -> int:
        written.write_text(json.dumps(told), "utf-8")
        return verifier.main(["proof", str(written), "--key", key])

    first = [verdict(told) for told in contents]
    second = second_verdicts([{"kind": "file", "content": json.dumps(told), "keys": [key]} for told in contents])
    capsys.readouterr()
    assert {verifier.SOUND, verifier.ALTERED, verifier.UNTOLD} <= {*first}
    differences = [each for each in zip(where, first, second, strict=True) if each[1] != each[2]]
    assert not differences, differences[:3]
