"""A possible sale that nobody has confirmed: from its arrival in the inbox until it becomes a deal, and back."""

from __future__ import annotations

from typing import Any, ClassVar, Required, TypedDict, Unpack
from uuid import UUID

from aggregates.aggregate import Aggregate
from aggregates.details import Details, SomeDetails
from aggregates.event import Event, personal_changes
from aggregates.placement import Placement
from aggregates.policy import READY
from aggregates.refusals import Gone, OtherForm, Refusal


class LeadEvent(Event, abstract=True):
    """Something that happened to one lead."""

    @property
    def lead_id(self) -> str:
        """The lead's UUID as text; its stream bears the same id."""
        return self.text_id


class LeadCreated(LeadEvent, Details, personal=("title", "channel_id", "origin_id")):
    """A possible sale came in through one of the doors leads arrive by; nobody has confirmed it yet.

    ``deal_id`` names the deal it was taken back from, where it began as a deal.
    """

    opportunity_id: str
    label_ids: list[str]
    was_seen: bool
    source_name: str
    origin: str
    origin_id: str | None = None
    deal_id: int | None = None

    def apply(self, lead: Lead) -> None:
        lead.details = Details.of(self)
        lead.opportunity_id = self.opportunity_id
        lead.label_ids = self.label_ids
        lead.was_seen = self.was_seen
        lead.origin = self.origin
        lead.origin_id = self.origin_id
        lead.deal_id = self.deal_id


class LeadEdited(LeadEvent, personal=personal_changes(LeadCreated)):
    """Somebody corrected what the lead says about itself; only the details that changed are told."""

    changes: dict[str, Any]

    def apply(self, lead: Lead) -> None:
        lead.details = lead.details.edited(self.changes)


class LeadAssigned(LeadEvent):
    """The lead was handed to another owner."""

    owner_id: int

    def apply(self, lead: Lead) -> None:
        lead.details = lead.details.edited({"owner_id": self.owner_id})


class LeadLabelled(LeadEvent):
    """The lead's labels were chosen anew."""

    label_ids: list[str]

    def apply(self, lead: Lead) -> None:
        lead.label_ids = self.label_ids


class LeadSeen(LeadEvent, is_edit=False):
    """Somebody looked at the lead."""

    def apply(self, lead: Lead) -> None:
        lead.was_seen = True


class LeadMarkedUnseen(LeadEvent, is_edit=False):
    """Somebody marked the lead as new again."""

    def apply(self, lead: Lead) -> None:
        lead.was_seen = False


class LeadArchived(LeadEvent):
    """The lead was put aside: out of the inbox, but not forgotten."""

    def apply(self, lead: Lead) -> None:
        lead.is_archived = True


class LeadUnarchived(LeadEvent):
    """The lead was fetched back into the inbox."""

    def apply(self, lead: Lead) -> None:
        lead.is_archived = False


class LeadDeleted(LeadEvent):
    """The lead was thrown away."""

    def apply(self, lead: Lead) -> None:
        lead.is_deleted = True


