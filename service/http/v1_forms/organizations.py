"""Organizations in version 1 of the wire (version 1's reference 6)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from projections.contact_counts import of_organizations
from projections.organizations import organizations
from service.commands import organizations as commands
from service.http.permitted_users import serve_permitted_users
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.addresses import address_fields, with_address
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, cc_email, form_of, older, serve_as, serve_search_as
from service.http.v1_forms.offset_lists import plain, serve_offset_list
from service.http.v1_forms.references import as_object, name_of, related_objects
from service.http.v2 import organizations as v2
from service.http.wire_fields import always_null

_REFERS = {"owner_id": "user"}


class OrganizationBody(contacts.ContactBody):
    """What commands know in other words."""

    @post_load
    def with_address(self, facts: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The facts, with the address and its parts in one."""
        return with_address(facts, "address")


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
        "add_time update_time",
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
serve_search_as(ORGANIZATION, v2.FINDING)
serve_as(
    ORGANIZATION,
    v2.ORGANIZATION,
    201,
    update=("Correct what is known of an organization, or hand it on.", commands.edit),
)
serve_permitted_users(ORGANIZATION)
serve_bulk_delete(ORGANIZATION, "Take organizations off the list of contacts.", commands.delete)
