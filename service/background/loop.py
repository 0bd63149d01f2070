"""Background threads of a serving process: each repeats one piece of work, and goes on after a round that failed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from eventsourcing.persistence import OperationalError

from service.ledger.ledger import Ledger
from service.obstacles import Obstacle

LOOK_SECONDS = 1.0
"""How often it is looked whether commands can be written."""

AFTER_FAILURE_SECONDS = 5.0
"""How long a round waits after one that has failed."""

_log = logging.getLogger("leadledger")


def watch_in_background(ledger: Ledger) -> None:
    """Start a thread that looks for obstacles to writing, so that whoever asks for them need not wait.

    What keeps them from it is logged when it comes and when it goes.
    """
    known: dict[str, Obstacle] = {}

    def work() -> float:
        nonlocal known
        known = look(ledger, known)
        return LOOK_SECONDS

    repeat_in_background("watch", ledger, work)


def look(ledger: Ledger, before: Mapping[str, Obstacle]) -> dict[str, Obstacle]:
    """Look once, and log what is otherwise than before. Answers what keeps commands from being written."""
    known = {str(each): each for each in ledger.obstacles.look()}
    for words in known.keys() - before.keys():
        _log.error("nothing can be written: %s", words, exc_info=known[words])
    for words in before.keys() - known.keys():
        _log.warning("this does not keep commands from being written any more: %s", words)
    return known


def repeat_in_background(name: str, ledger: Ledger, work: Callable[[], float]) -> None:
    """Start a thread that repeats a round of work, which answers how many seconds to pause after it."""
    threading.Thread(target=_repeat, args=(name, ledger, work), name=name, daemon=True).start()


def attempt(name: str, ledger: Ledger, work: Callable[[], float]) -> float:
    """Do a round of work. Answers how many seconds to pause after it.

    An obstacle, alarms among them, is noted: `look` logs it, and commands and the readiness check tell of it. That the
    database is away is a warning; anything else is logged with its traceback.
    """
    try:
        return work()
    except Obstacle as obstacle:
        ledger.obstacles.note(obstacle)
    except OperationalError as error:
        _log.warning("%s could not go on, since the database is away: %s", name, error)
    except Exception:
        _log.exception("%s has failed, and is tried again", name)
    return AFTER_FAILURE_SECONDS


def _repeat(name: str, ledger: Ledger, work: Callable[[], float]) -> None:
    while True:
        time.sleep(attempt(name, ledger, work))
