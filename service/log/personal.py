"""Encrypts the personal values of an event before it is stored, and decrypts them while their key exists."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Callable
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aggregates.event import ERASED, EVENTS, Event
from service.log.plain_json import PlainJSON

State = dict[str, Any]
"""An event as it is stored: its ``data`` and ``metadata``. ``encrypted`` names the values in them that are not
readable, by the way that leads to each, and what kind of value each is."""

_REQUEST_ID, _CLIENT = "metadata.request_id", "metadata.client"
_ORIGIN: dict[str, Callable[[Any], object]] = {
    _REQUEST_ID: re.compile(
        r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE
    ).fullmatch,
    _CLIENT: frozenset({"leadledger", "sample", "unknown"}).__contains__,
}
"""What clients say of themselves and of their requests, with what tells nothing: a UUID, and our own names."""

_READABLE_BEFORE = frozenset({_REQUEST_ID, _CLIENT, "data.kind", "data.reasons"})
"""What older versions stored readable though the rest of the event was encrypted; it stays readable for ever."""

_PURPOSE = "leadledger-field/v1"
_NONCE = 12
_JSON = PlainJSON()
_KINDS: dict[type, str] = {str: "text", list: "list", dict: "object"}
_ERASED: dict[str, Callable[[], Any]] = {"text": lambda: ERASED, "list": list, "object": dict}
"""What is read where the key is gone."""


def encrypt(state: State, event: Event, cipher: Callable[[], AESGCM]) -> None:
    """Encrypt the personal values in an event's state that is about to be stored.

    What tells nothing of anybody stays as it is: empty values, and those that are `Event.plain` or made by us.
    ``cipher`` is called once, and only where there is something to encrypt.
    """
    encrypted: dict[str, str] = {}
    stream, version, key = event.originator_id.hex, event.originator_version, None
    for path, is_plain in _paths(type(event).__name__):
        holder, name = _found(state, path)
        if (value := holder.get(name)) and not is_plain(value):
            encrypted[path] = _KINDS[type(value)]
            nonce = os.urandom(_NONCE)
            plain = _JSON.encode(value)
            key = key or cipher()
            sealed = key.encrypt(nonce, plain, _associated_data(stream, version, path))
            holder[name] = b64encode(nonce + sealed).decode()
    if encrypted:
        state["encrypted"] = encrypted


def decrypt(state: State, stream: str, version: int, cipher: AESGCM | None, part: str = "") -> None:
    """Decrypt the encrypted values of a stored event's state; without a cipher each becomes its kind's erased value.

    ``stream`` is the stream's id as the log has it, in hexadecimal. Those of one ``part`` only, where one is named:
    ``data`` or ``metadata``. Raises `InvalidTag` where the ciphertext is not the one of that place, or the cipher is
    another's.
    """
    for path, kind in state.get("encrypted", {}).items():
        if not path.startswith(part):
            continue
        holder, name = _found(state, path)
        if cipher is None:
            holder[name] = _ERASED[kind]()
        else:
            sealed = a2b_base64(holder[name], strict_mode=True)
            plain = cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _associated_data(stream, version, path))
            holder[name] = _JSON.decode(plain)


def opens(cipher: AESGCM, value: bytes, stream: str, version: int, path: str) -> bool:
    """Whether a cipher decrypts a value as it is stored, the one at a path in that version of a stream."""
    try:
        sealed = a2b_base64(value)
        cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], _associated_data(stream, version, path))
    except (ValueError, InvalidTag):
        return False
    return True


def is_readable(topic: str, state: State) -> bool:
    """Whether a stored event holds what tells of people in the clear, as versions did that encrypted nothing."""
    return not _READABLE_BEFORE.issuperset(readable(topic, state))


def readable(topic: str, state: State) -> list[str]:
    """The personal values that a stored event holds in the clear, as older versions stored them."""
    encrypted = state.get("encrypted", {})
    return [
        path
        for path, is_plain in _paths(topic)
        if path not in encrypted and (value := _value(state, path)) and not is_plain(value)
    ]


@cache
def _paths(topic: str) -> tuple[tuple[str, Callable[[Any], object]], ...]:
    """Where an event's personal values are in its state, each with what tells whether a value may stay readable.

    What somebody gave as the reason is one, unless it is kept, and so is what a client says of itself.
    """
    kind = EVENTS[topic]
    words = {path: kind.plain.get(path, ()) for path in sorted(kind.personal)}
    told = {f"data.{path}": frozenset(plain).__contains__ if plain else _never for path, plain in words.items()}
    reason = {} if kind.keeps_reason else {"metadata.reason": _never}
    return tuple({**told, **reason, **_ORIGIN}.items())


def _never(_value: Any) -> bool:
    return False


def _value(state: State, path: str) -> Any:
    holder, name = _found(state, path)
    return holder.get(name)


def _found(state: State, path: str) -> tuple[State, str]:
    """What holds a value, and under which name; an object within the event's data is copied before, to be changed."""
    part, *way, name = _way(path)
    holder = state[part]
    for each in way:
        holder[each] = holder = {**holder[each]}
    return holder, name


@cache
def _way(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def _associated_data(stream_id: str, version: int, path: str) -> bytes:
    """AEAD associated data: stream, version and path, so that a ciphertext can be decrypted in its own place only."""
    return f"{_PURPOSE}|{stream_id}|{version}|{path}".encode()
