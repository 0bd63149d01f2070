"""Encrypts the personal values of an event before it is stored, and decrypts them while their key exists."""

from __future__ import annotations

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aggregates.event import ERASED, EVENTS, Event

State = dict[str, Any]
"""An event as it is stored: its ``data`` and ``metadata``. ``encrypted`` names the values in them that are not
readable, by the way that leads to each, and what kind of value each is."""

_PURPOSE = "leadledger-field/v1"
_NONCE = 12
_KINDS: dict[type, str] = {str: "text", list: "list", dict: "object"}
_ERASED: dict[str, Callable[[], Any]] = {"text": lambda: ERASED, "list": list, "object": dict}
"""What is read where the key is gone."""


def encrypt(state: State, event: Event, cipher: Callable[[], AESGCM]) -> None:
    """Encrypt the personal values in an event's state that is about to be stored.

    Empty values stay as they are. ``cipher`` is called only where there is something to encrypt.
    """
    encrypted: dict[str, str] = {}
    for path in _paths(type(event).__name__):
        holder, name = _found(state, path)
        if value := holder.get(name):
            encrypted[path] = _KINDS[type(value)]
            nonce = os.urandom(_NONCE)
            plain = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
            associated = _associated_data(event.originator_id, event.originator_version, path)
            holder[name] = b64encode(nonce + cipher().encrypt(nonce, plain, associated)).decode()
    if encrypted:
        state["encrypted"] = encrypted


def decrypt(state: State, stream_id: UUID, version: int, cipher: AESGCM | None) -> None:
    """Decrypt the encrypted values of a stored event's state; without a cipher each becomes its kind's erased value.

    Raises `InvalidTag` where the ciphertext is not the one of that place, or the cipher is another's.
    """
    for path, kind in state.get("encrypted", {}).items():
        holder, name = _found(state, path)
        if cipher is None:
            holder[name] = _ERASED[kind]()
        else:
            sealed = b64decode(holder[name], validate=True)
            plain = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _associated_data(stream_id, version, path))
            holder[name] = json.loads(plain.decode())


def is_readable(topic: str, state: State) -> bool:
    """Whether a stored event holds personal values in the clear, as older versions stored them."""
    encrypted = state.get("encrypted", {})
    return any(_found(state, path)[0].get(path.rpartition(".")[2]) for path in _paths(topic) if path not in encrypted)


@cache
def _paths(topic: str) -> tuple[str, ...]:
    """Where an event's personal values are in its state; what somebody gave as the reason is one, unless it is kept."""
    kind = EVENTS[topic]
    reason = () if kind.keeps_reason else ("metadata.reason",)
    return (*(f"data.{path}" for path in sorted(kind.personal)), *reason)


def _found(state: State, path: str) -> tuple[State, str]:
    """What holds a value, and under which name: a copy of what the event itself holds, to be changed."""
    *way, name = path.split(".")
    holder = state
    for part in way:
        holder[part] = holder = dict(holder[part])
    return holder, name


def _associated_data(stream_id: UUID, version: int, path: str) -> bytes:
    """AEAD associated data: stream, version and path, so that a ciphertext can be decrypted in its own place only."""
    return f"{_PURPOSE}|{stream_id.hex}|{version}|{path}".encode()
