"""Turns a request as ASGI describes it into a WSGI environment."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = Mapping[str, Any]
Environ = dict[str, Any]


def environ_of(scope: Scope, body: bytes, length: int | None = None) -> Environ:
    """The WSGI environment of a request whose body was taken in; ``length`` is what it was said to have, if not that.

    A header that comes several times is one with commas, as RFC 9110, section 5.3, has it.
    """
    server, client = scope["server"] or ("", 0), scope["client"] or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": _path(scope["raw_path"]),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            continue  # the body is there in whole
        key, text = _key(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    environ["CONTENT_LENGTH"] = str(len(body) if length is None else length)
    return environ


def _path(raw: bytes) -> str:
    """The path as WSGI has it: its bytes, unquoted and read as Latin-1; of a whole URL, as proxies send, its path.

    It begins with one slash, as Flask looks for it: otherwise its family would be told by other bytes than its route.
    """
    if not raw.startswith(b"/") and b"://" in raw:
        raw = raw.partition(b"://")[2].partition(b"/")[2]
    return "/" + unquote_to_bytes(raw).decode("latin-1").lstrip("/")


@lru_cache(256)
def _key(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
