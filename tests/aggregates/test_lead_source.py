"""What may happen to a source of leads that a company added."""

from __future__ import annotations

import pytest

from aggregates.lead_source import LEAD_SOURCES, LeadSource, LeadSourceAdded, LeadSourceDeleted, LeadSourceEdited
from aggregates.refusals import Gone
from tests.aggregates.given import fact, given, refused, then

ADDED = fact(LeadSourceAdded, name="Trade fair")


def test_a_source_is_known_by_its_number() -> None:
    then(LeadSource.add(7, name="Trade fair"), ADDED)


def test_a_source_can_be_renamed() -> None:
    source = given(LeadSource, 7, ADDED)
    source.edit({"name": "Trade fairs"})
    then(source, fact(LeadSourceEdited, changes={"name": "Trade fairs"}))


def test_a_source_can_be_given_up_once() -> None:
    source = given(LeadSource, 7, ADDED)
    source.delete()
    then(source, fact(LeadSourceDeleted))
    with refused(source, Gone, "the lead source was deleted"):
        source.delete()


@pytest.mark.parametrize("name", ["Web forms", "Chatbot", "Live chat", "Prospector", "Import", "API"])
def test_the_ways_in_that_the_article_names_are_there_in_every_company(name: str) -> None:
    assert name in LEAD_SOURCES
