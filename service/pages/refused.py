"""What became of a form that was refused: what is wrong with it, and what was typed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g
from werkzeug.datastructures import MultiDict

from aggregates.refusals import UnknownReference
from service.http.errors import Problem


@dataclass(frozen=True)
class Refused:
    """A form that was refused, to be shown again; ``typed`` is what it said."""

    problem: Problem
    typed: MultiDict[str, str]

    def reason(self, name: str) -> str | None:
        """What is wrong with one field, or with anything in it; None where nothing is."""
        reasons = [reason for field, reason in self.problem.reasons if f"{field}.".startswith(f"{name}.")]
        if not reasons and isinstance(self.problem.error, UnknownReference) and self._is_unknown(name):
            return self.problem.message
        return "; ".join(reasons) or None

    def _is_unknown(self, name: str) -> bool:
        """Whether that field says what there is not, such as a currency: the refusal names its kind."""
        return name.rpartition(".")[2] in str(self.problem.error).split()

    def is_of(self, form: str) -> bool:
        """Whether it was the form of that name, of the several that a page may have."""
        return self.typed.get("form", "") == form


def refused_form(name: str = "") -> Refused | None:
    """The form of that name, where the request gave it and it was refused."""
    refused: Refused | None = g.get("refused")
    return refused if refused is not None and refused.is_of(name) else None
