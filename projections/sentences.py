"""Puts events into plain sentences, as one would tell a colleague."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any

from aggregates.event import Event
from projections.engine.reading import Reading
from projections.kinds import KINDS, NAMED_BY
from projections.names import names_of

SENTENCES: dict[str, str] = {
    "LeadCreated": "{who} added the lead “{title}”",
    "LeadEdited": "{who} changed the lead’s {changes}",
    "LeadAssigned": "{who} handed the lead to {owner_id}",
    "LeadLabelled": "{who} chose the lead’s labels anew",
    "LeadSeen": "{who} looked at the lead",
    "LeadMarkedUnseen": "{who} marked the lead as new again",
    "LeadArchived": "{who} put the lead aside",
    "LeadUnarchived": "{who} fetched the lead back into the inbox",
    "LeadDeleted": "{who} deleted the lead",
    "LeadConvertedToDeal": "{who} confirmed the lead: it became deal {deal_id} at {stage_id}",
    "LeadBecameReady": "The lead became ready to be a deal: {rules_met}",
    "LeadNoLongerReady": "The lead is no longer ready to be a deal",
    "LeadReturned": "The lead “{title}” is in the inbox again",
    "DealCreated": "The deal “{title}” entered {pipeline_id} at {stage_id}",
    "DealEdited": "{who} changed the deal’s {changes}",
    "DealAssigned": "{who} handed the deal to {owner_id}",
    "DealLabelled": "{who} chose the deal’s labels anew",
    "DealEstimated": "{who} judged how likely the deal is: {probability}",
    "DealMovedToStage": "{who} moved the deal to {stage_id}",
    "DealWon": "{who} won the deal",
    "DealLost": "{who} lost the deal: {lost_reason}",
    "DealReopened": "{who} took up the deal again",
    "DealArchived": "{who} put the deal aside",
    "DealUnarchived": "{who} fetched the deal back onto the board",
    "DealDeleted": "{who} deleted the deal",
    "DealRevertedToLead": "{who} took the deal back to the inbox{reasons}",
    "DealReturned": "The deal “{title}” is back, at {stage_id}",
    "SignalRecorded": "{who} noted a signal: {kind}{interest}",
    "ConversionPolicyAdopted": "{who} decided when leads are ready to become deals (version {version})",
    "InboxReviewStarted": "{who} had the inbox judged again",
    "InboxReviewAdvanced": "Another {judged} leads were judged again",
    "InboxReviewCompleted": "All leads have been judged again",
    "PersonAdded": "{who} added {name} to the persons",
    "PersonEdited": "{who} changed the person’s {changes}",
    "PersonAssigned": "{who} handed the person to {owner_id}",
    "PersonDeleted": "{who} deleted the person",
    "PersonErasureStarted": "{who} had the person erased ({legal_basis})",
    "PersonErased": "Nothing readable is left of the person: {events} events and {rows} rows were erased",
    "OrganizationAdded": "{who} added {name} to the organizations",
    "OrganizationEdited": "{who} changed the organization’s {changes}",
    "OrganizationAssigned": "{who} handed the organization to {owner_id}",
    "OrganizationDeleted": "{who} deleted the organization",
    "LegalHoldPlaced": "{who} put the {kind} on legal hold",
    "LegalHoldReleased": "{who} released the {kind} from legal hold",
    "ErasureStarted": "{who} had {is_redaction}the {kind} erased ({legal_basis})",
    "ErasureConfirmed": "Nothing readable is left of the {kind}: {events} events and {rows} rows were erased",
    "PipelineAdded": "{who} laid out the pipeline {name}",
    "PipelineEdited": "{who} changed the pipeline’s {changes}",
    "PipelineDeleted": "{who} gave up the pipeline {pipeline_id}",
    "StageAdded": "{who} added the stage {name} to {pipeline_id}",
    "StageEdited": "{who} changed the {changes} of the stage {stage_id}",
    "StageMovedToPipeline": "{who} moved the stage {stage_id} to {pipeline_id}",
    "StageDeleted": "{who} gave up the stage {stage_id}",
    "LeadLabelAdded": "{who} made the lead label {name}",
    "LeadLabelEdited": "{who} changed a lead label’s {changes}",
    "LeadLabelDeleted": "{who} gave up a lead label",
    "LeadSourceAdded": "{who} added {name} to the sources of leads",
    "LeadSourceEdited": "{who} changed the {changes} of a source of leads",
    "LeadSourceDeleted": "{who} gave up {lead_source_id} as a source of leads",
    "NoteAdded": "{who} wrote a note",
    "NoteEdited": "{who} changed the note’s {changes}",
    "NoteRepinned": "{who} pinned the note to {pinned_to}",
    "NoteDeleted": "{who} deleted the note",
    "ActivityAdded": "{who} planned the {type} “{subject}”",
    "ActivityEdited": "{who} changed the activity’s {changes}",
    "ActivityAssigned": "{who} handed the activity to {owner_id}",
    "ActivityDone": "{who} marked the activity as done",
    "ActivityReopened": "{who} marked the activity as still to be done",
    "ActivityDeleted": "{who} deleted the activity",
    "ActivityTypeAdded": "{who} made the activity type {name}",
    "ActivityTypeEdited": "{who} changed an activity type’s {changes}",
    "ActivityTypeDeleted": "{who} gave up an activity type",
    "FollowerAdded": "{who} put {user_id} among the followers",
    "FollowerDeleted": "{who} took {user_id} off the followers",
    "UserAdded": "{who} let {name} in as a user",
    "UserDeactivated": "{who} let {user_id} work here no longer",
    "PasswordGiven": "{who} gave {user_id} a password",
    "TokenIssued": "{who} handed {user_id} the token {name}",
    "TokenLimited": "{who} let a token of {user_id} expire at {expires}",
    "TokenRevoked": "{who} revoked a token of {user_id}",
}
"""One sentence for each event: fields in braces are the event's own, ids becoming names."""

