"""The family of pages: a browser's cookie says who asks, a form what shall be done, and answers are HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Request, Response, g, request, url_for
from marshmallow import Schema
from werkzeug.datastructures import MultiDict

from projections.engine.reading import Reading
from service.http.auth import Unauthorized
from service.http.errors import REFUSALS, Problem, problem_of
from service.http.family import Family
from service.http.route import AS_OF, Route, View
from service.ledger.ledger import Ledger
from service.log.token_digests import Holder
from service.pages import moment
from service.pages.refused import Refused
from service.pages.sessions import check_proof, check_site, token_in

SIGN_IN = "/sign-in"
HTML = "text/html"


class Pages(Family):
    """Pages and their forms. A form that is refused is shown again, with what was typed and what is wrong with it.

    So is the control that sets the moment of a page: every page that has a past has it, and leads on to itself as of
    the moment that is chosen.
    """

    def __init__(self) -> None:
        super().__init__("pages", ("",), envelope=lambda answer: answer, unknown_parameters="ignored")
        self._shown_by: dict[View, Route] = {}
        self._nothing_then: View

    def page(
        self, path: str, *, query: type[Schema] = Schema, formats: tuple[str, ...] = (HTML,), **options: Any
    ) -> Callable[[View], View]:
        """Let a function show a page; it has a past unless it says why not (``no_past``). What is no HTML, but belongs
        to pages, names its ``formats``.

        It depends on the browser's cookies and language, too, and on what the form before it was refused with.
        """
        has_past = "no_past" not in options
        return self.route("GET", path, query=query, has_past=has_past, is_of_log=False, formats=formats, **options)

    def form(self, path: str, shown_by: View, **options: Any) -> Callable[[View], View]:
        """Let a function do what a form says; ``shown_by`` is the page that has the form, and names the same things."""
        shown = next(route for route in self.routes if route.view is shown_by)

        def register(view: View) -> View:
            self._shown_by[view] = shown
            return self.route("POST", path, formats=(HTML,), **options)(view)

        return register

    def nothing_then(self, view: View) -> View:
        """Let a function say that what a page is about was not there at the moment of the past that it is of."""
        self._nothing_then = view
        return view

    def token(self, request: Request) -> str | None:
        """The token in the browser's cookie; none counts for a form of somebody else's page. Raises `Forbidden`."""
        if request.method == "POST":
            check_site(request)
        return token_in(request)

    def _handler(self, route: Route, ledger: Ledger, limits: Any) -> View:
        handle = super()._handler(route, ledger, limits)

        def handle_in_browser(**path: Any) -> Any:
            try:
                return handle(**path)
            except Unauthorized:
                return _asked_to_sign_in()

        return handle_in_browser

    def _answer(
        self,
        route: Route,
        ledger: Ledger,
        path: Mapping[str, Any],
        token: str | None,
        found: Holder,
        reading: Reading | None = None,
    ) -> Response:
        try:
            if route.method == "POST":
                check_proof(request)
            if reading is not None and (address := self._set_to(route, ledger, reading)) is not None:
                return _leading_to(address)
            return super()._answer(route, ledger, path, token, found, reading)
        except REFUSALS as error:
            problem = problem_of(error, request.method)
            shown = self._shown_instead(route, problem)
            if shown is None:
                raise
            try:
                with ledger.reading() as again:
                    response = super()._answer(shown, ledger, path, token, found, again.seen_by(found.caller.viewer))
            except REFUSALS:
                raise error from None  # the page that has the form is not there to be shown
            if response.mimetype != HTML:
                raise  # it leads on to another one
            response.status_code = problem.status
            return response

    def _set_to(self, route: Route, ledger: Ledger, reading: Reading) -> str | None:
        """The address of a page as of the moment that its control was set to. Raises `ValidationError`."""
        return moment.address_at(request, ledger, reading) if route.no_past is None else None

    def _shown_instead(self, route: Route, problem: Problem) -> Route | None:
        """The page on which it is said what is wrong: that which has the form that was refused, or the page as of now
        where there is no such moment; and one that says so where what it is about was not there then.
        """
        if request.method == "POST":
            g.refused = Refused(problem, request.form)
            shown = self._shown_by.get(route.view)
            if shown is not None:
                g.page_address = url_for(shown.endpoint(self.prefixes[0]), **request.view_args or {})
            return shown
        if HTML not in route.formats:
            return None
        if route.no_past is None and any(name == AS_OF for name, _ in problem.reasons):
            g.refused = Refused(problem, MultiDict([*request.args.items(multi=True), ("form", moment.FORM)]))
            request.args = moment.of_now(request.args)
            return route
        return replace(route, view=self._nothing_then) if problem.status == 404 and AS_OF in request.args else None


def _asked_to_sign_in() -> Response:
    """Sends a browser without a good token to where one signs in, and says where it wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    address = SIGN_IN if wanted == "/" else f"{SIGN_IN}?{urlencode({'to': wanted})}"
    return _leading_to(address)


def _leading_to(address: str) -> Response:
    return Response(status=303, headers={"Location": address}, mimetype="text/plain")


pages = Pages()
