"""The commands about records that have owners and no rules beside those of their aggregate: add, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table

from aggregates.identity import stream_id
from aggregates.record import OwnedRecord
from projections.engine.rows import Row
from service.commands import references
from service.ledger.ledger import Transaction


@dataclass(frozen=True)
class OwnedRecords:
    """The commands about one kind of record, whose rows are in a table."""

    kind: type[OwnedRecord]
    table: Table

    def add(self, tx: Transaction, facts: Mapping[str, Any]) -> Row:
        """Add a record; its owner is the caller unless the facts name another. Answers its row."""
        references.check(tx, facts)
        number = tx.next_number(self.kind.kind)
        tx.save(self.kind.add(number, **{"owner_id": tx.user_id, **facts}))
        return tx.row(self.table, number)

    def edit(self, tx: Transaction, number: int, facts: Mapping[str, Any]) -> Row:
        """Change what the facts name and nothing else. Answers the record's row."""
        record = self._load(tx, number)
        record.check_present()
        references.check(tx, facts, record)
        wanted = dict(facts)
        owner_id = wanted.pop("owner_id", record.owner_id)
        record.edit(wanted)
        record.assign(owner_id)
        tx.save(record)
        return tx.row(self.table, number)

    def delete(self, tx: Transaction, number: int) -> None:
        """Delete a record; what is linked to it stays so."""
        record = self._load(tx, number)
        record.delete()
        tx.save(record)

    def _load(self, tx: Transaction, number: int) -> OwnedRecord:
        return tx.load(self.kind, stream_id(self.kind.kind, number))
