"""Every text of a page is there in each language, and no translation is of a text that is no more."""

from __future__ import annotations

from pathlib import Path

from babel.messages.extract import extract_from_dir

from service.pages import languages
from service.pages.languages import NORWEGIAN, words

ROOM = Path(languages.__file__).parent


def _written() -> set[str]:
    """The texts of templates and of pages' own code; of a plural, how it begins."""
    methods = [("**.html", "jinja2"), ("**.py", "python")]
    options = {"**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    found = extract_from_dir(ROOM, methods, options, keywords={"_": None, "gettext": None, "ngettext": (1, 2)})
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def test_every_text_of_a_page_is_translated_and_nothing_else() -> None:
    spoken = words(NORWEGIAN)
    translated = {*spoken.texts, *(one for one, _ in spoken.plurals)}
    assert _written() == translated
