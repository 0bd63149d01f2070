"""Metrics as Prometheus knows them: what each is called and counts, where its numbers are, and all as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal

from service.shared.numbers import Numbers

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format."""

Labels = tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """One metric, with all the values that its labels can have: so it is bounded, whatever comes in.

    A histogram has ``buckets``, each named by the largest value in it; what is larger is in one more.
    """

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    help: str
    labels: Labels = ()
    series: tuple[Labels, ...] = ((),)
    buckets: tuple[float, ...] = ()

    @property
    def width(self) -> int:
        """How many numbers each series has: of a histogram those of its buckets, and the sum of all values."""
        return len(self.buckets) + 2 if self.kind == "histogram" else 1

    @property
    def size(self) -> int:
        """How many numbers it has in all."""
        return self.width * len(self.series)

    def lines(self, values: Sequence[float]) -> Iterator[str]:
        """The metric as text, given the numbers of its series; a series that has counted nothing yet is left out.

        So nothing is left out of a gauge, nor of a metric without labels.
        """
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for number, labels in enumerate(self.series):
            own = values[number * self.width : (number + 1) * self.width]
            if any(own) or not self.labels or self.kind == "gauge":
                yield from self._lines(labels, own)

    def _lines(self, labels: Labels, values: Sequence[float]) -> Iterator[str]:
        if self.kind != "histogram":
            yield f"{self.name}{self._braced(labels)} {_text(values[0])}"
            return
        counts = list(accumulate(values[:-1]))
        for bound, count in zip([*map(_text, self.buckets), "+Inf"], counts, strict=True):
            yield f"{self.name}_bucket{self._braced(labels, bound)} {_text(count)}"
        yield f"{self.name}_sum{self._braced(labels)} {_text(values[-1])}"
        yield f"{self.name}_count{self._braced(labels)} {_text(counts[-1])}"

    def _braced(self, labels: Labels, bound: str | None = None) -> str:
        pairs = [f'{name}="{_escaped(value)}"' for name, value in zip(self.labels, labels, strict=True)]
        pairs += [] if bound is None else [f'le="{bound}"']
        return f"{{{','.join(pairs)}}}" if pairs else ""


@dataclass(frozen=True)
class Layout:
    """Some metrics in the order of their numbers, gauges last; to be made once in a process."""

    metrics: tuple[Metric, ...]

    @cached_property
    def _indexes(self) -> dict[str, tuple[int, dict[Labels, int]]]:
        indexes, size = {}, 0
        for metric in self.metrics:
            ways = {labels: size + number * metric.width for number, labels in enumerate(metric.series)}
            indexes[metric.name] = size, ways
            size += metric.size
        return indexes

    def first(self, metric: Metric) -> int:
        """The index of a metric's first number."""
        return self._indexes[metric.name][0]

    def index(self, metric: Metric, *labels: str) -> int:
        """The index of a series' first number. Raises `KeyError` for labels that it cannot have."""
        return self._indexes[metric.name][1][labels]

    def numbers(self, parts: int) -> Numbers:
        """The numbers of all metrics, for up to so many processes."""
        gauges = sum(metric.size for metric in self.metrics if metric.kind == "gauge")
        return Numbers(sum(metric.size for metric in self.metrics) - gauges, gauges, parts)

    def text(self, values: Sequence[float]) -> str:
        """All metrics with their numbers, a line each."""
        lines = list[str]()
        for metric in self.metrics:
            first = self.first(metric)
            lines += metric.lines(values[first : first + metric.size])
        return "\n".join(lines) + "\n"


def _text(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
