"""Writes logs to the error output as lines of JSON, one per event; they say nothing that tells of people."""

from __future__ import annotations

import logging
import os
import select
import traceback
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import orjson
from gunicorn.glogging import Logger

_ERROR_OUTPUT = 2
_SECURITY = "leadledger.security"
_NOT_PERSONAL = ("status", "reason", "method", "request_id")
_DEEPEST = 20
_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE


def line_of(at: float, level: str, event: str, **told: object) -> bytes:
    """A line that tells of an event at a time, in seconds since 1970."""
    line = {"at": datetime.fromtimestamp(at, UTC), "level": level, "event": event, "worker": os.getpid(), **told}
    return orjson.dumps(line, default=str, option=_OPTIONS)


def write(lines: Iterable[bytes]) -> None:
    """Write lines, as many at once as a pipe takes in one piece, so that those of several processes do not mix.

    Where nobody can take them, they are lost.
    """
    together = b""
    for line in lines:
        if len(together) + len(line) > select.PIPE_BUF:
            _write(together)
            together = b""
        together += line
    _write(together)


def _write(text: bytes) -> None:
    with suppress(OSError):
        os.write(_ERROR_OUTPUT, text)


class JsonHandler(logging.Handler):
    """Writes log records as lines.

    Of an exception it tells the kind and where it was raised, not its message, which may quote anything. Of what goes
    to the security log it leaves out who it was: addresses are kept in that log's own file, where there is one.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        message = record.getMessage().encode(errors="replace").decode()
        if record.name == _SECURITY:
            told = orjson.loads(message)
            self._say(record, "turned_away", **{name: told[name] for name in _NOT_PERSONAL})
            return
        error = record.exc_info[1] if record.exc_info else None
        where = {} if error is None else {"error": type(error).__qualname__, "frames": _frames(error)}
        self._say(record, "log", logger=record.name, message=message, **where)

    def _say(self, record: logging.LogRecord, event: str, **told: object) -> None:
        write([line_of(record.created, record.levelname, event, **told)])


class ServerLogger(Logger):
    """gunicorn's logger, which writes lines, too."""

    def setup(self, cfg: object) -> None:
        """Write what the server has to say as lines."""
        super().setup(cfg)
        self.error_log.handlers[:] = [JsonHandler()]


def log_as_json() -> None:
    """From now on write whatever is logged in this process, and in those that are forked from it, as lines."""
    logging.getLogger().handlers[:] = [JsonHandler()]


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
