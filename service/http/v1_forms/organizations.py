"""Organizations in version 1 of the wire (version 1's reference 6)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from projections.contact_counts import of_organizations
from projections.organizations import find_organizations, organizations
from service.commands import organizations as commands
from service.http.fields import Offset
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.permitted_users import serve_permitted_users
from service.http.search import BY_OFFSET
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.addresses import address_fields, with_address
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, SearchInWords, cc_email, form_of, older
from service.http.v1_forms.offset_lists import plain, serve_offset_list
from service.http.v1_forms.references import as_object, name_of, related_objects
from service.http.v2 import organizations as v2
from service.http.v2.lists import serve_search
from service.http.wire_fields import always_null

_REFERS = {"owner_id": "user"}


class OrganizationBody(contacts.ContactBody):
    """What commands know in other words."""

    @post_load
    def with_address(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with the address and its parts in one."""
        return with_address(facts, "address")


class OrganizationSearch(SearchInWords, v2.OrganizationSearch, Offset):
    """What to look for in organizations, and how much of what is found."""

    class Meta:
        """What is left out."""

        exclude = ("cursor",)


ORGANIZATION = form_of(
    v2.ORGANIZATION,
    __name__,
    (
        "id",
        COMPANY_ID,
        as_object(older(v2.ORGANIZATION, "owner_id", is_filter=False), "user"),
        "name",
        ACTIVE_FLAG,
        contacts.FIRST_CHAR,
        "add_time",
        "update_time",
        contacts.DELETE_TIME,
        "visible_to",
        always_null("picture_id", fields.Integer),
        always_null("country_code", fields.String),
        always_null("category_id", fields.Integer),
        contacts.LABEL,
        "label_ids",
        *address_fields("address"),
        *contacts.ALWAYS,
        "people_count",
        name_of("owner_name", "owner_id"),
        cc_email("organization", "organization_id"),
    ),
    complete=contacts.counting("organization_id", of_organizations, _REFERS, ["people_count"]),
    needs=tuple(_REFERS),
    beside=related_objects(_REFERS),
    body=OrganizationBody,
)

serve_offset_list(
    ORGANIZATION,
    "Organizations that are not deleted.",
    plain(organizations),
    contacts.ContactsQuery,
    contacts.narrow,
)
serve_search(
    ORGANIZATION,
    "Organizations that a term finds, the best match first.",
    find_organizations,
    v2.FOUND,
    OrganizationSearch,
    paging=BY_OFFSET,
    name="search_organization",
)
serve_get(ORGANIZATION, "One organization; a deleted one for a while, too.")
serve_add(ORGANIZATION, "Let a company become known.", commands.add, status=201)
serve_update(ORGANIZATION, "Correct what is known of an organization, or hand it on.", commands.edit, "PUT")
serve_delete(ORGANIZATION, "Take an organization off the list of contacts.", commands.delete)
serve_permitted_users(ORGANIZATION)
serve_bulk_delete(ORGANIZATION, "Take organizations off the list of contacts.", commands.delete)
