"""Places legal holds, and releases them: what is on hold, or tells of what is, may not be erased."""

from __future__ import annotations

from aggregates.legal_hold import LegalHold
from aggregates.refusals import Gone, Refusal
from projections.data_subject import Things
from projections.engine.reading import Reading
from projections.holds import held, is_held
from service.ledger.ledger import Transaction
from service.privacy.subjects import Subject, are_readable


def hold(tx: Transaction, subject: Subject, *, is_on_hold: bool) -> int:
    """Place something on legal hold, or release it; needs a reason. Answers the log's last position.

    Raises `Gone` where there is no such thing, or nothing of it can be read any more.
    """
    if tx.metadata.reason is None:
        raise Refusal("say why, in reason")
    kind, key = subject.name, subject.key
    subject.check_there(tx.reading)
    if not are_readable(tx.connection, subject.streams(subject.things(tx.reading))):
        raise Gone(f"nothing readable is left of {subject}; it was erased")
    if is_held(tx.rows, kind, key) == is_on_hold:
        return tx.position
    try:
        known = tx.load(LegalHold, LegalHold.stream_on(kind, key))
    except Gone:
        known = LegalHold(LegalHold.stream_on(kind, key))
    (known.place if is_on_hold else known.release)(kind, key)
    return tx.save(known)


def check_not_held(reading: Reading, things: Things) -> None:
    """Raise `Refusal` where one of the things tells of something on legal hold."""
    for name, thing in held(reading):
        subject = Subject.read(name, thing)
        kept = subject.things(reading)
        if any(set(keys) & set(kept.get(table, ())) for table, keys in things.items()):
            raise Refusal(f"{subject} is on legal hold; what is known of what is on hold may not be erased")
