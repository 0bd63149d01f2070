"""What became of a form that was refused: what is wrong with it, and what was typed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request
from werkzeug.datastructures import MultiDict

from aggregates.refusals import UnknownReference
from service.http.errors import Problem
from service.pages.languages import language_of
from service.pages.refusals import said, told


@dataclass(frozen=True)
class Refused:
    """A form that was refused, to be shown again; ``typed`` is what it said."""

    problem: Problem
    typed: MultiDict[str, str]

    def reason(self, name: str) -> str | None:
        """What is wrong with one field, or with anything in it; None where nothing is."""
        language = language_of(request)
        reasons = [reason for field, reason in self.problem.reasons if f"{field}.".startswith(f"{name}.")]
        if not reasons and isinstance(self.problem.error, UnknownReference) and self._is_unknown(name):
            return said(self.problem.message, language)
        return "; ".join(said(reason, language) for reason in reasons) or None

    @property
    def message(self) -> str:
        """What is wrong with the whole form, in the reader's language."""
        return told(self.problem, language_of(request))

    def _is_unknown(self, name: str) -> bool:
        """Whether that field says what there is not, such as a currency: the refusal names its kind."""
        return name.rpartition(".")[2] in str(self.problem.error).split()

    def is_of(self, form: str) -> bool:
        """Whether it was the form of that name, of the several that a page may have."""
        return self.typed.get("form", "") == form


def refused_form(name: str | None = "") -> Refused | None:
    """The form of that name (None: of any), where the request gave it and it was refused."""
    refused: Refused | None = g.get("refused")
    return refused if refused is not None and (name is None or refused.is_of(name)) else None
