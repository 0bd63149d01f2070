"""Leads and deals without a history: the service that somebody would write by hand, as a baseline for ours."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from flask import Flask, Response, abort, jsonify, request
from marshmallow import Schema, fields
from sqlalchemy import ForeignKey, Numeric, String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from service.clock import timestamp, wall_clock
from service.database.database import Database
from service.settings import Settings
from tests.benchmarks.load import TOKEN


class Base(DeclarativeBase):
    """The tables of the plain service."""


class User(Base):
    """Somebody with a token."""

    __tablename__ = "plain_users"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), index=True)


class Person(Base):
    """Somebody a lead is about."""

    __tablename__ = "plain_persons"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class Opportunity:
    """What a lead and a deal have in common."""

    title: Mapped[str]
    owner_id: Mapped[int] = mapped_column(ForeignKey("plain_users.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("plain_persons.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Numeric(15, 2), index=True)
    currency: Mapped[str] = mapped_column(String(3))
    is_deleted: Mapped[bool] = mapped_column(default=False)
    add_time: Mapped[str] = mapped_column(index=True)
    update_time: Mapped[str] = mapped_column(index=True)


class Lead(Opportunity, Base):
    """A lead that forgets its past."""

    __tablename__ = "plain_leads"
    id: Mapped[str] = mapped_column(String(36), primary_key=True)


class Deal(Opportunity, Base):
    """A deal that forgets where it came from."""

    __tablename__ = "plain_deals"
    id: Mapped[int] = mapped_column(primary_key=True)
    stage_id: Mapped[int] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default="open")


class Value(Schema):
    """An amount and its currency."""

    amount = fields.Decimal(required=True)
    currency = fields.String(required=True)


class NewLead(Schema):
    """A lead as a client adds it."""

    title = fields.String(required=True)
    person_id = fields.Integer(required=True)
    value = fields.Nested(Value, required=True)


class LeadAnswer(NewLead):
    """A lead as it is answered."""

    id = fields.String()
    owner_id = fields.Integer()
    add_time = fields.String()
    update_time = fields.String()


def plain() -> Flask:
    """The plain service on the database that the environment names."""
    app = Flask("plain")
    database = Database(Settings.from_environment().database_url)
    new_lead = NewLead()

    def user(session: Session) -> User:
        return session.scalars(select(User).where(User.token == request.headers.get("x-api-token"))).one()

    @app.post("/v1/leads")
    def add_lead() -> tuple[Response, int]:
        facts = new_lead.load(request.get_json())
        now = timestamp(wall_clock())
        with Session(database.engine) as session, session.begin():
            owner = user(session)
            if session.get(Person, facts["person_id"]) is None:
                abort(400)
            times = {"add_time": now, "update_time": now}
            links = {"owner_id": owner.id, "person_id": facts["person_id"]}
            lead = Lead(id=str(uuid4()), title=facts["title"], **facts["value"], **links, **times)
            session.add(lead)
            answer = {name: getattr(lead, name) for name in ("id", "title", "owner_id", "person_id", "add_time")}
        return jsonify(success=True, data=answer), 201

    @app.post("/api/v2/leads/<lead_id>/convert/deal")
    def convert(lead_id: str) -> Response:
        now = timestamp(wall_clock())
        with Session(database.engine) as session, session.begin():
            user(session)
            lead = session.get(Lead, lead_id)
            if lead is None or lead.is_deleted:
                abort(404)
            copied = ("title", "owner_id", "person_id", "amount", "currency")
            facts = {name: getattr(lead, name) for name in copied}
            session.add(Deal(stage_id=1, add_time=now, update_time=now, **facts))
            lead.is_deleted = True
            lead.update_time = now
        return jsonify(success=True, data={"conversion_id": str(uuid4())})

    return app


def prepare(database_url: str) -> None:
    """Make the plain service's tables, its user and a person."""
    database = Database(database_url)
    with database.writing() as connection:
        Base.metadata.create_all(connection)
    with Session(database.engine) as session, session.begin():
        session.add(User(id=1, token=TOKEN))
        session.add(Person(id=1, name="Kari Nordmann"))
    database.close()
