"""Compares what the database does by itself, its triggers and rules, with what the log's migrations made it do."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import Connection, text

ONLY_GROWING = ("events", "leaves", "checkpoints", "access_records")
"""The tables whose rows are never changed or removed."""


def guard_differences(connection: Connection, tables: Collection[str]) -> Iterator[str]:
    """Triggers that are not there or do something else, and triggers and rules of tables that nobody made for these.

    They keep nobody from altering the database who owns it; but that what is written is swallowed, or that something
    else is written, must not go unnoticed.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    due = {place: _plain(does) for place, does in (_due_on_sqlite if is_sqlite else _due_on_postgresql)().items()}
    found = connection.execute(text(_ON_SQLITE if is_sqlite else _ON_POSTGRESQL)).all()
    there = {(table, name): _plain(does) for table, name, does in found if table in tables}
    for table, name in sorted(due.keys() | there.keys()):
        if (table, name) not in there:
            yield f"the trigger {name} of table {table} is not there any more"
        elif (table, name) not in due:
            yield f"table {table} has {name}, which is none of ours"
        elif there[table, name] != due[table, name]:
            yield f"the trigger {name} of table {table} does something else"


def _due_on_sqlite() -> dict[tuple[str, str], str]:
    return {
        (table, f"{table}_refuse_{verb}"): f"CREATE TRIGGER {table}_refuse_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_message(table)}'); END"
        for table in ONLY_GROWING
        for verb in ("update", "delete")
    }


def _due_on_postgresql() -> dict[tuple[str, str], str]:
    before_update_delete_and_truncate = "58"  # the bits of pg_trigger.tgtype
    return {
        (table, f"{table}_refuse"): f"O {before_update_delete_and_truncate} "
        f"BEGIN RAISE EXCEPTION '{_message(table)}'; END"
        for table in ONLY_GROWING
    }


def _message(table: str) -> str:
    return f"{table.replace('_', ' ')} are never changed or removed"


def _plain(written: str) -> str:
    return " ".join(written.split())


_ON_SQLITE = "SELECT lower(tbl_name), lower(name), sql FROM sqlite_master WHERE type = 'trigger'"
"""SQLite keeps names as somebody wrote them, and takes ``EVENTS`` for ``events``."""

_ON_POSTGRESQL = """
SELECT c.relname, t.tgname, concat_ws(' ', t.tgenabled, t.tgtype, t.tgattr, t.tgqual, p.prosrc)
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE c.relnamespace = current_schema()::regnamespace AND (NOT t.tgisinternal OR t.tgenabled <> 'O')
UNION ALL
SELECT tablename, rulename, definition FROM pg_rules WHERE schemaname = current_schema()
"""
"""What a trigger does is also of which columns (``tgattr``) and rows (``tgqual``) it is; ours are of all.

One that the database made for a foreign key is of no interest, unless somebody has put it out of action.
"""
