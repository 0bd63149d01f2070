"""Base class of all events: frozen facts about one aggregate, with who recorded them, when and through what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar, NoReturn, dataclass_transform
from uuid import UUID

from eventsourcing.domain import HasOriginatorIDVersion

ERASED = "[erased]"
"""What is read in place of a text that told of somebody who was erased."""

NOT_READ = "[not read]"
"""What the metadata of an event that is replayed has in place of what a client said: no read model is made of it."""

HAPPENED = "_at"
"""How the names of times end at which something happened."""

EVENTS: dict[str, type[Event]] = {}
"""Every kind of event by its stored name: the only names that are ever read back from a log."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """Who caused an event, when it was recorded, through what, and (where somebody said so) why.

    ``client`` is what a program says that it is, ``token_id`` the token that let it in, where one did that was issued
    here; older events do not tell.
    """

    user_id: int | None
    recorded_at: str
    request_id: str
    command_id: str
    client: str
    reason: str | None = None
    token_id: str | None = None


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
@dataclass(frozen=True, kw_only=True)
class Event(HasOriginatorIDVersion[UUID]):
    """One fact about one aggregate; its class name, in past tense, is the name it is stored under.

    Fields hold plain JSON values only (text, whole numbers, booleans, null, lists, objects): amounts are
    decimal text, times and dates ISO 8601 text, UUIDs text. ``personal`` names the fields that tell
    something about a person, a dot leading into an object: they become unreadable when the person is erased. So does
    the reason that somebody gave, which is free text, unless the event ``keeps_reason``. Where a personal field may be
    a word of a list of ours, ``plain`` has the list: such a word tells nothing of anybody. A field whose name ends in
    ``_at`` tells when something happened; what is only planned or expected has another name. An event ``is_edit``
    where it changes what clients write of its thing; a verdict of ours, a mark or a hold is no edit.
    """

    originator_id: UUID
    originator_version: int
    metadata: Metadata | None = field(default=None, compare=False, repr=False)

    fact_names: ClassVar[tuple[str, ...]] = ()
    times: ClassVar[tuple[str, ...]] = ()
    personal: ClassVar[frozenset[str]] = frozenset()
    plain: ClassVar[Mapping[str, Collection[str]]] = MappingProxyType({})
    keeps_reason: ClassVar[bool] = False
    is_edit: ClassVar[bool] = True
    class_version: ClassVar[int] = 1

    def __init_subclass__(
        cls,
        *,
        personal: Collection[str] = (),
        plain: Mapping[str, Collection[str]] = MappingProxyType({}),
        keeps_reason: bool = False,
        is_edit: bool = True,
        abstract: bool = False,
    ) -> None:
        super().__init_subclass__()
        dataclass(frozen=True, kw_only=True)(cls)
        envelope = {field.name for field in fields(Event)}
        cls.fact_names = tuple(field.name for field in fields(cls) if field.name not in envelope)
        cls.times = tuple(name for name in cls.fact_names if name.endswith(HAPPENED))
        cls.personal = cls.personal | frozenset(personal)
        cls.plain = {**cls.plain, **plain}
        cls.keeps_reason = keeps_reason
        cls.is_edit = is_edit
        if not abstract:
            if cls.__name__ in EVENTS:
                raise TypeError(f"there is already an event named {cls.__name__}")
            EVENTS[cls.__name__] = cls

    def apply(self, aggregate: Any) -> None:
        """Assign what this fact changes in the state its aggregate decides on; nothing by default."""

    def facts(self) -> dict[str, Any]:
        """What the event tells, by name: its own fields, without its place in the log and who caused it."""
        return {name: getattr(self, name) for name in self.fact_names}

    def happened(self) -> list[str]:
        """The times at which, by what the event tells, something happened."""
        times = [getattr(self, name) for name in self.times]
        times += [time for name, time in getattr(self, "changes", {}).items() if name.endswith(HAPPENED)]
        return [time for time in times if time is not None]

    @cached_property
    def text_id(self) -> str:
        """The id of its stream as text: what a thing is known by that has no number."""
        return str(self.originator_id)

    @property
    def at(self) -> str:
        """When the event was recorded: UTC, ISO 8601 with microseconds."""
        return (self.metadata or self._not_recorded()).recorded_at

    @property
    def by(self) -> int | None:
        """The user who caused the event; None for the system itself."""
        return (self.metadata or self._not_recorded()).user_id

    def _not_recorded(self) -> NoReturn:
        raise ValueError(f"{type(self).__name__} has not been recorded yet")


def personal_changes(first: type[Event]) -> frozenset[str]:
    """The fields of ``changes`` that are personal in an edit: those that are personal in the kind's first event."""
    return frozenset(f"changes.{name}" for name in first.personal)
