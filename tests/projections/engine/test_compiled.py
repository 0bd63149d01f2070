"""A statement that takes lists is kept in few forms, whatever their lengths, and answers the same."""

from __future__ import annotations

from sqlalchemy import Column, Integer, MetaData, Table, bindparam, create_engine, select

from projections.engine.compiled import Compiled

NUMBERS = Table("numbers", MetaData(), Column("number", Integer, primary_key=True))


def test_lists_of_any_length_are_asked_for_in_few_forms_and_answered_rightly() -> None:
    engine = create_engine("sqlite://")
    query = select(NUMBERS.c.number).where(NUMBERS.c.number.in_(bindparam("some", expanding=True)))
    compiled = Compiled(query.order_by(NUMBERS.c.number), engine.dialect)
    texts = set()
    with engine.begin() as connection:
        NUMBERS.create(connection)
        connection.execute(NUMBERS.insert(), [{"number": number} for number in range(400)])
        for length in range(401):
            sql, values = compiled.call({"some": set(range(length))})
            texts.add(sql)
            found = connection.exec_driver_sql(sql, tuple(values)).scalars().all()
            assert list(found) == list(range(length))
    assert len(texts) <= 11
