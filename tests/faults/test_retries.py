"""Whoever repeats a request under its Idempotency-Key until it is answered is served once, wherever the way was cut."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter

import pytest

from tests.faults.client import Answer, BrokenOff, Client, NotSent
from tests.faults.conftest import Rounds
from tests.faults.cutting import CuttingProxy
from tests.faults.service import TOKEN, Service
from tests.faults.trial import Figures, read_log

pytestmark = pytest.mark.slow

CLIENTS = 4
CUTS = 40
"""In each round; behind it a worker is killed."""

SECONDS_TO_BE_SERVED = 60


class Patient:
    """A client who wants one lead after the other, each under a key of its own, and repeats whatever goes wrong."""

    def __init__(self, through: str, direct: str) -> None:
        self._through = Client(through, TOKEN)
        self._direct = Client(direct, TOKEN)
        self._is_served = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.titles: list[str] = []
        self.wrong: list[str] = []
        self.tries = 0
        self.repeated = 0
        self._thread.start()

    def end(self) -> None:
        """Want no more."""
        self._is_served.set()
        self._thread.join()
        self._through.close()
        self._direct.close()

    def _work(self) -> None:
        while not self._is_served.is_set():
            title = uuid.uuid4().hex
            first, again = self._ask(self._through, title), self._ask(self._direct, title)
            self.titles.append(title)
            if (first.status, again.status, again.text) != (201, 201, first.text) or title not in first.text:
                self.wrong.append(f"{title} was answered {first}, and then {again}")

    def _ask(self, client: Client, title: str) -> Answer:
        """The answer to the request for a lead, which is its key, too, however often it has to be sent."""
        deadline = time.monotonic() + SECONDS_TO_BE_SERVED
        while time.monotonic() < deadline:
            self.tries += 1
            try:
                answer = client.ask("POST", "/v1/leads", {"title": title, "person_id": 1}, key=title)
            except (BrokenOff, NotSent):
                continue
            is_whole = answer.headers.get("Content-Length") == str(len(answer.text.encode()))
            if is_whole and answer.status < 500:  # http.client takes headers that were cut off for all there are
                self.repeated += "Idempotent-Replayed" in answer.headers
                return answer
        return Answer(0, "nothing at all", {})


def test_what_is_repeated_until_it_is_answered_is_done_once_and_answered_alike(
    service: Service, rounds: Rounds, figures: Figures
) -> None:
    client = Client(service.address, TOKEN)
    assert client.ask("POST", "/api/v2/persons", {"name": "Kari"}).status == 200
    with CuttingProxy(service.address, seed=1) as proxy:
        patients = [Patient(proxy.address, service.address) for _ in range(CLIENTS)]
        try:
            for number in rounds(5):
                deadline = time.monotonic() + SECONDS_TO_BE_SERVED
                while proxy.cuts < CUTS * (number + 1) and time.monotonic() < deadline:
                    time.sleep(0.01)
                service.kill_worker()
        finally:
            for patient in patients:
                patient.end()
    client.close()
    wanted = [title for patient in patients for title in patient.titles]
    found = Counter(event["data"]["title"] for event in read_log(service) if event["event"] == "LeadCreated")
    figures |= {
        "cuts": proxy.cuts,
        "requests": sum(patient.tries for patient in patients),
        "repeated": sum(patient.repeated for patient in patients),
        "leads": len(wanted),
        "twice": sum(times > 1 for times in found.values()),
    }
    wrong = [each for patient in patients for each in patient.wrong]
    assert not wrong, wrong[:3]
    assert found == Counter(wanted)
    assert figures["repeated"] > len(wanted)
    assert proxy.cuts >= CUTS * figures["rounds"]
