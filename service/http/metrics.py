"""Route of the metrics, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Response, current_app

from aggregates.scopes import METRICS
from service.clock import wall_clock
from service.database.key_files import UnusableKey
from service.evidence.tree import StoredTree
from service.http.call import Call
from service.http.problem_details import root
from service.log.history import position_at, time_of
from service.shared.metrics import MEDIA_TYPE, Metric

if TYPE_CHECKING:
    from service.http.measures import Measures

POSITION = Metric("gauge", "leadledger_log_position", "The log's last position.")
SEAL_DELAY = Metric("gauge", "leadledger_seal_delay_seconds", "Age of the oldest event that is not sealed yet.")
KEY_AGE = Metric("gauge", "leadledger_key_age_seconds", "Age of the key that new data keys are wrapped with.")
OBSTACLES = Metric("gauge", "leadledger_obstacles", "What keeps commands from being written; 0: nothing.")


@root.route(
    "GET", "/metrics", scope=METRICS, formats=("text/plain",), no_past="it tells how the service is, and that is now"
)
def get_metrics(call: Call) -> Response:
    """How the service is, all workers of this machine together, in Prometheus' text format.

    No record is kept of who reads it. It takes about 10 ms.
    """
    measures: Measures = current_app.extensions["measures"]
    now = [line for metric, value in _gauges(call) for line in metric.lines([value])]
    return Response(measures.text() + "\n".join(now) + "\n", content_type=MEDIA_TYPE)


def _gauges(call: Call) -> Iterator[tuple[Metric, float]]:
    """What the database and the keys tell; a key's age only where there is a key that can be read."""
    with call.reading() as reading:
        end, sealed = position_at(reading.connection), StoredTree(reading.connection).size
        delay = _age(time_of(reading.connection, sealed + 1)) if sealed < end else 0.0
    yield POSITION, end
    yield SEAL_DELAY, delay
    with suppress(UnusableKey):
        yield KEY_AGE, _age(call.ledger.event_log.stream_keys.epochs.all()[-1].began_at)
    yield OBSTACLES, len(call.ledger.obstacles.look())


def _age(since: str) -> float:
    return max((wall_clock() - datetime.fromisoformat(since)).total_seconds(), 0.0)
