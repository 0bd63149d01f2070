"""Every text of a page is there in each language, and no translation is of a text that is no more."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from service.pages import languages
from service.pages.languages import NORWEGIAN, words

ROOM = Path(languages.__file__).parent


def _written() -> set[str]:
    """The texts of templates and of pages' own code; of a plural, how it begins."""
    methods = [("**.html", "jinja2"), ("**.py", "python")]
    options = {"**.html": {"extensions": "jinja2.ext.i18n", "silent": "false"}}
    found = extract_from_dir(ROOM, methods, options, keywords={"_": None, "gettext": None, "ngettext": (1, 2)})
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in found}


def _of_the_api() -> set[str]:
    """What the API says and names, of which there are other tests."""
    files = [ROOM / "translations" / NORWEGIAN / name for name in ("refusals.po", "names.po")]
    return {str(message.id) for path in files for message in read_po(BytesIO(path.read_bytes())) if message.id}


def test_every_text_of_a_page_is_translated_and_nothing_else() -> None:
    spoken = words(NORWEGIAN)
    translated = {*spoken.texts, *(one for one, _ in spoken.plurals)}
    assert _written() | _of_the_api() == translated
