"""Keeps finished answers for as long as the log stands still, and gives them again after one look at where it stands.

Of an answer that depends on who asks, on the log and perhaps on the time, and on nothing else, the application says so
(`service.http.told`). The same request is then given the same bytes, or 304 where it has them, if the log stands where
it stood before the answer was made. So whatever was committed before a request came is seen by it, on every worker,
and nobody has to be told what is outdated. Where the log is seen to stand elsewhere, all that was kept is forgotten:
nothing of somebody who was erased is left, whatever moment it was an answer about.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsourcing.persistence import PersistenceError

from service.clock import timestamp
from service.http.compression import PACKED
from service.http.errors import REFUSAL
from service.http.headers import REQUEST_ID, request_id
from service.http.limits import Limits, TooMany
from service.http.limits import told as limits_told
from service.http.measures import ENDPOINT
from service.http.told import TOLD, Told
from service.http.whole import whole_of
from service.ledger.ledger import Ledger
from service.log.standing import Standing, standing

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

MOST_BYTES = 8_000_000
"""How many bytes of answers one process keeps at most."""

LARGEST = 1_000_000
"""Bytes; a larger answer is not kept, since it would take the place of many."""

LONGEST_SECONDS = 3600.0
"""How long an answer is kept at most: once an hour `Limits` wants to see a token again."""

VARIES_BY = (
    *("PATH_INFO", "QUERY_STRING", "REMOTE_ADDR", "HTTP_HOST", "HTTP_X_API_TOKEN", "HTTP_AUTHORIZATION"),
    *("HTTP_ACCEPT_ENCODING", "HTTP_ORIGIN", "HTTP_X_FORWARDED_FOR", "HTTP_CONNECTION", "HTTP_UPGRADE"),
)
"""All of a request to read by which its answer may differ, beside the tags that it names, and its id."""

_BESIDE_BODY = 2000
"""Bytes that an answer takes beside its body, roughly."""

_OF_BODY = frozenset(("Content-Type", "Content-Length", "Content-Encoding"))


@dataclass(frozen=True)
class _Answer:
    """A finished answer; ``headers`` are without those that are each request's own."""

    told: Told
    status: str
    headers: Mapping[str, str]
    body: bytes
    endpoint: str | None
    kept_at: float = field(default_factory=time.monotonic)

    @property
    def tag(self) -> str:
        return self.headers["ETag"]

    @property
    def size(self) -> int:
        return len(self.body) + _BESIDE_BODY

    def give(self, start_response: StartResponse, own: Mapping[str, str], held: str | None) -> Iterable[bytes]:
        """Give it to a request with its own headers, but no body to a caller who has that, as the tag ``held`` says."""
        if held is None:
            start_response(self.status, [*self.headers.items(), *own.items()])
            return [self.body]
        left = {name: value for name, value in self.headers.items() if name not in _OF_BODY} | {"ETag": held}
        start_response("304 NOT MODIFIED", [*left.items(), *own.items()])
        return []


class Found(NamedTuple):
    """How often an answer was found among those that are kept, and how often one that may be kept had to be made."""

    hits: int
    misses: int


