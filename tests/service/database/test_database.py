"""Connections are given back, and what is given back late is closed all the same."""

from __future__ import annotations

import pytest

from service.database.database import Database


def test_a_connection_in_use_when_the_database_is_closed_is_closed_when_it_is_given_back(database_url: str) -> None:
    database = Database(database_url)
    with database.reading() as connection:
        driver_connection = connection.connection.driver_connection
        database.close()
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1

    assert driver_connection is not None
    with pytest.raises(Exception, match="closed"):
        driver_connection.cursor().execute("SELECT 1")
