"""Leads and deals without a history: the service that somebody would write by hand, as a baseline for ours."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, request
from marshmallow import Schema, fields
from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from service.clock import timestamp, wall_clock
from service.settings import Settings
from tests.benchmarks.plain_tables import CONVERSIONS, DEALS, LEADS, PERSONS, USERS, engine_of


class Value(Schema):
    """An amount and its currency."""

    amount = fields.Float(required=True)
    currency = fields.String(required=True)


class NewLead(Schema):
    """A lead as a client adds it."""

    title = fields.String(required=True)
    person_id = fields.Integer(required=True)
    value = fields.Nested(Value, required=True)


class LeadAnswer(Schema):
    """A lead as it is answered, with what version 1 of the public interface tells of one."""

    id = fields.String()
    title = fields.String()
    owner_id = fields.Integer()
    creator_id = fields.Integer()
    label_ids = fields.List(fields.String())
    person_id = fields.Integer()
    organization_id = fields.Integer()
    source_name = fields.String()
    origin = fields.String()
    origin_id = fields.String()
    channel = fields.Integer()
    channel_id = fields.String()
    source_deal_id = fields.Integer()
    is_archived = fields.Boolean()
    was_seen = fields.Boolean()
    value = fields.Function(lambda row: {"amount": row["amount"], "currency": row["currency"]})
    expected_close_date = fields.String()
    next_activity_id = fields.Integer()
    add_time = fields.String()
    update_time = fields.String()
    visible_to = fields.String()
    cc_email = fields.Function(lambda row: f"lead+{row['id']}@plain.invalid")


class DealAnswer(Schema):
    """A deal as it is answered, with what version 2 of the public interface tells of one."""

    id = fields.Integer()
    title = fields.String()
    creator_user_id = fields.Integer(attribute="creator_id")
    owner_id = fields.Integer()
    person_id = fields.Integer()
    org_id = fields.Integer(attribute="organization_id")
    pipeline_id = fields.Integer()
    stage_id = fields.Integer()
    value = fields.Float(attribute="amount")
    currency = fields.String()
    status = fields.String()
    probability = fields.Integer()
    lost_reason = fields.String()
    won_time = fields.String()
    lost_time = fields.String()
    close_time = fields.String()
    stage_change_time = fields.String()
    add_time = fields.String()
    update_time = fields.String()
    expected_close_date = fields.String()
    is_deleted = fields.Boolean()
    is_archived = fields.Boolean()
    archive_time = fields.String()
    label_ids = fields.List(fields.Integer())
    visible_to = fields.Integer()
    origin = fields.String()
    origin_id = fields.String()
    channel = fields.Integer()
    channel_id = fields.String()


NEW_LEAD, LEAD, LEAD_LIST = NewLead(), LeadAnswer(), LeadAnswer(many=True)
DEAL, DEAL_LIST = DealAnswer(), DealAnswer(many=True)

_USER = select(USERS.c.id).where(USERS.c.token == bindparam("token"))
_LEADS = (
    select(LEADS)
    .where(LEADS.c.is_deleted.is_(False), LEADS.c.is_archived.is_(False))
    .order_by(LEADS.c.add_time, LEADS.c.id)
    .limit(bindparam("count"))
)
_DEALS = (
    select(DEALS)
    .where(DEALS.c.is_deleted.is_(False), DEALS.c.is_archived.is_(False))
    .order_by(DEALS.c.id)
    .limit(bindparam("count"))
)


def plain() -> Flask:
    """The plain service on the database that the environment names."""
    app = Flask("plain")
    engine = engine_of(Settings.from_environment().database_url)

    @app.get("/v1/leads")
    def list_leads() -> Response:
        return _page(_LEADS, LEAD_LIST)

    @app.get("/api/v2/deals")
    def list_deals() -> Response:
        return _page(_DEALS, DEAL_LIST)

    def _page(query: Any, schema: Schema) -> Response:
        limit = int(request.args["limit"])
        with engine.connect() as connection:
            _user(connection)
            rows = connection.execute(query, {"count": limit + 1}).mappings().all()
        return jsonify(success=True, data=schema.dump(rows[:limit]), more_items_in_collection=len(rows) > limit)

    @app.get("/v1/leads/<lead_id>")
    def get_lead(lead_id: str) -> Response:
        with engine.connect() as connection:
            _user(connection)
            lead = _found(connection, LEADS, lead_id)
        return jsonify(success=True, data=LEAD.dump(lead._mapping))

    @app.get("/api/v2/deals/<int:deal_id>")
    def get_deal(deal_id: int) -> Response:
        with engine.connect() as connection:
            _user(connection)
            deal = _found(connection, DEALS, deal_id)
        return jsonify(success=True, data=DEAL.dump(deal._mapping))

    @app.post("/v1/leads")
    def add_lead() -> tuple[Response, int]:
        facts = NEW_LEAD.load(request.get_json())
        now = timestamp(wall_clock())
        with engine.begin() as connection:
            user_id = _user(connection)
            _found(connection, PERSONS, facts["person_id"])
            links = {"owner_id": user_id, "creator_id": user_id, "person_id": facts["person_id"]}
            lead = {"id": str(uuid4()), "title": facts["title"], **facts["value"], **links}
            connection.execute(insert(LEADS), lead | {"add_time": now, "update_time": now})
            added = _found(connection, LEADS, lead["id"])
        return jsonify(success=True, data=LEAD.dump(added._mapping)), 201

    @app.post("/api/v2/leads/<lead_id>/convert/deal")
    def convert(lead_id: str) -> Response:
        now, conversion_id = timestamp(wall_clock()), str(uuid4())
        with engine.begin() as connection:
            _user(connection)
            lead = _found(connection, LEADS, lead_id)._mapping
            if lead["is_deleted"]:
                abort(404)
            copied = ("title", "owner_id", "creator_id", "person_id", "organization_id", "amount", "currency")
            times = dict.fromkeys(("add_time", "update_time", "stage_change_time"), now)
            added = connection.execute(insert(DEALS), {name: lead[name] for name in copied} | times)
            key = added.inserted_primary_key
            assert key is not None
            connection.execute(update(LEADS).where(LEADS.c.id == lead_id).values(is_deleted=True, update_time=now))
            connection.execute(insert(CONVERSIONS), {"id": conversion_id, "lead_id": lead_id, "deal_id": key[0]})
        return jsonify(success=True, data={"conversion_id": conversion_id})

    @app.get("/api/v2/leads/<lead_id>/convert/status/<conversion_id>")
    def conversion(lead_id: str, conversion_id: str) -> Response:
        with engine.connect() as connection:
            _user(connection)
            done = _found(connection, CONVERSIONS, conversion_id)
        if done.lead_id != lead_id:
            abort(404)
        return jsonify(
            success=True, data={"conversion_id": conversion_id, "status": "completed", "deal_id": done.deal_id}
        )

    return app


def _user(connection: Connection) -> int:
    found = connection.execute(_USER, {"token": request.headers.get("x-api-token")}).first()
    if found is None:
        abort(401)
    user_id: int = found.id
    return user_id


def _found(connection: Connection, table: Table, key: Any) -> Row[Any]:
    found = connection.execute(select(table).where(table.c.id == key)).first()
    return abort(404) if found is None else found