_NAMED = {"who": KINDS["user"].table} | {name: kind.table for name, kind in NAMED_BY.items() if kind.title == "name"}
_CHANGED = {"amount": "value", "currency": "value", "visible_to": "visibility", "order_nr": "place"}
_FIELDS = {
    name: tuple(field for _, field, _, _ in Formatter().parse(sentence) if field)
    for name, sentence in SENTENCES.items()
}


def sentences(reading: Reading, events: Sequence[Event]) -> list[str]:
    """What happened, one sentence for each event; people and places are called by the names they have now."""
    wanted: dict[str, set[Any]] = {field: set() for field in _NAMED}
    for event in events:
        for field in _FIELDS[type(event).__name__]:
            if field in _NAMED:
                wanted[field].add(_fact(event, field))
    names = {field: names_of(reading, table, wanted[field]) for field, table in _NAMED.items()}
    return [_sentence(event, names) for event in events]


def _sentence(event: Event, names: Mapping[str, Mapping[int, str]]) -> str:
    kind = type(event).__name__
    words = {field: _in_words(field, _fact(event, field), names.get(field)) for field in _FIELDS[kind]}
    return SENTENCES[kind].format_map(words)


def _fact(event: Event, field: str) -> Any:
    return event.by if field == "who" else getattr(event, field)


def _in_words(field: str, fact: Any, names: Mapping[int, str] | None) -> str:
    match field, fact:
        case "who", None:
            return "The system"
        case "probability", None:
            return "as its stage says"
        case "probability", _:
            return f"{fact} %"
        case "lost_reason", None:
            return "no reason was given"
        case "kind", _:
            return str(fact).removeprefix("x_").replace("_", " ")
        case "is_redaction", _:
            return "the words of " if fact else ""
        case "interest", _:
            return {True: ", with interest", False: ", without interest"}.get(fact, "")
        case "pinned_to", []:
            return "nothing"
        case "pinned_to", _:
            return _listed([f"its {link}" for link in fact])
        case "type", _:
            return str(fact).replace("_", " ")
        case "reasons", None | []:
            return ""
        case "reasons", _:
            return f": {'; '.join(map(str, fact))}"
        case "rules_met", _:
            return _listed(list(map(str, fact)))
        case "changes", _:
            return _listed(list(dict.fromkeys(_changed(name) for name in fact)))
    return str(fact) if names is None else names.get(fact, "somebody or something unknown")


def _changed(name: str) -> str:
    return _CHANGED.get(name, name.removesuffix("_id").replace("_", " "))


def _listed(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} and {last}" if others else last
