"""The commands "token issue", "token revoke" and "token list"; only the digest of a token is stored."""

from __future__ import annotations

import click

from projections.users import tokens
from service.cli.opened import opened_ledger, operator
from service.cli.texts import LINE
from service.commands import users


@click.group
def token() -> None:
    """Issue, list and revoke the tokens that let users in."""


@token.command
@click.argument("user_id", type=click.IntRange(min=1))
@click.option("--name", type=LINE, default="console", show_default=True, help="What the token is for.")
def issue(user_id: int, name: str) -> None:
    """Give the user USER_ID a new token, which is shown this once."""
    with opened_ledger() as ledger:
        issued = ledger.execute(operator(), lambda tx: users.issue_token(tx, user_id, name))
    click.echo(issued.token)
    click.echo(f"Token {issued.token_id} lets user {user_id} in; it cannot be shown again.", err=True)


@token.command
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """Let the token TOKEN_ID (see "token list") let nobody in any more."""
    with opened_ledger() as ledger:
        ledger.execute(operator(), lambda tx: users.revoke_token(tx, token_id))
    click.echo(f"Token {token_id} is revoked.")


@token.command("list")
def listed() -> None:
    """List all tokens that were not revoked, by their ids."""
    with opened_ledger() as ledger, ledger.reading() as reading:
        for row in tokens(reading):
            click.echo(f"{row['token_id']}  user {row['user_id']} ({row['user']})  {row['add_time']}  {row['name']}")
