"""Gives each command of version 1 about things that version 2 has, too, as clients do that were installed long ago."""

from __future__ import annotations

from tests.transcript.writes import Commands


class FormStory(Commands):
    """What happens to one thing of each kind."""

    def tell(self) -> None:
        """All of it."""
        self._pipelines()
        self._deals()
        self._contacts()
        self._activities()

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

    def _contacts(self) -> None:
        address = {"address": "Torget 1", "address_locality": "Bergen"}
        companies = [self._made("/v1/organizations", {"name": "Ågotnes Rør", "label": 1, **address}) for _ in range(3)]
        ways = {"email": "kari@agotnes.example", "phone": ["+47 55", {"value": "+47 56", "primary": "true"}]}
        facts = {"name": "Kari Ågotnes", "org_id": str(companies[0]), "label_ids": ["2"], **ways}
        people = [self._made("/v1/persons", facts) for _ in range(3)]
        self._do("PUT", f"/v1/persons/{people[0]}", {"owner_id": 3, "email": [{"value": "", "primary": True}]})
        self._do("PUT", f"/v1/organizations/{companies[0]}", {"address": None, "label": None})
        for kind, (first, *rest) in {"persons": people, "organizations": companies}.items():
            self._recorder.ask("POST", f"/v1/{kind}", {})
            self._do("DELETE", f"/v1/{kind}/{first}")
            self._recorder.ask("GET", f"/v1/{kind}/{first}")
            self._do("DELETE", f"/v1/{kind}?ids={','.join(map(str, rest))}")

    def _activities(self) -> None:
        links = {"person_id": "3", "org_id": 3, "location": "Bryggen 1"}
        facts = {"subject": "Synfaring", "type": "meeting", "done": "0", "due_date": "2026-12-01", "due_time": "09:30"}
        made = [self._made("/v1/activities", {**facts, **links}) for _ in range(3)]
        path = f"/v1/activities/{made[0]}"
        self._do("PUT", path, {"participants": [{"person_id": 4, "primary_flag": True}], "duration": "01:30"})
        self._do("PUT", path, {"done": 1, "user_id": 2, "attendees": [{"email_address": "kari@agotnes.example"}]})
        self._do("DELETE", path)
        self._do("DELETE", f"/v1/activities?ids={made[1]},{made[2]}")
        self._do("DELETE", "/v1/activityTypes?ids=5,6,99")
