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
_NO_PROOF = "this form did not come from one of our pages, or you have signed in again since: load the page anew"


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


def check_form(request: Request, token: str | None) -> None:
    """Raise `Forbidden` for a form that was not on a page shown to this browser."""
    came_from = request.headers.get("Sec-Fetch-Site", "same-origin")
    is_ours = hmac.compare_digest(request.form.get(FIELD, "").encode(), proof_of(token).encode())
    if came_from not in ("same-origin", "none") or not is_ours:
        raise Forbidden(_NO_PROOF)
