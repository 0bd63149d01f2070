"""Whoever watches over the service learns without a token whether it lives and whether it can serve."""

from __future__ import annotations

from pathlib import Path

from flask import Flask

from tests.databases import Databases
from tests.service.serving import ledger_of, serving


def test_a_founded_service_lives_and_is_ready(app: Flask) -> None:
    for path, status in (("/health/live", "live"), ("/health/ready", "ready")):
        answer = app.test_client().get(path)
        assert (answer.status_code, answer.json) == (200, {"status": status})


def test_a_database_that_was_never_migrated_is_not_ready_and_the_answer_says_what_to_do(databases: Databases) -> None:
    with databases.fresh() as url, serving(url) as app:
        assert app.test_client().get("/health/live").status_code == 200
        answer = app.test_client().get("/health/ready")
        assert answer.status_code == 503
        assert answer.mimetype == "application/problem+json"
        assert "leadledger migrate" in answer.text


def test_read_models_of_another_version_are_not_ready(app: Flask) -> None:
    with ledger_of(app).database.writing() as connection:
        connection.exec_driver_sql("UPDATE read_model_definition SET fingerprint = 'another'")
    assert app.test_client().get("/health/ready").status_code == 503


def test_a_database_that_is_away_is_not_ready_but_the_service_lives(tmp_path: Path) -> None:
    (volume := tmp_path / "volume").mkdir()
    for url in (f"sqlite:///{volume}/file.db", "postgresql://nobody@127.0.0.1:1/nothing"):
        with serving(url) as app:
            if volume.exists():
                volume.rmdir()
            assert app.test_client().get("/health/live").status_code == 200
            answer = app.test_client().get("/health/ready")
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
