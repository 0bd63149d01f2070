"""Reads answers of version 1's forms."""

from __future__ import annotations

import re
from typing import Any

from werkzeug.test import TestResponse

CLASSIC = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
"""How the older part of version 1 writes times."""


def done(answer: TestResponse, status: int = 200) -> Any:
    """What is told where all went well."""
    assert answer.status_code == status, answer.text
    assert answer.json["success"] is True
    return answer.json["data"]


def refused(answer: TestResponse, error: str, status: int = 400) -> None:
    """Hold a refusal against what it should say."""
    assert answer.status_code == status, answer.text
    assert answer.json["success"] is False
    assert answer.json["error"] == error
