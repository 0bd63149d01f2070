"""Organizations in version 1 of the wire (version 1's reference 6)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from projections.contact_counts import of_organizations
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.addresses import address_fields, with_address
from service.http.v1_forms.forms import ACTIVE_FLAG, COMPANY_ID, cc_email, form_of, older
from service.http.v1_forms.references import as_object, name_of, referring
from service.http.v2 import organizations as v2
from service.http.wire_fields import always_null


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
        as_object(older(v2.ORGANIZATION, "owner_id", is_filter=False)),
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
    **referring("owner_id", complete=contacts.counting("organization_id", of_organizations, ["people_count"])),
    body=OrganizationBody,
)

contacts.serve_contacts(
    ORGANIZATION,
    v2.ORGANIZATION,
    update="Correct what is known of an organization, or hand it on.",
    delete_many="Take organizations off the list of contacts.",
)
