"""Organizations in version 1 of the wire (version 1's reference 6)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields, post_load

from projections.contact_counts import of_organizations
from service.http.v1_forms import contact_fields as contacts
from service.http.v1_forms.addresses import address_fields, with_address
from service.http.v1_forms.forms import form_of, older
from service.http.v1_forms.references import NAMES, as_object, referring
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
        "id company_id",
        as_object(older(v2.ORGANIZATION, "owner_id", is_filter=False)),
        "name active_flag first_char add_time update_time delete_time visible_to",
        always_null("picture_id", fields.Integer),
        always_null("country_code", fields.String),
        always_null("category_id", fields.Integer),
        "label label_ids",
        *address_fields("address"),
        *contacts.ALWAYS,
        "people_count owner_name cc_email",
    ),
    (*NAMES, *contacts.FIELDS),
    **referring("owner_id", complete=contacts.counting("organization_id", of_organizations, ["people_count"])),
    body=OrganizationBody,
)

contacts.serve_contacts(
    ORGANIZATION,
    v2.ORGANIZATION,
    update="Correct what is known of an organization, or hand it on.",
    delete_many="Take organizations off the list of contacts.",
)
