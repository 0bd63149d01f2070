"""The command line "leadledger": its commands, what the environment may say, and errors as one sentence."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NoReturn

import click
from alembic.util.exc import CommandError
from eventsourcing.persistence import PersistenceError
from sqlalchemy.exc import SQLAlchemyError

from aggregates.refusals import Refusal
from service.cli import audit, backups, erasing, judge, keys, log, replay, sample, tokens, users
from service.database.addresses import FORMS, UnusableUrl
from service.database.database import OwnFile
from service.evidence.signed_notes import BrokenNote
from service.log.errors import UnknownOutcome, as_persistence_errors
from service.log.schema import NotCurrent
from service.obstacles import Obstacle
from service.operating import LOG_FORMATS, WrongSetting
from service.privacy.byte_scan import ScanFailed
from service.privacy.file_scrub import StillInUse
from service.settings import DEFAULT_BACKUP_DAYS, DEFAULT_FILE, DEFAULT_HOST
from service.tokens import SHORTEST_TOKEN, WeakToken
from service.trusted_issuer import DEFAULT_ALGORITHMS, DEFAULT_SKEW, WrongIssuer

OF_HTTP = ("bridge", "serve")
"""Commands that need what answers HTTP. It is imported for these alone: with it each other command would take a third
more memory, and time to begin."""

_SENTENCES = (
    Obstacle,
    UnusableUrl,
    OwnFile,
    BrokenNote,
    StillInUse,
    ScanFailed,
    Refusal,
    UnknownOutcome,
    WeakToken,
    WrongIssuer,
    WrongSetting,
)
"""Errors whose message says, in one sentence, what somebody can do."""


class Behind(click.ClickException):
    """The database must be migrated first; its exit code tells that from all that can go wrong otherwise."""

    exit_code = 3


class Commands(click.Group):
    """Commands that never end in a traceback where it is the world that is wrong, not the program."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, those too that are imported when they are asked for."""
        return sorted([*super().list_commands(ctx), *OF_HTTP])

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in OF_HTTP:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(f"service.cli.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; who mistypes one is told of those, too, that are imported when they are asked for.

        Raises `click.NoSuchCommand`.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=self.list_commands(ctx), ctx=ctx) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the database or a rule has against it becomes its error message."""
        try:
            with as_persistence_errors():
                return super().invoke(ctx)
        except NotCurrent as error:
            raise Behind(str(error)) from None
        except _SENTENCES as error:
            _fail(error)
        except BrokenPipeError:
            raise  # whoever read the output has seen enough, which click ends without a word
        except OSError as error:
            _fail(f"{error.strerror}: {error.filename}" if error.filename else error)
        except (PersistenceError, SQLAlchemyError, CommandError) as error:
            _fail(f"the database cannot be used: {error}")


def _fail(reason: object) -> NoReturn:
    raise click.ClickException(" ".join(str(reason).split())) from None


SETTINGS = {
    "LEADLEDGER_DATABASE_URL": f"{FORMS}; else {DEFAULT_FILE}",
    "LEADLEDGER_API_TOKEN": (
        f"the first administrator's token on an empty database, of {SHORTEST_TOKEN} characters or more; "
        "else one is made up and printed once"
    ),
    "LEADLEDGER_SIGNING_KEY": "the file with the key that signs checkpoints; else beside the SQLite file",
    "LEADLEDGER_DATA_KEYS": "the file with the key to what events tell of people; else beside the SQLite file",
    "LEADLEDGER_BACKUP_DAYS": f"how long a backup stays restorable where keys are renewed; else {DEFAULT_BACKUP_DAYS}",
    "LEADLEDGER_CHECKPOINT_FILE": "a file that only grows, to publish checkpoints to; else none",
    "LEADLEDGER_LOG_HOST": f"the name under which checkpoints know this log; else {DEFAULT_HOST}",
    "LEADLEDGER_SECURITY_LOG": "the file for failed logins and refused attempts; else the error output",
    "LEADLEDGER_JWT_ISSUER": "whose JSON Web Tokens let users in, too: their iss; else nobody's",
    "LEADLEDGER_JWT_AUDIENCE": "the aud that these tokens must have",
    "LEADLEDGER_JWT_KEYS": "the issuer's JSON Web Key Set: a file, or an address that begins with https://",
    "LEADLEDGER_JWT_ALGORITHMS": f"how they may be signed; else {','.join(DEFAULT_ALGORITHMS)}",
    "LEADLEDGER_JWT_USER": "email:CLAIM or id:CLAIM, which tells the user; else email:email",
    "LEADLEDGER_JWT_SKEW": f"by how many seconds the issuer's clock may differ; else {DEFAULT_SKEW}",
    "LEADLEDGER_TOKEN_LIMIT": "how often each token may ask, such as 600/60 for 600 times in 60 seconds; else no limit",
    "LEADLEDGER_ADDRESS_LIMIT": "how often each address may ask, such as 1200/60; else no limit",
    "LEADLEDGER_FAILED_LOGINS": "how many wrong tokens an address may try; else 10/600, and “off” for no limit",
    "LEADLEDGER_TRUSTED_PROXIES": "proxies' addresses or networks, whose X-Forwarded-For is believed; else none",
    "LEADLEDGER_CORS_ORIGINS": "the web pages' origins whose scripts may ask, separated by commas; else none",
    "LEADLEDGER_GZIP": "on: answers of more than 1 kB are packed for clients that take gzip; else off",
    "LEADLEDGER_LOG_FORMAT": f"{' or '.join(LOG_FORMATS)}: a line of JSON per request and event; else {LOG_FORMATS[0]}",
}
"""What the environment may say, and what holds where it does not."""


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="\n\n".join(["What the environment may say:", *(f"{name}: {what}." for name, what in SETTINGS.items())]),
)
@click.version_option(package_name="leadledger")
def main() -> None:
    """Leadledger: event-sourced leads and deals."""


for command in (
    sample.sample,
    log.migrate,
    log.rebuild,
    log.verify,
    replay.replay,
    backups.backup,
    backups.restore,
    judge.judge,
    audit.audit,
    tokens.token,
    users.user,
    *erasing.groups(),
    erasing.redact,
    keys.keys,
):
    main.add_command(command)
