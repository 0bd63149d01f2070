"""Schemas of the ways to reach a person: addresses and numbers, one of each the primary one."""

from __future__ import annotations

from marshmallow import Schema, validate

from service.http.fields import Email, Flag, Phone, Text

MOST_WAYS = validate.Length(max=100)


class Way(Schema):
    """One way to reach a person."""

    primary = Flag()
    label = Text(allow_none=True)


class EmailWay(Way):
    """An address to write to."""

    value = Email(required=True)


class PhoneWay(Way):
    """A number to call."""

    value = Phone(required=True)
