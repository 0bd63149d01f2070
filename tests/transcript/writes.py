"""Gives one command of every kind, and some that are refused: a story of one lead and all that hangs on it."""

from __future__ import annotations

from typing import Any, Protocol

OURS = "/api/ledger/v1"
_GROUNDS = {"reason": "She asked for it", "legal_basis": "GDPR article 17"}


class Answered(Protocol):
    """What was answered."""

    def get_json(self) -> Any:
        """The body."""


class Asking(Protocol):
    """Sends requests."""

    def ask(self, method: str, path: str, body: Any = None) -> Answered:
        """Send one."""


class Commands:
    """Commands one after another, each of which may name what those before it made."""

    def __init__(self, recorder: Asking) -> None:
        self._recorder = recorder

    def _do(self, method: str, path: str, body: Any = None) -> Answered:
        """A command that is carried out, behind one that no route takes."""
        if body is not None:
            self._recorder.ask(method, path, {**body, "no such field": 1})
        return self._recorder.ask(method, path, body)

    def _made(self, path: str, body: Any) -> Any:
        return self._do("POST", path, body).get_json()["data"]["id"]


class Story(Commands):
    """What happens to one lead, and beside it."""

    def tell(self, left: int) -> None:
        """All of it, and that of a user who left."""
        person, organization = self._contacts()
        lead = self._lead(person, organization)
        deal = self._converted(lead)
        self._beside(lead, deal, person)
        self._pipelines()
        self._deals(person, organization)
        self._policy()
        self._removals(person, organization)
        self._sources()
        self._followers()
        self._tokens()
        self._users()
        self._batches()
        self._erasures(left)
        self._orders()

    def _contacts(self) -> tuple[int, int]:
        address = {"value": "Torget 1, 5014 Bergen", "locality": "Bergen"}
        organization = self._made(
            "/api/v2/organizations",
            {"name": "Ågotnes Rør", "address": address, "website": "https://agotnes.example", "industry": 1},
        )
        organization_path = f"/api/v2/organizations/{organization}"
        self._do("PATCH", organization_path, {"name": "Ågotnes Rør AS", "owner_id": 2, "employee_count": 9})
        mails = [{"value": "kari@agotnes.example", "primary": True, "label": "work"}]
        person = self._made("/api/v2/persons", {"name": "Kari Ågotnes", "org_id": organization, "emails": mails})
        phones = [{"value": "+47 55 00 00 00", "primary": True, "label": "work"}]
        self._do(
            "PATCH", f"/api/v2/persons/{person}", {"phones": phones, "owner_id": 3, "marketing_status": "no_consent"}
        )
        return person, organization

    def _lead(self, person: int, organization: int) -> str:
        label = self._made("/v1/leadLabels", {"name": "Warm", "color": "yellow"})
        self._do("PATCH", f"/v1/leadLabels/{label}", {"name": "Warmer"})
        value = {"amount": 185000.5, "currency": "NOK"}
        facts = {"title": "Utskifting av stigeledninger", "person_id": person, "value": value, "label_ids": [label]}
        lead = self._made("/v1/leads", facts)
        path = f"/v1/leads/{lead}"
        self._do("PATCH", path, {"title": "Nye stigeledninger", "organization_id": organization, "owner_id": 2})
        self._do("PATCH", path, {"was_seen": True, "expected_close_date": "2027-03-31"})
        self._do("PATCH", path, {"is_archived": True})
        self._do("PATCH", path, {"is_archived": False, "label_ids": []})
        self._do("DELETE", f"/v1/leadLabels/{label}")
        signal = {"kind": "email_answered", "interest": True, "external_id": "mail-7", "evidence": {"text": "Gjerne!"}}
        for _ in range(2):
            self._do("POST", f"{OURS}/leads/{lead}/signals", signal)
        return str(lead)

    def _converted(self, lead: str) -> int:
        told = self._do("POST", f"/api/v2/leads/{lead}/convert/deal", {"stage_id": 2}).get_json()["data"]
        status = f"/api/v2/leads/{lead}/convert/status/{told['conversion_id']}"
        deal = int(self._recorder.ask("GET", status).get_json()["data"]["deal_id"])
        self._do("POST", f"{OURS}/leads/{lead}/convert", {"reason": "Once more"})
        told = self._do("POST", f"/api/v2/deals/{deal}/convert/lead").get_json()["data"]
        self._recorder.ask("GET", f"/api/v2/deals/{deal}/convert/status/{told['conversion_id']}")
        self._do("POST", f"{OURS}/leads/{lead}/convert", {"reason": "They called", "stage_id": 1})
        self._do("POST", f"{OURS}/deals/{deal}/signals", {"kind": "email_answered", "interest": False})
        self._do("POST", f"{OURS}/deals/{deal}/revert", {"reason": "Too early"})
        self._do("POST", f"{OURS}/deals/{deal}/revert", {"reason": "Again"})
        self._do("POST", f"{OURS}/leads/{lead}/convert", {"reason": "Now it is", "title": "Stigeledninger, blokk B"})
        return deal

    def _beside(self, lead: str, deal: int, person: int) -> None:
        note = self._made("/v1/notes", {"content": "<p>Ring & avtal befaring</p>", "deal_id": deal})
        self._do("PUT", f"/v1/notes/{note}", {"content": "Befaring avtalt", "pinned_to_deal_flag": 1})
        self._do("DELETE", f"/v1/notes/{note}")
        kind = self._made("/v1/activityTypes", {"name": "Befaring", "icon_key": "task"})
        self._do("PUT", f"/v1/activityTypes/{kind}", {"name": "Synfaring", "color": "FF0000"})
        facts = {"subject": "Synfaring", "type": "befaring", "deal_id": deal, "due_date": "2026-12-01"}
        activity = self._made("/api/v2/activities", facts)
        path = f"/api/v2/activities/{activity}"
        self._do("PATCH", path, {"due_time": "10:30", "participants": [{"person_id": person, "primary": True}]})
        self._do("PATCH", path, {"done": True})
        self._do("PATCH", path, {"done": False, "owner_id": 2})
        self._do("DELETE", path)
        self._do("DELETE", f"/v1/activityTypes/{kind}")
        self._recorder.ask("GET", f"{OURS}/timeline?lead_id={lead}&order=oldest")
        self._recorder.ask("GET", f"{OURS}/events?deal_id={deal}")

    def _pipelines(self) -> None:
        pipeline = self._made("/api/v2/pipelines", {"name": "Service"})
        self._do(
            "PATCH", f"/api/v2/pipelines/{pipeline}", {"name": "Serviceavtaler", "is_deal_probability_enabled": True}
        )
        stage = self._made("/api/v2/stages", {"name": "Tilbud", "pipeline_id": pipeline, "days_to_rotten": 7})
        self._do("PATCH", f"/api/v2/stages/{stage}", {"name": "Tilbud sendt", "deal_probability": 40})
        self._do("DELETE", f"/api/v2/stages/{stage}")
        self._do("DELETE", f"/api/v2/pipelines/{pipeline}")

    def _orders(self) -> None:
        """Pipelines, and the stages of one, turned round; once as they are already, and once not all of them."""
        found = {
            f"{OURS}/pipelines/order": ("pipeline_ids", "/api/v2/pipelines"),
            f"{OURS}/pipelines/1/stages/order": ("stage_ids", "/api/v2/stages?pipeline_id=1&sort_by=order_nr"),
        }
        for path, (name, listed) in found.items():
            order = [each["id"] for each in self._recorder.ask("GET", listed).get_json()["data"]][::-1]
            for given in (order, order, order[1:]):
                self._do("PUT", path, {name: given})

    def _deals(self, person: int, organization: int) -> None:
        facts = {"title": "Varmepumpe", "person_id": person, "org_id": organization, "value": 90000, "currency": "NOK"}
        deal = self._made("/api/v2/deals", facts)
        path = f"/api/v2/deals/{deal}"
        self._do("PATCH", path, {"stage_id": 3, "probability": 60, "expected_close_date": "2027-01-15"})
        self._do("PATCH", path, {"owner_id": 3, "label_ids": [1]})
        for outcome in ({"status": "won"}, {"status": "open"}, {"status": "lost", "lost_reason": "Price"}):
            self._do("PATCH", path, outcome)
        self._do("PATCH", path, {"is_archived": True})
        self._do("PATCH", path, {"is_archived": False})
        self._do("DELETE", path)
        self._do("DELETE", path)

    def _policy(self) -> None:
        adopted = self._recorder.ask("GET", f"{OURS}/policy").get_json()
        policy = {**adopted["policy"], "mode": "all"} if "mode" in adopted["policy"] else adopted["policy"]
        self._do("POST", f"{OURS}/policy/dry-run", {"policy": policy})
        self._do("PUT", f"{OURS}/policy", {"version": adopted["version"], "policy": policy})
        self._do("PUT", f"{OURS}/policy", {"version": adopted["version"], "policy": policy})

    def _removals(self, person: int, organization: int) -> None:
        lead = self._made("/v1/leads", {"title": "Feil nummer", "person_id": person})
        self._do("DELETE", f"/v1/leads/{lead}")
        self._do("POST", f"{OURS}/persons/{person}/hold", {"reason": "A claim is pending"})
        self._do("POST", f"{OURS}/persons/{person}/erase", _GROUNDS)
        self._do("POST", f"{OURS}/persons/{person}/release", {"reason": "Settled"})
        self._do("POST", f"{OURS}/persons/{person}/erase", _GROUNDS)
        self._recorder.ask("GET", f"{OURS}/persons/{person}/erasure")
        self._recorder.ask("GET", f"{OURS}/commands/request-2")
        for path in ("/api/v2/persons/2", f"/api/v2/organizations/{organization}"):
            self._do("DELETE", path)
            self._recorder.ask("GET", path)

    def _sources(self) -> None:
        path = f"{OURS}/lead-sources"
        source = self._do("POST", path, {"name": "Messe"}).get_json()["id"]
        self._do("PATCH", f"{path}/{source}", {"name": "Byggemesse"})
        self._recorder.ask("GET", path)
        contacts = {
            "person": {"name": "Liv Berg", "emails": [{"value": "liv@berg.example"}]},
            "organization": {"name": "Berg"},
        }
        lead = {"title": "Bereder", "source": "byggemesse", "external_id": "kort-7", **contacts}
        for facts in (lead, lead, {**lead, "external_id": "kort-8"}, {**lead, "source": "Messe"}):
            self._do("POST", f"{OURS}/leads", facts)
        self._do("DELETE", f"{path}/{source}")

    def _tokens(self) -> None:
        path = f"{OURS}/tokens"
        reports = {"name": "Rapporter", "scopes": ["read"], "expires": "2027-01-01T00:00:00Z"}
        token = self._do("POST", path, reports).get_json()["token_id"]
        others: list[dict[str, Any]] = [
            {"scopes": ["write", "write"]},
            {"scopes": []},
            {"scopes": ["all"]},
            {"expires": "2020-01-01T00:00:00Z"},
        ]
        for given in others:
            self._recorder.ask("POST", path, {"name": "Andre", **given})
        for overlap in (60, 60, -1):
            self._do("POST", f"{path}/{token}/rotate", {"overlap": overlap})
        for _ in range(2):
            self._do("POST", f"{path}/{token}/revoke")
        self._recorder.ask("GET", path)

    def _users(self) -> None:
        facts = {"name": "Vikar", "email": "vikar@sjufjellror.example"}
        user = self._do("POST", f"{OURS}/users", facts).get_json()["id"]
        path = f"{OURS}/users/{user}"
        for password in ("kort", "langt nok for en vikar"):
            self._do("PUT", f"{path}/password", {"password": password})
        self._do("POST", f"{path}/sign-out")
        for _ in range(2):
            self._do("POST", f"{path}/deactivate")

    def _followers(self) -> None:
        deal = self._made("/api/v2/deals", {"title": "Varmekabler"})
        person = self._made("/api/v2/persons", {"name": "Liv Ås"})
        organization = self._made("/api/v2/organizations", {"name": "Ås Elektro"})
        for path in (f"deals/{deal}", f"persons/{person}", f"organizations/{organization}"):
            old, new = f"/v1/{path}/followers", f"/api/v2/{path}/followers"
            follower = self._made(old, {"user_id": 2})
            for user_id in (3, 3, 99):
                self._do("POST", new, {"user_id": user_id})
            self._recorder.ask("GET", f"{OURS}/users/2/following")
            self._do("DELETE", f"{old}/{follower}")
            self._do("DELETE", f"{new}/2")
            self._do("DELETE", f"{new}/3")
            self._recorder.ask("GET", f"{new}/changelog?limit=3")
            self._recorder.ask("GET", f"/api/v2/{path}?include_fields=followers_count")

    def _batches(self) -> None:
        add = {"method": "POST", "path": "/api/v2/deals", "body": {"title": "Varmekabler"}}
        edit = {"method": "PATCH", "path": "/api/v2/deals/1", "body": {"stage_id": 99}}
        for mode in ("one_by_one", "all_or_nothing"):
            self._do("POST", f"{OURS}/batch", {"mode": mode, "commands": [add, edit]})
        self._do("POST", f"{OURS}/batch", {"mode": "all_or_nothing", "commands": [add, add]})

    def _erasures(self, left: int) -> None:
        organization = self._made("/api/v2/organizations", {"name": "Aas Rør"})
        deal = self._made("/api/v2/deals", {"title": "Bereder", "org_id": organization})
        lead = self._made("/v1/leads", {"title": "Bad", "organization_id": organization})
        note = self._made("/v1/notes", {"content": "Aas ringte", "lead_id": lead})
        for path in (
            f"notes/{note}",
            f"leads/{lead}",
            f"deals/{deal}",
            f"organizations/{organization}",
            f"users/{left}",
        ):
            self._do("POST", f"{OURS}/{path}/hold", {"reason": "A claim is pending"})
            self._do("POST", f"{OURS}/{path}/erase", _GROUNDS)
            self._do("POST", f"{OURS}/{path}/release", {"reason": "Settled"})
            self._do("POST", f"{OURS}/{path}/erase", _GROUNDS)
            self._recorder.ask("GET", f"{OURS}/{path}/erasure")
        self._made("/v1/notes", {"content": "Som Aas ville ha det", "org_id": 1})
        noted = self._recorder.ask("GET", f"{OURS}/events?types=NoteAdded&limit=500").get_json()["items"][-1]
        for position in (1, noted["position"]):
            self._do("POST", f"{OURS}/events/{position}/redact", _GROUNDS)
            self._recorder.ask("GET", f"{OURS}/events/{position}/redaction")
