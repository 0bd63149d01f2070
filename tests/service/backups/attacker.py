"""Tries whatever files somebody may have come by on a backup, and says what can be read with them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.backups.file import Backup
from service.clock import wall_clock
from service.database.key_files import UnusableKey
from service.log.epochs import Epochs
from service.log.personal import decrypt
from service.log.stream_keys import StreamKeys


def in_the_clear(backup: Path) -> str:
    """Everything that stands in a backup, unpacked."""
    return "\n".join(repr(row) for some in Backup(backup).rows() for row in some.rows)


def readable(backup: Path, key_files: Iterable[Path], handed_over: Iterable[Path] = ()) -> str:
    """What a backup tells whoever has those files of keys, and those beside them, besides what stands in the clear."""
    keys = [StreamKeys(Epochs(path, wall_clock)) for path in key_files]
    wrapped: dict[str, set[bytes]] = defaultdict(set)
    for stream_id, _, value in _rows(backup, "stream_keys"):
        wrapped[stream_id].add(value)
    for path in handed_over:
        for line in path.read_text("ascii").splitlines()[1:]:
            stream_id, _, value = line.partition(" ")
            wrapped[stream_id].add(b64decode(value))
    told = []
    for _, stream_id, version, _, _, state in _rows(backup, "events"):
        for cipher in _ciphers(UUID(stream_id), wrapped[stream_id], keys):
            found = json.loads(state)
            try:
                decrypt(found, stream_id, version, cipher)
            except InvalidTag:
                continue
            told.append(json.dumps(found, ensure_ascii=False))
    return "\n".join(told)


def _ciphers(stream_id: UUID, wrapped: Iterable[bytes], keys: Iterable[StreamKeys]) -> Iterator[AESGCM]:
    for value in wrapped:
        for each in keys:
            try:
                yield each.cipher(stream_id.hex, value)
            except UnusableKey:
                continue


def _rows(backup: Path, table: str) -> Iterator[Any]:
    return (row for some in Backup(backup).rows() if some.table == table for row in some.rows)
