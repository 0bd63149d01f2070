"""Measures what answers cost in CPU, beside a static answer of the same bytes, and pages of the past beside now's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.benchmarks import servers
from tests.benchmarks.asked import PAGES, again, anew, ask, first_leads
from tests.benchmarks.figures import CPU, Figure, Goal, Scale, paired
from tests.benchmarks.filled import Filled
from tests.benchmarks.load import Cost
from tests.served import Served

PAGE, SINGLE = Goal(2.0, 2.5), Goal(1.6, 2.0)
UNCHANGED, AGAIN = Goal(1.2, 1.4), Goal(1.7, 2.0)
PAST = Goal(1.5, 1.5)

MOMENTS = 100
"""How many moments in the middle of the log are asked about, one after the other."""


def measure(scale: Scale, filled: Filled) -> Iterator[Figure]:
    """Pages and single things, pages that are asked for again, and pages as of the past."""
    with servers.ours(filled.large) as ours:
        single = {"one lead": f"/v1/leads/{first_leads(ours)[0]}", "one deal": "/api/v2/deals/1"}
        answers = {path: ask(ours, path) for path in (*PAGES.values(), *single.values())}
        with servers.static(len(answer.body) for answer in answers.values()) as static:
            for name, path in PAGES.items():
                whole, size = f"page of 50, {name}", len(answers[path].body)
                yield _beside(scale, static, whole, size, partial(anew, scale, ours, path), PAGE)
                kept, tag = partial(again, scale, ours, path), answers[path].tag
                unchanged = kept if tag is None else partial(kept, expected=304, If_None_Match=tag)
                yield _beside(scale, static, f"{whole}, again with If-None-Match", size, unchanged, UNCHANGED)
                yield _beside(scale, static, f"{whole}, again without", size, kept, AGAIN)
            for name, path in single.items():
                yield _beside(scale, static, name, len(answers[path].body), partial(anew, scale, ours, path), SINGLE)
        middle = filled.end // 2
        for name, path in PAGES.items():
            yield _past(scale, ours, name, path, middle)


def _beside(scale: Scale, static: Served, name: str, size: int, own: Callable[[], Cost], goal: Goal) -> Figure:
    ratio, theirs, cost = paired(scale, partial(again, scale, static, f"/{size}"), own, CPU)
    beside = f"{size:,} static bytes: {theirs.cpu_ms:.2f} ms"
    return Figure(f"{name}, beside a static answer", f"{cost.cpu_ms:.2f} ms CPU", beside, ratio, goal)


def _past(scale: Scale, ours: Served, name: str, path: str, middle: int) -> Figure:
    then = [f"{path}&as_of={position}" for position in range(middle, middle + MOMENTS)]
    ratio, now, past = paired(scale, partial(anew, scale, ours, path), partial(anew, scale, ours, *then), CPU)
    beside = f"now: {now.cpu_ms:.2f} ms"
    return Figure(f"page of 50, {name}, as of any moment", f"{past.cpu_ms:.2f} ms CPU", beside, ratio, PAST)
