"""Integer ids flow in and stream ids come out: the name in the log of everything that is numbered."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0e1d5c-9a55-5f0e-8a4e-1eadc0de1ed6")


def stream_id(kind: str, number: int) -> UUID:
    """The stream of the numbered thing, such as ``stream_id("deal", 7)``: always the same one."""
    return uuid5(_NAMESPACE, f"{kind}/{number}")
