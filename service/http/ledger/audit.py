"""Routes of the evidence: checkpoints, the keys that sign them, proofs of inclusion and of consistency."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Response, request
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from service.clock import Span, timestamp
from service.evidence.proof_files import event_proof, moment_proof
from service.evidence.proofs import in_base64, proof_text
from service.evidence.tree_check import CheckedTree, SignedTree
from service.http.call import Call
from service.http.errors import NotFound
from service.http.fields import QueryFlag, QueryId
from service.http.moments import blamed_on
from service.http.problem_details import ledger

TEXT = "text/plain"


class InclusionQuery(Schema):
    """Which event, and in the tree of which size: that of the newest checkpoint, where nothing is said."""

    position = QueryId(required=True)
    size = QueryId(load_default=None)
    format = fields.String(load_default=None, validate=validate.OneOf(["json", "text"]))


class ConsistencyQuery(Schema):
    """From which size of the tree to which: that of the newest checkpoint, where nothing is said."""

    since = QueryId(required=True, data_key="from")
    until = QueryId(load_default=None, data_key="to")


class ProofQuery(Schema):
    """One event by its position, or one lead or deal.

    What is ``unchecked`` is told of an event as the database holds it, also where it does not fit what was signed.
    """

    position = QueryId()
    lead_id = fields.UUID()
    deal_id = QueryId()
    unchecked = QueryFlag(load_default=False)

    @validates_schema
    def check_one(self, query: dict[str, Any], **_: Any) -> None:
        """One thing is named, and an event has no other moment than its own."""
        if len(query.keys() & {"position", "lead_id", "deal_id"}) != 1:
            raise ValidationError("name one event by its position, or one lead_id or deal_id", "query")
        if "position" in query and query.get("as_of") is not None:
            raise ValidationError("an event is the same at any moment; name a lead_id or a deal_id", "as_of")
        if query["unchecked"] and "position" not in query:
            raise ValidationError("only one event comes unchecked; name its position", "unchecked")


class InclusionProof(Schema):
    """The event's leaf, the root of the tree, and the nodes beside the way from the one to the other, in base64."""

    position = fields.Integer(required=True)
    size = fields.Integer(required=True)
    leaf = fields.String(required=True)
    root = fields.String(required=True)
    path = fields.List(fields.String(), required=True)


class ProvenEvent(Schema):
    """An event's stored bytes, the other parts of its leaf, and the nodes beside the way from that to the root."""

    position = fields.Integer(required=True)
    stream = fields.String(required=True)
    version = fields.Integer(required=True)
    topic = fields.String(required=True)
    state = fields.String(required=True)
    path = fields.List(fields.String(), required=True)


class ProvenStream(Schema):
    """All events of a stream up to the position and the next one, and how its last one is shown to be the last.

    ``end`` is the head that stands where its own would, as stream, version and position, and ``beside`` the nodes
    beside the way to it, from the root down.
    """

    kind = fields.String(required=True)
    id = fields.Raw(required=True)
    events = fields.List(fields.Nested(ProvenEvent), required=True)
    end = fields.List(fields.Raw(), required=True, allow_none=True)
    beside = fields.List(fields.String(), required=True)


class ProvenMoment(Schema):
    """Which moment the proof is about: a position, and the time where one was asked for."""

    position = fields.Integer(required=True)
    time = fields.String(required=True, allow_none=True)


class ProofFile(Schema):
    """A proof as a file: the checkpoint that all of it leads to, and one event, or all streams that it takes."""

    format = fields.String(required=True)
    checkpoint = fields.String(required=True)
    event = fields.Nested(ProvenEvent)
    as_of = fields.Nested(ProvenMoment)
    streams = fields.List(fields.Nested(ProvenStream))


class ConsistencyProof(Schema):
    """Both roots, and the nodes that show that the one tree is the beginning of the other, in base64."""

    since = fields.Integer(required=True, data_key="from")
    until = fields.Integer(required=True, data_key="to")
    from_root = fields.String(required=True)
    to_root = fields.String(required=True)
    path = fields.List(fields.String(), required=True)


@ledger.route(
    "GET",
    "/audit/checkpoint",
    formats=(TEXT,),
    problems=frozenset({404}),
    no_past="it is the last checkpoint; those before are in /audit/checkpoints",
    is_unrecorded=True,
)
def get_checkpoint(call: Call) -> Response:
    """The newest checkpoint as a signed note; the log is sealed up to now before."""
    note = call.ledger.notary.checkpoint()
    if note is None:
        raise NotFound("no checkpoint was signed yet")
    return Response(note, mimetype=TEXT)


