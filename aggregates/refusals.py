"""Exceptions for commands that a rule refuses; the message is the reason, a sentence for the caller."""


class Refusal(Exception):
    """A rule of the business says no. Nothing happened; the message says why and what to do."""


class Gone(Refusal):
    """The thing was deleted, or never was there: whoever asks for it finds nothing here."""


class OtherForm(Gone):
    """The opportunity has its other form now: the lead is a deal, or the deal is a lead."""

    def __init__(self, form: str, lead_id: str | None, deal_id: int | None) -> None:
        is_deal = form == "deal"
        became = "the lead was converted" if is_deal else "the deal was taken back"
        super().__init__(f"{became}: it is {form} {deal_id if is_deal else lead_id} now")
        self.identities = {"form": form, "lead_id": lead_id, "deal_id": deal_id}


class UnknownReference(Refusal):
    """A command names something that does not exist, such as a stage that nobody made."""
