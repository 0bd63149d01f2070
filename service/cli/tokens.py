"""The commands "token issue", "token rotate", "token revoke" and "token list"; only the digest of a token is stored."""

from __future__ import annotations

from datetime import timedelta

import click

from aggregates.scopes import SCOPES
from projections.tokens import tokens
from service.cli.opened import opened_ledger, operator
from service.cli.texts import LINE
from service.clock import timestamp, wall_clock
from service.commands import tokens as commands
from service.log.token_digests import last_uses
from service.tokens import digest_of, new_token

_DAYS = click.IntRange(1, 36_500)
_LIFETIME = click.option("--days", type=_DAYS, help="Let it expire after so many days; else it lets in until revoked.")


@click.group
def token() -> None:
    """Issue, rotate, list and revoke the tokens that let users in."""


@token.command
@click.argument("user_id", type=click.IntRange(min=1))
@click.option("--name", type=LINE, default="console", show_default=True, help="What the token is for.")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    help="What it lets its user do, of what the user may do; may be repeated. Else everything.",
)
@_LIFETIME
def issue(user_id: int, name: str, scopes: tuple[str, ...], days: int | None) -> None:
    """Give the user USER_ID a new token, which is shown this once."""
    made, expires = new_token(), _in(days)
    with opened_ledger() as ledger:
        token_id = ledger.execute(
            operator(),
            lambda tx: commands.issue(tx, user_id, digest_of(made), name=name, scopes=scopes or None, expires=expires),
        )
    click.echo(made)
    click.echo(f"Token {token_id} lets user {user_id} in; it cannot be shown again.", err=True)


@token.command
@click.argument("token_id")
@click.option(
    "--overlap",
    type=click.IntRange(0, 24 * 366),
    default=24,
    show_default=True,
    help="For how many hours the token before goes on letting in.",
)
@_LIFETIME
def rotate(token_id: str, overlap: int, days: int | None) -> None:
    """Give whoever has the token TOKEN_ID another one in its place, which is shown this once.

    Where no --days are given, it lives as long as the one before was meant to.
    """
    made, expires = new_token(), _in(days)
    with opened_ledger() as ledger:
        new_id = ledger.execute(
            operator(),
            lambda tx: commands.rotate(
                tx, token_id, digest_of(made), overlap=timedelta(hours=overlap), expires=expires
            ),
        )
    click.echo(made)
    click.echo(f"Token {new_id} comes in the place of {token_id}; it cannot be shown again.", err=True)


@token.command
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Let the token TOKEN_ID (see "token list") let nobody in any more."""
    with opened_ledger() as ledger:
        ledger.execute(operator(), lambda tx: commands.revoke(tx, token_id))
    click.echo(f"Token {token_id} is revoked.")


@token.command("list")
def listed() -> None:
    """List all tokens that were not revoked, by their ids, the newest first; when each was last used, to the hour."""
    with opened_ledger() as ledger, ledger.reading() as reading:
        found = tokens(reading)
        used = last_uses(reading.connection, [row["token_id"] for row in found])
    for row in found:
        told = [row["token_id"], f"user {row['user_id']} ({row['user']})", row["add_time"], row["name"]]
        told += [", ".join(row["scopes"])]
        told += [f"expires {row['expires']}"] if row["expires"] else []
        told += [f"last used {last_used}" if (last_used := used.get(row["token_id"])) else "never used"]
        click.echo("  ".join(told))


def _in(days: int | None) -> str | None:
    return None if days is None else timestamp(wall_clock() + timedelta(days=days))
