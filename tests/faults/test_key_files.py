"""Files of keys get lost, or others take their places, under a service that runs and before one starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.evidence.keys import make_signing_key
from tests.faults.conftest import Rounds
from tests.faults.load import Outcome
from tests.faults.service import Service
from tests.faults.trial import Figures, under_load

pytestmark = pytest.mark.slow


def test_nothing_is_written_without_the_keys_that_fit_and_all_is_there_when_they_are_back(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    before_renewal, another_key = service.data_keys.read_bytes(), service.folder / "another"
    service.operate("keys", "renew")
    make_signing_key(another_key)
    losses = [
        (service.data_keys, None, "the keys to personal data"),
        (service.data_keys, before_renewal, "the keys to personal data"),
        (service.signing_key, None, "the key that signs"),
        (service.signing_key, another_key.read_bytes(), "the key that signs"),
    ]
    with under_load(service, figures) as load:
        for number in rounds(len(losses)):
            load.go_on()
            file, other, words = losses[number % len(losses)]
            with lost(file, other):
                load.go_on(5, Outcome.UNAVAILABLE)
                service.check_refuses(words)
                service.stop()
                refused = service.run("serve", "--port", "1")
                assert (refused.returncode, str(file) in refused.stdout) == (1, True), refused.stdout
            service.start()
        load.go_on()


@contextmanager
def lost(file: Path, other: bytes | None) -> Iterator[None]:
    """A block in which a file of keys is not there, or another is; nobody makes one in its place."""
    kept = file.with_name("kept")
    os.replace(file, kept)
    if other is not None:
        file.write_bytes(other)
    yield
    assert (file.read_bytes() if file.exists() else None) == other
    os.replace(kept, file)
