"""What somebody types flows in here, and errors leave as one sentence and an exit code."""

from __future__ import annotations

from typing import Any, NoReturn

import click
from alembic.util.exc import CommandError
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from aggregates.refusals import Refusal
from service.cli import audit, judge, keys, log, persons, replay, sample, serve, tokens, users
from service.database import OwnFile, UnusableUrl
from service.evidence.notes import BrokenNote
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.obstacles import Obstacle
from service.privacy.byte_scan import ScanFailed
from service.privacy.remains import StillInUse
from service.schema import NotCurrent

_SENTENCES = (Obstacle, UnusableUrl, OwnFile, BrokenNote, StillInUse, ScanFailed, Refusal, UnknownOutcome)
"""Errors whose message says, in one sentence, what somebody can do."""


class Behind(click.ClickException):
    """The database must be migrated first; its exit code tells that from all that can go wrong otherwise."""

    exit_code = 3


class Commands(click.Group):
    """Commands that never end in a traceback where it is the world that is wrong, not the program."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the database or a rule has against it becomes its error message."""
        try:
            with as_persistence_errors():
                return super().invoke(ctx)
        except NotCurrent as error:
            raise Behind(str(error)) from None
        except _SENTENCES as error:
            _fail(error)
        except OSError as error:
            _fail(f"{error.strerror}: {error.filename}" if error.filename else error)
        except (PersistenceError, SQLAlchemyError, CommandError) as error:
            _fail(f"the database cannot be used: {error}")


def _fail(reason: object) -> NoReturn:
    raise click.ClickException(" ".join(str(reason).split())) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="leadledger")
def main() -> None:
    """Leadledger: event-sourced leads and deals.

    LEADLEDGER_DATABASE_URL says where the data is: sqlite:////path/to/file.db (leadledger.db in this folder, where
    nothing is said) or postgresql://user:password@host/name. LEADLEDGER_API_TOKEN is the first administrator's
    token on an empty database; where it is not set, one is made up and printed once.
    """


for command in (
    serve.serve,
    sample.sample,
    log.migrate,
    log.rebuild,
    log.verify,
    replay.replay,
    judge.judge,
    audit.audit,
    tokens.token,
    users.user,
    persons.person,
    keys.keys,
):
    main.add_command(command)
