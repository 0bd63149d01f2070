"""Gives each command of version 1 about things that version 2 has, too, as clients do that were installed long ago."""

from __future__ import annotations

from tests.transcript.writes import Commands


class FormStory(Commands):
    """What happens to one thing of each kind."""

    def tell(self) -> None:
        """All of it."""
        self._pipelines()
        self._deals()

    def _pipelines(self) -> None:
        pipeline = self._made("/v1/pipelines", {"name": "After sales", "deal_probability": "1"})
        self._do("PUT", f"/v1/pipelines/{pipeline}", {"name": "Service"})
        facts = {"name": "Offer", "pipeline_id": str(pipeline), "rotten_flag": 1, "rotten_days": "7"}
        one, two, three = [self._made("/v1/stages", facts) for _ in range(3)]
        self._do("PUT", f"/v1/stages/{one}", {"deal_probability": 40, "rotten_flag": False})
        self._do("DELETE", f"/v1/stages/{one}")
        self._recorder.ask("GET", f"/v1/stages/{one}")
        self._do("DELETE", f"/v1/stages?ids={one},{two}")
        self._recorder.ask("DELETE", "/v1/stages", {"ids": [three]})
        self._recorder.ask("DELETE", f"/v1/stages?ids={one}")
        self._do("DELETE", f"/v1/pipelines/{pipeline}")

    def _deals(self) -> None:
        facts = {"title": "Varmepumpe", "value": "90000", "currency": "NOK", "person_id": "3", "org_id": 3, "label": 1}
        deals = [self._made("/v1/deals", facts) for _ in range(3)]
        path = f"/v1/deals/{deals[0]}"
        self._do("PUT", path, {"stage_id": "3", "pipeline_id": 1, "probability": "60", "label": "2,3"})
        self._do("PUT", path, {"user_id": 3, "org_id": None, "visible_to": "1", "value": 12.5})
        for status in ("won", "open", "lost", "deleted"):
            self._do("PUT", path, {"status": status})
        self._recorder.ask("GET", path)
        self._do("DELETE", f"/v1/deals/{deals[1]}")
        self._do("DELETE", f"/v1/deals?ids={deals[2]}")
        self._recorder.ask("GET", "/v1/deals/search?term=")
        self._recorder.ask("POST", "/v1/deals", {"value": 1})
