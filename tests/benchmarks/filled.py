"""The databases that the parts of a run share, each filled when it is first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cached_property
from pathlib import Path

from sqlalchemy import select

from service.clock import wall_clock
from service.database.database import Database
from service.log.tables import LOG_HEAD
from service.maintenance.startup import prepare
from service.settings import Settings
from tests.benchmarks import direct
from tests.benchmarks.load import TOKEN
from tests.databases import Databases


class Filled:
    """Databases of one kind: a large one of as many leads and deals as there are ``rows``, and a small one.

    Other files may be in ``folder``, which is on a disk, as the databases are.
    """

    def __init__(self, databases: Databases, folder: Path, rows: int, few_rows: int, stack: ExitStack) -> None:
        self.databases = databases
        self.folder = folder
        self.rows = rows
        self.few_rows = few_rows
        self._stack = stack

    @property
    def large(self) -> str:
        """The URL of the large one."""
        return self._large[0]

    @property
    def replayed(self) -> direct.Replayed:
        """How fast the large one's events became rows."""
        return self._large[1]

    @cached_property
    def small(self) -> str:
        """The URL of the small one."""
        return self.another(self.few_rows)[0]

    @property
    def end(self) -> int:
        """The large one's last position."""
        with closing(Database(self.large)) as database, database.reading() as connection:
            position: int = connection.execute(select(LOG_HEAD.c.position)).scalar_one()
        return position

    def another(self, rows: int) -> tuple[str, direct.Replayed]:
        """The URL of one more database, which no other part has, of so many leads and deals."""
        url = self._stack.enter_context(self.databases.fresh())
        prepare(Settings(url, TOKEN), wall_clock)
        return url, direct.fill(url, rows)

    @cached_property
    def _large(self) -> tuple[str, direct.Replayed]:
        return self.another(self.rows)


@contextmanager
def filled(databases: Databases, folder: Path, rows: int, few_rows: int) -> Iterator[Filled]:
    """Such databases, until the end of the block."""
    with ExitStack() as stack:
        yield Filled(databases, folder, rows, few_rows, stack)
