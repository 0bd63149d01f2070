"""Tags of known elements are told from text that only looks like markup."""

from __future__ import annotations

import pytest

from projections.markup import TAG, text_lines, text_of


@pytest.mark.parametrize(
    "tag",
    ["<b>", "</b>", "<BR/>", "<br />", '<a href="https://x.no/?a=1&b=2">', "<font color=red>", "<td\n rowspan = '2'>"],
)
def test_a_known_element_with_values_for_its_attributes_is_a_tag(tag: str) -> None:
    assert TAG.fullmatch(tag)


@pytest.mark.parametrize(
    "text",
    [
        "<kari@firma.no>",
        "x<y",
        "List<String>",
        "if (a<b) return c>d",
        "a<b and c>d",
        "<b",
        "<<b",
        "< b>",
        "<script>",
        "</style>",
        "<!-- b -->",
        "<?php b ?>",
        "<svg/onload=alert(1)>",
        "<\u017f>",
        '<b title="x',
    ],
)
def test_everything_else_is_text(text: str) -> None:
    assert not TAG.search(text)
    assert text_of(text) == text


def test_what_is_read_is_the_text_without_tags_and_as_html_shows_it() -> None:
    assert text_of("<p>R&amp;D</p><p>k<b>j</b>ører</p>") == "\nR&D\n\nkjører\n"
    assert text_lines("x&copy=1 <i>y</i>") == ["x&copy=1 y", "x©=1 y"]
    assert text_lines("plain") == ["plain"]
