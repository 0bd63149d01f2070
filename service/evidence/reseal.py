"""Makes the tree again, nodes from leaves and leaves from events, where these are the events that were signed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Table, delete, insert, select, text

from projections.engine.reading import Reading
from projections.engine.statements import at_one_moment
from service.database.database import Database
from service.evidence.checkpoints import Checkpoint, LogTooShort, OtherEvents, last_note
from service.evidence.sealer import Growing, seal
from service.evidence.stream_heads import branch_differences, make_again
from service.evidence.tables import LEAVES, TREE_HEAD, TREE_NODES
from service.evidence.tree_check import Progress, differences, head_differences, surplus
from service.log.errors import as_persistence_errors
from service.log.history import position_at
from service.log.tables import EVENTS


def reseal(database: Database, kept: Sequence[Checkpoint], progress: Progress = lambda _: None) -> list[str]:
    """Make the tree again where it is not the one that the events make; answers what was wrong, nothing where all fits.

    Raises `NotTheSameLog` where the events are not those of the checkpoints that are kept, and changes nothing then.
    ``progress`` hears of each event twice where the tree is made again. A crash meanwhile leaves less that is sealed,
    which is sealed as ever.
    """
    with as_persistence_errors(), database.reading() as connection, at_one_moment(Reading(connection), EVENTS):
        found = list(tree_differences(connection, kept, progress))
    if found:
        with as_persistence_errors(), database.writing() as connection, _changeable(connection, LEAVES):
            connection.execute(delete(LEAVES))
            connection.execute(delete(TREE_NODES))
            connection.execute(delete(TREE_HEAD))
            connection.execute(insert(TREE_HEAD).values(id=1, size=0, frontier=b""))
        seal(database, progress)
        with as_persistence_errors(), database.writing() as connection:
            if (last := _with_streams(connection)) is not None and last.streams is not None:
                make_again(connection, last.size, last.streams)
    return found


def tree_differences(
    connection: Connection, kept: Sequence[Checkpoint], progress: Progress = lambda _: None
) -> Iterator[str]:
    """What leaves, nodes, head and the tree over streams say otherwise than the events do. Reads all of them.

    Raises `NotTheSameLog` where the events are not those of the checkpoints that are kept, and `Unsealable` where one
    is missing.
    """
    heads, end = connection.execute(select(TREE_HEAD.c.size)).scalars().all(), position_at(connection)
    size = heads[0] if len(heads) == 1 else 0
    growing = Growing(0, b"")
    for tree in sorted({checkpoint.tree for checkpoint in kept}):
        if tree.size > end:
            raise LogTooShort(tree, end)
        yield from differences(connection, growing, tree.size, progress)
        if growing.root != tree.root:
            raise OtherEvents(tree)
    if size > end:
        yield f"the head has sealed {size} events, and there are {end}"
    yield from differences(connection, growing, max(growing.size, min(size, end)), progress)
    if len(heads) == 1:
        yield from head_differences(connection, growing)
    else:
        yield "there is no head, or several"
    yield from surplus(connection, growing.size)
    if (last := _with_streams(connection)) is not None:
        yield from branch_differences(connection, last.size)


def _with_streams(connection: Connection) -> Checkpoint | None:
    """The checkpoint of which the stored tree over the heads of streams is; None where there is none."""
    note = last_note(connection)
    last = Checkpoint.of(note) if note is not None else None
    return last if last is not None and last.streams is not None else None


@contextmanager
def _changeable(connection: Connection, table: Table) -> Iterator[None]:
    """A block in which rows can be removed of a table whose triggers refuse it otherwise, in one transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
        yield
        connection.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))
        return
    triggers = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
    guards = connection.execute(triggers, {"table": table.name}).all()
    for name, _ in guards:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, made in guards:
        connection.exec_driver_sql(made)
