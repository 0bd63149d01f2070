"""Everything in `service/` that is not code is named in pyproject.toml, so that it is shipped with the package."""

from __future__ import annotations

import tomllib
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
SERVICE = CHECKOUT / "service"


def shipped() -> set[Path]:
    """The files that the package's globs find."""
    settings = tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))
    globs = settings["tool"]["setuptools"]["package-data"]["service"]
    found = {pattern: set(SERVICE.glob(pattern)) for pattern in globs}
    assert all(found.values()), "a glob that finds nothing names a folder that is gone"
    return set().union(*found.values())


def test_every_file_that_is_not_code_is_shipped() -> None:
    files = {path for path in SERVICE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} <= shipped()


def test_what_no_glob_names_is_missed() -> None:
    assert SERVICE / "app.py" not in shipped()
    assert SERVICE / "guides" / "operators.md" in shipped()
