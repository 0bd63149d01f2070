"""Metrics are told in Prometheus' text format, bounded by what their labels can be."""

from __future__ import annotations

import pytest

from service.shared.metrics import Layout, Metric
from tests.service.shared.exposition import matching, read

BY_NAME = Metric("counter", "things_total", "Things.", ("name",), (("plain",), ('"quoted"\n\\',)))
WAITS = Metric("histogram", "wait_seconds", "Waits.", buckets=(0.1, 1.0))
NOW = Metric("gauge", "now", "Now.")
LAYOUT = Layout((BY_NAME, WAITS, NOW))


def test_a_histogram_adds_up_what_is_below_each_bound() -> None:
    numbers = LAYOUT.numbers(parts=1)
    assert numbers.take()
    for seconds in (0.05, 0.1, 0.5, 3.0):
        numbers.observe(LAYOUT.first(WAITS), WAITS.buckets, seconds)
    samples = read(LAYOUT.text(numbers.totals()))
    assert [samples[f'wait_seconds_bucket{{le="{bound}"}}'] for bound in ("0.1", "1", "+Inf")] == [2, 3, 4]
    assert (samples["wait_seconds_sum"], samples["wait_seconds_count"]) == (3.65, 4)


def test_labels_are_escaped_and_what_has_not_happened_yet_is_left_out() -> None:
    numbers = LAYOUT.numbers(parts=1)
    assert numbers.take()
    assert matching(read(LAYOUT.text(numbers.totals())), "things_total") == 0
    numbers.add(LAYOUT.index(BY_NAME, '"quoted"\n\\'), 2.0)
    samples = read(LAYOUT.text(numbers.totals()))
    assert samples[r'things_total{name="\"quoted\"\n\\"}'] == 2
    assert (len(samples), samples["now"]) == (7, 0)


def test_what_a_label_cannot_be_is_counted_nowhere() -> None:
    with pytest.raises(KeyError):
        LAYOUT.index(BY_NAME, "made up")
