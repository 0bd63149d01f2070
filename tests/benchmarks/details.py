"""Measures what there is no goal for, but to be watched: version 1's pages, readiness, batches, and judging again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial

from tests.benchmarks import company, servers
from tests.benchmarks.asked import INBOX, LEAD, anew, creates, first_leads
from tests.benchmarks.bare import commits_per_second
from tests.benchmarks.figures import CPU, RATE, Figure, Scale, paired, told
from tests.benchmarks.filled import Filled
from tests.benchmarks.load import Cost, asking, request_bytes
from tests.benchmarks.load import measure as load
from tests.served import Served

BATCH = 200
"""Leads in a batch: so many a busy machine takes, too, in the time that a batch is given."""

TRIES = 20

_AGENDA = (
    *("next_activity_id", "last_activity_id", "activities_count", "done_activities_count"),
    *("undone_activities_count", "notes_count", "files_count", "followers_count", "email_messages_count"),
)
_COUNTED = tuple(f"{of}{status}_deals_count" for of in ("", "related_") for status in ("open", "closed", "won", "lost"))
NUMBERS = {
    "deals": ",".join((*_AGENDA, "products_count", "participants_count", "first_won_time")),
    "persons": ",".join((*_AGENDA, *_COUNTED)),
    "organizations": ",".join((*_AGENDA, *_COUNTED, "people_count")),
    "activities": "attendees",
}
"""What version 1 always shows, and version 2 only where it is asked for."""


def measure(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """All of them, in the large database."""
    with filled.databases.fresh() as bare:
        yield Figure("bare commit of one row, one writer", f"{commits_per_second(bare):,.0f}/s")
    with servers.ours(filled.large) as ours:
        yield from _older_pages(scale, ours)
        yield from _readiness(scale, ours)
        yield _batch(scale, ours)
    leads, seconds = company.judge_again(filled.large)
    yield Figure(f"judging {leads:,} leads again", f"{leads / seconds:,.0f} leads/s")


def _older_pages(scale: Scale, ours: Served) -> Iterator[Figure]:
    """Version 1's pages beside version 2's: as these are, and with all the numbers that version 1 always shows."""
    for kind, numbers in NUMBERS.items():
        sister, older = f"/api/v2/{kind}?limit=50", f"/v1/{kind}?limit=50"
        for page, beside in ((sister, "its page"), (f"{sister}&include_fields={numbers}", "its numbers")):
            yield _pages(scale, ours, f"{kind}, version 1", older, page, f"version 2, {beside}")


def _readiness(scale: Scale, ours: Served) -> Iterator[Figure]:
    yield _pages(scale, ours, "inbox page by readiness", f"{INBOX}&sort=-readiness", INBOX, "inbox page")
    lead = f"/v1/leads/{first_leads(ours)[0]}"
    readiness = f"/api/ledger/v1/leads/{lead.rpartition('/')[2]}/readiness"
    yield _pages(scale, ours, "readiness of one lead", readiness, lead, "one lead")


def _pages(scale: Scale, ours: Served, name: str, path: str, other: str, beside: str) -> Figure:
    ratio, theirs, cost = paired(scale, partial(anew, scale, ours, other), partial(anew, scale, ours, path), CPU)
    return Figure(name, f"{cost.cpu_ms:.2f} ms CPU", f"{beside}: {theirs.cpu_ms:.2f} ms", ratio)


def _batch(scale: Scale, ours: Served) -> Figure:
    singly = replace(scale, clients=1)
    ratio, theirs, cost = paired(scale, partial(creates, singly, ours), partial(_in_batch, ours), RATE)
    return Figure(f"{BATCH:,} leads in a batch", f"{told(cost)}, each", f"requests: {told(theirs)}", ratio)


def _in_batch(server: Served) -> Cost:
    """A batch of leads; the cost is that of one of them. Where a busy machine makes it too long, it is given again."""
    commands = [{"method": "POST", "path": "/v1/leads", "body": LEAD}] * BATCH
    batch = request_bytes("POST", "/api/ledger/v1/batch", {"mode": "all_or_nothing", "commands": commands})
    for _ in range(TRIES):
        with suppress(RuntimeError):
            cost = load(server, iter([asking(batch, 200)]), count=1, clients=1)
            return replace(cost, per_second=cost.per_second * BATCH, cpu_ms=cost.cpu_ms / BATCH)
    raise RuntimeError(f"a batch of {BATCH} was refused {TRIES} times: this machine is too busy to be measured")
