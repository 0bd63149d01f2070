"""Reasons flow up from here when a rule says no; whoever asked gets them as a sentence."""


class Refusal(Exception):
    """A rule of the business says no. Nothing happened; the message says why and what to do."""


class Gone(Refusal):
    """The thing was deleted, or lives on in its other form: whoever asks for it finds nothing here."""


class UnknownReference(Refusal):
    """A command names something that does not exist, such as a stage that nobody made."""
