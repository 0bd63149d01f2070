"""What became of a form that was refused: what is wrong with it, and what was typed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from werkzeug.datastructures import MultiDict

from service.http.errors import Problem


@dataclass(frozen=True)
class Refused:
    """A form that was refused, to be shown again; ``typed`` is what it said."""

    problem: Problem
    typed: MultiDict[str, str]

    def reason(self, name: str) -> str | None:
        """What is wrong with one field; None where nothing is."""
        reasons = [reason for field, reason in self.problem.reasons if field == name]
        return "; ".join(reasons) or None

    def is_of(self, form: str) -> bool:
        """Whether it was the form of that name, of the several that a page may have."""
        return self.typed.get("form", "") == form


def refused_form(name: str = "") -> Refused | None:
    """The form of that name, where the request gave it and it was refused."""
    refused: Refused | None = g.get("refused")
    return refused if refused is not None and refused.is_of(name) else None
