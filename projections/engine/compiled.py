"""SQL for one driver, compiled from a statement, and the values that go with it in its order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, Literal

from sqlalchemy.engine import Dialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]
"""What a statement binds, by the names of its parameters."""


class Compiled:
    """SQL for one driver, with its parameters in the order they stand in it."""

    def __init__(self, clause: ClauseElement, dialect: Dialect) -> None:
        assert isinstance(dialect, DefaultDialect)
        compiled = clause.compile(dialect=type(dialect)(paramstyle=_PARAMSTYLES[dialect.name]))
        assert isinstance(compiled, SQLCompiler)
        self.sql = str(compiled)
        self._fixed = {name: value for name, value in compiled.params.items() if value is not None}
        self._lists = sorted(name for bind, name in compiled.bind_names.items() if bind.expanding)
        self._expand = compiled.construct_expanded_state if self._lists else None  # else its tree may go
        self._expanded: dict[tuple[int, ...], tuple[str, Sequence[str], Callable[[Sequence[Any]], Any]]] = {}
        self._in_order = taking(compiled.positiontup or ())

    def arguments(self, values: Values) -> Any:
        """The values in the order of a statement that takes no list."""
        return self._in_order({**self._fixed, **values} if self._fixed else values)

    def call(self, values: Values) -> tuple[str, Any]:
        """The SQL for these values, and the values in its order."""
        if self._expand is None:
            return self.sql, self.arguments(values)
        told = {**self._fixed, **values}
        lists = [_filled_up(told[name]) for name in self._lists]
        lengths = tuple(map(len, lists))
        if lengths not in self._expanded:
            self._expanded[lengths] = self._expansion(told | dict(zip(self._lists, lists, strict=True)))
        sql, single, in_order = self._expanded[lengths]
        return sql, in_order([*(told[name] for name in single), *chain.from_iterable(lists)])

    def _expansion(self, told: Values) -> tuple[str, Sequence[str], Callable[[Sequence[Any]], Any]]:
        """The SQL for lists as long as these; the names of what is no list; and what puts all values in its order.

        That is given them in the order of these names, and behind them what is in the lists.
        """
        assert self._expand is not None
        state = self._expand(told)
        of_lists = [f"{name}_{number}" for name in self._lists for number in range(1, len(told[name]) + 1)]
        names = state.positiontup or ()
        single = sorted({*names} - {*of_lists})
        places = {name: place for place, name in enumerate([*single, *of_lists])}
        return state.statement, single, taking([places[name] for name in names])


def _filled_up(given: Collection[Any]) -> Sequence[Any]:
    """A list as long as a power of two, one of its values repeated: so few texts of a statement are to be kept."""
    values = list(given)
    missing = (1 << (len(values) - 1).bit_length()) - len(values) if values else 0
    return values + values[:1] * missing


def taking(names: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What takes the values that have these names, in their order: a tuple of one, or of none, too."""
    if len(names) > 1:
        return itemgetter(*names)
    if not names:
        return lambda _: ()
    [name] = names
    return lambda values: (values[name],)


_PARAMSTYLES: dict[str, Literal["qmark", "numeric_dollar"]] = {"sqlite": "qmark", "postgresql": "numeric_dollar"}
"""Values go to the drivers in order, which costs less than by name; on PostgreSQL as the server itself numbers them, so
that psycopg need not look for their places, which it does anew each time where there are more than 50."""
