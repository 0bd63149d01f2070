"""The library's own test cases for recorders hold for our log, on both databases."""

from __future__ import annotations

import unittest
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent
from eventsourcing.tests import persistence

from service.clock import wall_clock
from service.database.database import Database
from service.log.epochs import Epochs
from service.log.recorder import EventLog
from service.log.schema import migrate_log
from service.log.stream_keys import StreamKeys


class AsApplicationRecorder(persistence.ApplicationRecorderTestCase[EventLog]):
    """What an application needs of its recorder."""

    __test__ = False
    recorder: EventLog

    def create_recorder(self) -> EventLog:
        """Our log, empty."""
        return self.recorder

    def test_insert_subscribe(self) -> None:
        """The part that the library leaves to choice: following the log."""
        self.optional_test_insert_subscribe()


class InCommitOrder(persistence.NonInterleavingNotificationIDsBaseCase):
    """Positions do not interleave, however many write."""

    __test__ = False
    recorder: EventLog

    def create_recorder(self) -> EventLog:
        """Our log, empty."""
        return self.recorder


class AsAggregateRecorder(persistence.AggregateRecorderTestCase):
    """What a repository needs of its recorder, with one exception."""

    __test__ = False
    recorder: EventLog

    def create_recorder(self) -> EventLog:
        """Our log, empty; it keeps its positions to itself."""
        return _Silent(self.recorder.database, self.recorder.stream_keys)


class _Silent(EventLog):
    """The one exception: these cases expect no positions, and our log, being an application's, always answers them."""

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        super().insert_events(stored_events, **kwargs)


CASES = [
    (kind, name)
    for kind in (AsApplicationRecorder, InCommitOrder, AsAggregateRecorder)
    for name in unittest.defaultTestLoader.getTestCaseNames(kind)
]


@pytest.fixture
def log(database_url: str, tmp_path: Path) -> Iterator[EventLog]:
    database = Database(database_url)
    migrate_log(database)
    yield EventLog(database, StreamKeys(Epochs(tmp_path / "data-keys", wall_clock)))
    database.close()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "name"), CASES, ids=[f"{kind.__name__}.{name}" for kind, name in CASES])
def test_a_case_of_the_library_holds(kind: type[Any], name: str, log: EventLog) -> None:
    case = kind(name)
    case.recorder = log
    case.debug()
