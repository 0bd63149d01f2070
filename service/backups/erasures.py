"""Records erasures again that came after a backup, as the first command of the log that was restored from it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import orjson
from sqlalchemy import select

from aggregates.erasure import Erasure
from projections.engine.statements import chunks
from projections.engine.validity import holding
from projections.kinds import KINDS
from projections.leads import LEADS
from service.backups.keys import ErasedSince
from service.ledger.ledger import Transaction
from service.log.tables import EVENTS
from service.privacy.subjects import Subject
from service.readiness.policy import policy_for
from service.readiness.reactions import judge_leads


def record_again(tx: Transaction, erased: Sequence[ErasedSince]) -> None:
    """Record the erasures whose keys were destroyed in this transaction, and judge the leads whose texts are gone.

    What was erased is taken off the lists, as it was then, where the backup has it.
    """
    for each in erased:
        _record(tx, each)
    gone = {stream for each in erased for stream in each.streams}
    leads = tx.reading.execute(select(LEADS.c.lead_id).where(holding(LEADS))).scalars()
    tx.save(*judge_leads(tx, policy_for(tx), [lead for lead in leads if UUID(lead).hex in gone]))


def _record(tx: Transaction, erased: ErasedSince) -> None:
    noted, part = erased.noted, tx.part(erased.noted.reason)
    subject = Subject(noted.kind, noted.key)
    if not noted.is_redaction and KINDS[noted.kind].stream_of(noted.key).hex in erased.streams:
        subject.take_off(part)
    told = {"legal_basis": noted.legal_basis, "is_redaction": noted.is_redaction, "streams": dict(erased.streams)}
    erasure = Erasure.start(part.next_number("erasure"), kind=noted.kind, key=noted.key, **told)
    events = _encrypted_events(part, list(erased.streams))
    erasure.confirm(keys=len(erased.streams), events=events, rows=0, mentions=noted.mentions)
    part.save(erasure)


def _encrypted_events(tx: Transaction, streams: Sequence[str]) -> int:
    """How many events of streams hold encrypted values."""
    states = (
        state
        for some in chunks(streams)
        for state in tx.connection.execute(select(EVENTS.c.state).where(EVENTS.c.stream_id.in_(some))).scalars()
    )
    return sum("encrypted" in orjson.loads(bytes(state)) for state in states)