@ledger.route("GET", "/audit/key", formats=(TEXT,), no_past="keys are those that sign now")
def get_key(call: Call) -> Response:
    """The public key that checkpoints are signed with, as verifiers take it; below it the next one and those before."""
    return Response("".join(f"{verifier}\n" for verifier in call.ledger.notary.verifiers()), mimetype=TEXT)


@ledger.route(
    "GET",
    "/audit/proofs/inclusion",
    query=InclusionQuery,
    answer=InclusionProof,
    formats=(TEXT,),
    is_audited=True,
    no_past="a proof is of a tree, which size names",
)
def get_inclusion_proof(call: Call) -> dict[str, Any] | Response:
    """What shows that an event is in the log as it was at a size; as text, with the checkpoint of that size."""
    position, size = call.query["position"], call.query["size"]
    with _checked_tree(call, max(size or 0, position)) as tree:
        size = _size(tree, size, at_least=position)
        if position > size:
            raise ValidationError({"position": [f"there is no such event among the first {size}"]})
        proof = tree.inclusion(position, size)
    if _wants_text(call.query["format"]):
        note = call.ledger.notary.note_of(SignedTree(size, proof.root))
        if note is None:
            raise ValidationError({"size": ["no checkpoint was signed at that size"]})
        return Response(proof_text(position, proof.path, note), mimetype=TEXT)
    return {
        "position": position,
        "size": size,
        "leaf": in_base64(proof.leaf),
        "root": in_base64(proof.root),
        "path": [*map(in_base64, proof.path)],
    }


@ledger.route(
    "GET",
    "/audit/proof",
    query=ProofQuery,
    answer=ProofFile,
    is_for_administrators=True,
    is_audited=True,
    has_past=True,
)
def get_proof(call: Call) -> Response:
    """A file that proves one event, or what a lead or a deal was at a moment, to anybody who has the public key.

    It is the file that `leadledger audit proof` writes, and `verifier.py proof` checks. The service checks it, too, and
    gives out none that does not hold, unless it is asked for what is there unchecked.
    """
    database, notary, query = call.ledger.database, call.ledger.notary, call.query
    with blamed_on("position" if "position" in query else "as_of"):
        if "position" in query:
            return _file(event_proof(database, notary, query["position"], is_checked=not query["unchecked"]))
        then, name = call.then, next(iter(query.keys() & {"lead_id", "deal_id"}))
        position = (call.ledger.event_log.max_notification_id() or 0) if then is None else then.position
        time = timestamp(then.now) if then is not None and isinstance(query["as_of"], Span) else None
        number = query[name] if name == "deal_id" else str(query[name])
        return _file(moment_proof(database, notary, name.removesuffix("_id"), number, position, time))


@ledger.route(
    "GET",
    "/audit/proofs/consistency",
    query=ConsistencyQuery,
    answer=ConsistencyProof,
    is_audited=True,
    no_past="a proof is of two trees, which from and to name",
)
def get_consistency_proof(call: Call) -> dict[str, Any]:
    """What shows that the log of one size is the beginning of the log of another: that nothing was altered."""
    old, new = call.query["since"], call.query["until"]
    with _checked_tree(call, max(new or 0, old)) as tree:
        new = _size(tree, new, at_least=old)
        if old > new:
            raise ValidationError({"from": [f"there were only {new} events"]})
        proof = tree.consistency(old, new)
    return {
        "from": old,
        "to": new,
        "from_root": in_base64(proof.old_root),
        "to_root": in_base64(proof.new_root),
        "path": [*map(in_base64, proof.path)],
    }


@contextmanager
def _checked_tree(call: Call, size: int) -> Iterator[CheckedTree]:
    """The tree to prove from; what is not signed yet of so many events is signed first."""
    signed = call.ledger.notary.tree_signed(size)
    with call.reading() as reading:
        yield CheckedTree(reading.connection, signed)


def _size(tree: CheckedTree, size: int | None, at_least: int) -> int:
    """The size that is meant: that which was signed last, or all there is of a service that is only read."""
    if size is not None and size > tree.size:
        raise ValidationError({"size": [f"there are only {tree.size} events"]})
    return size if size is not None else tree.signed.size if at_least <= tree.signed.size else tree.size


def _file(proof: str) -> Response:
    return Response(proof, mimetype="application/json")


def _wants_text(given: str | None) -> bool:
    return given == "text" or (given is None and request.accept_mimetypes.best == TEXT)
