"""Keeps a browser signed in: its cookie holds a token of the API, and each form a proof that one of our pages sent it.

The proof is an HMAC of the token, so that nothing has to be kept about sessions: a token that is revoked or has expired
ends them, and only who has the cookie can have been shown the proof (OWASP's "signed double submit" against CSRF).
"""

from __future__ import annotations

import hmac

from flask import Request, Response

from service.http.errors import Forbidden

COOKIE = "leadledger_session"
FIELD = "proof"
_NOT_OURS = "this form did not come from one of our pages"
_STALE = "you have signed in again since this form was shown: look whether it says what you mean, and send it again"


def token_in(request: Request) -> str | None:
    """The token that a browser holds."""
    return request.cookies.get(COOKIE) or None


def keep(response: Response, token: str, request: Request) -> Response:
    """The answer, which lets the browser hold a token until it is closed or signs out."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=request.is_secure, path="/")
    return response


def forget(response: Response) -> Response:
    """The answer, which lets the browser forget its token."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", path="/")
    return response


def proof_of(token: str | None) -> str:
    """What the forms on a page bear that is shown to whoever holds a token; of nobody it is that of an empty one."""
    return hmac.digest((token or "").encode(errors="surrogatepass"), b"leadledger form", "sha256").hex()


def check_site(request: Request) -> None:
    """Raise `Forbidden` for a form that a page of somebody else sent, where the browser tells so."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden(_NOT_OURS)


def check_proof(request: Request) -> None:
    """Raise `Forbidden` for a form that was not on a page shown to whoever holds this browser's token."""
    if not hmac.compare_digest(request.form.get(FIELD, "").encode(), proof_of(token_in(request)).encode()):
        raise Forbidden(_STALE)


def check_form(request: Request) -> None:
    """Both of these."""
    check_site(request)
    check_proof(request)