class LeadConvertedToDeal(LeadEvent):
    """The lead was confirmed and became a deal, which entered a pipeline at a stage.

    ``verdict`` is what the conversion policy of that version said of the lead just then, ready, not_yet or unknown,
    and ``rules_met`` names the rules that were met. Older events do not tell.
    """

    conversion_id: str
    deal_id: int
    pipeline_id: int
    stage_id: int
    verdict: str | None = None
    policy_version: int | None = None
    rules_met: list[str] | None = None

    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before there was a policy, nothing was said of a lead."""
        data.update(verdict=None, policy_version=None, rules_met=None)

    def apply(self, lead: Lead) -> None:
        lead.is_converted = True
        lead.deal_id = self.deal_id


class LeadBecameReady(LeadEvent, is_edit=False):
    """By the conversion policy of that version, the lead should become a deal, since these rules are met."""

    policy_version: int
    rules_met: list[str]

    def apply(self, lead: Lead) -> None:
        lead.is_ready = True


class LeadNoLongerReady(LeadEvent, is_edit=False):
    """What had made the lead ready holds no longer, or the policy of that version asks for more.

    ``verdict`` is what that policy says instead: not_yet or unknown.
    """

    policy_version: int
    verdict: str

    def apply(self, lead: Lead) -> None:
        lead.is_ready = False


class LeadReturned(LeadEvent, Details, personal=("title", "channel_id")):
    """The deal this lead had become was taken back: the lead is in the inbox again, as the deal left it."""

    conversion_id: str
    deal_id: int

    def apply(self, lead: Lead) -> None:
        lead.is_converted = False
        lead.details = Details.of(self)


class LeadOrigin(TypedDict, total=False):
    """What a lead brings along beside its details when it comes in, as `LeadCreated` tells it."""

    label_ids: list[str]
    was_seen: bool
    source_name: Required[str]
    origin: Required[str]
    origin_id: str | None
    deal_id: int | None


class PolicyAdvice(TypedDict):
    """What the conversion policy said of a lead that is converted, as `LeadConvertedToDeal` tells it."""

    verdict: str
    policy_version: int
    rules_met: list[str]


class Lead(Aggregate):
    """The unconfirmed form of an opportunity; it keeps its UUID for ever, through any number of round trips."""

    created = LeadCreated

    details: Details
    opportunity_id: str
    label_ids: list[str]
    was_seen: bool
    origin: str
    origin_id: str | None
    deal_id: int | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.is_archived = False
        self.is_deleted = False
        self.is_converted = False
        self.is_ready = False

    @classmethod
    def create(
        cls, lead_id: UUID, details: Details, *, opportunity_id: str | None = None, **facts: Unpack[LeadOrigin]
    ) -> Lead:
        """Let a lead come in; it starts an opportunity of its own unless it is another form of one."""
        details.check_linked()
        lead = cls(lead_id)
        told = {"label_ids": [], "was_seen": False, **details.as_facts(), **facts}
        lead.record(LeadCreated, opportunity_id=opportunity_id or str(lead_id), **told)
        return lead

    def edit(self, wanted: SomeDetails) -> None:
        """Correct details (any but the owner). Records no event if nothing changes."""
        self.check_present()
        if changes := self.details.differing(wanted):
            self.details.edited(changes).check_linked()
            self.record(LeadEdited, changes=changes)

    def assign(self, owner_id: int) -> None:
        """Hand the lead to an owner."""
        self.check_present()
        if owner_id != self.details.owner_id:
            self.record(LeadAssigned, owner_id=owner_id)

    def label(self, label_ids: list[str]) -> None:
        """Replace the lead's labels."""
        self.check_present()
        if label_ids != self.label_ids:
            self.record(LeadLabelled, label_ids=label_ids)

    def see(self, was_seen: bool) -> None:
        """Note that somebody looked at the lead, or mark it as new again."""
        self.check_present()
        if was_seen != self.was_seen:
            self.record(LeadSeen if was_seen else LeadMarkedUnseen)

    def archive(self, is_archived: bool) -> None:
        """Put the lead aside, or fetch it back into the inbox."""
        self.check_present()
        if is_archived != self.is_archived:
            self.record(LeadArchived if is_archived else LeadUnarchived)

    def delete(self) -> None:
        """Throw the lead away."""
        self.check_present()
        self.record(LeadDeleted)

    def judge(self, verdict: str, *, policy_version: int, rules_met: list[str]) -> None:
        """Note what the policy says of the lead. Records no event if it is as ready, or not, as before."""
        self.check_present()
        if verdict == READY and not self.is_ready:
            self.record(LeadBecameReady, policy_version=policy_version, rules_met=rules_met)
        elif verdict != READY and self.is_ready:
            self.record(LeadNoLongerReady, policy_version=policy_version, verdict=verdict)

    def convert(
        self,
        *,
        conversion_id: UUID,
        deal_id: int,
        advice: PolicyAdvice | None = None,
        **placement: Unpack[Placement],
    ) -> None:
        """Confirm the lead; see `aggregates.opportunity.convert` for the deal's side. Raises `Refusal`."""
        self.check_present()
        if self.is_archived:
            raise Refusal("the lead is archived; unarchive it before converting it")
        facts = {**placement, **(advice or {})}
        self.record(LeadConvertedToDeal, conversion_id=str(conversion_id), deal_id=deal_id, **facts)

    def come_back(self, details: Details, *, conversion_id: UUID, deal_id: int) -> None:
        """Be a lead again, with the details the deal had last."""
        self.record(LeadReturned, conversion_id=str(conversion_id), deal_id=deal_id, **details.as_facts())

    def check_present(self) -> None:
        """Raise `Gone` where the lead was deleted, and `OtherForm` where it is a deal at present."""
        if self.is_deleted:
            raise Gone("the lead was deleted")
        if self.is_converted:
            raise OtherForm("deal", str(self.id), self.deal_id)
