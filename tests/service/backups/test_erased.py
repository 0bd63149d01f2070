"""A backup from before an erasure, with the keys of after it, tells nothing of whoever was erased."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.backups.backup import back_up
from tests.databases import Databases
from tests.service.backups.attacker import in_the_clear, readable
from tests.service.backups.made import erase, opened
from tests.service.losing import beside, operate
from tests.service.privacy.canaries import MARK, Planted, found_in
from tests.service.serving import client_of, founded, serving


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    with databases.fresh(founded) as url:
        yield url


@pytest.mark.slow
def test_no_canary_can_be_read_in_a_backup_from_before_the_erasure_with_the_keys_of_after_it(
    url: str, tmp_path: Path
) -> None:
    keys, kept = beside(url, "data-keys"), tmp_path / "kept-keys"
    with serving(url) as app:
        planted = Planted(client_of(app))
    with opened(url) as ledger:
        back_up(ledger, tmp_path / "backup", lambda _: None)
    assert MARK not in in_the_clear(tmp_path / "backup")
    assert found_in([tmp_path / "backup"]) == []
    told = readable(tmp_path / "backup", [keys])
    assert {word for word in planted.words if word in told} == set(planted.words), "or else the test would find nothing"
    shutil.copyfile(keys, kept)

    erase(url, planted.person)
    assert operate(url, "keys", "renew").exit_code == 0

    assert MARK not in readable(tmp_path / "backup", [keys])
    assert MARK in readable(tmp_path / "backup", [kept]), "the limit, as the guide says it"
