"""Makes the form that version 1 has of a kind of thing out of version 2's: other names and shapes of the same fields.

The vendor has retired these forms, and clients that are installed still use them (wire reference, version 1).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from operator import not_
from typing import Any, ClassVar

from marshmallow import Schema, ValidationError, fields
from marshmallow.fields import Field

from service.http.fields import Flag, Offset, Visibility
from service.http.json import UnreadableBody
from service.http.loose_fields import loosened
from service.http.operations import serve_add, serve_delete, serve_get, serve_update
from service.http.pipedrive import NoTerm, v1
from service.http.resource import Resource
from service.http.search import BY_OFFSET, Search
from service.http.time_fields import Moment
from service.http.times import classic
from service.http.v1.bulk_deletes import serve_bulk_delete
from service.http.v1_forms.offset_lists import Narrow, no_more, plain, serve_offset_list
from service.http.v2.lists import Finding, serve_search
from service.http.wire_fields import Constant, WireField, by_kind

COMPANY_ID = WireField("company_id", shows=fields.Integer(), source=Constant(1))
TEXT_OR_NULL = fields.String(allow_none=True)
ACTIVE_FLAG = WireField("active_flag", shows=Flag(), source="is_deleted", convert=not_)


def cc_email(kind: str, key: str) -> WireField:
    """The address that mail about a thing could be copied to; ``key`` is the column of its id."""
    return WireField("cc_email", shows=fields.String(), source=key, convert=f"{kind}+{{}}@leadledger.invalid".format)


_SHOWN: Mapping[type[Field[Any]], Callable[[Any], Any]] = {Moment: classic, Visibility: str}
"""What is done to a column's value that version 1 shows as text, by the kind of field that version 2 has."""


class InvalidPayload(UnreadableBody):
    """A body says what there is no field for, or lacks what a new thing must have."""


class Body(Schema):
    """A body that is refused in version 1's words; ``lacking`` is said where a new thing lacks what it needs."""

    lacking: ClassVar[str] = ""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Raise `InvalidPayload` for keys that are unknown, or missing."""
        wrong = error.messages_dict
        if unknown := [name for name, reasons in wrong.items() if reasons == [self.error_messages["unknown"]]]:
            raise InvalidPayload(f"Invalid field(s) in the payload: {', '.join(unknown)}")
        if self.lacking and any(reasons == [Field.default_error_messages["required"]] for reasons in wrong.values()):
            raise InvalidPayload(self.lacking)


class SearchInWords(Search):
    """What to look for; where no term is given, that is said as version 1 does."""

    def handle_error(self, error: ValidationError, data: Any, **_: Any) -> None:
        """Raise `NoTerm` where the term is missing or empty."""
        if not data.get("term"):
            raise NoTerm("is not allowed to be empty" if "term" in data else "is required")


def form_of(
    resource: Resource,
    module: str,
    wire_fields: Sequence[WireField | str],
    own: Sequence[WireField] = (),
    **differing: Any,
) -> Resource:
    """The form that version 1 has of a resource of version 2, with these fields.

    A text names several of them, with blanks between: its ``own`` ones, those that most forms have, and `older` ones.
    What else is ``differing`` is named as `Resource` has it.
    """
    copied_to = cc_email(resource.singular, resource.key.name)
    usual = {each.name: each for each in (COMPANY_ID, ACTIVE_FLAG, copied_to, *own)}
    ours = list[WireField]()
    for field in wire_fields:
        told = field.split() if isinstance(field, str) else [field]
        ours += [each if isinstance(each, WireField) else usual.get(each) or older(resource, each) for each in told]
    return replace(resource, **{"module": module, "family": v1, "wire_fields": ours, "remark": "", **differing})


def serve_as(
    form: Resource,
    resource: Resource,
    query: type[Schema] = Offset,
    narrow: Narrow = no_more,
    *,
    status: int = 200,
    delete_many: str = "",
    **differing: Any,
) -> None:
    """Let clients do by version 1's form what they can by version 2's resource, as `Resource.ordinary` names it.

    What says something else is ``differing``: another text, another command, or None for what is served elsewhere.
    Lists and searches are by offset, the lists as ``query`` and ``narrow`` have it; ``status`` is that of a new thing's
    answer; ``delete_many`` is what is said of deleting many at once, where clients can.
    """
    serve: dict[str, Callable[[str, Any], object]] = {
        "list": lambda summary, listing: serve_offset_list(form, summary, plain(listing), query, narrow),
        "search": lambda _, finding: serve_search(form, _by_offset(finding), BY_OFFSET),
        "get": lambda summary, _: serve_get(form, summary),
        "add": lambda summary, add: serve_add(form, summary, add, status),
        "update": lambda summary, edit: serve_update(form, summary, edit, "PUT"),
        "delete": lambda summary, delete: serve_delete(form, summary, delete),
    }
    for name, (summary, by) in resource.ordinary.items():
        if isinstance(other := differing.get(name, by), str):
            serve[name](other, by)
        elif name not in differing or other is not None:
            serve[name](summary, other)
    if delete_many:
        serve_bulk_delete(form, delete_many, form.ordinary["delete"][1])


def _by_offset(finding: Finding) -> Finding:
    parts = {"Meta": type("Meta", (), {"exclude": ("cursor",)})}
    return replace(finding, query=type("SearchByOffset", (SearchInWords, finding.query, Offset), parts))


def older(resource: Resource, name: str, called: str = "", *, is_filter: bool = True) -> WireField:
    """A field of version 2 in the shape that version 1 gives to all of its kind, where it may be ``called`` otherwise.

    Lists are filtered by it as in version 2 if it ``is_filter``.
    """
    field = next(field for field in resource.wire_fields if field.name == name)
    text = by_kind(_SHOWN, field.shown_as)
    return replace(
        field,
        name=called or name,
        takes=None if field.takes is None else loosened(field.takes),
        shows=field.shown_as if text is None else fields.String(allow_none=field.shown_as.allow_none),
        source=field.source or name,
        convert=field.convert if text is None else text,
        on_request="",
        filters=field.filters if is_filter else None,
        sorts=field.column if isinstance(field.source, str) and field.column in resource.table.c else "",
    )
