"""Stream ids, derived from whole numbers and from names that others gave."""

from uuid import UUID, uuid5

_NAMESPACE = UUID("6f0e1d5c-9a55-5f0e-8a4e-1eadc0de1ed6")


def stream_id(kind: str, number: int) -> UUID:
    """The stream of the numbered thing, such as ``stream_id("deal", 7)``: always the same one."""
    return stream_named(kind, str(number))


def stream_named(kind: str, name: str) -> UUID:
    """The stream of a thing that is known by a name given elsewhere: always the same one."""
    return uuid5(_NAMESPACE, f"{kind}/{name}")
