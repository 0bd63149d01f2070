"""Writes read models as of a position as text, the same bytes for the same log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection, Table

from projections.engine.tables import read_models
from service.maintenance.verification import columns_in_order, rows_until


def dump(connection: Connection, tables: Mapping[str, Table], position: int) -> Iterator[str]:
    """All rows as of a position, past versions too: a line of JSON each, by table and key.

    ``tables`` stand in for the read models' own. Text is as it is, in Unicode; there is one way to write anything.
    """
    for name, table in sorted(read_models.tables.items()):
        names = [column.name for column in columns_in_order(table)]
        for row in rows_until(connection, tables[name], position):
            told = [str(name), dict(zip(names, row, strict=True))]
            yield json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"
