"""The doors that leads come in by, in the words that people and the wire use for them (wire reference 2.6)."""

MANUALLY_CREATED = "Manually created"
DEAL = "Deal"
WEB_FORMS = "Web forms"
PROSPECTOR = "Prospector"
LEADBOOSTER = "Leadbooster"
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
    LIVE_CHAT,
    IMPORT,
    WEBSITE_VISITORS,
    WORKFLOW_AUTOMATION,
    API,
)
"""All of them, in the order in which people are shown them."""
