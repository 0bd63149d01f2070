"""Where a lead or a deal is at present: what the column ``place`` of their rows says."""

INBOX = "inbox"
"""Of a lead: it waits to be confirmed."""

PIPELINE = "pipeline"
"""Of a deal: it stands in a stage, open, won or lost."""

ARCHIVE = "archive"
"""Of either: it was put aside."""

CONVERTED = "deal"
"""Of a lead: its opportunity is a deal."""

REVERTED = "lead"
"""Of a deal: its opportunity is a lead again."""

DELETED = "deleted"
"""Of either: it was thrown away."""

PRESENT_LEADS = (INBOX, ARCHIVE)
"""Where leads are that ordinary lists show."""

PRESENT_DEALS = (PIPELINE, ARCHIVE)
"""Where deals are that ordinary lists show."""
