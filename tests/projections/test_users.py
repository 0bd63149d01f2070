"""Users as they are listed and found, and who may see what."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.user import User
from projections.users import find_users, users
from service.ledger.ledger import Ledger
from tests.projections.recorded import record


def two_users(ledger: Ledger) -> tuple[User, User]:
    home: dict[str, Any] = {"default_currency": "NOK", "locale": "nb_NO", "timezone_name": "Europe/Oslo"}
    seller = User.add(2, name="ÅSE Sørli", email="ase@100%.example", is_admin=False, **home)
    manager = User.add(3, name="Bo Berg", email="BO@example.no", is_admin=True, **home)
    record(ledger, seller, manager)
    return seller, manager


def test_all_users_are_listed_in_the_order_they_came_the_deactivated_too(ledger: Ledger) -> None:
    seller, _ = two_users(ledger)
    seller.deactivate()
    record(ledger, seller)
    with ledger.reading() as reading:
        assert [(row["user_id"], row["is_active"]) for row in users(reading)] == [
            (1, True),
            (2, False),
            (3, True),
        ]


@pytest.mark.parametrize(
    ("term", "by_email", "found"),
    [
        ("åse SØ", False, [2]),
        ("bo@", True, [3]),
        ("bo@", False, []),
        ("%", True, [2]),
        ("_", False, []),
        ("b", False, [3]),
    ],
)
def test_users_are_found_whatever_the_case_and_without_wildcards(
    ledger: Ledger, term: str, by_email: bool, found: list[int]
) -> None:
    two_users(ledger)
    with ledger.reading() as reading:
        assert [row["user_id"] for row in find_users(reading, term, by_email=by_email)] == found
