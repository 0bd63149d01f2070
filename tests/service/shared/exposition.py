"""Reads Prometheus' text format by its own grammar, and refuses what Prometheus would refuse."""

from __future__ import annotations

import re

_SAMPLE = re.compile(r'([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\[\\"n])*",?)*\})? (-?[\d.]+(?:e[+-]?\d+)?)')
_SUFFIXES = ("_bucket", "_sum", "_count")

Samples = dict[str, float]


def read(text: str) -> Samples:
    """The samples by name and labels, as they stand in the text. Raises AssertionError for what is malformed."""
    samples: Samples = {}
    kinds: dict[str, str] = {}
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# "):
            _, what, name, said = line.split(" ", 3)
            if what == "TYPE":
                assert name not in kinds, f"{name} is declared twice"
                kinds[name] = said
            continue
        found = _SAMPLE.fullmatch(line)
        assert found is not None, line
        [*_, current] = kinds
        bases = {current, *(current + suffix for suffix in _SUFFIXES if kinds[current] == "histogram")}
        assert found[1] in bases, f"{line} stands below {current}"
        key = found[1] + (found[2] or "")
        assert key not in samples, f"{key} is told twice"
        samples[key] = float(found[3])
    return samples


def matching(samples: Samples, name: str, **labels: str) -> float:
    """The sum of a name's samples that have these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(
        value
        for key, value in samples.items()
        if key.partition("{")[0] == name and all(re.search(rf"[{{,]{re.escape(each)}[,}}]", key) for each in wanted)
    )
