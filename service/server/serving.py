"""Puts together what one worker serves: the application, the log's follower and the background threads."""

from __future__ import annotations

from service.app import Shared, create_app
from service.background.loop import watch_in_background
from service.background.reviewing import review_in_background
from service.background.sealing import seal_in_background
from service.background.sweeping import sweep_in_background
from service.background.token_uses import write_token_uses_in_background
from service.ledger.ledger import Ledger
from service.log.follower import Follower
from service.readiness.words import parts_of
from service.server.bridge import Bridge
from service.server.journal import Journal
from service.server.vitals import Cache
from service.settings import Settings


def begin(settings: Settings, shared: Shared, readers: int, writers: int) -> Bridge:
    """The service in one worker, with its work in the background, unless it only reads."""
    app = create_app(settings, shared=shared)
    ledger: Ledger = app.extensions["ledger"]
    follower = Follower(ledger.event_log.max_notification_id)
    follower.follow_in_background()
    watch_in_background(ledger)
    if not settings.is_read_only:
        review_in_background(ledger)
        seal_in_background(ledger)
        sweep_in_background(ledger)
        write_token_uses_in_background(ledger)
    caches: dict[str, Cache] = {
        "stream_keys": ledger.event_log.stream_keys.cipher,
        "word_parts": parts_of,
        "answers": app.extensions["kept_answers"],
    }
    journal = Journal(shared.measures, caches, has_lines=settings.operation.has_json_logs)
    return Bridge(app, follower, journal, readers, writers)
