"""The commands about organizations: add, edit, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.identity import stream_id
from aggregates.organization import Organization
from projections.engine.rows import Row
from projections.organizations import ORGANIZATIONS
from service.commands import references
from service.ledger.ledger import Transaction


def add(tx: Transaction, facts: Mapping[str, Any]) -> Row:
    """Add an organization; its owner is the caller unless the facts name another. Answers its row."""
    references.check(tx, facts)
    organization = Organization.add(tx.next_number("organization"), **{"owner_id": tx.metadata.user_id, **facts})
    tx.save(organization)
    return tx.row(ORGANIZATIONS, organization.organization_id)


def edit(tx: Transaction, organization_id: int, facts: Mapping[str, Any]) -> Row:
    """Change what the facts name and nothing else. Answers the organization's row."""
    organization = tx.load(Organization, stream_id("organization", organization_id))
    organization.check_present()
    references.check(tx, facts, organization)
    wanted = dict(facts)
    owner_id = wanted.pop("owner_id", organization.owner_id)
    organization.edit(wanted)
    organization.assign(owner_id)
    tx.save(organization)
    return tx.row(ORGANIZATIONS, organization_id)


def delete(tx: Transaction, organization_id: int) -> None:
    """Delete an organization; what is linked to it stays linked."""
    organization = tx.load(Organization, stream_id("organization", organization_id))
    organization.delete()
    tx.save(organization)
