"""Checks a whole log: its keys and checkpoints, every event, every record of who looked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import chain, repeat

from service.evidence.verifier.access import check_access
from service.evidence.verifier.beside import is_worth_it, no_circles_sought
from service.evidence.verifier.events import Values
from service.evidence.verifier.fitting import Fitting
from service.evidence.verifier.following import following
from service.evidence.verifier.forks import Contradiction, check_no_contradiction
from service.evidence.verifier.incarnations import Incarnations, check_begun
from service.evidence.verifier.leaves import Leaves
from service.evidence.verifier.merkle import Tree
from service.evidence.verifier.notes import Checkpoint, checkpoint_of
from service.evidence.verifier.report import Report
from service.evidence.verifier.sources import Source
from service.evidence.verifier.times import Times
from service.evidence.verifier.totals import AddedUp
from service.evidence.verifier.verdicts import Altered, Uncheckable, UnknownKey


def verify(source: Source, keys: Sequence[str], known: Iterable[str]) -> Report:
    """Check everything; answers what was checked, or raises `Altered` or `Uncheckable`."""
    report = Report()
    keys = list(keys) or source.keys()
    if not keys:
        raise Uncheckable("no key was given, and none comes with the log; give --key")
    given = [*keys]
    signed, kept = _opened(source, known, keys, report)
    source.check_form(keys)
    report.said += [
        f"the key {key} is trusted, too, since one of yours signed for it" for key in keys if key not in given
    ]
    incarnations = Incarnations(signed, kept)
    named = check_begun(source.begun(), signed, keys, report)
    check_no_contradiction([*signed, *kept, *named])
    checkpoints = [*signed, *kept, *named, *incarnations.ends()]
    are_many = is_worth_it(max(checkpoint.size for checkpoint in checkpoints))
    try:
        added_up = _check_events(source, checkpoints, incarnations, report, are_many=are_many)
    except Exception:
        if not are_many:
            raise
        # alone, and so in the log's order, one process says what is wrong first
        added_up = _check_events(source, checkpoints, incarnations, report, are_many=False)
    report.said += incarnations.restored()
    report.doubts += incarnations.doubts()
    source.check(keys, added_up, report)
    kept = [checkpoint for checkpoint in kept if checkpoint not in incarnations.lost]
    present = {checkpoint.incarnation for checkpoint in signed}
    check_access(source, [*signed, *(each for each in kept if not present or each.incarnation == max(present))], report)
    report.checkpoints, report.known = len(signed), len(kept)
    return report


def _opened(
    source: Source, known: Iterable[str], keys: list[str], report: Report
) -> tuple[list[Checkpoint], list[Checkpoint]]:
    """The checkpoints of the log, and those that were kept, that trusted keys have signed; adds to the keys.

    A key is trusted that was given, that one which is trusted has named as its next, and whatever a bundle's manifest
    vouches for that one of them has signed. What others have signed tells nothing, neither good nor bad.
    """
    waiting: Iterable[tuple[str, bool]] = chain(zip(source.notes(), repeat(False)), zip(known, repeat(True)))
    opened: tuple[list[Checkpoint], list[Checkpoint]] = [], []
    strangers, vouched = dict[str, None](), False
    while True:
        unknown, trusted = [], len(keys)
        strangers.clear()
        for note, is_kept in waiting:
            try:
                checkpoint = checkpoint_of(note, keys)
            except UnknownKey as by:
                unknown.append((note, is_kept))
                strangers |= dict.fromkeys(by.signers)
            except Altered as broken:
                if is_kept:
                    raise Uncheckable(f"what you kept is no checkpoint that was signed: {broken}") from None
                raise
            else:
                opened[is_kept].append(checkpoint)
                if (following := checkpoint.lines.get("next-key")) is not None and following not in keys:
                    keys.append(following)
        if len(keys) == trusted and not vouched:
            keys += [key for key in source.keys_vouched_for(keys) if key not in keys]
            vouched = True
        if len(keys) == trusted or not unknown:
            break
        waiting = unknown
    if strangers:
        report.doubts.append(f"checkpoints are signed by a key that is not known here: {', '.join(strangers)}")
    if not any(opened):
        nothing = "no checkpoint was ever signed, so there is nothing to check the log against"
        raise Uncheckable("; ".join(report.doubts) or nothing)
    return opened


def _check_events(
    source: Source, checkpoints: Sequence[Checkpoint], incarnations: Incarnations, report: Report, *, are_many: bool
) -> AddedUp:
    """Check all events with their leaves, and the checkpoints over them; answers what leads and deals add up to.

    Where they are many, another process follows streams and totals, and what is raised need not be what is wrong first.
    """
    tree, times, fitting, leaves = Tree(), Times(), Fitting(checkpoints, incarnations), Leaves(source.leaves())
    with no_circles_sought(), closing(following(adds_up=source.tells_totals, are_many=are_many)) as followed:
        source.begin()
        checks = [followed.add, leaves.add, times.add, source.check_entries]
        try:
            for entries in _batches(source.entries(), tree, fitting):
                _check_batch(entries, tree.size + 1, checks)
                tree.add(leaves.made)
                for checkpoint in fitting.of(tree):
                    if (told := checkpoint.lines.get("streams")) is not None:  # older ones tell none
                        followed.check(checkpoint.size, told)
                    times.check(checkpoint)
            fitting.end(source, tree.size)
            leaves.end(tree.size, fitting.agreed)
            added_up = followed.end()
        except Contradiction:
            raise
        except Altered as altered:
            raise fitting.misfit or altered from None
    report.events, report.sealed = tree.size, leaves.count
    report.doubts += times.doubts
    if fitting.agreed < tree.size:
        behind = tree.size - fitting.agreed
        report.said.append(f"the last {behind} events came after the last checkpoint and are not signed")
    return added_up


def _batches(entries: Iterator[Sequence[Values]], tree: Tree, fitting: Fitting) -> Iterator[Sequence[Values]]:
    """The events as they are read together, but none behind a checkpoint with those that it covers."""
    for some in entries:
        start = 0
        while start < len(some):
            end = start + fitting.room(tree.size)
            yield some[start:end]
            start = end


def _check_batch(entries: Sequence[Values], first: int, checks: Iterable[Callable[[Sequence[Values]], object]]) -> None:
    """Let each check look at the events from a position on; raises the `Altered` of the first event that is wrong."""
    problem = None
    for position, entry in enumerate(entries, start=first):
        if type(entry[0]) is not int or entry[0] != position:
            problem = Altered(f"the event at position {position} is missing, or is another one", position)
            entries = entries[: position - first]
            break
    for check in checks:
        try:
            check(entries)
        except Altered as altered:
            problem, entries = altered, entries[: (altered.position or first) - first]
    if problem is not None:
        raise problem
