"""What the application tells of an answer that depends on the log, beside the answer itself: whether it may be kept."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from flask import Request, Response

from projections.users import Caller
from service.http.answer_time import AnswerTime, Holds
from service.http.tags import Preconditions
from service.log.standing import Standing
from service.log.token_digests import Holder

TOLD = "leadledger.told"
"""Where a request's WSGI environment holds what is `Told`."""

_DIGITS = 20


@dataclass(frozen=True)
class Told:
    """What is known of an answer: it is the same for its caller while the log stands there, and while it ``holds``.

    Without a standing it must not be kept. ``address`` is the client's, and ``preconditions`` are the request's.
    """

    standing: Standing | None
    holds: Holds
    caller: Caller
    address: str
    preconditions: Preconditions | None


def tell(
    request: Request, response: Response, found: Holder, time: AnswerTime, preconditions: Preconditions | None
) -> None:
    """Tell of an answer that it depends on the log, on whom the request's token lets in, and on the time it asked for.

    It gets a digest of its bytes for a tag, unless it has a tag. It must not be kept where not the log alone says whom
    the token lets in, where a record is kept of each request, and where it is of its moment only.
    """
    if response.status_code != 200:
        return
    if "ETag" not in response.headers:
        response.headers["ETag"] = f'"{sha256(response.get_data()).hexdigest()[:_DIGITS]}"'
    may_be_kept = not (found.caller.is_auditor or time.is_of_its_moment)
    standing, address = found.standing if may_be_kept else None, request.remote_addr or ""
    request.environ[TOLD] = Told(standing, time.holds, found.caller, address, preconditions)
