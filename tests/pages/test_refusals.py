"""Refusals are said in the reader's language: each sentence that a form can meet is in the catalogue, and fits it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from marshmallow import ValidationError, fields
from marshmallow.fields import Field

from service.http.routes import FAMILIES
from service.pages.languages import ENGLISH, NORWEGIAN
from service.pages.refusals import said
from tests.pages import sentences
from tests.pages.browsing import Browsing

OLD_FORMS = "service.http.v1_forms"
"""Where the forms of version 1 are described that no page uses."""

BAD: tuple[Any, ...] = (
    "\n",
    "\x00",
    "\u202e",
    "\u200b",
    "x",
    "x" * 100_001,
    -(10**9),
    10**17,
    0.5,
    [],
    {},
    ["x"],
    None,
)


def _is_said(sentence: str) -> bool:
    told = sentence.replace("{}", "7")
    return said(told, NORWEGIAN) != told


def _fields(given: Iterable[Field[Any]]) -> Iterator[Field[Any]]:
    for field in given:
        yield field
        if isinstance(field, fields.Nested):
            yield from _fields(field.schema.load_fields.values())
        elif isinstance(field, fields.List):
            yield from _fields([field.inner])


def _complaints(field: Field[Any]) -> Iterator[str]:
    """What a field says is wrong with bad values, but for what is wrong within them."""
    for value in BAD:
        try:
            field.deserialize(value)
        except ValidationError as error:
            yield from (str(message).rstrip(".") for message in error.messages if isinstance(error.messages, list))


def test_every_sentence_by_which_a_form_can_be_refused_is_in_the_catalogue() -> None:
    assert {text for text in sentences.refusing() if not _is_said(text)} == set()


def test_what_is_wrong_with_a_field_is_said_in_norwegian() -> None:
    bodies = [route.body for family in FAMILIES for route in family.routes if route.body and route.fits_batch]
    ours = [body for body in bodies if not type(body).__module__.startswith(OLD_FORMS)]
    complaints = {text for body in ours for field in _fields(body.load_fields.values()) for text in _complaints(field)}
    assert len(complaints) > 20
    assert {text for text in complaints if not _is_said(text)} == set()


@pytest.mark.parametrize("language", [ENGLISH, NORWEGIAN])
def test_the_catalogue_has_no_sentence_that_is_said_no_more(language: str) -> None:
    path = sentences.ROOT / "service/pages/translations" / language / "refusals.po"
    with path.open("rb") as file:
        texts = {str(message.id) for message in read_po(file) if message.id}
    assert {text for text in texts if text[0].islower()} - sentences.written() == set()


def test_a_refusal_is_norwegian_on_a_norwegian_page(app: Flask) -> None:
    browsing = Browsing(app)
    browsing.added("/api/v2/deals", title="Pumps", stage_id=2)
    browsing.speak(NORWEGIAN)
    refused = browsing.send("/settings/pipelines/1", form="2", do="delete", status=409)
    assert "det står åpne avtaler i fase 2; flytt dem til andre faser først" in refused
    wrong = browsing.send("/settings/users", form="user", name="", email="two words", status=400)
    assert "e-post: det må være en adresse, uten mellomrom; navn: det må ikke være tomt" in wrong
    assert "det er ingenting på denne adressen" in browsing.page("/nowhere", status=404)