class KeptAnswers:
    """An application that gives answers of another one again, as long as they are the same."""

    def __init__(self, application: WSGIApplication, ledger: Ledger, limits: Limits) -> None:
        self._application = application
        self._ledger = ledger
        self._limits = limits
        self._secret = secrets.token_bytes(24)
        self._changing = threading.Lock()
        self._answers: OrderedDict[bytes, _Answer] = OrderedDict()
        self._standing: Standing | None = None
        self._bytes = 0
        self._found = Found(0, 0)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        key, held = self._key(environ), environ.get("HTTP_IF_NONE_MATCH")
        kept = None if key is None else self._find(key, held)
        if kept is None:
            return self._make(key, environ, start_response)
        token_id = kept.told.caller.token_id or ""
        try:
            left = self._limits.count(environ, kept.told.address, token_id)
        except TooMany:
            return self._application(environ, start_response)  # which says so, and does not count it again
        self._ledger.token_uses.note(token_id)
        environ[ENDPOINT] = kept.endpoint
        own = left | {REQUEST_ID: request_id(environ.get("HTTP_X_REQUEST_ID", ""))}
        return kept.give(start_response, own, held)

    def forget(self) -> None:
        """Keep nothing of what was answered up to now."""
        with self._changing:
            self._forget(None)

    def cache_info(self) -> Found:
        """How often it helped."""
        return self._found

    def _key(self, environ: WSGIEnvironment) -> bytes | None:
        """By what a request is known again, which tells nothing of it; None where its answer is not to be kept."""
        is_bare = environ.get("CONTENT_LENGTH") in (None, "", "0") and "HTTP_IF_MATCH" not in environ
        if environ["REQUEST_METHOD"] != "GET" or not is_bare or REFUSAL in environ:
            return None
        varies = repr([environ.get(name) for name in VARIES_BY])
        return blake2b(varies.encode(errors="surrogatepass"), digest_size=16, key=self._secret).digest()

    def _find(self, key: bytes, named: str | None) -> _Answer | None:
        """The answer that is kept for a request, if it is the same now, and names its tag if it names any."""
        kept = self._answers.get(key)
        if kept is None or named not in (None, kept.tag) or not self._holds(kept):
            return None
        try:
            with self._ledger.reading() as reading:
                now = standing(reading.connection)
        except PersistenceError:
            return None  # the application will meet with that, too, and say so
        if now != kept.told.standing:
            with self._changing:
                self._forget(now)
            return None
        with self._changing:
            self._found = Found(self._found.hits + 1, self._found.misses)
            if key in self._answers:
                self._answers.move_to_end(key)
        return kept

    def _holds(self, kept: _Answer) -> bool:
        """Whether time has left an answer as it is, and its token lets somebody in."""
        expires, holds = kept.told.caller.expires, kept.told.holds
        if expires is not None and expires <= timestamp(self._ledger.clock()):
            return False
        if not holds.since <= self._ledger.now() < holds.until:
            return False
        return time.monotonic() < kept.kept_at + LONGEST_SECONDS

    def _make(self, key: bytes | None, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Let the application answer, and keep that where it may be kept."""
        said: list[tuple[str, list[tuple[str, str]]]] = []

        def hear(status: str, headers: list[tuple[str, str]], error: Any = None) -> Callable[[bytes], object]:
            said.append((status, headers))
            return lambda _: None

        parts = self._application(environ, hear)
        [(status, headers)] = said
        told: Told | None = environ.get(TOLD)
        if told is None or not status.startswith("200"):
            start_response(status, headers)
            return parts
        body = whole_of(parts)
        others = dict(headers)
        own = {name: others.pop(name) for name in (REQUEST_ID, *limits_told(environ))}
        answer = _Answer(told, status, others, body, environ.get(ENDPOINT))
        if key is not None:
            self._keep(key, answer)
        wanted = told.preconditions
        held = wanted and wanted.held(answer.tag.strip('"').removesuffix(PACKED))
        return answer.give(start_response, own, held or None)

    def _keep(self, key: bytes, answer: _Answer) -> None:
        """Keep an answer, unless it may not be, or was made so slowly that the log has been seen to stand further."""
        stood = answer.told.standing
        if stood is None or len(answer.body) > LARGEST:
            return
        with self._changing:
            self._found = Found(self._found.hits, self._found.misses + 1)
            if self._standing is not None and stood.position < self._standing.position:
                return
            if stood != self._standing:
                self._forget(stood)
            if (before := self._answers.pop(key, None)) is not None:
                self._bytes -= before.size
            self._answers[key] = answer
            self._bytes += answer.size
            while self._bytes > MOST_BYTES:
                self._bytes -= self._answers.popitem(last=False)[1].size

    def _forget(self, now: Standing | None) -> None:
        """Forget all answers, since the log stands there now."""
        self._answers.clear()
        self._standing, self._bytes = now, 0
