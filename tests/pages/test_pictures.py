"""The pictures in the README can be taken anew, are light, and are all shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.pages.pictures import FOLDER, LARGEST, PICTURES, taken
from tests.served import Served

README = Path(__file__).parents[2] / "README.md"


def test_the_readme_shows_each_picture_and_says_what_is_on_it() -> None:
    shown = re.findall(r"!\[([^\]]+)\]\((tests/pages/pictures/[^)]+)\)", README.read_text("utf-8"))
    assert {README.parent / path for _, path in shown} == set(FOLDER.iterdir())
    assert {Path(path).stem for _, path in shown} == {picture.name for picture in PICTURES}
    assert all(path.stat().st_size <= LARGEST for path in FOLDER.iterdir())


@pytest.mark.slow
def test_each_picture_can_be_taken_anew_and_is_light(browser: Browser, service: Served) -> None:
    for name, picture in taken(browser, service):
        assert picture[8:12] == b"WEBP", name
        assert len(picture) <= LARGEST, name
