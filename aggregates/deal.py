"""A confirmed sale: from its entry into a pipeline, stage by stage, to won or lost, or back to the inbox."""

from __future__ import annotations

from typing import Any, ClassVar, Required, TypedDict, Unpack
from uuid import UUID

from aggregates.aggregate import Numbered
from aggregates.details import Details, SomeDetails
from aggregates.event import Event, personal_changes
from aggregates.placement import Placement
from aggregates.refusals import Gone, OtherForm, Refusal


class DealEvent(Event, abstract=True):
    """Something that happened to one deal."""

    deal_id: int


class DealCreated(DealEvent, Details, personal=("title", "channel_id", "origin_id")):
    """A confirmed opportunity entered a pipeline; ``lead_id`` names the lead it was, where it was one."""

    opportunity_id: str
    pipeline_id: int
    stage_id: int
    lead_id: str | None = None
    label_ids: list[int]
    probability: int | None = None
    origin: str
    origin_id: str | None = None

    def apply(self, deal: Deal) -> None:
        deal.deal_id = self.deal_id
        deal.details = Details.of(self)
        deal.opportunity_id = self.opportunity_id
        deal.pipeline_id = self.pipeline_id
        deal.stage_id = self.stage_id
        deal.lead_id = self.lead_id
        deal.label_ids = self.label_ids
        deal.probability = self.probability
        deal.origin = self.origin
        deal.origin_id = self.origin_id


class DealEdited(DealEvent, personal=personal_changes(DealCreated)):
    """Somebody corrected what the deal says about itself; only the details that changed are told."""

    changes: dict[str, Any]

    def apply(self, deal: Deal) -> None:
        deal.details = deal.details.edited(self.changes)


class DealAssigned(DealEvent):
    """The deal was handed to another owner."""

    owner_id: int

    def apply(self, deal: Deal) -> None:
        deal.details = deal.details.edited({"owner_id": self.owner_id})


class DealLabelled(DealEvent):
    """The deal's labels were chosen anew."""

    label_ids: list[int]

    def apply(self, deal: Deal) -> None:
        deal.label_ids = self.label_ids


class DealEstimated(DealEvent):
    """Somebody said how likely the deal is, in per cent; without a number its stage's probability counts."""

    probability: int | None

    def apply(self, deal: Deal) -> None:
        deal.probability = self.probability


class DealMovedToStage(DealEvent):
    """The deal went on to another stage, or back to one, perhaps of another pipeline."""

    pipeline_id: int
    stage_id: int

    def apply(self, deal: Deal) -> None:
        deal.pipeline_id = self.pipeline_id
        deal.stage_id = self.stage_id


class DealWon(DealEvent):
    """The customer said yes; ``won_at`` is when, where that was not the moment it was recorded."""

    won_at: str | None = None

    def apply(self, deal: Deal) -> None:
        deal.status = "won"
        deal.lost_reason = None


class DealLost(DealEvent, personal=("lost_reason",)):
    """The customer said no; ``lost_at`` is when, where that was not the moment it was recorded."""

    lost_reason: str | None = None
    lost_at: str | None = None

    def apply(self, deal: Deal) -> None:
        deal.status = "lost"
        deal.lost_reason = self.lost_reason


class DealReopened(DealEvent):
    """A deal that had been won or lost is being worked on again."""

    def apply(self, deal: Deal) -> None:
        deal.status = "open"
        deal.lost_reason = None


class DealArchived(DealEvent):
    """The deal was put aside: off the board, but not forgotten."""

    archived_at: str | None = None

    def apply(self, deal: Deal) -> None:
        deal.is_archived = True


class DealUnarchived(DealEvent):
    """The deal was fetched back onto the board."""

    def apply(self, deal: Deal) -> None:
        deal.is_archived = False


class DealDeleted(DealEvent):
    """The deal was thrown away."""

    def apply(self, deal: Deal) -> None:
        deal.is_deleted = True


class DealRevertedToLead(DealEvent, personal=("reasons", "evidence")):
    """The deal had been confirmed too early and became a lead in the inbox again.

    ``reasons`` say what spoke for that just then, in words, and ``evidence`` names what they rest on; both are empty
    where nothing did but whoever took it back. Older events do not tell.
    """

    conversion_id: str
    lead_id: str
    reasons: list[str] | None = None
    evidence: list[dict[str, Any]] | None = None

    class_version: ClassVar[int] = 2

    @staticmethod
    def upcast_v1_v2(data: dict[str, Any]) -> None:
        """Before deals were suggested to go back, nothing was told of reasons."""
        data.update(reasons=None, evidence=None)

    def apply(self, deal: Deal) -> None:
        deal.is_reverted = True
        deal.lead_id = self.lead_id


class DealReturned(DealEvent, Details, personal=("title", "channel_id")):
    """The lead this deal had become was confirmed again: the same deal is back, open, as the lead left it."""

    conversion_id: str
    lead_id: str
    pipeline_id: int
    stage_id: int

    def apply(self, deal: Deal) -> None:
        deal.is_reverted = False
        deal.details = Details.of(self)
        deal.pipeline_id = self.pipeline_id
        deal.stage_id = self.stage_id
        deal.status = "open"
        deal.lost_reason = None
        deal.is_archived = False


