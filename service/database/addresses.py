"""Addresses of databases: what they look like, and whether a database can be there."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import URL, make_url

from service.settings import DEFAULT_FILE

FORMS = "sqlite:////path/to/file.db or postgresql://user:password@host/name"
_WRONG = f"the database's address must be {FORMS}"


class UnusableUrl(Exception):
    """The database's address is of a kind we cannot use; the message says what would do."""


def parsed(text: str) -> URL:
    """The address as SQLAlchemy and our drivers take it.

    Raises `UnusableUrl`. What is said of a wrong one has no part of it in it: any part may be one of the password.
    """
    try:
        url = make_url(text)
        backend = url.get_backend_name()
    except Exception:
        raise UnusableUrl(_WRONG) from None
    if backend in ("postgresql", "postgres"):
        if text.partition("?")[0].count("@") > 1:
            raise UnusableUrl(f"{_WRONG}; an @ in a user's name or password is written %40")
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database not in (None, "", ":memory:"):
        if url.query or url.host or url.password:
            raise UnusableUrl(f"{_WRONG}, and nothing else")
        _check_place(Path(url.database or ""))
        return url.set(drivername="sqlite+pysqlite")
    raise UnusableUrl(_WRONG)


def _check_place(path: Path) -> None:
    """Make the folder of the default; raise `UnusableUrl` where no database can be at a path."""
    if path == Path(DEFAULT_FILE):
        path.parent.mkdir(exist_ok=True)
    if not path.parent.is_dir():
        raise UnusableUrl(f"there is no folder {path.parent} for the database; make it, or name another one")
    if path.is_dir():
        raise UnusableUrl(f"{path} is a folder; name a file in it as the database")
    if not os.access(path if path.exists() else path.parent, os.R_OK):
        raise UnusableUrl(f"{path} cannot be read by this user")
