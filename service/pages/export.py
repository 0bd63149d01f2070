"""How an export is handed over and checked, as a page: the commands, the program that checks, and the key."""

from __future__ import annotations

from hashlib import sha256

from flask import Response

from service.http.call import Call
from service.pages import api
from service.pages.desk import DESK, keys
from service.pages.family import pages
from service.pages.showing import show

_VERIFIER = "/api/ledger/v1/audit/verifier"
_NO_PAST = "an export is made of all there is"


@pages.page("/audit/export", no_past=_NO_PAST, **DESK)
def show_export(call: Call) -> Response:
    """What to type on either side, and what to take from here."""
    digest = sha256(api.text(call, _VERIFIER).encode()).hexdigest()
    return show(call, "export.html", keys=keys(call), digest=digest)


@pages.page("/audit/verifier.py", formats=("text/x-python",), no_past=_NO_PAST, **DESK)
def download_verifier(call: Call) -> Response:
    """The program that checks exports, databases and proofs, as one file."""
    answer = Response(api.text(call, _VERIFIER), mimetype="text/x-python")
    answer.headers["Content-Disposition"] = 'attachment; filename="verifier.py"'
    return answer