class DealOrigin(Placement, total=False):
    """What a deal brings along beside its details when it enters a pipeline, as `DealCreated` tells it."""

    lead_id: str | None
    label_ids: list[int]
    probability: int | None
    origin: Required[str]
    origin_id: str | None


class ReversalAdvice(TypedDict):
    """What spoke for taking a deal back, as `DealRevertedToLead` tells it."""

    reasons: list[str]
    evidence: list[dict[str, Any]]


class Deal(Numbered):
    """The confirmed form of an opportunity; it keeps its integer for ever, through any number of round trips."""

    kind = "deal"
    created = DealCreated

    deal_id: int
    details: Details
    opportunity_id: str
    pipeline_id: int
    stage_id: int
    lead_id: str | None
    label_ids: list[int]
    probability: int | None
    origin: str
    origin_id: str | None

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.status = "open"
        self.lost_reason: str | None = None
        self.is_archived = False
        self.is_deleted = False
        self.is_reverted = False

    @classmethod
    def create(
        cls, deal_id: int, details: Details, *, opportunity_id: str | None = None, **facts: Unpack[DealOrigin]
    ) -> Deal:
        """Let a deal enter a pipeline; it starts an opportunity of its own unless it is another form of one."""
        deal = cls.numbered(deal_id)
        told = {"label_ids": [], **details.as_facts(), **facts}
        deal.record(DealCreated, opportunity_id=opportunity_id or str(deal.id), **told)
        return deal

    @property
    def is_on_board(self) -> bool:
        """Whether the deal is being worked on, in a stage that has to be there."""
        return self.status == "open" and not self.is_archived

    def edit(self, wanted: SomeDetails) -> None:
        """Correct details (any but the owner). Records no event if nothing changes."""
        self.check_present()
        if changes := self.details.differing(wanted):
            self.record(DealEdited, changes=changes)

    def assign(self, owner_id: int) -> None:
        """Hand the deal to an owner."""
        self.check_present()
        if owner_id != self.details.owner_id:
            self.record(DealAssigned, owner_id=owner_id)

    def label(self, label_ids: list[int]) -> None:
        """Replace the deal's labels."""
        self.check_present()
        if label_ids != self.label_ids:
            self.record(DealLabelled, label_ids=label_ids)

    def estimate(self, probability: int | None) -> None:
        """Say how likely the deal is, in per cent; None leaves it to the stage."""
        self.check_present()
        if probability != self.probability:
            self.record(DealEstimated, probability=probability)

    def move(self, *, pipeline_id: int, stage_id: int) -> None:
        """Move the deal to a stage, which stands in that pipeline."""
        self.check_present()
        if stage_id != self.stage_id:
            self.record(DealMovedToStage, pipeline_id=pipeline_id, stage_id=stage_id)

    def win(self, won_at: str | None = None) -> None:
        """Note that the customer said yes."""
        self.check_present()
        if self.status != "won" or won_at is not None:
            self.record(DealWon, won_at=won_at)

    def lose(self, lost_reason: str | None = None, lost_at: str | None = None) -> None:
        """Note that the customer said no, and why; said again, it corrects the reason or the time."""
        self.check_present()
        if self.status != "lost" or lost_at is not None or lost_reason != self.lost_reason:
            self.record(DealLost, lost_reason=lost_reason, lost_at=lost_at)

    def reopen(self) -> None:
        """Work on a won or lost deal again."""
        self.check_present()
        if self.status != "open":
            self.record(DealReopened)

    def archive(self, is_archived: bool, archived_at: str | None = None) -> None:
        """Put the deal aside, or fetch it back onto the board; a time said again corrects the time."""
        self.check_present()
        if is_archived and (not self.is_archived or archived_at is not None):
            self.record(DealArchived, archived_at=archived_at)
        elif self.is_archived and not is_archived:
            self.record(DealUnarchived)

    def delete(self) -> None:
        """Throw the deal away."""
        self.check_present()
        self.record(DealDeleted)

    def revert(self, *, conversion_id: UUID, lead_id: UUID, advice: ReversalAdvice | None = None) -> None:
        """Take the confirmation back; see `aggregates.opportunity.revert` for the lead's side. Raises `Refusal`."""
        self.check_present()
        self.details.check_linked()
        if self.is_archived:
            raise Refusal("the deal is archived; unarchive it before taking it back to the inbox")
        told: dict[str, Any] = {} if advice is None else {**advice}
        self.record(DealRevertedToLead, conversion_id=str(conversion_id), lead_id=str(lead_id), **told)

    def come_back(
        self, details: Details, *, conversion_id: UUID, lead_id: UUID, **placement: Unpack[Placement]
    ) -> None:
        """Be a deal again, open, with the details the lead had last."""
        facts = {**details.as_facts(), **placement}
        self.record(DealReturned, conversion_id=str(conversion_id), lead_id=str(lead_id), **facts)

    def check_present(self) -> None:
        """Raise `Gone` where the deal was deleted, and `OtherForm` where it is a lead at present."""
        if self.is_deleted:
            raise Gone("the deal was deleted")
        if self.is_reverted:
            raise OtherForm("lead", self.lead_id, self.deal_id)
