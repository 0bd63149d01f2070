"""Checks a whole log: its keys and checkpoints, every event, every record of who looked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, repeat

from service.evidence.verifier.access import check_access
from service.evidence.verifier.events import Entry, leaf_of
from service.evidence.verifier.fitting import Fitting
from service.evidence.verifier.forks import Contradiction, check_no_contradiction
from service.evidence.verifier.lives import Lives, check_begun
from service.evidence.verifier.merkle import Tree
from service.evidence.verifier.notes import Checkpoint, checkpoint_of
from service.evidence.verifier.report import Report
from service.evidence.verifier.sources import Source
from service.evidence.verifier.stream_heads import Streams
from service.evidence.verifier.times import Times
from service.evidence.verifier.verdicts import Altered, Uncheckable, UnknownKey


def verify(source: Source, keys: Sequence[str], known: Iterable[str]) -> Report:
    """Check everything; answers what was checked, or raises `Altered` or `Uncheckable`."""
    report = Report()
    keys = list(keys) or source.keys()
    if not keys:
        raise Uncheckable("no key was given, and none comes with the log; give --key")
    given = [*keys]
    signed, kept = _opened(source, known, keys, report)
    report.said += [
        f"the key {key} is trusted, too, since one of yours signed for it" for key in keys if key not in given
    ]
    lives = Lives(signed, kept)
    named = check_begun(source.begun(), signed, keys, report)
    check_no_contradiction([*signed, *kept, *named])
    check_events(source, [*signed, *kept, *named, *lives.ends()], lives, report)
    report.said += lives.restored()
    report.doubts += lives.doubts()
    source.check(keys, report)
    kept = [checkpoint for checkpoint in kept if checkpoint not in lives.lost]
    present = {checkpoint.life for checkpoint in signed}
    check_access(source, [*signed, *(each for each in kept if not present or each.life == max(present))], report)
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


def check_events(source: Source, checkpoints: Sequence[Checkpoint], lives: Lives, report: Report) -> None:
    versions, leaves, folds = dict[str, int](), source.leaves(), source.folds()
    tree, streams, times, fitting = Tree(), Streams(), Times(), Fitting(checkpoints, lives)
    try:
        for entry in source.entries():
            position = tree.size + 1
            _check_place(entry, position, versions)
            leaf, sealed = leaf_of(entry), next(leaves, None)
            if sealed is not None and sealed != (position, leaf):
                raise Altered(_leaf_problem(sealed, position), position)
            tree.add(leaf)
            report.sealed += sealed is not None
            streams.add(entry)
            times.add(entry)
            for checkpoint in fitting.of(tree):
                streams.check(checkpoint)
                times.check(checkpoint)
            for fold in folds:
                fold.add(entry)
        fitting.end(source, tree.size)
        if next(leaves, None) is not None:
            raise Altered("there are leaves of events that are not there", tree.size + 1)
        if report.sealed < fitting.agreed:
            raise Altered("leaves are missing of events that a checkpoint seals", report.sealed + 1)
    except Contradiction:
        raise
    except Altered as altered:
        raise fitting.misfit or altered from None
    report.events = tree.size
    report.doubts += times.doubts
    if fitting.agreed < tree.size:
        behind = tree.size - fitting.agreed
        report.said.append(f"the last {behind} events came after the last checkpoint and are not signed")


def _check_place(entry: Entry, position: int, versions: dict[str, int]) -> None:
    if type(entry.position) is not int or entry.position != position:
        raise Altered(f"the event at position {position} is missing, or is another one", position)
    if type(entry.version) is not int or entry.version != versions.get(entry.stream, 0) + 1:
        raise Altered(f"version {entry.version} of stream {entry.stream} does not follow the one before", position)
    if entry.previous != (entry.version - 1 or None):
        raise Altered("the event names another version before it than there is", position)
    versions[entry.stream] = entry.version


def _leaf_problem(sealed: tuple[int, bytes], position: int) -> str:
    if sealed[0] != position:
        return "the event's leaf is missing"
    return "the event, or its leaf, is not what was sealed"
