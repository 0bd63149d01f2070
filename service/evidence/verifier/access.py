"""The records of who looked, each sealed by a hash over it and the one before."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from service.evidence.verifier.notes import Checkpoint
from service.evidence.verifier.report import Report
from service.evidence.verifier.sources import Source
from service.evidence.verifier.verdicts import Altered

ACCESS_VERSION = b"leadledger-access/v1\n"


def access_hash(before: bytes, record: Sequence[Any]) -> bytes:
    """The hash that seals an access record and all before it."""
    hashed = sha256(ACCESS_VERSION + before)
    for value in record:
        text = str(value).encode()
        hashed.update(struct.pack(">I", len(text)) + text)
    return hashed.digest()


def check_access(source: Source, checkpoints: Sequence[Checkpoint], report: Report) -> None:
    due = {checkpoint.access for checkpoint in checkpoints if checkpoint.access is not None}
    sealed = max((number for number, _ in due), default=0)
    before, count = b"", 0
    for *record, kept in source.access():
        count += 1
        before = access_hash(before, record)
        if record[:1] != [count] or kept != before:
            raise Altered(f"access record {count} is not what was sealed")
        due.discard((count, before))
    if due:
        raise Altered(f"access records are missing, or are not those that a checkpoint sealed (record {min(due)[0]})")
    report.accesses = count
    if count > sealed:
        report.said.append(
            f"the last {count - sealed} access records came after the last checkpoint and are not sealed"
        )
