"""The route that names the users who may see a thing (wire reference 1.10)."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from projections.restrictions import contact_subject, permitted_users
from service.http.call import Call
from service.http.resource import Resource


def serve_permitted_users(resource: Resource) -> None:
    """Let clients ask who may see a thing."""

    def view(call: Call, **path: Any) -> list[int]:
        [thing_id] = path.values()
        row = resource.row(call, thing_id)
        subject_id = row["opportunity_id"] if "opportunity_id" in row else contact_subject(resource.singular, thing_id)
        with call.reading() as reading:
            return permitted_users(reading, subject_id)

    resource.serve(
        "GET",
        f"{resource.path_of_one}/permittedUsers",
        f"get_{resource.singular}_users",
        f"Who may see {resource.noun} at present.",
        view,
        answer=fields.Integer,
        many=True,
    )
