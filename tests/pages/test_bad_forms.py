"""Whatever a form is given, it is done, or refused with the reason at its field and all that was typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from service.http.route import Route
from service.pages.sessions import COOKIE, FIELD, proof_of
from tests.databases import SqliteDatabases
from tests.pages.examples import PAGES, example
from tests.pages.forms_of import Control, Form, Told, forms_of
from tests.pages.planted import Planting
from tests.service.http.attacks import Ids
from tests.service.serving import TOKEN, client_of, serving
from tests.service.whole import length_of_log

EVERYWHERE = ("/language", "/theme", "/sign-out")
"""Where the forms go that every page has."""

ABOUT_THE_FORM = (FIELD, "form", "back", "to")
"""Fields that say what form it is, that it is ours, and where it leads: not what shall be done."""

TOO_LONG, CONTROL = "x" * 200_000, "a\x07b"


class Filling(NamedTuple):
    """Somebody who fills in forms, the company that they are about, and a program that reads its log."""

    browser: FlaskClient
    api: FlaskClient
    things: Ids

    def send(self, form: Form, told: Told) -> TestResponse:
        """Send a form that says this."""
        self.browser.set_cookie(COOKIE, TOKEN)  # again, since a form may sign out
        return self.browser.post(form.action, data=MultiDict(told), headers={"Accept": "text/html"})

    def forms(self, address: str) -> list[Form]:
        """The forms of a page, but for those that every page has; the last one of those that offer the same."""
        forms = [form for form in forms_of(self.browser.get(address).text) if form.action not in EVERYWHERE]
        return [*{form.offers: form for form in forms}.values()]

    def recorded(self, behind: int) -> str:
        """What the log tells behind a position."""
        return self.api.get(f"/api/ledger/v1/events?after={behind}&limit=500").text

    def end(self) -> int:
        """The log's last position."""
        return length_of_log(self.api.application)


Start = Callable[[], Filling]


@pytest.fixture
def start(companies: SqliteDatabases, planting: Planting) -> Iterator[Start]:
    """Makes administrators, each of a company of its own that has one of everything."""
    with ExitStack() as stack:

        def begin() -> Filling:
            app = stack.enter_context(serving(stack.enter_context(companies.fresh(planting))))
            browser = app.test_client()
            browser.set_cookie(COOKIE, TOKEN)
            return Filling(browser, client_of(app), planting.things)

        yield begin


every_page = pytest.mark.parametrize("route", PAGES, ids=lambda route: route.path)


@pytest.mark.slow
@every_page
def test_a_form_that_is_filled_in_wrongly_is_shown_again_with_the_reason_and_what_was_typed(
    start: Start, route: Route
) -> None:
    filling, complaints = start(), list[str]()
    for form in filling.forms(example(route, filling.things)):
        for control, value in _wrong(form):
            found = list[str | None]()
            for told in form.told():
                behind = filling.end()
                found.append(_complaint(filling, form, told, control, value))
                filling = filling if filling.end() == behind else start()  # nothing is as it was
            if all(found):  # whichever button is pressed: each of several may need some of the fields only
                complaints.append(f"{form.action} {form.name}, {control.name}={value[:20]!r}: {found[-1]}")
    assert not complaints, "\n".join(complaints)


@every_page
def test_a_form_that_is_blank_or_sent_twice_is_done_or_refused(start: Start, route: Route) -> None:
    filling = start()
    address, complaints = example(route, filling.things), list[str]()
    for form in filling.forms(address):
        for told in form.told():
            hidden = {control.name for control in form.controls if control.kind == "hidden"}
            blank = [(name, value if name in hidden else "") for name, value in told]
            is_incomplete = any(control.is_required for control in form.controls)
            for given in (blank, told, told):
                answer = filling.send(form, given)
                may = (
                    (400, 401)
                    if given is blank and is_incomplete
                    else (200, 201, 303, 400, 401, 403, 404, 409, 412, 422)
                )
                if answer.status_code not in may:
                    complaints.append(f"{form.action} {form.name} was answered {answer.status_code} for {given}")
                if answer.status_code >= 400 and 'role="alert"' not in answer.text:
                    complaints.append(f"{form.action} {form.name} was refused without a reason: {given}")
    assert not complaints, "\n".join(complaints)


@every_page
def test_a_form_from_before_one_signed_in_again_does_nothing_and_keeps_what_was_typed(
    start: Start, route: Route
) -> None:
    filling = start()
    address, behind = example(route, filling.things), filling.end()
    for form in filling.forms(address):
        for told in form.told():
            typed = [(name, "typed before" if _is_typed(form, name) else value) for name, value in told]
            for proof in ([], [(FIELD, proof_of("another token"))], [(FIELD, "")]):
                answer = filling.send(form, [pair for pair in typed if pair[0] != FIELD] + proof)
                assert (answer.status_code, 'role="alert"' in answer.text) == (403, True), form
                assert _lost(form, typed, answer.text) is None
    assert filling.recorded(behind).count('"position"') == 0


def _wrong(form: Form) -> Iterator[tuple[Control, str]]:
    """What is wrong in each field; first of all what every field of its kind refuses."""
    controls = [control for control in [*form.controls, *form.buttons] if control.name not in ABOUT_THE_FORM]
    typed = [control for control in controls if control.is_typed]
    yield from ((control, value) for control in typed for value in (TOO_LONG, CONTROL))
    numbers = count(1)
    yield from ((control, f"garbage-{next(numbers)}") for control in controls if not control.is_typed)
    yield from ((control, f"garbage-{next(numbers)}") for control in typed)


def _complaint(filling: Filling, form: Form, told: Told, control: Control, value: str) -> str | None:
    """What is wrong with how a form is answered of which one field is filled in wrongly."""
    if all(name != control.name for name, _ in told) and control in form.buttons:
        return None  # another button is pressed
    behind = filling.end()
    given = [pair for pair in told if pair[0] != control.name] + [(control.name, value)]
    answer = filling.send(form, given)
    if answer.status_code < 400:
        if not control.is_typed or value in (TOO_LONG, CONTROL):
            return "it was taken"
        is_done = value in filling.recorded(behind) or value in answer.text
        return None if is_done else "it was ignored"
    if answer.status_code >= 500 or 'role="alert"' not in answer.text:
        return f"it was answered {answer.status_code} without a reason"
    again = _again(form, answer.text)
    if again is None:
        return None if value.startswith("garbage") else "the form is not shown again"
    if answer.status_code == 400 and control.is_typed and not any(each.is_invalid for each in again.controls):
        return "no field is marked"
    return _lost(form, given, answer.text)


def _again(form: Form, html: str) -> Form | None:
    """The form as it is shown again."""
    return next((each for each in forms_of(html) if each.is_same(form)), None)


def _lost(form: Form, given: Told, html: str) -> str | None:
    """Which of the typed values is not shown again; passwords never are."""
    again = _again(form, html)
    shown = {} if again is None else {control.name: control.values for control in again.controls}
    for control in form.controls:
        typed = [value for name, value in given if name == control.name]
        if control.is_typed and control.kind != "password" and shown.get(control.name) != typed:
            return f"what was typed is not shown again: {control.name}"
    return None


def _is_typed(form: Form, name: str) -> bool:
    return any(control.name == name and control.is_typed for control in form.controls)
