"""The rules that every company starts from, for a plumbing supplier: fit, interest, qualification and first stage."""

from __future__ import annotations

from typing import Any

from aggregates.lead_source import PROSPECTOR

PLUMBING = ("rør", "rørlegger", "VVS", "sanitær", "avløp", "baderom", "varmepumpe", "pipes", "plumber", "plumbing")

FIRST_POLICY: dict[str, Any] = {
    "default": {
        "combine": "any",
        "rules": [
            {
                "name": "Fit",
                "kind": "fit",
                "weight": 1,
                "product_lines": [{"name": "Plumbing", "words": list(PLUMBING), "patterns": []}],
            },
            {"name": "Interest", "kind": "interest", "weight": 1, "signals": ["email_answered"]},
            {
                "name": "Qualification",
                "kind": "qualification",
                "weight": 1,
                "sources": [PROSPECTOR],
                "signals": ["profile_linked", "profile_liked"],
            },
            {"name": "First stage", "kind": "first_stage", "weight": 1, "signals": ["email_sent"]},
        ],
    },
    "pipelines": [],
}
"""Any of the four is enough; an email that was sent admits to the first stage of a pipeline."""
