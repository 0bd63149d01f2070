"""Changes the draft of a conversion policy as a form's button says: a rule, a product line or a set more or less."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from marshmallow import ValidationError

_KINDS = ("fit", "interest", "qualification", "first_stage")

Draft = dict[str, Any]
"""A policy as the API has it, in which anything may be missing or wrong."""


def edited(policy: Draft, verb: str, where: str, form: Mapping[str, str]) -> tuple[Draft, str]:
    """A draft after a button's ``verb`` was done to what is ``where`` in it, and where something came in.

    Raises `ValidationError` for a verb that there is not, and where there is no such place.
    """
    draft = deepcopy(policy)
    try:
        return draft, _VERBS[verb](draft, where, form)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError):
        raise ValidationError({"do": ["choose what is to be done"]}) from None


def _add_set(draft: Draft, where: str, form: Mapping[str, str]) -> str:
    """Rules of its own for the pipeline that the form names."""
    own = {"pipeline_id": int(form["own"]), "combine": "any", "rules": []}
    return _append(draft.setdefault("pipelines", []), own, "pipelines")


def _add_rule(draft: Draft, where: str, form: Mapping[str, str]) -> str:
    """A rule of the kind that the form names; one of kind ``fit`` needs a product line."""
    rule: Draft = {"name": "", "kind": _known_kind(form[f"kind.{where}"]), "weight": 1}
    if rule["kind"] == "fit":
        rule["product_lines"] = [_line()]
    return _append(_at(draft, where).setdefault("rules", []), rule, f"{where}.rules")


def _add_line(draft: Draft, where: str, form: Mapping[str, str]) -> str:
    return _append(_at(draft, where).setdefault("product_lines", []), _line(), f"{where}.product_lines")


def _remove(draft: Draft, where: str, form: Mapping[str, str]) -> str:
    items, _, number = where.rpartition(".")
    del _at(draft, items)[int(number)]
    return ""


_VERBS = {"add-set": _add_set, "add-rule": _add_rule, "add-line": _add_line, "remove": _remove}


def _at(draft: Draft, where: str) -> Any:
    """What stands at a place, such as ``default.rules.0``."""
    here: Any = draft
    for step in where.split("."):
        here = here[int(step)] if isinstance(here, list) else here[step]
    return here


def _append(items: list[Any], item: Draft, where: str) -> str:
    items.append(item)
    return f"{where}.{len(items) - 1}"


def _known_kind(kind: str) -> str:
    if kind not in _KINDS:
        raise KeyError(kind)
    return kind


def _line() -> Draft:
    return {"name": "", "words": [], "patterns": []}
