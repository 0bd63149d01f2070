"""The commands about organizations: add, edit, delete."""

from aggregates.organization import Organization
from projections.organizations import ORGANIZATIONS
from service.commands.owned_records import OwnedRecords

_ORGANIZATIONS = OwnedRecords(Organization, ORGANIZATIONS)

add = _ORGANIZATIONS.add
edit = _ORGANIZATIONS.edit
delete = _ORGANIZATIONS.delete
