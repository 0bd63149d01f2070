"""The auditors' guide names every route that only reads and has no past."""

from __future__ import annotations

import re

from service.http.routes import FAMILIES
from tests.guides.documents import ROOT, spans


def test_the_guide_names_just_those_routes_that_only_read_and_have_no_past() -> None:
    guide = (ROOT / "service" / "guides" / "auditors.md").read_text("utf-8")
    section = guide.partition("## As of any moment\n")[2].partition("\n## ")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("| `"))
    named = {span.replace("…", "/api/ledger/v1") for span in spans(table) if span.startswith(("/", "…"))}
    without = {
        family.prefixes[0] + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.path)
        for family in FAMILIES
        for route in family.routes
        if route.no_past is not None and route.method == "GET" and route.status == 200
    }
    assert named == without
