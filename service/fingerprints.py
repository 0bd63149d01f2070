"""Fingerprints of our own source, which tell one release from another."""

from __future__ import annotations

import hashlib
import sys
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType

import aggregates
import projections
import service


@cache
def of_code() -> str:
    """A hash of all that may change how the same data is answered: our source, what is installed beside it, Python.

    Making it takes about 0.1 s, once in a process.
    """
    installed = sorted(f"{each.name} {each.version}" for each in distributions())
    return of_sources(aggregates, projections, service, beside=f"{sys.version} {installed}")


def of_sources(*packages: ModuleType, beside: str) -> str:
    """A hash of the source of packages, and of a text."""
    sources = sorted(source for package in packages for source in Path(package.__path__[0]).rglob("*.py"))
    parts = [beside.encode(), *(source.read_bytes() for source in sources)]
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]
