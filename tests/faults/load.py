"""Several clients who send commands all the time, and remember of each what they were told."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tests.faults.client import Answer, BrokenOff, Client, NotSent

LONGEST_PAUSE_SECONDS = 0.02
"""How long a client thinks before a command, at the most: what is loaded are the service's locks, not the machine."""

SECONDS_TO_GO_ON = 120


class Outcome(Enum):
    """What a client was told of its command."""

    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Command:
    """A command as it was sent, and what its client was told.

    Once it is carried out, the log tells the events of its ``transactions`` once each, by their names, under its
    ``request_id``; its ``text`` stands in the first. Between two transactions it may have broken off. ``seconds``
    is how long the client was kept waiting.
    """

    request_id: str
    transactions: Sequence[Sequence[str]]
    text: str
    outcome: Outcome
    seconds: float


class NotAcknowledged(Exception):
    """A command whose answer a client needs to go on was refused, or nobody knows."""


class Load:
    """Clients in threads of their own, from the beginning of the block until its end; they go on through all faults."""

    def __init__(self, address: str, token: str, story: Story, clients: int) -> None:
        self.commands: list[Command] = []
        self.surprises: list[str] = []
        self._story = story
        self._asking = [Client(address, token) for _ in range(clients)]
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(client,)) for client in self._asking]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join()
        assert not self.surprises, self.surprises[:3]

    @property
    def told(self) -> Counter[Outcome]:
        """How many commands had which outcome so far."""
        return Counter(command.outcome for command in list(self.commands))

    def go_on(self, commands: int = 50, outcome: Outcome = Outcome.ACKNOWLEDGED) -> None:
        """Return when so many more commands have had that outcome."""
        enough = self.told[outcome] + commands
        deadline = time.monotonic() + SECONDS_TO_GO_ON
        while self.told[outcome] < enough:
            assert time.monotonic() < deadline, f"nothing is {outcome.value} any more: {self.told} {self.surprises[:3]}"
            assert any(thread.is_alive() for thread in self._threads)
            time.sleep(LONGEST_PAUSE_SECONDS)

    def _work(self, client: Client) -> None:
        while not self._stopped.is_set():
            try:
                self._story(Teller(client, self))
            except NotAcknowledged:
                time.sleep(LONGEST_PAUSE_SECONDS)
        client.close()


class Teller:
    """What a story commands by the hand of one client."""

    def __init__(self, client: Client, load: Load) -> None:
        self._client = client
        self._load = load

    def command(self, events: str, path: str, field: str, *, method: str = "POST", **body: Any) -> Any:
        """Send a command with a text of its own in one field of its body; the JSON of its answer.

        Once carried out, the log tells ``events``, names with blanks between; behind a semicolon, by a transaction
        of its own. Raises `NotAcknowledged`.
        """
        command, answer = self._sent(events, method, path, field, body)
        if command.outcome is Outcome.REFUSED:
            self._load.surprises.append(f"{method} {path}: {answer}")
        if command.outcome is not Outcome.ACKNOWLEDGED:
            raise NotAcknowledged
        return answer.json

    def forbidden(self, events: str, path: str, field: str, **body: Any) -> None:
        """Send a command that a rule is against. Raises `NotAcknowledged` where that was not even looked at."""
        command, answer = self._sent(events, "POST", path, field, body)
        if command.outcome is Outcome.ACKNOWLEDGED:
            self._load.surprises.append(f"POST {path}: {answer}")
        if command.outcome is not Outcome.REFUSED:
            raise NotAcknowledged

    def _sent(self, events: str, method: str, path: str, field: str, body: Mapping[str, Any]) -> tuple[Command, Answer]:
        time.sleep(random.uniform(0, LONGEST_PAUSE_SECONDS))
        request_id, text, begun = uuid.uuid4().hex, uuid.uuid4().hex, time.monotonic()
        try:
            answer = self._client.ask(method, path, {field: text, **body}, request_id)
        except NotSent:
            raise NotAcknowledged from None
        except BrokenOff as error:
            answer = Answer(504, str(error), {})
        if answer.status >= 500 and answer.status not in (503, 504):
            self._load.surprises.append(f"{method} {path}: {answer}")
        transactions = [names.split() for names in events.split(";")]
        command = Command(request_id, transactions, text, _outcome(answer.status), time.monotonic() - begun)
        self._load.commands.append(command)
        return command, answer


def sell(teller: Teller) -> int:
    """A person, a lead for it, what is noted and changed, a conversion and the way back. Answers the person's id."""
    person_id: int = teller.command("PersonAdded", "/api/v2/persons", "name")["data"]["id"]
    lead_id = teller.command("LeadCreated", "/v1/leads", "title", person_id=person_id)["data"]["id"]
    teller.forbidden("LeadCreated", "/v1/leads", "title")
    teller.command("NoteAdded", "/v1/notes", "content", lead_id=lead_id)
    teller.command("LeadEdited", f"/v1/leads/{lead_id}", "title", method="PATCH")
    converting = f"/api/ledger/v1/leads/{lead_id}/convert"
    deal_id = teller.command("LeadConvertedToDeal DealCreated", converting, "reason")["deal_id"]
    teller.command("DealRevertedToLead LeadReturned", f"/api/ledger/v1/deals/{deal_id}/revert", "reason")
    teller.command("LeadConvertedToDeal DealReturned", converting, "reason")
    return person_id


Story = Callable[[Teller], object]
"""What one client does again and again; it ends where a command is not acknowledged."""


def _outcome(status: int) -> Outcome:
    if status < 300:
        return Outcome.ACKNOWLEDGED
    if status < 500:
        return Outcome.REFUSED
    return Outcome.UNAVAILABLE if status == 503 else Outcome.UNKNOWN
