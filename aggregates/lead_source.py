"""The register of sources that leads come from, in the words of people and of the wire (wire reference 2.6)."""

from __future__ import annotations

from aggregates.event import Event
from aggregates.record import Added, Deleted, Edited, NumberedRecord

MANUALLY_CREATED = "Manually created"
DEAL = "Deal"
WEB_FORMS = "Web forms"
PROSPECTOR = "Prospector"
LEADBOOSTER = "Leadbooster"
CHATBOT = "Chatbot"
LIVE_CHAT = "Live chat"
IMPORT = "Import"
WEBSITE_VISITORS = "Website visitors"
WORKFLOW_AUTOMATION = "Workflow automation"
API = "API"

LEAD_SOURCES = (
    MANUALLY_CREATED,
    DEAL,
    WEB_FORMS,
    PROSPECTOR,
    LEADBOOSTER,
    CHATBOT,
    LIVE_CHAT,
    IMPORT,
    WEBSITE_VISITORS,
    WORKFLOW_AUTOMATION,
    API,
)
"""Those that every company has, in the order in which people are shown them. No event tells of them."""

ALSO_CALLED = {"Manual": MANUALLY_CREATED}
"""Other words for sources that every company has."""


LONGEST_NAME = 100
"""Characters."""


class LeadSourceEvent(Event, abstract=True):
    """Something that happened to one source of leads that a company added to the register."""

    lead_source_id: int


class LeadSourceAdded(Added, LeadSourceEvent):
    """There is a new source that leads may come from; leads name it by its name."""

    name: str


class LeadSourceEdited(Edited, LeadSourceEvent):
    """The source was renamed; leads that came from it before keep the name that it had."""


class LeadSourceDeleted(Deleted, LeadSourceEvent):
    """The source was given up; leads that came from it keep its name."""


class LeadSource(NumberedRecord):
    """A source of leads that a company has beside the usual ones."""

    kind = "lead_source"
    created = LeadSourceAdded
    edited = LeadSourceEdited
    deleted = LeadSourceDeleted

    lead_source_id: int
    name: str
