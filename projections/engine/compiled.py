"""SQL for one driver, compiled from a statement, and the values that go with it in its order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
        self._expanded: dict[tuple[int, ...], tuple[str, Sequence[str]]] = {}
        self._in_order = _in_order(compiled.positiontup or ())

    def arguments(self, values: Values) -> Any:
        """The values in the order of a statement that takes no list."""
        return self._in_order({**self._fixed, **values} if self._fixed else values)

    def call(self, values: Values) -> tuple[str, Any]:
        """The SQL for these values, and the values in its order."""
        if self._expand is None:
            return self.sql, self.arguments(values)
        told = {**self._fixed, **values}
        told |= {name: _filled_up(told[name]) for name in self._lists}
        lengths = tuple([len(told[name]) for name in self._lists])
        if lengths not in self._expanded:
            state = self._expand(told)
            self._expanded[lengths] = state.statement, state.positiontup or ()
        sql, names = self._expanded[lengths]
        for name in self._lists:
            told |= {f"{name}_{number}": value for number, value in enumerate(told[name], start=1)}
        return sql, [told[name] for name in names]


def _filled_up(given: Collection[Any]) -> Sequence[Any]:
    """A list as long as a power of two, one of its values repeated: so few texts of a statement are to be kept."""
    values = list(given)
    missing = (1 << (len(values) - 1).bit_length()) - len(values) if values else 0
    return values + values[:1] * missing


def _in_order(names: Sequence[str]) -> Any:
    return itemgetter(*names) if len(names) > 1 else lambda values: tuple(values[name] for name in names)


_PARAMSTYLES: dict[str, Literal["qmark", "numeric_dollar"]] = {"sqlite": "qmark", "postgresql": "numeric_dollar"}
"""Values go to the drivers in order, which costs less than by name; on PostgreSQL as the server itself numbers them, so
that psycopg need not look for their places, which it does anew each time where there are more than 50."""
