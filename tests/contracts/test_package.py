"""The package ships every module, and everything in `service/` beside them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).parents[2]
SERVICE = CHECKOUT / "service"


def settings() -> Any:
    """What pyproject.toml says of the package."""
    return tomllib.loads((CHECKOUT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]


def shipped() -> set[Path]:
    """The files that the package's globs find."""
    found = {pattern: set(SERVICE.glob(pattern)) for pattern in settings()["package-data"]["service"]}
    for pattern, paths in found.items():
        assert paths, f"{pattern} names nothing that is there"
        assert all(path.suffix != ".py" for path in paths), f"{pattern} names modules, which packages bring along"
    return set().union(*found.values())


def test_every_file_that_is_not_code_is_shipped() -> None:
    files = {path for path in SERVICE.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert {path for path in files if path.suffix != ".py"} <= shipped()


def test_what_no_glob_names_is_missed() -> None:
    assert SERVICE / "app.py" not in shipped()
    assert SERVICE / "guides" / "operators.md" in shipped()


def test_every_folder_with_modules_is_a_package_and_so_is_shipped() -> None:
    assert not settings()["packages"]["find"]["namespaces"]
    for folder in ("aggregates", "projections", "service"):
        for module in (CHECKOUT / folder).rglob("*.py"):
            assert (module.parent / "__init__.py").exists(), module
