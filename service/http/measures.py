"""What the service counts about itself in all workers of a machine, and how Prometheus knows it."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import has_request_context, request

from service.http.routes import FAMILIES
from service.log.observer import Observer
from service.shared.metrics import Layout, Metric

ENDPOINT = "leadledger.endpoint"
"""Where a request's WSGI environment holds what it asks; nothing where no route is."""

OTHER = "other"
"""A status that HTTP does not know, a method that the route does not know, or an address where no route is."""

GONE = "gone"
"""In place of a status: the client hung up before there was an answer."""

BACKGROUND = "background"
"""The kind of commands that no request gave."""

_WITHIN = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_WAITS = (0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0)
_SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
_TEMPLATES = {
    route.endpoint(prefix): (route.method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", family.prefixes[0] + route.path))
    for family in FAMILIES
    for route in family.routes
    for prefix in family.prefixes
}
_KINDS = {
    route.endpoint(prefix): route.name
    for family in FAMILIES
    for route in family.routes
    if route.is_command
    for prefix in family.prefixes
}
_NO_ROUTE = OTHER, OTHER
_ROUTES = (*dict.fromkeys(_TEMPLATES.values()), _NO_ROUTE)
_STATUSES = tuple(status.value for status in HTTPStatus if status >= HTTPStatus.OK)

_CACHES = (("stream_keys",), ("word_parts",), ("answers",))

REQUESTS = Metric(
    "counter",
    "leadledger_http_requests_total",
    "Requests by route and status.",
    ("method", "route", "status"),
    tuple((*route, status) for route in _ROUTES for status in (*map(str, _STATUSES), OTHER, GONE)),
)
DURATIONS = Metric(
    "histogram",
    "leadledger_http_request_duration_seconds",
    "From a request's last byte to its answer's, waiting for the log to grow included.",
    ("method", "route"),
    _ROUTES,
    _WITHIN,
)
COMMANDS = Metric(
    "histogram",
    "leadledger_command_duration_seconds",
    "From when a command is given until it is durable, or refused, by operation.",
    ("kind",),
    tuple((kind,) for kind in (*dict.fromkeys(_KINDS.values()), BACKGROUND)),
    _WITHIN,
)
LOCK_WAITS = Metric(
    "histogram", "leadledger_lock_wait_seconds", "How long a transaction waits for the log's lock.", buckets=_WAITS
)
GROUPS = Metric("histogram", "leadledger_group_size", "Commands that share a transaction.", buckets=_SIZES)
CACHE_HITS = Metric(
    "counter",
    "leadledger_cache_hits_total",
    "What was found in a cache.",
    ("cache",),
    _CACHES,
)
CACHE_MISSES = Metric("counter", "leadledger_cache_misses_total", "What was not.", ("cache",), _CACHES)
CPU = Metric("counter", "process_cpu_seconds_total", "CPU time of all workers, those that have ended included.")
MEMORY = Metric("gauge", "process_resident_memory_bytes", "Resident memory of all workers.")
DESCRIPTORS = Metric("gauge", "process_open_fds", "Open files and connections of all workers.")
WORKERS = Metric("gauge", "leadledger_workers", "Workers that serve.")
CONNECTIONS = Metric("gauge", "leadledger_connections", "Clients' connections that are open.")
WAITERS = Metric("gauge", "leadledger_waiters", "Requests and streams that wait for the log to grow.")

LAYOUT = Layout(
    (
        *(REQUESTS, DURATIONS, COMMANDS, LOCK_WAITS, GROUPS, CACHE_HITS, CACHE_MISSES),
        *(CPU, MEMORY, DESCRIPTORS, WORKERS, CONNECTIONS, WAITERS),
    )
)

# Where each number is, found once: this is looked up with every request.
_LOCK_WAITS, _GROUPS = LAYOUT.first(LOCK_WAITS), LAYOUT.first(GROUPS)
_STATUS_PLACES = {status: place for place, status in enumerate(_STATUSES)} | {None: len(_STATUSES) + 1}
_OTHER_STATUS = len(_STATUSES)
_PLACES: dict[str | None, tuple[str, int, int]] = {
    endpoint: (
        route[0],
        LAYOUT.index(REQUESTS, *route, str(_STATUSES[0])),
        LAYOUT.index(DURATIONS, *route),
    )
    for endpoint, route in (*_TEMPLATES.items(), (None, _NO_ROUTE))
}
_ELSEWHERE = _PLACES[None]


class Measures(Observer):
    """Counts, in memory of the machine's workers; to be made before they are forked, for so many as there will be.

    A request costs it half a microsecond. There is room for twice as many workers, since old and new ones serve side by
    side where they are exchanged.
    """

    def __init__(self, workers: int = 1) -> None:
        self.numbers = LAYOUT.numbers(parts=2 * workers + 2)

    def text(self) -> str:
        """What was counted by all workers, in Prometheus' text format."""
        return LAYOUT.text(self.numbers.totals())

    def request_ended(self, endpoint: str | None, method: str, status: int | None, seconds: float) -> None:
        """A request was answered with a status; None: its client hung up before that. For the event loop's thread."""
        known, requests, durations = _PLACES.get(endpoint, _ELSEWHERE)
        if method not in (known, "HEAD"):
            _, requests, durations = _ELSEWHERE
        counted = requests + _STATUS_PLACES.get(status, _OTHER_STATUS)
        self.numbers.count_alone(counted, durations, _WITHIN, seconds)

    def lock_taken(self, seconds: float) -> None:
        """A transaction waited so long for the log's lock."""
        self.numbers.observe(_LOCK_WAITS, _WAITS, seconds)

    def group_formed(self, size: int) -> None:
        """So many commands share a transaction."""
        self.numbers.observe(_GROUPS, _SIZES, size)

    def command_ended(self, seconds: float) -> None:
        """A command ended in this thread, well or badly, so long after it was given."""
        kind = _KINDS.get(request.endpoint or "", BACKGROUND) if has_request_context() else BACKGROUND
        self.numbers.observe(LAYOUT.index(COMMANDS, kind), _WITHIN, seconds)


def template_of(endpoint: str | None) -> str:
    """The path of an endpoint, its parameters by name; `OTHER` where there is none."""
    return _TEMPLATES.get(endpoint or "", _NO_ROUTE)[1]
