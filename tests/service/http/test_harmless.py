"""Notes are shown as HTML that runs nothing and leaves out nothing that was written."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.markup import ELEMENTS, text_of
from service.http.harmless import as_harmless_html

MARKUP = (
    *("<b>", "</b>", "<p>", "</p>", "<br>", "<div>", "</div>", "<table>", "<tr>", "<td>", "</table>", "<ul>", "<li>"),
    *(
        "<script>",
        "</script>",
        "<style>",
        "<!--",
        "-->",
        "<![CDATA[",
        "<?",
        "<svg>",
        "<math>",
        "<iframe src=x>",
        "<xmp>",
    ),
    *("<textarea>", "<select>", "<title>", "<noscript>", "<template>", "<plaintext>", "<a@b onfocus=z autofocus>"),
    *(
        '<b onclick="x()">',
        "<img src=x onerror=alert(1)>",
        '<a href="javascript:x">',
        "<p style='x'>",
        "<form action=x>",
    ),
    *("<", ">", "&", "&lt;", "&amp;", "&#60;", '"', "'", "=", "/", " ", "\n", "x<y", "<kari@firma.no>", "a<b", "Åse"),
)
contents = st.lists(st.sampled_from(MARKUP) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), max_size=5)).map(
    "".join
)


class Seen(HTMLParser):
    """What a browser would make of HTML: its elements, their attributes and the text between."""

    def __init__(self, shown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(shown)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment hides {data}")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(f"a declaration hides {decl}")

    def handle_pi(self, data: str) -> None:
        raise AssertionError(f"an instruction hides {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration hides {data}")


@given(contents)
def test_whatever_is_written_can_do_no_harm_where_it_is_shown(content: str) -> None:
    seen = Seen(as_harmless_html(content))
    assert seen.tags <= ELEMENTS
    for name, value in seen.attributes:
        assert not name.startswith("on")
        assert name != "style"
        assert not (value or "").startswith("javascript:")


@given(contents)
def test_all_text_that_is_written_is_shown(content: str) -> None:
    written, shown = text_of(content), Seen(as_harmless_html(content)).text
    assert sorted(shown.split()) == sorted(written.split()) or letters(shown) == letters(written)


def letters(text: str) -> list[str]:
    """What is seen of a text, wherever a table puts it."""
    return sorted("".join(text.split()))


@pytest.mark.slow
@given(contents)
def test_what_is_shown_is_shown_the_same_when_it_is_written_back(content: str) -> None:
    shown = as_harmless_html(content)
    assert as_harmless_html(shown) == shown


@pytest.mark.parametrize("plain", ["R&D", "a < b", "1 > 0", "3 <4", "«ja» & 'nei'", "two\r\nlines"])
def test_plain_text_comes_back_as_it_was_written(plain: str) -> None:
    assert as_harmless_html(plain) == plain


@pytest.mark.parametrize(
    "rich", ["<p>He <b>called</b></p>", "one<br>two", '<font color="red">!</font>', "<ul><li>x</li></ul>"]
)
def test_ordinary_markup_comes_back_as_it_was_written(rich: str) -> None:
    assert as_harmless_html(rich) == rich


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    ["<b>" * 30_000, "<div>" * 20_000, "<ul><li>" * 10_000, "<p><b>" * 12_000, '<b a="' * 15_000, "<b " + " " * 90_000],
    ids=["b", "div", "li", "p b", "quotes", "blanks"],
)
def test_markup_that_nobody_writes_is_shown_as_text_before_it_takes_long(content: str) -> None:
    begun = time.process_time()
    shown = as_harmless_html(content)
    assert time.process_time() - begun < 5
    assert Seen(shown).text == content
