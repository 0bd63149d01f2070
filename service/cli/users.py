"""The commands "user …": add, deactivate and list users, and hand over, hold and erase what is held about one."""

from __future__ import annotations

import click

from projections.users import users as everybody
from service.cli.erasing import with_erasing
from service.cli.opened import opened_ledger, operator
from service.cli.texts import EMAIL, LINE
from service.commands import users
from service.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_of
from service.text import composed


@click.group
def user() -> None:
    """Add, list and deactivate the users who work here; erase those who left."""


@user.command
@click.option("--name", type=LINE, required=True, help="What the user is called.")
@click.option("--email", type=EMAIL, required=True, help="The user's address.")
@click.option("--admin", "is_admin", is_flag=True, help="Let the user administrate.")
@click.option("--auditor", "is_auditor", is_flag=True, help="Let the user read everything and change nothing.")
@click.option(
    "--currency", "default_currency", type=LINE, default="NOK", show_default=True, help="The user's usual currency."
)
@click.option("--locale", type=LINE, default="nb_NO", show_default=True, help="The user's language and region.")
@click.option(
    "--timezone", "timezone_name", type=LINE, default="Europe/Oslo", show_default=True, help="The user's time zone."
)
def add(**facts: object) -> None:
    """Let somebody work here; prints the new user's id."""
    with opened_ledger() as ledger:
        row = ledger.execute(operator(), lambda tx: users.add(tx, facts))
    click.echo(row["user_id"])


@user.command
@click.argument("user_id", type=click.IntRange(min=1))
def deactivate(user_id: int) -> None:
    """Let the user USER_ID in no longer, with whatever token."""
    with opened_ledger() as ledger:
        ledger.execute(operator(), lambda tx: users.deactivate(tx, user_id))
    click.echo(f"User {user_id} is deactivated.")


@user.command
@click.argument("user_id", type=click.IntRange(min=1))
@click.password_option("--password", help="The password; where it is left out, it is asked for.")
def password(user_id: int, password: str) -> None:
    """Let the user USER_ID sign in with a password, in a browser, and in no browser any more with the one before."""
    password = composed(password)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise click.BadParameter(
            f"give it {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters", param_hint="--password"
        )
    with opened_ledger() as ledger:
        ledger.execute(operator(), lambda tx: users.set_password(tx, user_id, hash_of(password)))
    click.echo(f"User {user_id} can sign in with the password now.")


@user.command("list")
def listed() -> None:
    """List all users."""
    with opened_ledger() as ledger, ledger.reading() as reading:
        for row in everybody(reading):
            told = ("admin", row["is_admin"]), ("auditor", row["is_auditor"]), ("inactive", not row["is_active"])
            roles = [word for word, holds in told if holds]
            click.echo(f"{row['user_id']}  {row['name']} <{row['email']}>  {', '.join(roles)}".rstrip())


with_erasing(user, "user")
