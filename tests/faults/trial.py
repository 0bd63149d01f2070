"""A trial: the service under load for as long as faults are caused, and everything counted and checked afterwards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from tests.faults.auditor import Auditor, check_file
from tests.faults.client import Client
from tests.faults.counting import Event, count
from tests.faults.load import Command, Load, Outcome, Story, sell
from tests.faults.service import TOKEN, Service

_AT_ONCE = 500
_LOOKED_UP = 20

Figures = dict[str, float]
"""What was counted in a trial, by name; one line of the table."""


@contextmanager
def under_load(service: Service, figures: Figures, story: Story = sell, clients: int = 4) -> Iterator[Load]:
    """Clients command, and an auditor keeps checkpoints, until the end of the block, where the service is served.

    Then nothing that was acknowledged may be lost or there twice, nothing that was refused may be there, and all
    that vouches for the log has to agree with it. The service is stopped.
    """
    with Auditor(service) as auditor, Load(service.address, TOKEN, story, clients) as load:
        try:
            yield load
        except Exception as error:
            error.add_note(f"The service said:\n{service.said}")
            raise
    log = read_log(service)
    counted, wrong = count(load.commands, log)
    figures |= counted | {"events": len(log), "checkpoints": len(auditor.kept)}
    assert not wrong, "\n".join([f"{len(wrong)} commands:", *wrong[:5]])
    assert [event["position"] for event in log] == list(range(1, len(log) + 1))
    check_receipts(service, load.commands, log)
    service.stop()
    if service.database_file is not None:
        check_file(service.database_file)
    assert auditor.check() == [event["request_id"] for event in log]


def read_log(service: Service) -> list[Event]:
    """The whole log, as the feed tells it."""
    client, log, after = Client(service.address, TOKEN), list[Event](), 0
    while items := client.get("/api/ledger/v1/events", after=after, limit=_AT_ONCE).json["items"]:
        log += items
        after = items[-1]["position"]
    client.close()
    return log


def check_receipts(service: Service, commands: Sequence[Command], log: Sequence[Event]) -> None:
    """What the service answers has become of commands, the last of each outcome, is what the log tells."""
    positions = defaultdict[str, list[int]](list)
    for event in log:
        positions[event["request_id"]].append(event["position"])
    client = Client(service.address, TOKEN)
    for outcome in Outcome:
        for command in [each for each in commands if each.outcome is outcome][-_LOOKED_UP:]:
            told = client.get(f"/api/ledger/v1/commands/{command.request_id}").json
            recorded = [range(each["first_position"], each["last_position"] + 1) for each in told["commands"]]
            assert sorted(chain.from_iterable(recorded)) == positions[command.request_id], told
            assert told["outcome"] == ("committed" if recorded else "not_committed")
    client.close()
